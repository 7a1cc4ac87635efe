//! A server that mechanic has set up, ready to be taken over.

use std::path::PathBuf;

use crate::harness::{Backend, World};
use crate::parity::{Listed, Mechanic, Ports, lay_out_files, static_folder};

/// Sites of every kind.
pub(super) const EVERYTHING: &[&str] = &[
    "mechanic add shop --host=shop.example --aliases=www.shop.example --canonical --backends=@A@,@P@/ci --static=@STATIC@",
    "mechanic add secure --host=secure.example --backends=@A@ --https --redirect-to-https --permanent",
    "mechanic add files --host=files.example --static=@STATIC@ --autoindex",
    "mechanic add old --host=old.example --redirect=https://elsewhere.example/landing",
    "mechanic add moved --host=moved.example --redirect-full=https://elsewhere.example",
    "mechanic add last --host=last.example --backends=@A@ --websockets --default",
];

/// A server on which mechanic made everything so far.
pub(super) struct Server {
    pub(super) world: World,
    pub(super) mechanic: Mechanic,
    backends: [Backend; 2],
}

impl Server {
    /// mechanic has heard these commands; nginx runs with what it made of them.
    pub(super) fn of(lines: &[&str]) -> Self {
        let world = World::stopped();
        lay_out_files(&world);
        let prefix = world.nginx.prefix().to_owned();
        let mut server = Self {
            mechanic: Mechanic::new(
                &prefix,
                Ports {
                    http: world.http_port,
                    https: world.https_port,
                },
            ),
            world,
            backends: [Backend::tcp("root1"), Backend::tcp("path1")],
        };
        server.world.cert("secure", &["secure.example"]);
        for line in lines {
            server.say(line);
        }
        server.world.nginx.start();
        server
    }

    pub(super) fn say(&self, line: &str) {
        let line = line
            .replace("@A@", &self.backends[0].port().to_string())
            .replace("@P@", &self.backends[1].port().to_string())
            .replace("@STATIC@", static_folder(&self.world).to_str().unwrap());
        let words = shell_words::split(&line).unwrap();
        let _ = self.mechanic.run(&words[1..]).ok();
    }

    /// What mechanic lists, without the settings.
    pub(super) fn listed(&self) -> Listed {
        let text = self.mechanic.run(&["list".to_owned()]).ok().stdout;
        let sites: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with("mechanic set "))
            .collect();
        Listed::read(&sites.join("\n"), "mechanic", &[])
    }

    pub(super) fn ports(&self) -> Ports {
        Ports {
            http: self.world.http_port,
            https: self.world.https_port,
        }
    }

    /// The arguments of the import, after the settings that only the tests need have been taken out of the registry.
    pub(super) fn import(&self, more: &[&str]) -> Vec<String> {
        let mut registry = self.mechanic.registry();
        let settings = registry["settings"].as_object_mut().unwrap();
        for key in ["template", "restart"] {
            settings.remove(key);
        }
        self.mechanic.write(&registry);
        let mut words = vec![
            "import".to_owned(),
            "mechanic".to_owned(),
            self.mechanic.data().display().to_string(),
        ];
        words.extend(more.iter().map(|word| (*word).to_owned()));
        words
    }

    pub(super) fn kept(&self) -> PathBuf {
        self.world
            .home
            .data()
            .join("registry.d/imported/mechanic.conf")
    }
}
