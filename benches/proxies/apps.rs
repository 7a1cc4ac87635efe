//! The apps behind the proxies, and the files.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use fs_err as fs;

use super::running::Running;
use crate::App;
use crate::common::nginx::{free_ports, temporary_paths};
use crate::common::process::Outcome;

/// Both apps, running, and where they accept.
pub(crate) struct Apps {
    pub(crate) node: u16,
    pub(crate) quick: u16,
    _running: [Running; 2],
}

impl App {
    /// The host name of its site.
    pub(crate) fn host(self) -> &'static str {
        match self {
            Self::Node => "node.test",
            Self::Quick => "quick.test",
            Self::Files => "files.test",
        }
    }
}

impl Apps {
    pub(crate) fn start(root: &Path, nginx: &Path, www: &Path) -> Outcome<Self> {
        let [node, quick] = free_ports()?;
        let script = root.join("app.js");
        fs::write(&script, include_str!("app.js"))?;
        let mut command = Command::new("node");
        command.arg(&script).arg(node.to_string()).arg(www);
        let app = Running::start(&mut command, &root.join("app.log"), node)?;
        let prefix = root.join("quick");
        let server = quick_app(&prefix, nginx, www, quick)?;
        Ok(Self {
            node,
            quick,
            _running: [app, server],
        })
    }
}

/// An app that is quicker than any proxy before it: another nginx, which answers from memory.
fn quick_app(prefix: &Path, nginx: &Path, www: &Path, port: u16) -> Outcome<Running> {
    fs::create_dir_all(prefix.join("tmp"))?;
    // mechanic asks nginx for `localhost`, which has both addresses where the machine has them.
    let ipv6 = if TcpListener::bind("[::1]:0").is_ok() {
        format!("listen [::1]:{port};")
    } else {
        String::new()
    };
    let text = filled(
        include_str!("quick.conf"),
        &[
            ("prefix", &prefix.display().to_string()),
            ("temporary", &temporary_paths(prefix)),
            ("www", &www.display().to_string()),
            ("port", &port.to_string()),
            ("ipv6", &ipv6),
            ("body", &prose(1_000)),
        ],
    );
    let file = prefix.join("nginx.conf");
    fs::write(&file, text)?;
    let mut command = Command::new(nginx);
    command.arg("-p").arg(prefix).arg("-c").arg(&file);
    Running::start(&mut command, &prefix.join("words.log"), port)
}

/// Puts values in the places `{{name}}` of a text.
pub(crate) fn filled(text: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{{{name}}}}}"), value)
    })
}

/// The files that are asked for, of the app and of the proxy.
pub(crate) fn write_files(www: &Path) -> Outcome<()> {
    fs::create_dir_all(www)?;
    for (name, size) in [
        ("1k.html", 1_000),
        ("100k.html", 100_000),
        ("2k.js", 2_000),
        ("100k.js", 100_000),
    ] {
        fs::write(www.join(name), prose(size))?;
    }
    Ok(())
}

/// Text that shrinks to about a third, as scripts and pages do; the same at each run.
fn prose(size: usize) -> String {
    const SYLLABLES: [&str; 16] = [
        "re", "con", "ti", "la", "mer", "so", "ver", "pa", "lo", "ser", "in", "map", "tor", "ex",
        "no", "val",
    ];
    let mut text = String::with_capacity(size + 40);
    let mut state = 7_u32;
    let mut next = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below
    };
    while text.len() < size {
        for _ in 0..=next(3) {
            text.push_str(SYLLABLES[next(16) as usize]);
        }
        text.push_str(match next(8) {
            0 => "();\n",
            1 => " = ",
            2 => ".",
            _ => " ",
        });
    }
    text.truncate(size);
    text
}
