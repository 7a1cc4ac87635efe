//! The networks of the proxies that the setting `trust` names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::text_file::{TextFileError, read_text};
use super::{FactError, Purpose, Remark};
use crate::model::{Cidr, CidrError, Settings, Trust, Trusted, shown};
use crate::system::state::{Applied, Digests};

/// The most that a file of networks may hold, in bytes.
const FILE_LIMIT: u64 = 256 * 1024;

/// From where Cloudflare's proxies connect: <https://www.cloudflare.com/ips/>.
const CLOUDFLARE: [&str; 22] = [
    "173.245.48.0/20",
    "103.21.244.0/22",
    "103.22.200.0/22",
    "103.31.4.0/22",
    "141.101.64.0/18",
    "108.162.192.0/18",
    "190.93.240.0/20",
    "188.114.96.0/20",
    "197.234.240.0/22",
    "198.41.128.0/17",
    "162.158.0.0/15",
    "104.16.0.0/13",
    "104.24.0.0/14",
    "172.64.0.0/13",
    "131.0.72.0/22",
    "2400:cb00::/32",
    "2606:4700::/32",
    "2803:f800::/32",
    "2405:b500::/32",
    "2405:8100::/32",
    "2a06:98c0::/29",
    "2c0f:f248::/32",
];

/// What is wrong with a file of networks.
#[derive(Debug, thiserror::Error)]
pub enum TrustFileError {
    /// It cannot be had.
    #[error("{0}")]
    File(#[from] TextFileError),
    /// A word that is no network.
    #[error("line {line} of `{}` holds `{}`: {error}", path.display(), shown(word))]
    Word {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The word.
        word: String,
        /// Why it is none.
        error: CidrError,
    },
    /// The whole world.
    #[error("line {line} of `{}` holds `{word}`, which is everybody: then each client could claim any address", path.display())]
    Everybody {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The word.
        word: String,
    },
    /// Nothing in it.
    #[error("`{}` lists no network", .0.display())]
    Empty(PathBuf),
}

/// What was found.
#[derive(Default)]
pub(super) struct TrustedNetworks {
    /// Sorted, each once.
    pub(super) networks: Vec<Cidr>,
    /// The text of each file, to fall back on when it breaks.
    pub(super) texts: BTreeMap<String, String>,
}

/// The networks of all proxies that are trusted.
pub(super) fn trusted(
    settings: &Settings,
    applied: Option<&Applied>,
    purpose: Purpose,
    remarks: &mut Vec<Remark>,
    digests: &mut Digests,
) -> Result<TrustedNetworks, FactError> {
    let mut found = TrustedNetworks::default();
    let mut networks = BTreeSet::new();
    let entries = settings.trust.as_ref().map(Trust::entries);
    for entry in entries.unwrap_or_default() {
        let file = match entry {
            Trusted::ProxyProtocol => continue,
            Trusted::Network(network) => {
                networks.insert(*network);
                continue;
            }
            Trusted::Cloudflare => {
                networks.extend(
                    CLOUDFLARE
                        .iter()
                        .filter_map(|text| text.parse::<Cidr>().ok()),
                );
                continue;
            }
            Trusted::File(file) => file,
        };
        let path = file.as_path();
        let last = || {
            let text = applied?.trusted.get(file.as_str())?;
            Some((parse(text, path).ok()?, text.clone()))
        };
        let read = read_text(path, FILE_LIMIT).map_err(TrustFileError::from);
        let read = read.and_then(|text| Ok((parse(&text, path)?, text)));
        let (listed, text) = match (read, last()) {
            (Ok(good), _) => good,
            (Err(error), Some(last)) => {
                let error = error.to_string();
                remarks.push(Remark::StaleTrust { error });
                last
            }
            (Err(TrustFileError::File(error)), None)
                if purpose == Purpose::Look && error.is_denied() =>
            {
                continue;
            }
            (Err(error), None) => return Err(error.into()),
        };
        networks.extend(listed);
        found.texts.insert(file.as_str().to_owned(), text);
    }
    if settings.trust.is_some() {
        let words: Vec<String> = networks.iter().map(Cidr::to_string).collect();
        digests.add("trust", Some(words.join(" ").as_bytes()));
    }
    found.networks = networks.into_iter().collect();
    Ok(found)
}

/// The networks in a text: between white space, what follows a `#` is a comment.
fn parse(text: &str, path: &Path) -> Result<Vec<Cidr>, TrustFileError> {
    let mut networks = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        let content = content.split('#').next().unwrap_or_default();
        for word in content.split_whitespace() {
            let (path, word) = (path.to_owned(), word.to_owned());
            let network: Cidr = match word.parse() {
                Ok(network) => network,
                Err(error) => {
                    return Err(TrustFileError::Word {
                        path,
                        line,
                        word,
                        error,
                    });
                }
            };
            if network.is_everything() {
                return Err(TrustFileError::Everybody { path, line, word });
            }
            networks.push(network);
        }
    }
    if networks.is_empty() {
        return Err(TrustFileError::Empty(path.to_owned()));
    }
    Ok(networks)
}

