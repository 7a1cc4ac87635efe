//! Version 1 of the registry's JSON. Keys are the options' own names, values their own syntax.

use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use crate::model::{
    OptionKind, OptionValue, Registry, SettingKey, SettingValue, Settings, Site, SiteName,
    SiteOption, shown,
};

pub(super) fn read(text: &str) -> Result<Registry, serde_json::Error> {
    let file: FileV1 = serde_json::from_str(text)?;
    let sites = file.sites.into_iter().map(|site| site.0).collect();
    Ok(Registry {
        settings: file.settings.0,
        sites,
    })
}

pub(super) fn print(registry: &Registry) -> String {
    // Serializing to a string cannot fail: every key is a string and no value errs.
    let mut text = serde_json::to_string_pretty(&Printed(registry)).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileV1 {
    #[serde(rename = "version")]
    _version: u64,
    #[serde(default)]
    settings: SettingsV1,
    #[serde(default)]
    sites: Vec<SiteV1>,
}

#[derive(Default)]
struct SettingsV1(Settings);

struct SiteV1(Site);

impl<'de> Deserialize<'de> for SettingsV1 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = SettingsV1;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of settings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut settings = Settings::default();
                while let Some(name) = map.next_key::<String>()? {
                    let key = SettingKey::named(&name).ok_or_else(|| {
                        de::Error::custom(format!("unknown setting `{}`", shown(&name)))
                    })?;
                    // JSON lets the last one win in silence, and the person may have meant the first.
                    if settings.value(key).is_some() {
                        return Err(twice(&name));
                    }
                    let value: Scalar = map.next_value()?;
                    settings
                        .assign(key, &value.0)
                        .map_err(|error| de::Error::custom(format!("setting `{name}`: {error}")))?;
                }
                Ok(SettingsV1(settings))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// A setting as a person may write it: the number 80 and the text "80" mean the same.
struct Scalar(String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, true or false")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar(text.to_owned()))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Scalar, E> {
                Ok(Scalar(number.to_string()))
            }

            fn visit_bool<E: de::Error>(self, on: bool) -> Result<Scalar, E> {
                Ok(Scalar(on.to_string()))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl<'de> Deserialize<'de> for SiteV1 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = SiteV1;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a site")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                // Each option is assigned as it is read, so that an error has its line; mech itself
                // writes the shortname first.
                let mut site: Option<Site> = None;
                let mut early = Vec::new();
                let mut seen = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    if seen.contains(&key) {
                        return Err(twice(&key));
                    }
                    seen.push(key.clone());
                    if key == "shortname" {
                        let text: String = map.next_value()?;
                        let name: SiteName = text.parse().map_err(|error| {
                            de::Error::custom(format!("shortname `{}`: {error}", shown(&text)))
                        })?;
                        site = Some(Site::new(name));
                        continue;
                    }
                    let option = SiteOption::named(&key).ok_or_else(|| {
                        de::Error::custom(format!("unknown site option `{}`", shown(&key)))
                    })?;
                    if let Some(other) = rival(option).filter(|other| seen.contains(other)) {
                        return Err(de::Error::custom(format!(
                            "option `{key}`: `{other}` stands before it, and a site has one of the two"
                        )));
                    }
                    let value = read_value(option, &mut map)?;
                    match &mut site {
                        Some(site) => assign(site, option, value)?,
                        None => early.push((option, value)),
                    }
                }
                let mut site = site.ok_or_else(|| de::Error::missing_field("shortname"))?;
                for (option, value) in early {
                    assign(&mut site, option, value)?;
                }
                Ok(SiteV1(site))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

fn twice<E: de::Error>(key: &str) -> E {
    E::custom(format!("`{}` is given twice", shown(key)))
}

/// The option that this one clears.
fn rival(option: SiteOption) -> Option<String> {
    let rival = match option {
        SiteOption::Redirect => SiteOption::RedirectFull,
        SiteOption::RedirectFull => SiteOption::Redirect,
        SiteOption::Permanent => SiteOption::RedirectCode,
        SiteOption::RedirectCode => SiteOption::Permanent,
        _ => return None,
    };
    Some(rival.name().to_owned())
}

fn read_value<'de, A: MapAccess<'de>>(
    option: SiteOption,
    map: &mut A,
) -> Result<OptionValue, A::Error> {
    let value = match option.kind() {
        OptionKind::Text => map.next_value().map(OptionValue::Text),
        OptionKind::List | OptionKind::Rules => map.next_value().map(OptionValue::List),
        OptionKind::Switch => map.next_value().map(OptionValue::Switch),
    };
    value.map_err(|error| de::Error::custom(format!("option `{}`: {error}", option.name())))
}

fn assign<E: de::Error>(site: &mut Site, option: SiteOption, value: OptionValue) -> Result<(), E> {
    site.assign(option, value).map_err(|error| {
        let (name, option) = (&site.name, option.name());
        E::custom(format!("site `{name}`, option `{option}`: {error}"))
    })
}

struct Printed<'a>(&'a Registry);
struct PrintedSettings<'a>(&'a Settings);
struct PrintedSite<'a>(&'a Site);

impl Serialize for Printed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sites: Vec<PrintedSite<'_>> = self.0.sites.iter().map(PrintedSite).collect();
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("version", &super::VERSION)?;
        map.serialize_entry("settings", &PrintedSettings(&self.0.settings))?;
        map.serialize_entry("sites", &sites)?;
        map.end()
    }
}

impl Serialize for PrintedSettings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.0.said() {
            match value {
                SettingValue::Text(text) => map.serialize_entry(key.name(), &text)?,
                SettingValue::Number(number) => map.serialize_entry(key.name(), &number)?,
                SettingValue::Switch(on) => map.serialize_entry(key.name(), &on)?,
            }
        }
        map.end()
    }
}

impl Serialize for PrintedSite<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("shortname", self.0.name.as_str())?;
        for (option, value) in self.0.said() {
            match value {
                OptionValue::Text(text) => map.serialize_entry(option.name(), &text)?,
                OptionValue::List(items) => map.serialize_entry(option.name(), &items)?,
                OptionValue::Switch(on) => map.serialize_entry(option.name(), &on)?,
            }
        }
        map.end()
    }
}
