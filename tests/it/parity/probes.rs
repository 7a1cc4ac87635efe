//! Requests to two nginx, and what may differ between the answers.

use std::collections::BTreeSet;

use super::listed::{Listed, Site};
use crate::harness::{Connection, Curl, Request, Response};

/// The ports on which a program's sites are served.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) http: u16,
    pub(crate) https: u16,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    pub(crate) method: &'static str,
    pub(crate) host: String,
    pub(crate) path: &'static str,
    pub(crate) tls: bool,
}

/// What a client and an app notice of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// None where the handshake was refused.
    pub(crate) status: Option<u16>,
    version: String,
    pub(crate) location: String,
    /// The group of the backend that answered: its name without the number.
    pub(crate) backend: String,
    /// What reached the app.
    seen: Vec<String>,
    pub(crate) cache: String,
    /// Of files, not of errors, whose pages name nginx's version.
    body: String,
}

/// Paths that tell the features apart; the files of the static folder among them.
const PATHS: &[&str] = &[
    "/",
    "/app/x?q=1&r=%20",
    "/note.txt",
    "/page.html",
    "/index.html",
    "/sub/",
    "/sub/index.html",
    "/empty/",
    "/ci",
    "/ci/job?x=1",
    "/cix",
    "/a%2Fb//d",
    "/none.txt?x",
];

/// The page that distributions install in nginx's own folder.
pub(crate) const NGINX_PAGE: &str = "<html>Welcome to nginx!</html>\n";

/// Every request worth comparing for these sites.
pub(crate) fn probes(listed: &Listed) -> Vec<Probe> {
    let mut probes = Vec::new();
    let mut add = |method, host: &str, path, tls| {
        probes.push(Probe {
            method,
            host: host.to_owned(),
            path,
            tls,
        });
    };
    for host in listed
        .sites
        .iter()
        .flat_map(Site::names)
        .chain(["unknown.example"])
    {
        for path in PATHS {
            add("GET", host, path, false);
        }
        add("HEAD", host, "/note.txt", false);
        add("POST", host, "/app/form", false);
    }
    for site in listed.sites.iter().filter(|site| site.is("https")) {
        for host in site.names() {
            for path in ["/", "/app/x?q=1", "/note.txt", "/ci/job"] {
                add("GET", host, path, true);
            }
        }
    }
    if listed.sites.iter().any(|site| site.is("https")) {
        add("GET", "unknown.example", "/", true);
    }
    probes
}

impl Probe {
    pub(crate) fn ask(&self, ports: Ports) -> Answer {
        if self.tls {
            let asked = Curl::https(&self.host, ports.https, self.path)
                .insecure()
                .http2()
                .try_send();
            return match asked {
                Ok(response) => Answer::of(&response, ports),
                Err(failure) => {
                    assert_eq!(failure.code, 35, "{self:?}: {}", failure.words);
                    Answer::refused()
                }
            };
        }
        let request = Request::get(ports.http, &self.host, self.path).method(self.method);
        let request = if self.method == "POST" {
            request.body("a=1")
        } else {
            request
        };
        Answer::of(&request.send(), ports)
    }
}

impl Answer {
    fn of(response: &Response, ports: Ports) -> Self {
        // Both are run on ports that nginx would not name if they were 80 and 443.
        let portless = |text: &str| {
            text.replace(&format!(":{}", ports.http), "")
                .replace(&format!(":{}", ports.https), "")
        };
        let header = |name| portless(response.header(name).unwrap_or_default());
        let backend = header("X-Test-Backend");
        let echoed = !backend.is_empty() && !response.body.is_empty();
        let seen = echoed
            .then(|| response.echo())
            .map_or_else(Vec::new, |echo| {
                let told = ["Host", "X-Real-IP", "X-Forwarded-For", "X-Forwarded-Proto"];
                let headers = told.map(|name| portless(echo.header(name).unwrap_or_default()));
                let mut seen = vec![echo.method, echo.target, echo.body_length.to_string()];
                seen.extend(headers);
                seen
            });
        Self {
            status: Some(response.status),
            version: response.version.clone(),
            location: header("Location"),
            backend: backend
                .trim_end_matches(|c: char| c.is_ascii_digit())
                .to_owned(),
            seen,
            cache: header("Cache-Control"),
            body: if backend.is_empty() && response.status == 200 {
                response.text()
            } else {
                String::new()
            },
        }
    }

