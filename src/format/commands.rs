//! A registry as the commands that rebuild it.

use crate::model::{Registry, Site};

/// The commands, one a line, that rebuild this registry when a shell replays them on an empty one.
pub fn commands(registry: &Registry) -> Vec<String> {
    let settings = registry
        .settings
        .said()
        .map(|(key, value)| command_line(["mech", "set", key.name(), &value.to_text()]));
    settings
        .chain(registry.sites.iter().map(add_line))
        .collect()
}

/// Words quoted for a shell, those only that need it.
pub fn command_line<W: AsRef<str>>(words: impl IntoIterator<Item = W>) -> String {
    shell_words::join(words)
}

fn add_line(site: &Site) -> String {
    let mut words = vec![
        "mech".to_owned(),
        "add".to_owned(),
        site.name.as_str().to_owned(),
    ];
    words.extend(
        site.said()
            .map(|(option, value)| format!("--{}={}", option.name(), value.to_text())),
    );
    command_line(words)
}
