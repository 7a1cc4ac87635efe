//! `show`: one site in words, or as nginx gets it.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::Context;
use super::args::Show;
use super::auth::users_of;
use super::change::site_name;
use super::failure::Failure;
use crate::apply::{ApplyError, Cause};
use crate::model::{ChangeError, OptionValue, Registry, Site};
use crate::render::{Rendered, Renderer};
use crate::system::facts::{Gathered, Purpose, gather};
use crate::system::machine::Machine;
use crate::system::passwords::read_passwords;
use crate::system::state::Applied;

pub(super) fn show(context: &Context, args: &Show) -> Result<(), Failure> {
    let name = site_name(&args.name)?;
    let registry = context.look()?.registry;
    let Some(site) = registry.site(&name) else {
        let known = registry
            .sites
            .iter()
            .map(|site| site.name.clone())
            .collect();
        return Err(ApplyError::from(ChangeError::Unknown { name, known }).into());
    };
    if !args.nginx {
        return print(context, &registry, site);
    }
    let (_, gathered) = gathered(context, &registry)?;
    let renderer = Renderer::new(&gathered.templates).map_err(ApplyError::from)?;
    let text = renderer
        .render_site(&site.name, &registry, &gathered.facts)
        .map_err(ApplyError::from)?;
    let text = text.trim_start_matches('\n');
    if context.output.is_json() {
        return context.answer(json!({ "shortname": site.name.as_str(), "nginx": text }));
    }
    context.output.text(text)
}

/// Looks at the machine and gathers what rendering needs; nothing is changed.
pub(super) fn gathered(
    context: &Context,
    registry: &Registry,
) -> Result<(Machine, Gathered), ApplyError> {
    let applied = Applied::load(&context.state.applied()).map_err(Cause::Io)?;
    let (registry_file, environment) = (&context.state.registry, &context.environment);
    let look = Machine::look(
        &registry.settings,
        environment,
        registry_file,
        applied.as_ref(),
        None,
    );
    let machine = look.map_err(Cause::Machine)?;
    let gathered = gather(
        registry,
        &machine,
        applied.as_ref(),
        &HashSet::new(),
        Purpose::Look,
    )
    .map_err(Cause::Fact)?;
    Ok((machine, gathered))
}

/// Renders the whole registry; nothing is changed.
pub(super) fn rendered(registry: &Registry, gathered: &Gathered) -> Result<Rendered, ApplyError> {
    let renderer = Renderer::new(&gathered.templates)?;
    Ok(renderer.render(registry, &gathered.facts)?)
}

fn print(context: &Context, registry: &Registry, site: &Site) -> Result<(), Failure> {
    let prelaunch = registry
        .settings
        .prelaunch_host
        .as_ref()
        .map(|pattern| pattern.of(&site.name));
    let files = read_passwords(&context.state.passwords());
    let users = files.map(|files| users_of(&files, site));
    if context.output.is_json() {
        let options: Map<String, Value> = site
            .said()
            .map(|(option, value)| {
                let value = match value {
                    OptionValue::Text(text) => json!(text),
                    OptionValue::List(items) => json!(items),
                    OptionValue::Switch(on) => json!(on),
                };
                (option.name().to_owned(), value)
            })
            .collect();
        return context.answer(json!({
            "shortname": site.name.as_str(),
            "options": options,
            "names": site.names().chain(prelaunch).collect::<Vec<_>>(),
            "users": users.ok(),
        }));
    }
    let mut text = format!("{}\n", site.name);
    let longest = site.said().map(|(option, _)| option.name().len()).max();
    let width = longest.unwrap_or_default().max(20);
    let mut line = |label: &str, words: &str| text.extend([format!("  {label:<width$} {words}\n")]);
    for (option, value) in site.said() {
        match value {
            OptionValue::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    line(if at == 0 { option.name() } else { "" }, &readable(item));
                }
            }
            OptionValue::Text(item) if item == "true" => line(option.name(), "yes"),
            OptionValue::Text(item) => line(option.name(), &readable(&item)),
            OptionValue::Switch(on) => line(option.name(), if on { "yes" } else { "no" }),
        }
    }
    if site.host.is_none() {
        line(
            "answers to",
            &format!("{} (its shortname; it has no host)", site.main_name()),
        );
    }
    match &users {
        Ok(users) => {
            for (at, user) in users.iter().enumerate() {
                line(if at == 0 { "users" } else { "" }, user);
            }
        }
        Err(error) if !site.auth.is_empty() => line("users", &format!("({error})")),
        Err(_) => {}
    }
    if let Some(name) = prelaunch {
        line("also answers to", &format!("{name} (prelaunch-host)"));
    }
    context.output.text(&text)
}

/// A name in its own script behind its punycode.
fn readable(item: &str) -> String {
    let name: Option<crate::model::ServerName> = item.parse().ok();
    match name.map(|name| name.readable()) {
        Some(readable) if readable != item && item.contains("xn--") => {
            format!("{readable} ({item})")
        }
        _ => item.to_owned(),
    }
}
