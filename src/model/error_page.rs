//! Pages in place of nginx's own errors.

use std::fmt;
use std::str::FromStr;

use super::{AbsolutePath, AbsolutePathError};

/// A page for some errors, written `502,504:/PATH`: a file of this machine, or else a path of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorPage {
    codes: Vec<u16>,
    page: AbsolutePath,
}

/// Why one was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ErrorPageError {
    /// No colon.
    #[error("statuses and a page are expected, such as 502,504:/srv/errors/down.html")]
    Colon,
    /// No status of an error.
    #[error("`{}` is no status of an error: 400 to 599, but not 444, 494 to 499, which nginx keeps for itself", super::shown(.0))]
    Code(String),
    /// A status twice.
    #[error("the status {0} is listed twice")]
    Twice(u16),
    /// The page.
    #[error("{0}")]
    Page(#[from] AbsolutePathError),
}

impl ErrorPage {
    /// The statuses.
    #[must_use]
    pub fn codes(&self) -> &[u16] {
        &self.codes
    }

    /// The page: a file, or else a path of the site.
    #[must_use]
    pub fn page(&self) -> &AbsolutePath {
        &self.page
    }
}

impl FromStr for ErrorPage {
    type Err = ErrorPageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (list, page) = text.split_once(':').ok_or(ErrorPageError::Colon)?;
        let mut codes = Vec::new();
        for word in list.split(',').map(str::trim) {
            let code = match word.parse() {
                Ok(code @ 400..=599) if !matches!(code, 444 | 494..=499) => code,
                _ => return Err(ErrorPageError::Code(word.to_owned())),
            };
            if codes.contains(&code) {
                return Err(ErrorPageError::Twice(code));
            }
            codes.push(code);
        }
        Ok(Self {
            codes,
            page: page.parse()?,
        })
    }
}

impl fmt::Display for ErrorPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes: Vec<String> = self.codes.iter().map(u16::to_string).collect();
        write!(f, "{}:{}", codes.join(","), self.page)
    }
}
