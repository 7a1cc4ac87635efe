//! `list`: the commands that rebuild the registry.

use serde_json::{Value, json};

use super::failure::Failure;
use super::{Context, auth};
use crate::apply::look;
use crate::format::{PasswordFiles, command_line, commands, print_registry};
use crate::model::Registry;
use crate::system::passwords::read_passwords;

pub(super) fn list(context: &Context) -> Result<(), Failure> {
    let registry = context.look()?.registry;
    let users = |context: &Context| read_passwords(&context.state.passwords());
    let lines = commands(&registry);
    if !context.output.is_json() {
        let users = match users(context) {
            Ok(users) => rebuilding(&registry, &users),
            Err(error) => vec![format!(
                "# the users of these sites cannot be read: {error}"
            )],
        };
        let lines: Vec<String> = lines.into_iter().chain(users).collect();
        return context.output.text(&in_lines(&lines));
    }
    // The registry's own text is JSON; it is given as it stands in the file.
    let mut value: Value = serde_json::from_str(&print_registry(&registry)).unwrap_or(Value::Null);
    value["commands"] = json!(lines);
    value["users"] = match users(context) {
        Ok(users) => Value::Array(auth::to_json(&registry, &users)),
        Err(_) => Value::Null,
    };
    context.answer(value)
}

/// What brings users back, as comments: their passwords do not stand in the registry.
fn rebuilding(registry: &Registry, users: &PasswordFiles) -> Vec<String> {
    let lines = registry.sites.iter().flat_map(|site| {
        let of_site = auth::users_of(users, site).into_iter();
        of_site.map(|user| {
            // A name like an option is told from one.
            let end = user.starts_with('-').then_some("--");
            let words = ["mech", "auth", "add"].into_iter().chain(end);
            let words = words.chain([site.name.as_str(), user.as_str()]);
            format!(
                "# {}   (its password is not in the registry)",
                command_line(words)
            )
        })
    });
    lines.collect()
}

/// The shortnames alone, for completion in a shell: quiet whatever happens.
pub(super) fn names(context: &Context) -> Result<(), Failure> {
    let registry = look(&context.state)
        .map(|look| look.registry)
        .unwrap_or_default();
    let names: Vec<&str> = registry
        .sites
        .iter()
        .map(|site| site.name.as_str())
        .collect();
    context.output.text(&in_lines(&names))
}

fn in_lines<T: AsRef<str>>(words: &[T]) -> String {
    let lines = words.iter().flat_map(|word| [word.as_ref(), "\n"]);
    lines.collect()
}
