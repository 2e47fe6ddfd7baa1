//! Checks one value: the rules for strings, choices, numbers, durations and files.

use super::address::AddressError;
use super::error::SettingError;
use super::redact::PEM;
use std::fmt::Display;
use std::fs;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// The bounds of a period, such as an interval.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_hours(24);

/// The given value of a setting, trimmed.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub name: String,
    pub text: String,
}

impl Given {
    /// Trims a value.
    ///
    /// # Errors
    ///
    /// Returns an error if the text has a control character.
    pub(crate) fn new(name: &str, text: &str) -> Result<Self, SettingError> {
        let text = text.trim();
        if text.chars().any(char::is_control) {
            let reason = "it has a line break or another control character";
            return Err(SettingError::without_value(name, reason));
        }
        Ok(Given { name: name.to_owned(), text: text.to_owned() })
    }

    /// Trims a value that must not be empty.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is empty, or has a control character.
    pub(crate) fn not_empty(name: &str, text: &str) -> Result<Self, SettingError> {
        let given = Self::new(name, text)?;
        if given.text.is_empty() { Err(SettingError::without_value(name, "it is empty")) } else { Ok(given) }
    }

    pub(crate) fn wrong(&self, reason: impl Display) -> SettingError {
        SettingError::new(&self.name, &self.text, reason)
    }

    /// Creates an error that does not show the value.
    pub(crate) fn wrong_in_secret(&self, reason: impl Display) -> SettingError {
        SettingError::without_value(&self.name, reason)
    }

    /// Creates the error for an address, with an example of a right one.
    pub(crate) fn wrong_address(&self, error: AddressError, example: &str) -> SettingError {
        self.wrong(format_args!("{error}: write {example}"))
    }

    /// Finds one of some names, without regard to case.
    pub(crate) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, SettingError> {
        let found = choices.iter().find(|(name, _)| self.text.eq_ignore_ascii_case(name));
        found
            .map(|(_, value)| *value)
            .ok_or_else(|| self.wrong(allowed(choices.iter().map(|(name, _)| *name))))
    }

    /// Reads a switch, by any of the words that Datadog's clients know.
    pub(crate) fn switch(&self) -> Result<bool, SettingError> {
        let is_one_of = |words: [&str; 6]| words.iter().any(|word| self.text.eq_ignore_ascii_case(word));
        if is_one_of(["true", "t", "yes", "y", "on", "1"]) {
            Ok(true)
        } else if is_one_of(["false", "f", "no", "n", "off", "0"]) {
            Ok(false)
        } else {
            Err(self.wrong("write `true` or `false`"))
        }
    }

    /// Reads a whole number: digits alone, within the range.
    pub(crate) fn whole<N>(&self, range: &RangeInclusive<N>) -> Result<N, SettingError>
    where
        N: FromStr + PartialOrd + Display,
    {
        let is_digits = !self.text.is_empty() && self.text.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_digits.then(|| self.text.parse::<N>().ok()).flatten();
        number.filter(|number| range.contains(number)).ok_or_else(|| {
            self.wrong(format_args!("write a number from {} to {}", range.start(), range.end()))
        })
    }

    /// Reads a period in whole milliseconds.
    pub(crate) fn period(&self) -> Result<Duration, SettingError> {
        const MOST: u64 = LONGEST.as_secs() * 1_000;
        match self.milliseconds() {
            Some(millis @ 1..=MOST) => Ok(Duration::from_millis(millis)),
            _ => Err(self.wrong("write whole milliseconds, from 1 to 86400000, a day")),
        }
    }

    /// Reads a time limit in whole milliseconds; 0 means unlimited.
    pub(crate) fn limit(&self) -> Result<Duration, SettingError> {
        match self.milliseconds() {
            Some(0) => Ok(Duration::MAX),
            Some(millis) => Ok(Duration::from_millis(millis)),
            None => Err(self.wrong("write whole milliseconds, and 0 for no limit")),
        }
    }

    fn milliseconds(&self) -> Option<u64> {
        let is_digits = self.text.bytes().all(|byte| byte.is_ascii_digit());
        is_digits.then(|| self.text.parse().ok()).flatten()
    }

    /// Reads the file that the text names.
    pub(crate) fn file(&self) -> Result<Vec<u8>, SettingError> {
        if self.text.starts_with(PEM) {
            return Err(self.wrong_in_secret("it is a certificate or a key: write the path of its file"));
        }
        fs::read(&self.text).map_err(|error| self.wrong(format_args!("it cannot be read: {error}")))
    }
}

/// Lists the allowed names for a message.
fn allowed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => "nothing is allowed".to_owned(),
        [one] => format!("write {one}"),
        [first @ .., last] => format!("write {} or {last}", first.join(", ")),
    }
}

/// Describes a range for a message.
pub(crate) fn out_of<N: Display>(range: &RangeInclusive<N>) -> String {
    format!("write a number from {} to {}", range.start(), range.end())
}

/// Checks the period of a setter.
pub(crate) fn period(name: &str, period: Duration) -> Result<Duration, SettingError> {
    if (SHORTEST..=LONGEST).contains(&period) {
        return Ok(period);
    }
    Err(SettingError::new(name, &format!("{period:?}"), "write a time from 1 ms to a day"))
}

/// Checks the time limit of a setter, which cannot be 0.
pub(crate) fn limit(name: &str, limit: Duration) -> Result<Duration, SettingError> {
    if limit.is_zero() {
        return Err(SettingError::new(name, "0s", "write a time above 0, or `Duration::MAX` for no limit"));
    }
    Ok(limit)
}
