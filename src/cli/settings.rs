//! `set` and `unset`.

use serde_json::{Map, Value, json};

use super::args::{Set, Unset};
use super::failure::Failure;
use super::{Context, change};
use crate::apply::{ApplyError, Ask, Cause};
use crate::model::{Change, LogFormat, Registry, SettingKey, SettingValue};
use crate::system::machine::Machine;
use crate::system::state::Applied;

pub(super) fn set(context: &Context, args: &Set) -> Result<(), Failure> {
    let key = args.key.as_deref().map(setting_key).transpose()?;
    match (key, &args.value) {
        (Some(key), Some(value)) => {
            let change = match value.as_str() {
                "" => Change::Unset { key },
                value => Change::Set {
                    key,
                    value: value.to_owned(),
                },
            };
            change::run(context, &Ask::Change(change), &args.changing)
        }
        (key, _) => print(context, key),
    }
}

pub(super) fn unset(context: &Context, args: &Unset) -> Result<(), Failure> {
    let change = Change::Unset {
        key: setting_key(&args.key)?,
    };
    change::run(context, &Ask::Change(change), &args.changing)
}

fn setting_key(name: &str) -> Result<SettingKey, Failure> {
    SettingKey::named(name).ok_or_else(|| Failure::Setting(name.to_owned()))
}

fn print(context: &Context, only: Option<SettingKey>) -> Result<(), Failure> {
    let registry = context.look()?.registry;
    let machine = machine(context, &registry)?;
    let keys: Vec<SettingKey> = SettingKey::ALL
        .into_iter()
        .filter(|key| only.is_none_or(|o| o == *key))
        .collect();
    let value = |key: SettingKey| registry.settings.value(key);
    if context.output.is_json() {
        let settings: Map<String, Value> = keys
            .iter()
            .map(|key| {
                let set = value(*key);
                let shown = set
                    .as_ref()
                    .map_or_else(|| default_json(*key, &machine), to_json);
                (
                    key.name().to_owned(),
                    json!({ "value": shown, "set": set.is_some() }),
                )
            })
            .collect();
        return context.answer(json!({ "settings": settings }));
    }
    let text: String = keys
        .iter()
        .map(|key| {
            let shown = match value(*key) {
                Some(set) => set.to_text(),
                None => format!("{} (default)", default_text(*key, &machine)),
            };
            if only.is_some() {
                format!("{shown}\n")
            } else {
                format!("{:<15} {shown}\n", key.name())
            }
        })
        .collect();
    context.output.text(&text)
}

fn machine(context: &Context, registry: &Registry) -> Result<Machine, ApplyError> {
    let applied = Applied::load(&context.state.applied()).map_err(Cause::Io)?;
    let (registry_file, environment) = (&context.state.registry, &context.environment);
    let look = Machine::look(
        &registry.settings,
        environment,
        registry_file,
        applied.as_ref(),
        None,
    );
    Ok(look.map_err(Cause::Machine)?)
}

fn to_json(value: &SettingValue) -> Value {
    match value {
        SettingValue::Text(text) => json!(text),
        SettingValue::Number(number) => json!(number),
        SettingValue::Switch(on) => json!(on),
    }
}

fn default_json(key: SettingKey, machine: &Machine) -> Value {
    match key {
        SettingKey::HttpPort => json!(80),
        SettingKey::HttpsPort => json!(443),
        SettingKey::LogsShared | SettingKey::Http2 => json!(false),
        SettingKey::HistoryMax => json!(200),
        SettingKey::Template
        | SettingKey::PrelaunchHost
        | SettingKey::Restart
        | SettingKey::Trust
        | SettingKey::Logrotate
        | SettingKey::UnknownHosts => Value::Null,
        SettingKey::Nginx if machine.nginx.is_none() => Value::Null,
        _ => json!(default_text(key, machine)),
    }
}

fn default_text(key: SettingKey, machine: &Machine) -> String {
    let places = &machine.places;
    match key {
        SettingKey::Nginx => machine.nginx.as_ref().map_or_else(
            || "not installed".to_owned(),
            |nginx| nginx.program.display().to_string(),
        ),
        SettingKey::Conf => places.conf.display().to_string(),
        SettingKey::Overrides => places.overrides.display().to_string(),
        SettingKey::Logs => places.logs.display().to_string(),
        SettingKey::Certs => places.certs.display().to_string(),
        SettingKey::LogsShared | SettingKey::Http2 => "false".to_owned(),
        SettingKey::Bind => "*".to_owned(),
        SettingKey::HttpPort => "80".to_owned(),
        SettingKey::HttpsPort => "443".to_owned(),
        SettingKey::Template => "built in".to_owned(),
        SettingKey::Restart => "a signal to the running master".to_owned(),
        SettingKey::PrelaunchHost => "none".to_owned(),
        SettingKey::Trust => "nobody".to_owned(),
        SettingKey::UnknownHosts => {
            "reject once a site has a host and none is the default".to_owned()
        }
        SettingKey::LogFormat => LogFormat::default().to_string(),
        SettingKey::Logrotate => "/etc/logrotate.d for the system's registry".to_owned(),
        SettingKey::HistoryMax => "200".to_owned(),
        SettingKey::HistoryAge => "365d".to_owned(),
    }
}
