//! Limits and time.

use clap::{Args, ValueHint};

use crate::model::SiteOption;

/// Limits and time.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Limits")]
pub struct LimitOptions {
    /// Limit the body of a request
    ///
    /// Takes a size, or a path and a size: `--max-body='8m,/upload 2g'`. What is larger gets 413; 0
    /// means no limit. May be repeated, then the values add up. Default: 32m. An empty value or `false`
    /// unsets it.
    #[arg(long, value_name = "SIZE", value_hint = ValueHint::Other)]
    pub max_body: Vec<String>,

    /// Wait so long for a silent backend
    ///
    /// Takes a length of time, or a path and one: `--timeout='1m,/reports 10m'`. What takes longer
    /// gets 504. From 1s to 24d. May be repeated, then the values add up. Default: 60s. An empty value
    /// or `false` unsets it.
    #[arg(long, value_name = "TIME", value_hint = ValueHint::Other)]
    pub timeout: Vec<String>,

    /// Take the answers of backends as fast as they come, whatever the client's pace
    ///
    /// Takes true or false, or a path and one of them: `--buffering='/live off'`. Server-sent events
    /// and long polling arrive at once either way, event by event; only a stream without chunks, which
    /// ends by closing the connection, waits, unless the app sends `X-Accel-Buffering: no` or this is
    /// off. May be repeated, then the values add up. Default: true. An empty value unsets it.
    #[arg(long, value_name = "BOOL", value_hint = ValueHint::Other)]
    pub buffering: Vec<String>,

    /// Limit how often one client may ask
    ///
    /// Takes a rate such as `10r/s` or `5r/m burst=3`, or a path and one: `'/login 5r/m burst=3'`. So
    /// many more as the burst says may come at once; what is beyond gets 429. Only what backends
    /// answer counts. May be repeated. Default: no limit. An empty value or `false` unsets it.
    #[arg(long, value_name = "RATE", value_hint = ValueHint::Other)]
    pub rate: Vec<String>,

    /// Limit how many requests of one client are answered at once
    ///
    /// Takes a number, or a path and one: `'/download 2'`. What is beyond gets 429. May be repeated,
    /// then the values add up. Default: no limit. An empty value or `false` unsets it.
    #[arg(long, value_name = "COUNT", value_hint = ValueHint::Other)]
    pub max_connections: Vec<String>,
}

impl LimitOptions {
    /// The values of one option as they stand on the command line, if it is one of these.
    pub(super) fn given(&self, option: SiteOption) -> Option<&[String]> {
        match option {
            SiteOption::MaxBody => Some(&self.max_body),
            SiteOption::Timeout => Some(&self.timeout),
            SiteOption::Buffering => Some(&self.buffering),
            SiteOption::Rate => Some(&self.rate),
            SiteOption::MaxConnections => Some(&self.max_connections),
            _ => None,
        }
    }
}
