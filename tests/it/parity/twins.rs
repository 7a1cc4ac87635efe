//! mechanic and mech side by side: each with its own nginx, the same words, the same backends.

use std::fmt::Write as _;
use std::fs;

use super::listed::{Listed, Site};
use super::mechanic::Mechanic;
use super::probes::{Answer, Ports, Probe, backends_of, defect, passes_websocket, probes};
use crate::harness::{Backend, Cert, Nginx, World};

/// The twins, and what both serve.
pub(crate) struct Twins {
    pub(crate) world: World,
    pub(crate) mechanic: Mechanic,
    pub(crate) old_nginx: Nginx,
    pub(crate) old: Ports,
    pub(crate) new: Ports,
    backends: Vec<Backend>,
    said: Vec<String>,
}

/// Names by which commands mention the backends.
const BACKENDS: &[(&str, &str)] = &[
    ("@A@", "root1"),
    ("@B@", "root2"),
    ("@P@", "path1"),
    ("@Q@", "path2"),
];

impl Twins {
    /// With mech told to answer unknown names as mechanic does; what it does untold, `as_mech_comes` shows.
    pub(crate) fn new() -> Self {
        let twins = Self::as_mech_comes();
        let set = ["set", "unknown-hosts", "default-site"];
        let _ = twins.world.mech(set).ok();
        twins
    }

    pub(crate) fn as_mech_comes() -> Self {
        let world = World::stopped();
        let old_nginx = Nginx::private().stopped();
        let port = crate::harness::free_port;
        let old = Ports {
            http: port(),
            https: port(),
        };
        let new = Ports {
            http: world.http_port,
            https: world.https_port,
        };
        let mechanic = Mechanic::new(old_nginx.prefix(), old);
        lay_out_files(&world);
        let backends = BACKENDS
            .iter()
            .map(|(_, name)| Backend::tcp(name))
            .collect();
        Self {
            world,
            mechanic,
            old_nginx,
            old,
            new,
            backends,
            said: Vec::new(),
        }
    }

    /// Makes the certificate of the site `name`, the same for both.
    pub(crate) fn cert(&self, name: &str) {
        let Cert { cer, key } = self.world.cert(name, &[name]);
        for file in [cer, key] {
            let to = self
                .old_nginx
                .prefix()
                .join("certs")
                .join(file.file_name().unwrap());
            fs::copy(&file, to).unwrap();
        }
    }

    /// Says a command line of mechanic's to both; both have to obey.
    #[track_caller]
    pub(crate) fn say(&mut self, line: &str) {
        let words = self.fill(line);
        self.said.push(words.join(" "));
        let mut old_words = words.clone();
        let mut new_words = words;
        for (words, prefix) in [
            (&mut old_words, self.old_nginx.prefix()),
            (&mut new_words, self.world.nginx.prefix()),
        ] {
            for word in words {
                *word = word.replace("@PREFIX@", prefix.to_str().unwrap());
            }
        }
        let old = self.mechanic.run(&old_words).ok();
        let new = self.world.mech(&new_words);
        assert_eq!(
            new.code, 0,
            "mechanic took it:\n{old}\nmech did not:\n{new}"
        );
    }

    /// The words after the program's name, with backends and folders filled in.
    pub(super) fn fill(&self, line: &str) -> Vec<String> {
        let mut text = line.replace("@STATIC@", static_folder(&self.world).to_str().unwrap());
        for ((mark, _), backend) in BACKENDS.iter().zip(&self.backends) {
            text = text.replace(mark, &backend.port().to_string());
        }
        let words = shell_words::split(&text).unwrap();
        assert_eq!(words[0], "mechanic", "{line}");
        words[1..].to_vec()
    }