#[cfg(test)]
mod tests {
    use super::{CLOUDFLARE, Purpose, TrustFileError, parse, trusted};
    use crate::model::{Cidr, Settings};
    use crate::system::facts::Remark;
    use crate::system::state::{Applied, Digests};
    use std::path::Path;

    #[test]
    fn every_network_of_cloudflare_is_one_and_written_as_nginx_wants_it() {
        for text in CLOUDFLARE {
            assert_eq!(text.parse::<Cidr>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_file_of_networks_is_read_with_its_comments_and_refused_by_the_line() {
        let read = |text: &str| parse(text, Path::new("/f"));
        let found = read("# ours\n10.1.2.3/8 \t192.0.2.7\n\n2001:db8::/32 # theirs\n").unwrap();
        let shown: Vec<String> = found.iter().map(Cidr::to_string).collect();
        assert_eq!(shown, ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]);
        for text in ["", "# nothing\n"] {
            assert!(matches!(read(text), Err(TrustFileError::Empty(_))));
        }
        assert!(matches!(
            read("10.0.0.1\n\n::/0"),
            Err(TrustFileError::Everybody { line: 3, .. })
        ));
        assert!(matches!(
            read("10.0.0.1\n10.0.0.0/33\n"),
            Err(TrustFileError::Word { line: 2, .. })
        ));
    }

    #[test]
    fn networks_are_sorted_and_each_stands_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("networks");
        fs_err::write(&file, "10.0.0.0/8\n::1\n").unwrap();
        let mut settings = Settings::default();
        let text = format!("172.16.0.0/12,cloudflare,10.9.9.9/8,@{}", file.display());
        settings.trust = Some(text.parse().unwrap());
        let mut remarks = Vec::new();
        let mut applied = Applied::default();
        let gather = |applied: &Applied, remarks: &mut Vec<Remark>| {
            let digests = &mut Digests::default();
            trusted(&settings, Some(applied), Purpose::Change, remarks, digests)
        };
        let found = gather(&applied, &mut remarks).unwrap();
        assert_eq!(found.networks.len(), CLOUDFLARE.len() + 3);
        assert!(found.networks.is_sorted() && remarks.is_empty());
        fs_err::write(&file, "nonsense").unwrap();
        assert!(gather(&applied, &mut remarks).is_err(), "never good yet");
        applied.trusted = found.texts;
        let again = gather(&applied, &mut remarks).unwrap();
        assert_eq!(again.networks, found.networks);
        assert!(
            matches!(&remarks[..], [Remark::StaleTrust { error }] if error.contains("nonsense"))
        );
        assert_eq!(again.texts, applied.trusted, "kept for the next change too");
    }
}
