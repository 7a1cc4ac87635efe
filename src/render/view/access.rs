//! Who is let in.

use super::{expanded, plain};
use crate::model::{Client, ForwardAuth, Scoped, Site};
use crate::render::{Facts, Refusal};

/// The directives that decide who is let in below a path, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Access(pub(super) Vec<(&'static str, String)>);

impl Access {
    /// Those of a path, `/` for the site.
    pub(super) fn of(site: &Site, path: &str, facts: &Facts) -> Result<Self, Refusal> {
        let mut lines = Vec::new();
        networks(site, path, &mut lines);
        let password = site.auth.iter().any(|scope| scope.covers(path));
        let forward = forward(site, path);
        if !lines.is_empty() && (password || forward.is_some()) {
            // A `satisfy any` of the user's for all servers would let in whom one of the two lets in.
            lines.push(("satisfy", "all".to_owned()));
        }
        if password {
            let realm = if site.auth_bypass.is_empty() {
                expanded(&realm(site))?
            } else {
                realm_variable(site)
            };
            lines.push(("auth_basic", realm));
            let file = facts.places.passwords.join(site.name.as_str());
            lines.push(("auth_basic_user_file", expanded(&file.to_string_lossy())?));
        }
        if let Some((index, _)) = forward {
            lines.push(("auth_request", forward_location(index)));
            lines.extend(
                PASSED.iter().map(|(_, header, variable)| {
                    ("auth_request_set", format!("{variable} {header}"))
                }),
            );
        }
        Ok(Self(lines))
    }

    /// Whether a password is asked for.
    pub(super) fn asks_for_passwords(&self) -> bool {
        self.0.iter().any(|(name, _)| *name == "auth_basic")
    }

    /// The rules of networks among them.
    pub(super) fn networks(&self) -> Vec<(&'static str, String)> {
        let rules = self.0.iter();
        let rules = rules.filter(|(name, _)| ["allow", "deny"].contains(name));
        rules.cloned().collect()
    }
}

/// What an asked service tells of the user: the header of its answer, which the app gets, nginx's name
/// of it and the variable that carries it (Authelia's names, oauth2-proxy's names).
pub(super) const PASSED: [(&str, &str, &str); 8] = [
    (
        "Remote-User",
        "$upstream_http_remote_user",
        "$mech_auth_user",
    ),
    (
        "Remote-Groups",
        "$upstream_http_remote_groups",
        "$mech_auth_groups",
    ),
    (
        "Remote-Name",
        "$upstream_http_remote_name",
        "$mech_auth_name",
    ),
    (
        "Remote-Email",
        "$upstream_http_remote_email",
        "$mech_auth_email",
    ),
    (
        "X-Auth-Request-User",
        "$upstream_http_x_auth_request_user",
        "$mech_auth_request_user",
    ),
    (
        "X-Auth-Request-Email",
        "$upstream_http_x_auth_request_email",
        "$mech_auth_request_email",
    ),
    (
        "X-Auth-Request-Groups",
        "$upstream_http_x_auth_request_groups",
        "$mech_auth_request_groups",
    ),
    (
        "X-Auth-Request-Preferred-Username",
        "$upstream_http_x_auth_request_preferred_username",
        "$mech_auth_request_name",
    ),
];

/// nginx takes the first rule that fits: those against single networks, those for some, and only then
/// that against all others.
fn networks(site: &Site, path: &str, lines: &mut Vec<(&'static str, String)>) {
    let covering = |rules: &'_ [Scoped<Client>]| -> Vec<(usize, Client)> {
        let covering = rules.iter().filter(|rule| rule.scope.covers(path));
        covering
            .map(|rule| (rule.scope.length(), rule.value))
            .collect()
    };
    let denied = covering(&site.deny);
    let allowed = covering(&site.allow);
    // Who may enter a path is said by the longest path of which it is said.
    let longest = allowed.iter().map(|(length, _)| *length).max();
    // A path that is closed to all is not opened by what is said of a path around it.
    let everybody = denied.iter().filter(|(_, client)| *client == Client::All);
    let closed = everybody.map(|(length, _)| *length).max();
    let allowed: Vec<Client> = allowed
        .iter()
        .filter(|(length, _)| Some(*length) == longest && closed <= longest)
        .map(|(_, client)| *client)
        .collect();
    for (_, client) in &denied {
        let line = ("deny", client.to_string());
        // Said of the site and of a path in it, it is one rule.
        if *client != Client::All && !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.extend(allowed.iter().map(|client| ("allow", client.to_string())));
    let all = denied.iter().any(|(_, client)| *client == Client::All);
    if all || !allowed.is_empty() {
        lines.push(("deny", "all".to_owned()));
    }
}

/// The service that is asked about requests below a path, by its number in the site.
pub(super) fn forward<'a>(site: &'a Site, path: &str) -> Option<(usize, &'a ForwardAuth)> {
    let nearest = Scoped::nearest(&site.forward_auth, path)?;
    let index = site.forward_auth.iter().position(|auth| auth == nearest)?;
    Some((index, &nearest.value))
}

/// The location by which a service is asked.
pub(super) fn forward_location(index: usize) -> String {
    format!("/.mech/auth/{}", index + 1)
}

/// Whether a page below `path` is kept from those who are refused with `code`.
pub(in crate::render) fn keeps_back(
    site: &Site,
    path: &str,
    code: u16,
    facts: &Facts,
) -> Result<bool, Refusal> {
    let access = Access::of(site, path, facts)?.0;
    let has = |name: &str| access.iter().any(|(own, _)| *own == name);
    let rule = access
        .iter()
        .find(|(name, _)| ["allow", "deny"].contains(name));
    let closed = rule.is_some_and(|(name, value)| *name == "deny" || value != "all");
    Ok(match code {
        401 => has("auth_basic") || has("auth_request"),
        403 => closed || has("auth_request"),
        _ => false,
    })
}

/// What a browser shows when it asks for a password. nginx takes `off` for no password at all.
fn realm(site: &Site) -> String {
    match site.main_name() {
        name if name == "off" => "off.".to_owned(),
        name => name,
    }
}

/// The variable that is the realm for those who need a password, and `off` for all others.
pub(super) fn realm_variable(site: &Site) -> String {
    format!("$mech_realm_{}", variable_name(site.name.as_str()))
}

/// A shortname as part of the name of a variable: `-` may not stand there, and two names stay two.
fn variable_name(name: &str) -> String {
    name.to_ascii_lowercase()
        .replace('_', "__")
        .replace('-', "_h")
}

/// The `geo` of a site whose passwords some networks do not need.
pub(super) fn bypass(site: &Site) -> Result<Option<(String, Vec<String>)>, Refusal> {
    if site.auth.is_empty() || site.auth_bypass.is_empty() {
        return Ok(None);
    }
    let mut lines = vec![format!("default {}", plain(&realm(site))?)];
    lines.extend(
        site.auth_bypass
            .iter()
            .map(|network| format!("{network} off")),
    );
    Ok(Some((realm_variable(site), lines)))
}
