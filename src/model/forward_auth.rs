//! Asking another service whether a request may pass.

use std::fmt;
use std::str::FromStr;

use super::{RedirectUrl, UrlError};

/// The service that is asked about each request, written `URL` or `URL login=URL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardAuth {
    /// Who is asked: 2xx lets the request pass, 401 and 403 do not.
    pub url: RedirectUrl,
    /// Where somebody without a session is sent, the address that was asked for behind it.
    pub login: Option<RedirectUrl>,
}

/// Why one was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ForwardAuthError {
    /// The service.
    #[error("{0}")]
    Url(UrlError),
    /// The login page.
    #[error("login: {0}")]
    Login(UrlError),
    /// A third word.
    #[error("expected a URL, with login=URL behind it if there is a page to log in")]
    Words,
    /// A fragment, which is never sent.
    #[error("this URL has no `#`")]
    Fragment,
}

impl FromStr for ForwardAuth {
    type Err = ForwardAuthError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split_whitespace();
        let url: RedirectUrl = words
            .next()
            .unwrap_or_default()
            .parse()
            .map_err(ForwardAuthError::Url)?;
        let login = match words.next().map(|word| word.strip_prefix("login=")) {
            None => None,
            Some(None) => return Err(ForwardAuthError::Words),
            Some(Some(login)) => Some(
                login
                    .parse::<RedirectUrl>()
                    .map_err(ForwardAuthError::Login)?,
            ),
        };
        if words.next().is_some() {
            return Err(ForwardAuthError::Words);
        }
        if url.to_string().contains('#') || login.iter().any(|url| url.to_string().contains('#')) {
            return Err(ForwardAuthError::Fragment);
        }
        Ok(Self { url, login })
    }
}

impl fmt::Display for ForwardAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)?;
        match &self.login {
            Some(login) => write!(f, " login={login}"),
            None => Ok(()),
        }
    }
}
