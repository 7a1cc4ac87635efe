//! Every value shows itself in the syntax in which it is read.

use std::fmt::Display;
use std::str::FromStr;

use mech::model::{
    AbsolutePath, Backend, Bind, CommandLine, Duration, PrelaunchHost, RedirectUrl, Registry,
    ServerName, ServerParameter, SettingValue, Settings, SiteName, UrlPath,
};
use proptest::prelude::*;

use super::{cases, inputs};

/// Claims that what was accepted is shown as a text that means the same, and is shown the same again.
fn round_trips<T>(text: &str) -> Result<(), TestCaseError>
where
    T: FromStr + Display + PartialEq + std::fmt::Debug,
    T::Err: std::fmt::Debug,
{
    if let Ok(value) = text.parse::<T>() {
        let shown = value.to_string();
        let again = shown.parse::<T>();
        prop_assert_eq!(
            again.as_ref().ok(),
            Some(&value),
            "{:?} is shown as {:?}: {:?}",
            text,
            shown,
            again
        );
        prop_assert_eq!(again.unwrap().to_string(), shown);
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn names_are_read_as_they_are_shown(name in inputs::site_name(), host in inputs::host(), text in inputs::hostile()) {
        for text in [&name, &host, &text] {
            round_trips::<SiteName>(text)?;
            round_trips::<ServerName>(text)?;
            round_trips::<PrelaunchHost>(text)?;
        }
    }

    #[test]
    fn a_readable_name_means_the_same(host in inputs::host()) {
        if let Ok(name) = host.parse::<ServerName>() {
            prop_assert_eq!(name.readable().parse::<ServerName>().ok(), Some(name));
        }
    }

    #[test]
    fn addresses_are_read_as_they_are_shown(backend in inputs::backend(), text in inputs::hostile()) {
        for text in [&backend, &text] {
            round_trips::<Backend>(text)?;
            round_trips::<Bind>(text)?;
        }
        for word in backend.split_whitespace() {
            round_trips::<ServerParameter>(word)?;
        }
    }

    #[test]
    fn paths_and_urls_are_read_as_they_are_shown(path in inputs::path(), url in inputs::url(), text in inputs::hostile()) {
        for text in [&path, &url, &text] {
            round_trips::<AbsolutePath>(text)?;
            round_trips::<UrlPath>(text)?;
            round_trips::<RedirectUrl>(text)?;
        }
        round_trips::<UrlPath>("/")?;
    }

    #[test]
    fn lengths_of_time_and_commands_are_read_as_they_are_shown(time in "[0-9]{0,11}[smhdw]?", text in inputs::hostile()) {
        for text in [&time, &text] {
            round_trips::<Duration>(text)?;
            round_trips::<CommandLine>(text)?;
        }
    }

    #[test]
    fn settings_are_read_as_they_are_shown((key, text) in inputs::setting()) {
        let mut settings = Settings::default();
        if settings.assign(key, &text).is_ok() {
            let shown = settings.value(key).as_ref().map(SettingValue::to_text).unwrap_or_default();
            let mut again = Settings::default();
            prop_assert!(again.assign(key, &shown).is_ok(), "{} {shown:?}", key.name());
            prop_assert_eq!(again, settings);
        }
    }

    #[test]
    fn no_input_at_all_is_a_panic(words in prop::collection::vec(inputs::hostile(), 0..5), text in inputs::hostile()) {
        let line: Vec<String> = ["mech", "add"].map(str::to_owned).into_iter().chain(words).collect();
        let _ = inputs::run(&Registry::default(), &line);
        let _ = mech::format::read_registry(&text);
        let _ = mech::format::read_mechanic(&text);
        let _ = mech::syntax::parse(text.as_bytes());
    }
}
