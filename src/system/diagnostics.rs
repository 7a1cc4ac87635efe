//! What `nginx -t` says, line by line, and to which site each line belongs.

use std::path::{Path, PathBuf};

use crate::model::{Registry, SiteName};
use crate::render::{Places, Rendered};

/// One message of nginx's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// `emerg`, `warn` and so on.
    pub level: String,
    /// The words, without the place.
    pub text: String,
    /// The file that nginx blames.
    pub file: Option<PathBuf>,
    /// The line in it, from 1.
    pub line: Option<usize>,
    /// The site that it comes from.
    pub site: Option<SiteName>,
}

/// What a staged path stands for.
pub struct Names<'a> {
    /// Staged paths and the live ones that they stand for.
    pub staged: &'a [(PathBuf, PathBuf)],
    /// mech's own live file.
    pub live: &'a Path,
    /// What was rendered to it.
    pub rendered: &'a Rendered,
    /// The registry that it was rendered from.
    pub registry: &'a Registry,
    /// Where overrides and certificates lie.
    pub places: &'a Places,
}

impl Message {
    /// Whether nginx refuses to go on because of it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        matches!(self.level.as_str(), "emerg" | "alert" | "crit" | "error")
    }

    /// The host name of a warning that a server block was ignored because another has its name.
    #[must_use]
    pub fn conflicting_name(&self) -> Option<&str> {
        let (name, _) = self
            .text
            .strip_prefix("conflicting server name \"")?
            .split_once('"')?;
        Some(name)
    }

    /// nginx's own words with the live place.
    #[must_use]
    pub fn words(&self) -> String {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => {
                format!(
                    "nginx: [{}] {} in {}:{line}",
                    self.level,
                    self.text,
                    file.display()
                )
            }
            _ => format!("nginx: [{}] {}", self.level, self.text),
        }
    }
}

/// Reads nginx's messages and finds the site of each.
#[must_use]
pub fn read_messages(stderr: &[u8], names: &Names<'_>) -> Vec<Message> {
    let text = String::from_utf8_lossy(stderr);
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .filter_map(|line| read_line(line).map(|message| names.place(message)))
        .collect()
}

fn read_line(line: &str) -> Option<Message> {
    // `nginx: [emerg] …` or `2026/11/20 21:36:07 [emerg] 123#123: …`.
    let (before, rest) = line.split_once('[')?;
    let dated = before.starts_with(|c: char| c.is_ascii_digit());
    if before != "nginx: " && !dated {
        return None;
    }
    let (level, rest) = rest.split_once("] ")?;
    let text = match rest.split_once(": ") {
        Some((pid, text)) if dated && pid.contains('#') => text,
        _ => rest,
    };
    let (text, file, line) = match text.rsplit_once(" in ").and_then(|(text, place)| {
        let (file, line) = place.rsplit_once(':')?;
        Some((text, file, line.parse().ok()?))
    }) {
        Some((text, file, line)) => (text, Some(PathBuf::from(file)), Some(line)),
        None => (text, None, None),
    };
    Some(Message {
        level: level.to_owned(),
        text: text.to_owned(),
        file,
        line,
        site: None,
    })
}

impl Names<'_> {
    fn place(&self, mut message: Message) -> Message {
        if let Some((_, live)) = self
            .staged
            .iter()
            .find(|(staged, _)| Some(staged) == message.file.as_ref())
        {
            message.file = Some(live.clone());
        }
        for (staged, live) in self.staged {
            message.text = message
                .text
                .replace(&*staged.to_string_lossy(), &live.to_string_lossy());
        }
        message.site = self
            .by_place(&message)
            .or_else(|| self.by_words(&message.text));
        message
    }

    fn by_place(&self, message: &Message) -> Option<SiteName> {
        let file = message.file.as_deref()?;
        if file == self.live {
            return self.rendered.site_at(message.line?).cloned();
        }
        let inside = file.strip_prefix(&self.places.overrides).ok()?;
        self.named(inside.components().next()?.as_os_str().to_str()?)
    }

    /// Messages without a place hold a name or path that mech made from the site's shortname, or one
    /// of its host names.
    fn by_words(&self, text: &str) -> Option<SiteName> {
        text.split(['"', ' ', ',', ';'])
            .filter(|word| !word.is_empty())
            .find_map(|word| {
                if let Some((name, _)) = word.split_once(".mech_site") {
                    return self.named(name);
                }
                let path = Path::new(word);
                if [&self.places.certs, &self.places.logs]
                    .into_iter()
                    .any(|folder| path.starts_with(folder))
                {
                    return self.named(path.file_name()?.to_str()?.split('.').next()?);
                }
                let hosts = |name: &str| {
                    self.registry
                        .sites
                        .iter()
                        .find(|s| s.names().any(|host| host == name))
                };
                hosts(word).map(|site| site.name.clone())
            })
    }

    fn named(&self, name: &str) -> Option<SiteName> {
        let parsed: SiteName = name.parse().ok()?;
        self.registry.site(&parsed).map(|site| site.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::read_line;

    #[test]
    fn reads_both_shapes_with_and_without_a_place() {
        for (line, level, text, place) in [
            (
                "nginx: [emerg] unknown directive \"x\" in /etc/nginx/a.conf:7",
                "emerg",
                "unknown directive \"x\"",
                Some(7),
            ),
            (
                "2026/11/20 21:36:07 [emerg] 123#123: host not found in upstream \"a.b\" in /e/m.conf:3",
                "emerg",
                "host not found in upstream \"a.b\"",
                Some(3),
            ),
            (
                "nginx: [warn] conflicting server name \"x\" on 0.0.0.0:80, ignored",
                "warn",
                "conflicting server name \"x\" on 0.0.0.0:80, ignored",
                None,
            ),
            (
                "2026/11/20 21:36:07 [warn] 1#1: could not build optimal server_names_hash",
                "warn",
                "could not build optimal server_names_hash",
                None,
            ),
        ] {
            let message = read_line(line).unwrap();
            assert_eq!(
                (message.level.as_str(), message.text.as_str(), message.line),
                (level, text, place)
            );
        }
        assert!(read_line("nginx: configuration file /x test failed").is_none());
    }
}
