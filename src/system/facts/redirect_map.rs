//! Redirect maps of sites, read anew at each change; a broken one falls back on what it last held.

mod row;
mod ways;

pub use row::RowError;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use self::row::{fields, is_header, redirect};
use self::ways::Ways;
use super::text_file::{TextFileError, read_text};
use super::{FactError, Purpose, Remark};
use crate::model::{Registry, Site};
use crate::render::MapRedirect;
use crate::system::state::{Applied, Digests};

/// The most that a redirect map may hold, in bytes.
const FILE_LIMIT: u64 = 1024 * 1024;
/// The most redirects in one map.
const MOST: usize = 10_000;
/// How many stations of a way are named.
const SHOWN: usize = 6;

/// What is wrong with a redirect map.
#[derive(Debug, thiserror::Error)]
pub enum RedirectMapError {
    /// It cannot be had.
    #[error("{0}")]
    File(#[from] TextFileError),
    /// A row.
    #[error("line {line} of `{}`: {error}", path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        error: RowError,
    },
    /// A path twice.
    #[error("line {line} of `{}` redirects `{}`, and so does line {first}", path.display(), from.escape_debug())]
    Twice {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The line that had it first.
        first: usize,
        /// The path.
        from: String,
    },
    /// A way that comes back.
    #[error("line {line} of `{}` begins a loop: {}", path.display(), way_words(way))]
    Loop {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Its paths.
        way: Vec<String>,
    },
    /// Too many rows.
    #[error("`{}` holds more than {MOST} redirects", .0.display())]
    Many(PathBuf),
}

/// The stations of a way, those in the middle of a long one left out.
pub(super) fn way_words(way: &[String]) -> String {
    let mut words: Vec<String> = way
        .iter()
        .map(|path| path.escape_debug().to_string())
        .collect();
    if words.len() > SHOWN {
        words.splice(SHOWN - 1..words.len() - 1, ["…".to_owned()]);
    }
    words.join(" -> ")
}

/// What was found.
#[derive(Default)]
pub(super) struct RedirectMaps {
    /// What each site redirects, by its folded shortname.
    pub(super) redirects: BTreeMap<String, Vec<MapRedirect>>,
    /// The text of each file, to fall back on when it breaks.
    pub(super) texts: BTreeMap<String, String>,
}

/// The redirect maps of all sites.
pub(super) fn redirect_maps(
    registry: &Registry,
    applied: Option<&Applied>,
    touched: &HashSet<String>,
    purpose: Purpose,
    remarks: &mut Vec<Remark>,
    digests: &mut Digests,
) -> Result<RedirectMaps, FactError> {
    let mut found = RedirectMaps::default();
    for site in &registry.sites {
        let Some(file) = &site.redirect_map else {
            continue;
        };
        let path = file.as_path();
        let changes = touched.contains(&site.name.folded());
        let applied = applied.and_then(|applied| applied.redirects.get(file.as_str()));
        let last = || {
            let text = applied?;
            Some((checked(text, path, site, registry).ok()?, text.clone()))
        };
        let read = read_text(path, FILE_LIMIT).map_err(RedirectMapError::from);
        let read = read.and_then(|text| Ok((checked(&text, path, site, registry)?, text)));
        let (redirects, text) = match read {
            Ok(good) => good,
            Err(error) => match last() {
                Some(last) if !changes => {
                    remarks.push(Remark::StaleRedirects {
                        site: site.name.clone(),
                        error: error.to_string(),
                    });
                    last
                }
                _ if purpose == Purpose::Look && is_denied(&error) => continue,
                _ => {
                    let site = site.name.clone();
                    return Err(FactError::RedirectMap { site, error });
                }
            },
        };
        // Told when it is new, not at every change.
        if (changes || applied != Some(&text))
            && let Some((way, count)) = Ways::of(&redirects, site, registry).chained()
        {
            remarks.push(Remark::RedirectChain {
                site: site.name.clone(),
                way: way_words(&way),
                count,
            });
        }
        digests.add(file.as_str(), Some(text.as_bytes()));
        found.redirects.insert(site.name.folded(), redirects);
        found.texts.insert(file.as_str().to_owned(), text);
    }
    Ok(found)
}

