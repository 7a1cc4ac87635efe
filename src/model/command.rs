//! The command that makes a site.

use super::{OptionKind, OptionValue, Site};

impl Site {
    /// The command that makes this site in a registry without it, as a shell reads it.
    #[must_use]
    pub fn command(&self) -> String {
        let mut words = vec![
            "mech".to_owned(),
            "add".to_owned(),
            self.name.as_str().to_owned(),
        ];
        for (option, value) in self.said() {
            let name = option.name();
            match value {
                OptionValue::List(items) if option.kind() == OptionKind::Rules => {
                    words.extend(items.iter().map(|item| format!("--{name}={item}")));
                }
                value => words.push(format!("--{name}={}", value.to_text())),
            }
        }
        shell_words::join(words)
    }
}
