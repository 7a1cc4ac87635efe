//! The files of users: one a site, as nginx reads it, and all of a registry as one text for history.

use std::collections::BTreeMap;

use crate::model::UserName;

/// The texts of all files of users, by their names, which are those of the sites.
pub type PasswordFiles = BTreeMap<String, String>;

/// One file of users: a line `NAME:HASH` for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PasswordFile {
    /// A person's comments, and lines that nginx passes over.
    others: Vec<String>,
    users: BTreeMap<String, String>,
}

impl PasswordFile {
    /// Reads a file, be it mech's own work or edited by hand.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut file = Self::default();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            match line.split_once(':') {
                Some((user, hash)) if !line.starts_with('#') => {
                    // Of two lines for one user nginx takes the first.
                    let hash = hash.trim_end().to_owned();
                    file.users.entry(user.to_owned()).or_insert(hash);
                }
                _ => file.others.push(line.to_owned()),
            }
        }
        file
    }

    /// The users in their order.
    pub fn users(&self) -> impl Iterator<Item = &str> {
        self.users.keys().map(String::as_str)
    }

    /// The hash of a user's password.
    #[must_use]
    pub fn hash_of(&self, user: &UserName) -> Option<&str> {
        self.users.get(user.as_str()).map(String::as_str)
    }

    /// Gives a user a password.
    pub fn set(&mut self, user: &UserName, hash: String) {
        self.users.insert(user.as_str().to_owned(), hash);
    }

    /// Forgets a user; tells whether there was one.
    pub fn remove(&mut self, user: &UserName) -> bool {
        self.users.remove(user.as_str()).is_some()
    }

    /// Whether nothing stands in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.others.is_empty() && self.users.is_empty()
    }

    /// The text of the file.
    #[must_use]
    pub fn print(&self) -> String {
        let users = self.users.iter();
        let users = users.map(|(user, hash)| format!("{user}:{hash}"));
        lines(self.others.iter().cloned().chain(users))
    }
}

/// The users of two texts, one a line, without what is secret: a changed password shows as such.
#[must_use]
pub fn users_shown(before: Option<&str>, after: Option<&str>) -> [Option<String>; 2] {
    let [old, new] = [before, after].map(|text| text.map(PasswordFile::read));
    let before = old.as_ref().map(|file| lines(file.users()));
    let after = new.as_ref().map(|file| {
        let shown = file.users.iter().map(|(user, hash)| {
            let had = old.as_ref().and_then(|old| old.users.get(user));
            match had {
                Some(had) if had != hash => format!("{user} (a new password)"),
                _ => user.clone(),
            }
        });
        lines(shown)
    });
    [before, after]
}

fn lines<T: AsRef<str>>(words: impl Iterator<Item = T>) -> String {
    let mut text = String::new();
    for word in words {
        text.extend([word.as_ref(), "\n"]);
    }
    text
}

/// All files as one text; none where there are no files.
#[must_use]
pub fn print_password_files(files: &PasswordFiles) -> Option<String> {
    if files.is_empty() {
        return None;
    }
    // Strings alone: printing them cannot fail.
    let mut text = serde_json::to_string_pretty(files).unwrap_or_default();
    text.push('\n');
    Some(text)
}

/// Reads what [`print_password_files`] printed.
pub fn read_password_files(text: &str) -> Result<PasswordFiles, serde_json::Error> {
    serde_json::from_str(text)
}

#[cfg(test)]
mod tests {
    use super::{PasswordFile, print_password_files, read_password_files, users_shown};

    #[test]
    fn a_person_s_lines_stay_and_users_are_sorted() {
        let mut file = PasswordFile::read("# ours: a\nbob:1\n\nada:2:note\nbob:3\n");
        assert_eq!(file.print(), "# ours: a\nada:2:note\nbob:1\n");
        file.set(&"cy".parse().unwrap(), "4".to_owned());
        assert!(file.remove(&"bob".parse().unwrap()));
        assert!(!file.remove(&"bob".parse().unwrap()));
        assert_eq!(file.users().collect::<Vec<_>>(), ["ada", "cy"]);
        assert_eq!(PasswordFile::read(&file.print()), file);
    }

    #[test]
    fn what_is_shown_has_users_and_no_hashes() {
        let shown = users_shown(Some("ada:1\nbob:2\n"), Some("ada:1\nbob:3\ncy:4\n"));
        assert_eq!(shown[0].as_deref(), Some("ada\nbob\n"));
        assert_eq!(shown[1].as_deref(), Some("ada\nbob (a new password)\ncy\n"));
    }

    #[test]
    fn all_files_come_back_from_one_text() {
        let files = [("a".to_owned(), "ada:$apr1$x$y\n".to_owned())].into();
        let text = print_password_files(&files).unwrap();
        assert_eq!(read_password_files(&text).unwrap(), files);
        assert_eq!(print_password_files(&super::PasswordFiles::new()), None);
    }
}
