//! Sizes, rates and counts that bound what one client may ask for.

use std::fmt;
use std::str::FromStr;

use super::Duration;

/// A size in bytes, written `512k`, `64m`, `2g` or as a plain number; 0 means no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(u64);

/// Text that is no size.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a size is expected, such as 512k, 64m, 2g, or 0 for no limit")]
pub struct SizeError;

/// How often one client may ask, and how many requests beyond that may come at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// So many requests in a [`Period`]; from 1 to 100,000.
    pub requests: u32,
    /// The period.
    pub period: Period,
    /// So many requests more are answered without delay before the rest is refused; at most 100,000.
    pub burst: u32,
}

/// A period of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// A second.
    Second,
    /// A minute.
    Minute,
}

/// Text that is no rate.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "a rate is expected, such as 10r/s or 5r/m, with burst=N behind it if more may come at once"
)]
pub struct RateError;

/// A whole number from 1 to 100,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count(u32);

/// Text that is no such number.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a whole number from 1 to 100000 is expected")]
pub struct CountError;

/// How long a backend may be silent, from a second to 24 days: nginx takes 0 to mean that none may be silent
/// at all, and counts milliseconds in 32 bits where it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout(Duration);

/// Text that is no such time.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a length of time from 1s to 24d is expected, such as 30, 30s, 5m or 2h")]
pub struct TimeoutError;

impl Timeout {
    /// The time in seconds.
    #[must_use]
    pub const fn as_seconds(self) -> u64 {
        self.0.as_seconds()
    }
}

impl FromStr for Timeout {
    type Err = TimeoutError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time: Duration = text.parse().map_err(|_| TimeoutError)?;
        let most = 24 * 86_400;
        if !(1..=most).contains(&time.as_seconds()) {
            return Err(TimeoutError);
        }
        Ok(Self(time))
    }
}

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The most that a rate, a burst or a count may be.
const MOST: u32 = 100_000;

fn number(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.to_ascii_lowercase();
        // `64mb` is what people write; nginx itself refuses it.
        let short = lower.strip_suffix('b').unwrap_or(&lower);
        let (digits, factor) = match short.as_bytes().last() {
            Some(b'k') => (&short[..short.len() - 1], 1 << 10),
            Some(b'm') => (&short[..short.len() - 1], 1 << 20),
            Some(b'g') => (&short[..short.len() - 1], 1 << 30),
            _ if short.len() == lower.len() => (short, 1),
            _ => return Err(SizeError),
        };
        let count = u64::from(number(digits).ok_or(SizeError)?);
        Ok(Self(count * factor))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("0"),
            n if n % (1 << 30) == 0 => write!(f, "{}g", n >> 30),
            n if n % (1 << 20) == 0 => write!(f, "{}m", n >> 20),
            n if n % (1 << 10) == 0 => write!(f, "{}k", n >> 10),
            n => write!(f, "{n}"),
        }
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split_whitespace();
        let (requests, period) = words
            .next()
            .and_then(|rate| rate.split_once("r/"))
            .ok_or(RateError)?;
        let requests = number(requests).ok_or(RateError)?;
        let period = match period {
            "s" => Period::Second,
            "m" => Period::Minute,
            _ => return Err(RateError),
        };
        let burst = match words.next().map(|word| word.strip_prefix("burst=")) {
            None => 0,
            Some(burst) => burst.and_then(number).ok_or(RateError)?,
        };
        if !(1..=MOST).contains(&requests) || burst > MOST || words.next().is_some() {
            return Err(RateError);
        }
        Ok(Self {
            requests,
            period,
            burst,
        })
    }
}

impl Rate {
    /// The rate alone, in nginx's syntax.
    #[must_use]
    pub fn speed(&self) -> String {
        let period = match self.period {
            Period::Second => "s",
            Period::Minute => "m",
        };
        format!("{}r/{period}", self.requests)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.speed())?;
        match self.burst {
            0 => Ok(()),
            burst => write!(f, " burst={burst}"),
        }
    }
}

impl FromStr for Count {
    type Err = CountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match number(text) {
            Some(count) if (1..=MOST).contains(&count) => Ok(Self(count)),
            _ => Err(CountError),
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{Rate, Size, Timeout};

    #[test]
    fn a_timeout_is_no_shorter_than_a_second_and_no_longer_than_nginx_counts() {
        for (text, seconds) in [("1", 1), ("5m", 300), ("24d", 2_073_600)] {
            assert_eq!(text.parse::<Timeout>().unwrap().as_seconds(), seconds);
        }
        for text in ["0", "0s", "0d", "25d", "2073601", "999999999d", "soon", ""] {
            assert!(text.parse::<Timeout>().is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_shown_in_the_largest_whole_unit() {
        for (text, shown) in [
            ("0", "0"),
            ("1024", "1k"),
            ("64M", "64m"),
            ("64mb", "64m"),
            ("1536k", "1536k"),
            ("2048m", "2g"),
        ] {
            assert_eq!(text.parse::<Size>().unwrap().to_string(), shown);
        }
        for text in ["", "m", "64 m", "-1", "1.5m", "5b", "64t", "99999999999"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }

    #[test]
    fn rates_are_read_as_they_are_shown() {
        for text in ["5r/m burst=3", "10r/s"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "5",
            "5r/h",
            "0r/s",
            "5r/m burst",
            "5r/m burst=3 x",
            "r/s",
            "5r/m nodelay",
        ] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}
