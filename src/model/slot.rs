//! One option's place in a site: how its value gets in, out and away.

use std::fmt::Display;
use std::str::FromStr;

use super::{OptionValue, ValueError};

/// The place of one option, whatever its type.
pub(super) trait Slot {
    /// Takes a value in place of the one that was there.
    fn take(&mut self, value: OptionValue) -> Result<(), ValueError>;

    /// Forgets what was said.
    fn clear(&mut self);

    /// What was said.
    fn said(&self) -> Option<OptionValue>;
}

/// A type whose values are one text each. Not `bool`, which has a kind of its own.
pub(super) trait TextValue: FromStr<Err: Into<ValueError>> + Display {}

impl Slot for Option<bool> {
    fn take(&mut self, value: OptionValue) -> Result<(), ValueError> {
        *self = Some(value.switch()?);
        Ok(())
    }

    fn clear(&mut self) {
        *self = None;
    }

    fn said(&self) -> Option<OptionValue> {
        self.map(OptionValue::Switch)
    }
}

impl<T: TextValue> Slot for Option<T> {
    fn take(&mut self, value: OptionValue) -> Result<(), ValueError> {
        *self = Some(value.text()?.parse().map_err(Into::into)?);
        Ok(())
    }

    fn clear(&mut self) {
        *self = None;
    }

    fn said(&self) -> Option<OptionValue> {
        self.as_ref()
            .map(|value| OptionValue::Text(value.to_string()))
    }
}

impl<T> Slot for Vec<T>
where
    T: FromStr<Err: Into<ValueError>> + Display + PartialEq,
{
    fn take(&mut self, value: OptionValue) -> Result<(), ValueError> {
        *self = parse_list(value.list()?)?;
        Ok(())
    }

    fn clear(&mut self) {
        Vec::clear(self);
    }

    fn said(&self) -> Option<OptionValue> {
        let items = || self.iter().map(T::to_string).collect();
        (!self.is_empty()).then(|| OptionValue::List(items()))
    }
}

fn parse_list<T>(items: Vec<String>) -> Result<Vec<T>, ValueError>
where
    T: FromStr<Err: Into<ValueError>> + Display + PartialEq,
{
    let mut parsed: Vec<T> = Vec::with_capacity(items.len());
    let alone = items.len() == 1;
    for item in items {
        // Where there is one entry, whoever tells the value has told the entry.
        let refused = |error: T::Err| match error.into() {
            error if alone => error,
            error => ValueError::Item {
                item: item.clone(),
                error: Box::new(error),
            },
        };
        let value: T = item.trim().parse().map_err(refused)?;
        if parsed.contains(&value) {
            return Err(ValueError::Repeated(value.to_string()));
        }
        parsed.push(value);
    }
    Ok(parsed)
}
