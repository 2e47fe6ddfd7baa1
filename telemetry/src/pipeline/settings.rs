//! Reads what sections of a configuration are made of: keys that may be left out, choices, tables and durations.

use crate::setting::{Given, SettingError, out_of, period, shown};
use serde::{Deserialize, Deserializer, de};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// Reads a text, trimmed, that a rule accepts.
pub(super) fn checked<'de, D: Deserializer<'de>>(
    deserializer: D,
    rule: impl FnOnce(&Given) -> Result<(), SettingError>,
) -> Result<Option<String>, D::Error> {
    let given = Given::new("", &String::deserialize(deserializer)?).map_err(refused)?;
    rule(&given).map_err(refused)?;
    Ok(Some(given.text))
}

/// Reads a text that is not empty.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    checked(deserializer, |given| Given::not_empty(&given.name, &given.text).map(drop))
}

/// Reads one of some names, without regard to case.
pub(super) fn one_of<'de, D: Deserializer<'de>, T: Copy>(
    deserializer: D,
    choices: &[(&str, T)],
) -> Result<T, D::Error> {
    let given = Given::new("", &String::deserialize(deserializer)?).map_err(refused)?;
    given.choice(choices).map_err(refused)
}

/// Creates the error of a deserializer, which names the setting itself.
fn refused<E: de::Error>(error: SettingError) -> E {
    match error.value {
        Some(value) => E::custom(format_args!("{value:?} cannot be used; {}", error.reason)),
        None => E::custom(error.reason),
    }
}

/// An enum that is read by the names of its variants.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::pipeline::settings::one_of(deserializer, &[$(($text, $name::$variant)),*])
            }
        }
    };
}
pub(super) use choices;

/// Reads a table of texts, each trimmed, none with a control character.
pub(super) fn table<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    deserializer.deserialize_map(TableVisitor).map(Some)
}

/// Reads a table without showing what else it is given, which may be a secret.
struct TableVisitor;

impl<'de> de::Visitor<'de> for TableVisitor {
    type Value = BTreeMap<String, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of names and texts")
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Self::Value, E> {
        Err(E::custom("it is a text, expected a table of names and texts"))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut table = BTreeMap::new();
        while let Some(key) = entries.next_key::<String>()? {
            let key = Given::not_empty("", &key).map_err(refused)?.text;
            let value = Given::new("", &entries.next_value::<String>()?);
            let value =
                value.map_err(|error| de::Error::custom(format_args!("{key:?}: {}", error.reason)))?;
            table.insert(key, value.text);
        }
        Ok(table)
    }
}

/// Reads how often something is done.
pub(super) fn interval<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    let Time(interval) = Time::deserialize(deserializer)?;
    period("", interval).map(|interval| Some(Time(interval))).map_err(refused)
}

/// Reads a list.
pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    deserializer.deserialize_seq(ListVisitor(PhantomData)).map(Some)
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Self::Value, E> {
        Err(E::custom("it is a text, expected a list"))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(list)
    }
}

/// Reads a whole number within a range.
pub(super) fn whole<'de, D: Deserializer<'de>>(
    deserializer: D,
    range: &RangeInclusive<u32>,
) -> Result<Option<u32>, D::Error> {
    let number = deserializer.deserialize_f64(NumberVisitor)?;
    let is_whole =
        number.fract() == 0.0 && (f64::from(*range.start())..=f64::from(*range.end())).contains(&number);
    if !is_whole {
        return Err(de::Error::custom(format_args!("{number} cannot be used; {}", out_of(range))));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within the range")]
    Ok(Some(number as u32))
}

/// Reads a share: a number above 0 and at most 1.
pub(super) fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let number = deserializer.deserialize_f64(NumberVisitor)?;
    let is_share = number > 0.0 && number <= 1.0;
    let refusal =
        || de::Error::custom(format_args!("{number} cannot be used; write a number above 0, and at most 1"));
    is_share.then_some(Some(number)).ok_or_else(refusal)
}

/// Reads a number of any type that a format has, without showing what else it is given.
struct NumberVisitor;

impl de::Visitor<'_> for NumberVisitor {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_f64<E>(self, number: f64) -> Result<f64, E> {
        Ok(number)
    }

    #[allow(clippy::cast_precision_loss, reason = "all settings are far below 2⁵³")]
    fn visit_u64<E>(self, number: u64) -> Result<f64, E> {
        Ok(number as f64)
    }

    #[allow(clippy::cast_precision_loss, reason = "all settings are far below 2⁵³")]
    fn visit_i64<E>(self, number: i64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<f64, E> {
        Err(E::custom("it is a text, expected a number"))
    }
}

/// Defines a struct of settings, each of which may be left out: the back end's default then counts.
macro_rules! settings {
    ($(#[$doc:meta])* $name:ident { $($(#[$key_doc:meta])* $key:ident: $ty:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$key_doc])* pub $key: Option<$ty>,)*
        }

        impl std::fmt::Debug for $name {
            /// Leaves out what may be a secret.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($key), &$crate::setting::Redacted(&self.$key)))*
                    .finish()
            }
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
#[derive(Clone, PartialEq, Eq)]
pub struct NoTime(String);

crate::error::debug_as_display!(NoTime);

impl fmt::Display for NoTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not {EXPECTED}", shown(&self.0))
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
        let time = humantime::parse_duration(text.trim()).ok().filter(|time| !time.is_zero());
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
        text.parse().map_err(E::custom)
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
