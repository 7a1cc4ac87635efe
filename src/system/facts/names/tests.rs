use std::collections::{BTreeMap, HashSet};
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Addresses, NameError, Names, addresses_by, look_up, resolve, usable};
use crate::model::{OptionValue, Registry, Site, SiteOption};
use crate::system::facts::resolvers::LocalNames;
use crate::system::facts::{FactError, Purpose, Remark};
use crate::system::state::Digests;

/// Sites `a` and `b`, each with a backend of its own on `SITE.test`, and one that asks `auth.test`.
fn registry() -> Registry {
    let mut registry = Registry::default();
    for name in ["a", "b"] {
        let mut site = Site::new(name.parse().unwrap());
        let backends = OptionValue::List(vec![format!("{name}.test:3000"), "3001".into()]);
        site.assign(SiteOption::Backends, backends).unwrap();
        if name == "a" {
            let asked = OptionValue::List(vec!["http://auth.test:9/ask".into()]);
            site.assign(SiteOption::ForwardAuth, asked).unwrap();
        }
        registry.sites.push(site);
    }
    registry
}

/// What came of one gathering.
struct Gathered {
    asked: Vec<String>,
    result: Result<Addresses, FactError>,
    remarks: Vec<Remark>,
    inputs: String,
}

fn gather(
    touched: &[&str],
    purpose: Purpose,
    by_nginx: Option<LocalNames>,
    known: &BTreeMap<String, Vec<IpAddr>>,
    answer: fn(&str) -> io::Result<Vec<IpAddr>>,
) -> Gathered {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&asked);
    let look_up = move |name: &str| {
        note.lock().unwrap().push(name.to_owned());
        answer(name)
    };
    let touched: HashSet<String> = touched.iter().map(|name| (*name).to_owned()).collect();
    let names = Names {
        registry: &registry(),
        files: &BTreeMap::new(),
        known: Some(known),
        touched: &touched,
        purpose,
        by_nginx,
        ipv6: true,
    };
    let (mut remarks, mut digests) = (Vec::new(), Digests::default());
    let result = addresses_by(look_up, &names, &mut remarks, &mut digests);
    let mut asked = asked.lock().unwrap().clone();
    asked.sort();
    Gathered {
        asked,
        result,
        remarks,
        inputs: digests.finish(),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it stands in for a resolver")]
fn found(_: &str) -> io::Result<Vec<IpAddr>> {
    Ok(vec![address("192.0.2.1")])
}

fn lost(_: &str) -> io::Result<Vec<IpAddr>> {
    Err(io::Error::other("no such name"))
}

#[test]
fn only_a_refresh_asks_for_names_that_are_known_and_no_part_of_the_change() {
    let none = BTreeMap::new();
    let first = gather(&["a", "b"], Purpose::Change, None, &none, found);
    assert_eq!(first.asked, ["a.test", "auth.test", "b.test"]);
    let first = first.result.unwrap();
    assert_eq!(first.rendered, first.known);
    let known = first.known;
    for (touched, purpose, asked) in [
        (&["b"][..], Purpose::Change, &["b.test"][..]),
        (&["c"], Purpose::Change, &[]),
        (&["b"], Purpose::Look, &[]),
        (&[], Purpose::Look, &[]),
        (&[], Purpose::Refresh, &["a.test", "auth.test", "b.test"]),
    ] {
        let ran = gather(touched, purpose, None, &known, found);
        assert_eq!(ran.asked, asked, "{touched:?}, {purpose:?}");
        assert_eq!(ran.result.unwrap().rendered, known);
    }
}

#[test]
fn a_lost_name_refuses_its_own_site_and_keeps_the_others_as_they_were() {
    let none = BTreeMap::new();
    let good = gather(&[], Purpose::Change, None, &none, found);
    let known = good.result.unwrap().known;
    for (known, touched, purpose) in [
        (&known, &["b"][..], Purpose::Change),
        (&none, &["b"], Purpose::Look),
        (&none, &[], Purpose::Change),
        (&none, &[], Purpose::Refresh),
    ] {
        let ran = gather(touched, purpose, None, known, lost);
        let named = matches!(&ran.result, Err(FactError::Name { .. }));
        assert!(named, "{touched:?}, {purpose:?}");
    }
    let ran = gather(&["b"], Purpose::Change, None, &known, lost);
    let Err(FactError::Name { site, name, .. }) = ran.result else {
        panic!("not refused");
    };
    assert_eq!((site.as_str(), name.as_str()), ("b", "b.test"));
    let refresh = gather(&[], Purpose::Refresh, None, &known, lost);
    assert_eq!(refresh.result.unwrap().known, known);
    assert_eq!(refresh.inputs, good.inputs, "nothing to reload for");
    let remarks = refresh.remarks;
    assert_eq!(remarks.len(), 3);
    assert!(remarks.iter().all(Remark::is_warning));
    let look = gather(&[], Purpose::Look, None, &none, lost);
    assert!(look.result.unwrap().known.is_empty(), "only shown without");
}

#[test]
fn what_nginx_resolves_itself_is_asked_for_once_and_not_rendered() {
    let none = BTreeMap::new();
    let nginx_s = || Some(LocalNames::default());
    let ran = gather(&["a"], Purpose::Change, nginx_s(), &none, found);
    assert_eq!(ran.asked, ["a.test", "auth.test"]);
    let first = ran.result.unwrap();
    assert!(first.rendered.is_empty() && first.known.len() == 2);
    let nothing = Digests::default().finish();
    assert_eq!(
        ran.inputs, nothing,
        "its answers are no concern of the text"
    );
    let refused = gather(&["a"], Purpose::Change, nginx_s(), &none, lost);
    assert!(matches!(refused.result, Err(FactError::Name { .. })));
    let refresh = gather(&[], Purpose::Refresh, nginx_s(), &first.known, lost);
    assert!(refresh.asked.is_empty() && refresh.remarks.is_empty());
    // A name that only /etc/hosts has would never be found by nginx.
    let folder = tempfile::tempdir().unwrap();
    let hosts = folder.path().join("hosts");
    fs_err::write(&hosts, "192.0.2.1 b.test\n").unwrap();
    let local = Some(LocalNames::read(&hosts, &folder.path().join("none")));
    let ran = gather(&[], Purpose::Refresh, local, &none, found);
    assert_eq!(ran.asked, ["b.test"]);
    assert!(ran.result.unwrap().rendered.contains_key("b.test"));
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn names_are_asked_for_beside_each_other_within_one_limit() {
    let names: Vec<String> = (0..40).map(|n| format!("n{n}")).collect();
    let slow = |name: &str| {
        if name == "n7" {
            sleep(Duration::from_secs(5));
        }
        if name == "n9" {
            return Err(io::Error::other("no such name"));
        }
        sleep(Duration::from_millis(100));
        Ok(vec![address("192.0.2.1")])
    };
    let begun = Instant::now();
    let answers = resolve(names, Duration::from_millis(1500), slow);
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "one after the other"
    );
    assert_eq!(answers.len(), 40);
    assert!(matches!(answers["n7"], Err(NameError::Late(_))));
    assert!(matches!(answers["n9"], Err(NameError::Resolver(_))));
    assert_eq!(answers.values().filter(|answer| answer.is_ok()).count(), 38);
}

#[test]
fn addresses_are_sorted_and_those_out_of_reach_are_left_out() {
    let given = ["192.0.2.9", "::1", "192.0.2.1", "192.0.2.9"].map(address);
    let four = ["192.0.2.1", "192.0.2.9"].map(address);
    assert_eq!(usable(given.into(), false).unwrap(), four);
    let all = ["192.0.2.1", "192.0.2.9", "::1"].map(address);
    assert_eq!(usable(given.into(), true).unwrap(), all);
    let six = vec![address("2001:db8::1")];
    assert!(matches!(usable(six, false), Err(NameError::Ipv6Alone)));
}

#[test]
fn the_resolver_s_own_reason_is_given() {
    let error = NameError::from(look_up("no-such-host.invalid").unwrap_err());
    let said = error.to_string();
    assert!(
        !said.contains("address information") && !said.is_empty(),
        "{said}"
    );
}
