//! `auth`: the users of sites.

use serde_json::{Value, json};

use super::Context;
use super::args::{Auth, AuthAdd, AuthCommand, AuthList, AuthRemove};
use super::change::{run, site_name};
use super::failure::Failure;
use crate::apply::{ApplyError, Ask, Cause, look};
use crate::format::{PasswordFile, PasswordFiles, apr1};
use crate::model::{ChangeError, Password, Registry, Site, SiteName, UserName};
use crate::system::ask_password::ask_password;
use crate::system::passwords::{random_bytes, read_passwords};

pub(super) fn auth(context: &Context, args: &Auth) -> Result<(), Failure> {
    match &args.command {
        AuthCommand::Add(args) => add(context, args),
        AuthCommand::Remove(args) => remove(context, args),
        AuthCommand::List(args) => list(context, args),
    }
}

fn add(context: &Context, args: &AuthAdd) -> Result<(), Failure> {
    let (site, user) = (site_name(&args.site)?, user_name(&args.user)?);
    // Nobody types a password twice to learn that there is no such site.
    let registry = look(&context.state)?.registry;
    let site = known(&registry, &site)?.name.clone();
    let password = ask_password(&format!("Password of `{user}` for `{site}`: "))?;
    let ask = Ask::User {
        hash: Some(hash(context, &site, &user, &password)?),
        site,
        user,
        if_exists: false,
    };
    run(context, &ask, &args.changing)
}

fn remove(context: &Context, args: &AuthRemove) -> Result<(), Failure> {
    let ask = Ask::User {
        site: site_name(&args.site)?,
        user: user_name(&args.user)?,
        hash: None,
        if_exists: args.if_exists,
    };
    run(context, &ask, &args.changing)
}

/// The hash that the user has, where it is of this password already; else a new one.
fn hash(
    context: &Context,
    site: &SiteName,
    user: &UserName,
    password: &Password,
) -> Result<String, Failure> {
    let files = read_passwords(&context.state.passwords()).unwrap_or_default();
    let file = file_of(&files, site);
    let kept = file
        .hash_of(user)
        .filter(|hash| apr1::is_of(hash, password));
    if let Some(kept) = kept {
        return Ok(kept.to_owned());
    }
    let random = random_bytes().map_err(|error| ApplyError::from(Cause::Io(error)))?;
    Ok(apr1::hash(password, random))
}

fn list(context: &Context, args: &AuthList) -> Result<(), Failure> {
    let registry = context.look()?.registry;
    let name = args.site.as_deref().map(site_name).transpose()?;
    let one = name.map(|name| known(&registry, &name)).transpose()?;
    let files = read_passwords(&context.state.passwords());
    let files = files.map_err(|error| ApplyError::from(Cause::Io(error)))?;
    let one = one.map(|site| vec![site.clone()]);
    let alone = one.is_some();
    let shown = Registry {
        sites: one.unwrap_or_else(|| registry.sites.clone()),
        ..Registry::default()
    };
    if context.output.is_json() {
        return context.answer(json!({ "sites": to_json(&shown, &files) }));
    }
    let lines = shown.sites.iter().flat_map(|site| {
        let users = users_of(&files, site).into_iter();
        users.map(move |user| {
            if alone {
                format!("{user}\n")
            } else {
                format!("{:<20} {user}\n", site.name.as_str())
            }
        })
    });
    context.output.text(&lines.collect::<String>())
}

/// The users of a site.
pub(super) fn users_of(files: &PasswordFiles, site: &Site) -> Vec<String> {
    let file = file_of(files, &site.name);
    file.users().map(str::to_owned).collect()
}

/// The sites that have users or ask for them, with the users.
pub(super) fn to_json(registry: &Registry, files: &PasswordFiles) -> Vec<Value> {
    let sites = registry.sites.iter().filter_map(|site| {
        let users = users_of(files, site);
        let concerns = !users.is_empty() || !site.auth.is_empty();
        concerns.then(|| {
            json!({
                "shortname": site.name.as_str(),
                "auth": !site.auth.is_empty(),
                "users": users,
            })
        })
    });
    sites.collect()
}

fn file_of(files: &PasswordFiles, site: &SiteName) -> PasswordFile {
    PasswordFile::read(files.get(site.as_str()).map_or("", String::as_str))
}

fn known<'a>(registry: &'a Registry, name: &SiteName) -> Result<&'a Site, Failure> {
    if let Some(site) = registry.site(name) {
        return Ok(site);
    }
    let known = registry.sites.iter().map(|site| site.name.clone());
    let unknown = ChangeError::Unknown {
        name: name.clone(),
        known: known.collect(),
    };
    Err(ApplyError::from(unknown).into())
}

fn user_name(text: &str) -> Result<UserName, Failure> {
    text.parse().map_err(|error| Failure::User {
        name: text.to_owned(),
        error,
    })
}
