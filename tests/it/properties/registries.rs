//! Registries: printed, read, replayed, changed and changed back.

use mech::format::{commands, print_registry, read_registry};
use mech::model::{Change, Registry, SitePatch};
use proptest::prelude::*;

use super::{cases, inputs};

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn reading_gives_back_what_was_printed(registry in inputs::registry()) {
        let text = print_registry(&registry);
        let loaded = read_registry(&text);
        prop_assert!(loaded.is_ok(), "{:?}\n{text}", loaded.err());
        let loaded = loaded.unwrap();
        prop_assert_eq!(loaded.newer, None);
        prop_assert_eq!(&loaded.registry, &registry);
        prop_assert_eq!(print_registry(&loaded.registry), text);
    }

    #[test]
    fn replaying_the_commands_rebuilds_the_registry(registry in inputs::registry()) {
        let rebuilt = inputs::replayed(&registry);
        prop_assert!(rebuilt.is_ok(), "refused: {}\nof {:#?}", rebuilt.unwrap_err(), commands(&registry));
        let rebuilt = rebuilt.unwrap();
        prop_assert_eq!(print_registry(&rebuilt), print_registry(&registry));
        prop_assert_eq!(rebuilt, registry);
    }

    #[test]
    fn each_command_is_one_line(registry in inputs::registry()) {
        for line in commands(&registry) {
            prop_assert!(!line.contains(['\n', '\r', '\0']), "{line:?}");
        }
    }

    #[test]
    fn adding_and_removing_is_the_identity(registry in inputs::registry_with_sites()) {
        for site in &registry.sites {
            let without = registry.apply(&Change::Remove { name: site.name.clone(), if_exists: false }).unwrap();
            prop_assert!(without.site(&site.name).is_none());
            let entries = site.said().map(|(option, value)| (option, Some(value))).collect();
            let add = Change::Add { name: site.name.clone(), patch: SitePatch { entries, move_default: false }, upsert: false };
            let with = without.apply(&add);
            prop_assert!(with.is_ok(), "{:?}", with.err());
            let with = with.unwrap();
            prop_assert_eq!(with.site(&site.name), Some(site));
            let back = with.apply(&Change::Remove { name: site.name.clone(), if_exists: false }).unwrap();
            prop_assert_eq!(back, without);
        }
    }

    #[test]
    fn asking_for_what_is_there_changes_nothing(registry in inputs::registry()) {
        prop_assert_eq!(&registry.apply(&Change::Refresh).unwrap(), &registry);
        for site in &registry.sites {
            let entries = site.said().map(|(option, value)| (option, Some(value))).collect();
            let patch = SitePatch { entries, move_default: false };
            let after = registry.apply(&Change::Update { name: site.name.clone(), patch });
            prop_assert_eq!(after.as_ref().ok(), Some(&registry));
        }
    }

    #[test]
    fn whatever_was_accepted_agrees_with_itself(registry in inputs::registry()) {
        prop_assert_eq!(registry.check(), Ok(()));
        prop_assert_eq!(registry.apply(&Change::Reset).unwrap(), Registry::default());
    }
}

/// What a person may write by hand and `list` could not say: each is put in order or refused, never kept as it is.
#[test]
fn a_registry_edited_by_hand_can_be_replayed_or_is_refused() {
    let site = |fields: &str| format!(r#"{{"version":1,"sites":[{{"shortname":"s",{fields}}}]}}"#);
    for refused in [
        site(r#""backends":["unix:/run/a,b.sock"]"#),
        site(r#""backends":["@/srv/a,b"]"#),
        site(r#""host":"a.example","host":"b.example","backends":["3000"]"#),
        site(r#""host":"a.example","backends":["3000"],"shortname":"t""#),
        site(r#""redirect":"http://a.example","redirect-full":"http://b.example""#),
        r#"{"version":1,"settings":{"logs":"/a","logs":"/b"}}"#.to_owned(),
        r#"{"version":1,"settings":{"restart":"--force"}}"#.to_owned(),
    ] {
        assert!(read_registry(&refused).is_err(), "{refused}");
    }
    let default_first = r#"{"version":1,"sites":[
        {"shortname":"d","default":true,"backends":["3000"]}, {"shortname":"s","backends":["3000"]}]}"#;
    let registry = read_registry(default_first).unwrap().registry;
    assert_eq!(inputs::replayed(&registry), Ok(registry));
}
