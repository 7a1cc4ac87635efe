//! Words for the options that the predecessor had not: most are fine, some are hostile inside an otherwise fine form.

use mech::model::{OptionKind, SiteOption};
use proptest::prelude::*;

use super::{hostile, path, url};

/// What stands between the entries of an option whose entries may hold commas.
const BETWEEN: char = '\u{1e}';

/// The entries of a value: an option of rules is repeated for each.
pub(super) fn entries(option: SiteOption, value: &str) -> impl Iterator<Item = &str> {
    let rules = option.kind() == OptionKind::Rules;
    value.split(move |c| rules && c == BETWEEN)
}

/// What an option needs beside it.
pub(super) fn beside(option: SiteOption) -> &'static [(SiteOption, &'static str)] {
    use SiteOption as O;
    match option {
        O::Balance
        | O::Sticky
        | O::StripPrefix
        | O::BackendProtocol
        | O::Timeout
        | O::Buffering => &[(O::Backends, "3000,3001")],
        O::AppFirst => &[(O::Backends, "3000"), (O::Static, "/srv/www")],
        O::Spa => &[(O::Static, "/srv/www"), (O::Backends, "3001/api")],
        O::Prerendered => &[(O::Static, "/srv/www")],
        O::VerifyUpstream => &[(O::HttpsUpstream, "true")],
        O::Http3 | O::Hsts => &[(O::Https, "true")],
        O::AuthBypass => &[(O::Auth, "/")],
        O::Www => &[(O::Host, "www.site.example")],
        _ => &[],
    }
}

/// Several entries of a list, or of rules.
fn several(option: SiteOption, entry: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let rules = option.kind() == OptionKind::Rules;
    let between = if rules { BETWEEN } else { ',' };
    prop::collection::vec(entry, 1..3)
        .prop_map(move |entries| entries.join(&between.to_string()))
        .boxed()
}

/// A value for the whole site, or for a path of it.
fn scoped(value: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let scope = prop_oneof![
        4 => "",
        4 => "/[a-z]{1,3}(/[a-z.é*~\\[()=@-]{1,4}){0,2} ",
        1 => path().prop_map(|path| format!("{path} ")),
    ];
    (scope, value)
        .prop_map(|(scope, value)| format!("{scope}{value}"))
        .boxed()
}

/// Mostly a fine value.
fn mostly(fine: &'static str) -> BoxedStrategy<String> {
    prop_oneof![24 => fine, 1 => hostile()].boxed()
}

pub(super) fn value(option: SiteOption) -> BoxedStrategy<String> {
    use SiteOption as O;
    let network = "10\\.[0-9]{1,2}\\.0\\.0(/[1-3][0-9])?|2001:db8::[0-9a-f]{1,3}(/64)?";
    let single = match option {
        O::Balance => mostly(
            "least-conn|least_conn|round-robin|random|ip-hash|hash:(uri|ip|host|header:[A-Za-z][A-Za-z0-9_-]{0,6}|cookie:[A-Za-z_]{1,6}|arg:[a-z]{1,4})",
        ),
        O::Sticky => mostly("cookie|cookie:[A-Za-z_]{1,6}|ip|header:[A-Za-z][A-Za-z_-]{0,6}"),
        O::StripPrefix | O::Immutable => {
            mostly("/[a-z]{1,3}|/[a-z]{1,2}(/[a-zé.*~\\[(-]{1,3}){1,2}")
        }
        O::BackendProtocol => scoped(mostly("http1|h2c|grpc")),
        O::VerifyUpstream => prop_oneof![2 => mostly("true"), 1 => path()].boxed(),
        O::StaticPath => (mostly("/[a-z]{1,4}(/[a-zé.~\\[(-]{1,3}){0,2}"), path())
            .prop_map(|(path, folder)| format!("{path}:{folder}"))
            .boxed(),
        O::Prerendered => mostly("true|/[a-z]{1,4}(/[a-zé.~\\[(-]{1,3}){0,1}"),
        O::MaxBody => scoped(mostly("0|[1-9][0-9]{0,3}[kmg]?")),
        O::Timeout => scoped(mostly("[1-9][0-9]{0,2}[sm]")),
        O::Buffering => scoped(mostly("on|off|true")),
        O::Rate => scoped(mostly("[1-9][0-9]{0,2}r/[sm]( burst=[0-9]{1,2})?")),
        O::MaxConnections => scoped(mostly("[1-9][0-9]{0,2}")),
        O::Auth => mostly("/|/[a-z]{1,4}"),
        O::AuthBypass => mostly(network),
        O::ForwardAuth => {
            let tame = || "https?://[a-z]{1,6}\\.internal(:9[0-9]{3})?(/[a-z$;'?&=~]{0,8})?";
            let login = prop_oneof![
                4 => Just(String::new()),
                2 => tame().prop_map(|url| format!(" login={url}")),
                1 => url().prop_map(|url| format!(" login={url}")),
            ];
            let asked = prop_oneof![9 => tame().boxed(), 1 => url().boxed()];
            scoped(
                (asked, login)
                    .prop_map(|(url, login)| format!("{url}{login}"))
                    .boxed(),
            )
        }
        O::Allow | O::Deny => {
            let client = prop_oneof![6 => network, 2 => Just("all".to_owned()), 1 => hostile()];
            scoped(client.boxed())
        }
        O::RedirectCode => mostly("301|302|307|308"),
        O::Www => mostly("add|strip"),
        O::RedirectMap => path().boxed(),
        O::Header => {
            let name = prop_oneof![
                6 => "X-[A-Za-z]{1,4}|Cache-Control|Server|Vary|Set-Cookie|X-Frame-Options",
                1 => hostile(),
            ];
            let value =
                prop_oneof![3 => "[ -~]{0,24}", 2 => r#"[a;{}$"'\\#= ]{0,12}"#, 1 => hostile()];
            let header = (name, value).prop_map(|(name, value)| format!("{name}: {value}"));
            scoped(header.boxed())
        }
        O::Hsts => {
            mostly("[1-9][0-9]{0,2}[md]( includeSubDomains)?|730d includeSubDomains preload")
        }
        O::ErrorPage => (mostly("(4[0-2][0-9]|50[0-9])(,51[0-9])?"), path())
            .prop_map(|(codes, page)| format!("{codes}:{page}"))
            .boxed(),
        _ => hostile().boxed(),
    };
    match option.kind() {
        OptionKind::List | OptionKind::Rules => several(option, single),
        OptionKind::Text | OptionKind::Switch => single,
    }
}