    fn refused() -> Self {
        Self {
            status: None,
            version: String::new(),
            location: String::new(),
            backend: String::new(),
            seen: Vec::new(),
            cache: String::new(),
            body: String::new(),
        }
    }

    fn is_list_of_files(&self) -> bool {
        self.body.contains("<title>Index of ")
    }
}

/// The predecessor's defect, by its number in the list of them, for which `new` answers otherwise than `old`; none
/// where the difference is one that nobody allowed.
pub(crate) fn defect(listed: &Listed, probe: &Probe, old: &Answer, new: &Answer) -> Option<u8> {
    let named = listed
        .sites
        .iter()
        .find(|site| site.names().any(|name| name == probe.host));
    let home = listed.sites.iter().find(|site| site.is("default"));
    if probe.tls
        && named.is_none()
        && home.is_none_or(|site| !site.is("https"))
        && new.status.is_none()
    {
        // A name that no site has: some site's certificate was shown.
        return Some(14);
    }
    // Over TLS only the sites that serve it are there.
    let there = || {
        listed
            .sites
            .iter()
            .filter(|site| !probe.tls || site.is("https"))
    };
    let default = there().find(|site| site.is("default"));
    let site = named.or(default).or(there().next())?;
    let path = probe.path.split('?').next().unwrap_or_default();
    let is_redirect = |answer: &Answer| matches!(answer.status, Some(301 | 302));
    if is_redirect(old) && is_redirect(new) && old.status == new.status {
        let exact = site.text("redirect");
        let query = probe.path.contains('?') && !exact.is_empty() && new.location == exact;
        let bytes = path.contains('%') || path.contains("//");
        let kept = new.location.ends_with(probe.path) || new.location == exact;
        // The query that nobody asked for, or the bytes that got lost, made the difference.
        return (query || (bytes && kept)).then_some(20);
    }
    if !site.serves() {
        return None;
    }
    let backends = || site.text("backends").split(',').filter(|of| !of.is_empty());
    let by_rest = if backends().any(|backend| !backend.contains('/')) {
        new.backend == "root"
    } else {
        new.status == Some(404)
    };
    if old.is_list_of_files() {
        // A listing of the folder, where the app is to be asked, and where there is none, nothing is there.
        return (by_rest && site.is("autoindex")).then_some(27);
    }
    let mut below = backends().filter_map(|backend| Some(&backend[backend.find('/')?..]));
    let beside = |of: &str| {
        let rest = path.strip_prefix(of);
        rest.is_some_and(|rest| !matches!(rest.chars().next(), None | Some('/')))
    };
    if old.backend == "path" && by_rest && below.any(beside) {
        return Some(19);
    }
    if site.text("static").is_empty() && old.body == NGINX_PAGE && by_rest {
        return Some(if new.backend.is_empty() { 32 } else { 9 });
    }
    let same_but_cache = Answer {
        cache: new.cache.clone(),
        ..old.clone()
    } == *new;
    if same_but_cache && old.cache == "max-age=604800" {
        let html = old.body.contains("<html>");
        return (html && new.cache == "no-cache").then_some(26);
    }
    None
}

/// The backends that answer `host` by their whole names: does the load go to all of them?
pub(crate) fn backends_of(host: &str, ports: Ports) -> BTreeSet<String> {
    let asked = (0..12).map(|_| Request::get(ports.http, host, "/balance").send());
    let names = asked.filter_map(|response| Some(response.header("X-Test-Backend")?.to_owned()));
    names.collect()
}

/// Whether a websocket to `host` is passed through.
pub(crate) fn passes_websocket(host: &str, ports: Ports) -> bool {
    let mut connection = Connection::open(ports.http).unwrap();
    if connection.upgrade(host, "/socket").status != 101 {
        return false;
    }
    connection.say("hello");
    connection.hear(5) == b"hello"
}