fn is_denied(error: &RedirectMapError) -> bool {
    matches!(error, RedirectMapError::File(error) if error.is_denied())
}

/// The redirects in a text, none of which comes back.
fn checked(
    text: &str,
    path: &Path,
    site: &Site,
    registry: &Registry,
) -> Result<Vec<MapRedirect>, RedirectMapError> {
    let (redirects, lines) = parse(text, path)?;
    if let Some((at, way)) = Ways::of(&redirects, site, registry).comes_back() {
        let line = lines.get(at).copied().unwrap_or_default();
        let path = path.to_owned();
        return Err(RedirectMapError::Loop { path, line, way });
    }
    Ok(redirects)
}

/// The redirects in a text, and the line of each.
fn parse(text: &str, path: &Path) -> Result<(Vec<MapRedirect>, Vec<usize>), RedirectMapError> {
    // Spreadsheets begin their files with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut redirects = Vec::new();
    let mut lines = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut header = false;
    for (line, content) in (1..).zip(text.lines()) {
        let content = content.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let refused = |error| RedirectMapError::Row {
            path: path.to_owned(),
            line,
            error,
        };
        let fields = fields(content).map_err(refused)?;
        if redirects.is_empty() && !header && is_header(&fields) {
            header = true;
            continue;
        }
        let redirect = redirect(&fields).map_err(refused)?;
        match seen.entry(redirect.from.clone()) {
            Entry::Vacant(place) => place.insert(line),
            Entry::Occupied(first) => {
                return Err(RedirectMapError::Twice {
                    path: path.to_owned(),
                    line,
                    first: *first.get(),
                    from: redirect.from,
                });
            }
        };
        if redirects.len() == MOST {
            return Err(RedirectMapError::Many(path.to_owned()));
        }
        redirects.push(redirect);
        lines.push(line);
    }
    Ok((redirects, lines))
}

#[cfg(test)]
mod tests {
    use super::{RedirectMapError, parse, way_words};
    use std::fmt::Write as _;
    use std::path::Path;

    #[test]
    fn comments_and_titles_are_no_rows_and_errors_name_the_line() {
        let read = |text: &str| parse(text, Path::new("/m.csv"));
        let text = "\u{feff}# moved\r\nFrom,To,Code\r\n\r\n/a,/b,301\r\n  # more\r\n/c,/d\r\n";
        let (redirects, lines) = read(text).unwrap();
        assert_eq!(lines, [4, 6]);
        assert_eq!(redirects[1].from, "/c");
        assert!(read("").unwrap().0.is_empty());
        let refused = read("/a,/b\n\nfrom,to\n").unwrap_err().to_string();
        assert!(refused.starts_with("line 3 of `/m.csv`: "), "{refused}");
        assert!(matches!(
            read("/a%20b,/x\n/c,/d\n/a b,/y\n"),
            Err(RedirectMapError::Twice {
                line: 3,
                first: 1,
                ..
            })
        ));
        let mut many = String::new();
        for n in 0..10_000 {
            writeln!(many, "/{n},/x").unwrap();
        }
        assert_eq!(read(&many).unwrap().0.len(), 10_000);
        many.push_str("/more,/x\n");
        assert!(matches!(read(&many), Err(RedirectMapError::Many(_))));
    }

    #[test]
    fn a_long_way_is_told_by_its_ends() {
        let way: Vec<String> = (0..9).map(|n| format!("/{n}")).collect();
        assert_eq!(way_words(&way), "/0 -> /1 -> /2 -> /3 -> /4 -> … -> /8");
        assert_eq!(way_words(&way[..6]), "/0 -> /1 -> /2 -> /3 -> /4 -> /5");
    }
}
