//! What is said with the answers of a site: headers, and pages for errors.

use super::{expanded, plain};
use crate::model::{Registry, Site};
use crate::render::{Facts, OverrideFile, Refusal};

/// The headers of the security profile: what scanners ask for and hardly any site minds.
const SECURITY: [(&str, &str); 5] = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin-allow-popups"),
    (
        "Permissions-Policy",
        "camera=(), geolocation=(), microphone=()",
    ),
];

/// What answers may have several of: mech's stands beside the app's.
const SEVERAL: [&str; 3] = ["set-cookie", "vary", "link"];

/// What the connections of a server block allow to be said.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wire {
    /// That the site is to be asked for by TLS alone: over TLS, by its own names.
    pub(super) hsts: bool,
    /// The port on which HTTP/3 is spoken as well.
    pub(super) http3: Option<u16>,
}

/// The headers of the answers below one path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AnswerHeaders {
    /// The arguments of `add_header`.
    pub(super) added: Vec<String>,
    /// The names that the app's answers lose.
    pub(super) hidden: Vec<String>,
    /// Whether one of them says how long an answer may be kept.
    pub(super) caches: bool,
}

impl AnswerHeaders {
    /// Those of a path, `/` for the site.
    pub(super) fn of(site: &Site, path: &str, wire: Wire) -> Result<Self, Refusal> {
        let mut headers = Self::default();
        if let Some(port) = wire.http3 {
            headers
                .added
                .push(format!("Alt-Svc 'h3=\":{port}\"; ma=86400' always"));
        }
        if let Some(policy) = site.hsts.filter(|_| wire.hsts) {
            let mut value = format!("max-age={}", policy.max_age.as_seconds());
            value.push_str(if policy.subdomains {
                "; includeSubDomains"
            } else {
                ""
            });
            value.push_str(if policy.preload { "; preload" } else { "" });
            headers.add("Strict-Transport-Security", &value)?;
        }
        // Of several for one name that of the longest path holds.
        let mut own: Vec<_> = site
            .headers
            .iter()
            .filter(|header| header.scope.covers(path))
            .collect();
        own.sort_by_key(|header| std::cmp::Reverse(header.scope.length()));
        let mut seen: Vec<String> = Vec::new();
        own.retain(|header| {
            let name = header.value.name().to_ascii_lowercase();
            let several = SEVERAL.contains(&name.as_str());
            let first = several || !seen.contains(&name);
            seen.push(name);
            first
        });
        if site.security_headers == Some(true) {
            for (name, value) in SECURITY {
                if !seen.iter().any(|own| own.eq_ignore_ascii_case(name)) {
                    headers.add(name, value)?;
                }
            }
        }
        own.reverse();
        for header in own {
            headers.add(header.value.name(), header.value.value())?;
        }
        Ok(headers)
    }

    fn add(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        if !SEVERAL
            .iter()
            .any(|several| several.eq_ignore_ascii_case(name))
        {
            self.hidden.push(name.to_owned());
        }
        self.caches |= ["cache-control", "expires"]
            .iter()
            .any(|says| says.eq_ignore_ascii_case(name));
        if !value.is_empty() {
            // Without `always` errors would go without it.
            self.added
                .push(format!("{name} {} always", expanded(value)?));
        }
        Ok(())
    }

    /// Leaves out what the person's own override adds: a second one would stand beside it.
    pub(super) fn leave_to(&mut self, file: Option<&OverrideFile>) {
        let users: Vec<&str> = file.map_or_else(Vec::new, |file| {
            file.first_arguments("add_header").collect()
        });
        self.added.retain(|header| {
            let name = header.split(' ').next().unwrap_or_default();
            let is_name = |other: &&str| other.eq_ignore_ascii_case(name);
            SEVERAL.iter().any(is_name) || !users.iter().any(is_name)
        });
    }

    /// Has browsers keep what is found for a year.
    pub(super) fn keep_for_good(&mut self) {
        if !self.caches {
            self.caches = true;
            self.added
                .push("Cache-Control $mech_immutable always".to_owned());
            self.hidden
                .extend(["Cache-Control".to_owned(), "Expires".to_owned()]);
        }
    }
}

/// The `add_header`s of an override, to be said again where a location has some of its own: nginx takes
/// those of the server only where the location has none.
pub(super) fn users_headers(file: Option<&OverrideFile>) -> Result<Vec<String>, Refusal> {
    users(file, "add_header")
}

fn users(file: Option<&OverrideFile>, name: &str) -> Result<Vec<String>, Refusal> {
    let Some(file) = file else {
        return Ok(Vec::new());
    };
    let directives = file.directives.iter();
    let own = directives.filter(|directive| directive.name == name);
    own.map(|directive| {
        let words: Result<Vec<String>, Refusal> =
            directive.args.iter().map(|arg| plain(arg)).collect();
        Ok(words?.join(" "))
    })
    .collect()
}

/// The `error_page`s of an override, to be said again where a location has some of its own.
pub(super) fn users_pages(file: Option<&OverrideFile>) -> Result<Vec<String>, Refusal> {
    users(file, "error_page")
}

/// A page for errors.
pub(super) struct Page {
    /// The arguments of `error_page`.
    pub(super) line: String,
    /// The statuses.
    pub(super) codes: Vec<u16>,
    /// The location of a file, and the file.
    pub(super) file: Option<(String, String)>,
}

/// The pages that a person asked for.
pub(super) fn pages(site: &Site, facts: &Facts) -> Result<Vec<Page>, Refusal> {
    let mut pages = Vec::new();
    for (index, page) in site.error_pages.iter().enumerate() {
        let codes: Vec<String> = page.codes().iter().map(u16::to_string).collect();
        let path = page.page();
        let (target, file) = if facts.error_files.contains(path.as_str()) {
            // nginx takes the kind of the answer from the name that was asked for.
            let name = path.as_path().extension().and_then(|end| end.to_str());
            let plain =
                |end: &&str| !end.is_empty() && end.bytes().all(|b| b.is_ascii_alphanumeric());
            let end = name.filter(plain);
            let target = format!("/.mech/error/{}.{}", index + 1, end.unwrap_or("html"));
            let file = expanded(path.as_str())?;
            (target.clone(), Some((target, file)))
        } else {
            (expanded(path.as_str())?, None)
        };
        pages.push(Page {
            line: format!("{} {target}", codes.join(" ")),
            codes: page.codes().to_vec(),
            file,
        });
    }
    Ok(pages)
}

/// The statuses of nginx's own when no backend answers.
const DOWN: [u16; 2] = [502, 504];

/// The `error_page` of mech's own page, for those statuses that have no other.
pub(super) fn down_page(pages: &[Page], user: Option<&OverrideFile>) -> Option<String> {
    let mut taken: Vec<String> = pages
        .iter()
        .flat_map(|page| page.codes.iter().map(u16::to_string))
        .collect();
    let users = user.iter().flat_map(|file| &file.directives);
    for directive in users.filter(|directive| directive.name == "error_page") {
        taken.extend(directive.args.iter().cloned());
    }
    let free: Vec<String> = DOWN
        .iter()
        .map(u16::to_string)
        .filter(|code| !taken.contains(code))
        .collect();
    (!free.is_empty()).then(|| format!("{} /.mech/down.$mech_form", free.join(" ")))
}

/// Whether any site shows mech's own page.
pub(super) fn needs_down_page(registry: &Registry) -> bool {
    registry.sites.iter().any(|site| !site.backends.is_empty())
}
