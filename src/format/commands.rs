//! A registry as the commands that rebuild it.

use crate::model::{Registry, Site};

/// The commands, one a line, that rebuild this registry when a shell replays them on an empty one.
pub fn commands(registry: &Registry) -> Vec<String> {
    let settings = registry
        .settings
        .said()
        .map(|(key, value)| command_line(["mech", "set", key.name(), &value.to_text()]));
    settings
        .chain(registry.sites.iter().map(Site::command))
        .collect()
}

/// Words quoted for a shell, those only that need it.
pub fn command_line<W: AsRef<str>>(words: impl IntoIterator<Item = W>) -> String {
    shell_words::join(words)
}
