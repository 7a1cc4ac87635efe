//! `list`: the commands that rebuild the registry.

use serde_json::{Value, json};

use super::Context;
use super::failure::Failure;
use crate::apply::look;
use crate::format::{commands, print_registry};

pub(super) fn list(context: &Context) -> Result<(), Failure> {
    let registry = context.look()?.registry;
    let lines = commands(&registry);
    if !context.output.is_json() {
        return context.output.text(&in_lines(&lines));
    }
    // The registry's own text is JSON; it is given as it stands in the file.
    let mut value: Value = serde_json::from_str(&print_registry(&registry)).unwrap_or(Value::Null);
    value["commands"] = json!(lines);
    context.answer(value)
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
