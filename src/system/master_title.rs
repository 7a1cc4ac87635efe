//! The arguments that an nginx master was started with, read back from its title.
//!
//! nginx sets the title `nginx: master process ARGV...` with all words joined by blanks, so a path that holds a blank
//! followed by a hyphen cannot be told from two options; such a master is taken for another one and left alone.

use std::path::PathBuf;

/// What the title of every nginx master begins with.
pub(super) const MASTER: &str = "nginx: master process";

/// The paths given on the command line of a master, as they were written there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct StartArguments {
    /// The value of `-p`.
    pub(super) prefix: Option<PathBuf>,
    /// The value of `-c`.
    pub(super) conf: Option<PathBuf>,
}

impl StartArguments {
    /// Reads the title of a master; `None` if it is the title of something else.
    ///
    /// As nginx does, it takes the value from the same word or from the next, allows flags in front (`-qc FILE`), and
    /// lets the last of several win.
    pub(super) fn of_master(title: &str) -> Option<Self> {
        let arguments = title.strip_prefix(MASTER)?;
        if !(arguments.is_empty() || arguments.starts_with(' ')) {
            return None;
        }
        let words: Vec<&str> = arguments.split(' ').collect();
        let mut found = Self::default();
        let mut next = 0;
        while let Some(word) = words.get(next) {
            next += 1;
            let Some(flags) = word.strip_prefix('-') else {
                continue;
            };
            let Some((option, attached)) = flags
                .char_indices()
                .find(|(_, letter)| matches!(letter, 'p' | 'c' | 'e' | 'g' | 's'))
                .map(|(at, letter)| (letter, &flags[at + 1..]))
            else {
                continue;
            };
            let mut value: Vec<&str> = Vec::new();
            if !attached.is_empty() {
                value.push(attached);
            }
            // The words up to the next option are one value: the title has lost where an argument ended.
            while let Some(word) = words
                .get(next)
                .filter(|word| value.is_empty() || !word.starts_with('-'))
            {
                value.push(word);
                next += 1;
            }
            let value = PathBuf::from(value.join(" "));
            match option {
                'p' => found.prefix = Some(value),
                'c' => found.conf = Some(value),
                _ => {}
            }
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::StartArguments;

    #[test]
    fn options_are_read_as_nginx_reads_them() {
        for (title, prefix, conf) in [
            ("nginx: master process nginx", None, None),
            (
                "nginx: master process /usr/sbin/nginx -g daemon on; master_process on;",
                None,
                None,
            ),
            (
                "nginx: master process nginx -c /etc/nginx/nginx.conf",
                None,
                Some("/etc/nginx/nginx.conf"),
            ),
            (
                "nginx: master process nginx -p /srv/ng -c conf/n.conf -g daemon off;",
                Some("/srv/ng"),
                Some("conf/n.conf"),
            ),
            (
                "nginx: master process nginx -p/srv/ng/ -qc n.conf",
                Some("/srv/ng/"),
                Some("n.conf"),
            ),
            ("nginx: master process nginx -c /a -c /b", None, Some("/b")),
            (
                "nginx: master process nginx -e stderr -c /srv/my site/n.conf -q",
                None,
                Some("/srv/my site/n.conf"),
            ),
        ] {
            let expected = StartArguments {
                prefix: prefix.map(Into::into),
                conf: conf.map(Into::into),
            };
            assert_eq!(StartArguments::of_master(title), Some(expected), "{title}");
        }
    }

    #[test]
    fn other_titles_are_no_master() {
        for title in [
            "nginx: worker process",
            "nginx: master processor",
            "nginx",
            "vi nginx: master process",
            "",
        ] {
            assert_eq!(StartArguments::of_master(title), None, "{title}");
        }
    }
}
