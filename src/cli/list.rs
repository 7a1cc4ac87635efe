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
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        return context.output.text(&text);
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
    let text: String = registry
        .sites
        .iter()
        .map(|site| format!("{}\n", site.name))
        .collect();
    context.output.text(&text)
}
