//! A setting that is a duration.

use crate::setting::redact_for_message;
use serde::{Deserialize, Deserializer, de};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A duration above 0, written as `10s`, `1m 30s` or `500ms`, or as a number of seconds in formats that have
/// numbers.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use telemetry::pipeline::DurationSetting;
///
/// assert_eq!("1m 30s".parse(), Ok(DurationSetting(Duration::from_secs(90))));
/// assert!("0s".parse::<DurationSetting>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DurationSetting(pub Duration);

const EXPECTED: &str = "a duration above 0 such as `10s`, `1m 30s` or `500ms`";

/// The error for a string that is not a duration above 0. `Debug` prints the same text as `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct ParseDurationError(String);

crate::error::debug_as_display!(ParseDurationError);

impl fmt::Display for ParseDurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not {EXPECTED}", redact_for_message(&self.0))
    }
}

impl std::error::Error for ParseDurationError {}

impl FromStr for DurationSetting {
    type Err = ParseDurationError;

    fn from_str(text: &str) -> Result<Self, ParseDurationError> {
        let duration = humantime::parse_duration(text.trim()).ok().filter(|duration| !duration.is_zero());
        duration.map(DurationSetting).ok_or_else(|| ParseDurationError(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for DurationSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DurationVisitor)
    }
}

struct DurationVisitor;

impl DurationVisitor {
    /// Returns the duration unless it is missing or 0.
    fn above_zero<E: de::Error>(
        &self,
        duration: Option<Duration>,
        given: de::Unexpected<'_>,
    ) -> Result<DurationSetting, E> {
        let duration = duration.filter(|duration| !duration.is_zero());
        duration.map(DurationSetting).ok_or_else(|| E::invalid_value(given, self))
    }
}

impl de::Visitor<'_> for DurationVisitor {
    type Value = DurationSetting;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<DurationSetting, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<DurationSetting, E> {
        self.above_zero(Some(Duration::from_secs(seconds)), de::Unexpected::Unsigned(seconds))
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<DurationSetting, E> {
        self.above_zero(u64::try_from(seconds).ok().map(Duration::from_secs), de::Unexpected::Signed(seconds))
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<DurationSetting, E> {
        self.above_zero(Duration::try_from_secs_f64(seconds).ok(), de::Unexpected::Float(seconds))
    }
}
