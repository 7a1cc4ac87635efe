//! Lengths of time, as every option of mech takes them.

use std::fmt;
use std::str::FromStr;

/// A whole number of seconds, written `30`, `30s`, `5m`, `2h` or `7d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(u64);

/// Text that is no length of time.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a length of time is expected, such as 30, 30s, 5m, 2h or 7d")]
pub struct DurationError;

impl Duration {
    /// A length of so many seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// The length in seconds.
    #[must_use]
    pub const fn as_seconds(self) -> u64 {
        self.0
    }
}

impl FromStr for Duration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (digits, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
            Some(at) => text.split_at(at),
            None => (text, "s"),
        };
        let factor = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return Err(DurationError),
        };
        let count: u32 = digits.parse().map_err(|_| DurationError)?;
        Ok(Self(u64::from(count) * factor))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = match self.0 {
            0 => (0, "s"),
            n if n % 86_400 == 0 => (n / 86_400, "d"),
            n if n % 3_600 == 0 => (n / 3_600, "h"),
            n if n % 60 == 0 => (n / 60, "m"),
            n => (n, "s"),
        };
        write!(f, "{count}{unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::Duration;

    #[test]
    fn reads_and_writes_the_four_units() {
        for (text, seconds, shown) in [
            ("30", 30, "30s"),
            ("30s", 30, "30s"),
            ("5m", 300, "5m"),
            ("2h", 7_200, "2h"),
            ("7d", 604_800, "7d"),
            ("120", 120, "2m"),
            ("0", 0, "0s"),
        ] {
            let parsed: Duration = text.parse().unwrap();
            assert_eq!(
                (parsed.as_seconds(), parsed.to_string().as_str()),
                (seconds, shown)
            );
        }
        for text in ["", "s", "-1", "1.5h", "5 m", "5w", "99999999999", "５"] {
            assert!(text.parse::<Duration>().is_err(), "{text:?}");
        }
    }
}