    /// What mechanic lists.
    pub(crate) fn old_list(&self) -> Listed {
        let text = self.mechanic.run(&["list".to_owned()]).ok().stdout;
        let prefix = self.old_nginx.prefix().to_str().unwrap();
        let seed = self.mechanic.seed();
        let pairs = seed.as_object().unwrap().iter();
        let pairs: Vec<_> = pairs
            .map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned()))
            .collect();
        let listed = Listed::read(&text, "mechanic", &pairs);
        placed(listed, prefix)
    }

    /// What mech lists.
    pub(crate) fn new_list(&self) -> Listed {
        let text = self.world.mech(["list"]).ok().stdout;
        let prefix = self.world.nginx.prefix();
        let seed = [
            ("nginx".to_owned(), self.world.nginx.command()),
            ("http-port".to_owned(), self.new.http.to_string()),
            ("https-port".to_owned(), self.new.https.to_string()),
            ("logs".to_owned(), prefix.join("logs").display().to_string()),
            ("unknown-hosts".to_owned(), "default-site".to_owned()),
        ];
        placed(Listed::read(&text, "mech", &seed), prefix.to_str().unwrap())
    }

    /// Claims that both hold the same sites, in the same order, and the same settings.
    #[track_caller]
    pub(crate) fn same_registry(&self) -> Listed {
        let (old, new) = (self.old_list(), self.new_list());
        assert_eq!(
            new,
            old,
            "mech is left, mechanic right, after:\n{}",
            self.said.join("\n")
        );
        new
    }

    /// Claims the same registry and the same answers but for defects; which of these showed.
    #[track_caller]
    pub(crate) fn same_behaviour(&mut self) -> Vec<u8> {
        let listed = self.same_registry();
        for nginx in [&mut self.old_nginx, &mut self.world.nginx] {
            if nginx.is_running() {
                nginx.reload();
            } else {
                nginx.start();
            }
        }
        let defects = compare(&listed, &answers(&listed, self.old), self.new, &self.said);
        for site in listed.sites.iter().filter(|site| site.serves()) {
            self.same_load(site);
        }
        defects
    }

    fn same_load(&self, site: &Site) {
        let host = site.text("host");
        // Redirects need no further look, and a site of its own paths has no `/`.
        if host.starts_with('*') || (site.is("https") && site.is("redirect-to-https")) {
            return;
        }
        assert_eq!(
            backends_of(host, self.new),
            backends_of(host, self.old),
            "{site:?}"
        );
        // Not said means off in mechanic and on in mech, so it only compares where it was said.
        let said = site.options.contains_key("websockets");
        if said
            && site
                .text("backends")
                .split(',')
                .any(|backend| !backend.contains('/'))
            && !site.text("backends").is_empty()
        {
            assert_eq!(
                passes_websocket(host, self.new),
                passes_websocket(host, self.old),
                "{site:?}"
            );
        }
    }
}

/// Every probe with its answer.
pub(crate) fn answers(listed: &Listed, ports: Ports) -> Vec<(Probe, Answer)> {
    let probes = probes(listed).into_iter();
    probes
        .map(|probe| (probe.clone(), probe.ask(ports)))
        .collect()
}

/// Claims that the probes get the same answers on `new`, but for defects; which of these showed.
#[track_caller]
pub(crate) fn compare(
    listed: &Listed,
    old: &[(Probe, Answer)],
    new: Ports,
    said: &[String],
) -> Vec<u8> {
    let mut seen = Vec::new();
    let mut surprises = String::new();
    for (probe, before) in old {
        let after = probe.ask(new);
        if *before == after {
            continue;
        }
        match defect(listed, probe, before, &after) {
            Some(number) => seen.push(number),
            None => writeln!(
                surprises,
                "{probe:?}\n  mechanic {before:?}\n  mech     {after:?}"
            )
            .unwrap(),
        }
    }
    assert!(
        surprises.is_empty(),
        "after:\n{}\n{surprises}",
        said.join("\n")
    );
    seen.sort_unstable();
    seen.dedup();
    seen
}

/// The folder of files that both serve.
pub(crate) fn static_folder(world: &World) -> std::path::PathBuf {
    world.nginx.prefix().join("public")
}

pub(crate) fn lay_out_files(world: &World) {
    let folder = static_folder(world);
    fs::create_dir_all(folder.join("sub")).unwrap();
    fs::create_dir_all(folder.join("empty")).unwrap();
    for (name, text) in [
        ("note.txt", "a note\n"),
        ("page.html", "<html>a page</html>\n"),
        ("sub/index.html", "<html>an index</html>\n"),
        ("empty/file.txt", "in a folder without an index\n"),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
}

/// The list with the private prefix written as `@PREFIX@`, for each twin has its own.
fn placed(mut listed: Listed, prefix: &str) -> Listed {
    for value in listed.settings.values_mut() {
        *value = value.replace(prefix, "@PREFIX@");
    }
    listed
}
