//! What sections of a configuration are made of: keys that may be left out, and durations.

use serde::{Deserialize, Deserializer, de};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A setting whose type has names of its own.
pub(super) fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err: fmt::Display>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    String::deserialize(deserializer)?.parse().map(Some).map_err(de::Error::custom)
}

/// A struct of settings, each of which may be left out: what is not said is the back end's default.
macro_rules! settings {
    ($(#[$doc:meta])* $name:ident { $($(#[$key_doc:meta])* $key:ident: $ty:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$key_doc])* pub $key: Option<$ty>,)*
        }

        impl $name {
            /// These settings, and those of `other` where nothing is said here.
            #[must_use]
            pub fn or(self, other: Self) -> Self {
                $name { $($key: self.$key.or(other.$key),)* }
            }
        }
    };
}
pub(super) use settings;

/// A duration as people write it: `10s`, `1m 30s`, `500ms`; in formats that have numbers also a number of
/// seconds. A setting that is 0 makes no sense, and is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub Duration);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimeVisitor)
    }
}

/// What a duration is.
const EXPECTED: &str = "a duration above 0 such as `10s`, `1m 30s` or `500ms`";

/// A text that is no duration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoTime(String);

impl fmt::Display for NoTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not {EXPECTED}", self.0)
    }
}

impl std::error::Error for NoTime {}

/// ```
/// use std::time::Duration;
/// use telemetry::pipeline::Time;
///
/// assert_eq!("1m 30s".parse(), Ok(Time(Duration::from_secs(90))));
/// assert!("0s".parse::<Time>().is_err());
/// ```
impl FromStr for Time {
    type Err = NoTime;

    fn from_str(text: &str) -> Result<Self, NoTime> {
        let time = humantime::parse_duration(text).ok().filter(|time| !time.is_zero());
        time.map(Time).ok_or_else(|| NoTime(text.to_owned()))
    }
}

struct TimeVisitor;

impl TimeVisitor {
    /// The duration, unless it is none or 0.
    fn of<E: de::Error>(&self, duration: Option<Duration>, said: de::Unexpected<'_>) -> Result<Time, E> {
        let duration = duration.filter(|duration| !duration.is_zero());
        duration.map(Time).ok_or_else(|| E::invalid_value(said, self))
    }
}

impl de::Visitor<'_> for TimeVisitor {
    type Value = Time;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
        self.of(text.parse().ok().map(|Time(duration)| duration), de::Unexpected::Str(text))
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Time, E> {
        self.of(Some(Duration::from_secs(seconds)), de::Unexpected::Unsigned(seconds))
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Time, E> {
        self.of(u64::try_from(seconds).ok().map(Duration::from_secs), de::Unexpected::Signed(seconds))
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Time, E> {
        self.of(Duration::try_from_secs_f64(seconds).ok(), de::Unexpected::Float(seconds))
    }
}
