//! Reads the values of a section: strings, lists, tables and numbers, none of which an error shows raw.
//!
//! The visitors are written by hand because serde's own show the value in their errors (`invalid type: string
//! "http://user:password@host"`), and a value may be a secret.

#![cfg_attr(
    not(all(feature = "otlp", feature = "prometheus-server", feature = "statsd")),
    allow(dead_code, reason = "each back end uses some of it")
)]

use super::DurationSetting;
use crate::setting::{Given, SettingError, StringSetting, deserialize_error, out_of, period};
use serde::{Deserialize, Deserializer, de};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeInclusive;

/// Reads a string, trimmed, that a rule accepts.
pub(super) fn checked<'de, D: Deserializer<'de>>(
    deserializer: D,
    rule: impl FnOnce(&Given) -> Result<(), SettingError>,
) -> Result<Option<String>, D::Error> {
    let given = Given::new("", &StringSetting::deserialize(deserializer)?.0).map_err(deserialize_error)?;
    rule(&given).map_err(deserialize_error)?;
    Ok(Some(given.text))
}

/// Reads a string that is not empty.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    checked(deserializer, |given| Given::not_empty(&given.name, &given.text).map(drop))
}

/// Reads a table of strings, each trimmed, none with a control character.
pub(super) fn table<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    deserializer.deserialize_map(TableVisitor).map(Some)
}

struct TableVisitor;

impl<'de> de::Visitor<'de> for TableVisitor {
    type Value = BTreeMap<String, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of names and strings")
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Self::Value, E> {
        Err(E::custom("it is a string, expected a table of names and strings"))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut table = BTreeMap::new();
        while let Some(key) = entries.next_key::<String>()? {
            let key = Given::not_empty("", &key).map_err(deserialize_error)?.text;
            let StringSetting(value) = entries.next_value()?;
            let value = Given::new("", &value)
                .map_err(|error| de::Error::custom(format_args!("{key:?}: {}", error.reason)))?;
            table.insert(key, value.text);
        }
        Ok(table)
    }
}

/// Reads the interval of a repeated action.
pub(super) fn interval<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DurationSetting>, D::Error> {
    let DurationSetting(interval) = DurationSetting::deserialize(deserializer)?;
    period("", interval).map(|interval| Some(DurationSetting(interval))).map_err(deserialize_error)
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
        Err(E::custom("it is a string, expected a list"))
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
    let is_within = (f64::from(*range.start())..=f64::from(*range.end())).contains(&number);
    if number.fract() != 0.0 || !is_within {
        return Err(de::Error::custom(format_args!("{number} cannot be used; {}", out_of(range))));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within the range")]
    Ok(Some(number as u32))
}

/// Reads a sample rate: a number above 0 and at most 1.
pub(super) fn sample_rate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let rate = deserializer.deserialize_f64(NumberVisitor)?;
    if rate > 0.0 && rate <= 1.0 {
        return Ok(Some(rate));
    }
    let reason = "write a number above 0, and at most 1";
    Err(de::Error::custom(format_args!("{rate} cannot be used; {reason}")))
}

/// Reads a switch.
pub(super) fn switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    deserializer.deserialize_bool(SwitchVisitor).map(Some)
}

struct SwitchVisitor;

impl de::Visitor<'_> for SwitchVisitor {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`true` or `false`")
    }

    fn visit_bool<E>(self, is_on: bool) -> Result<bool, E> {
        Ok(is_on)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<bool, E> {
        Err(E::custom("it is a string, expected `true` or `false`"))
    }
}

/// Reads a number of any type that a format has.
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
        Err(E::custom("it is a string, expected a number"))
    }
}

/// Defines a section: a struct of settings that one source gives, where `None` means not set.
///
/// It stands next to the exporter's own `Config`, which has a value for each setting, because sources are
/// layered: the environment over the file, the file over the program, and these over the variables that the
/// exporter reads itself. A value that is merely a default must not replace one that a lower layer sets.
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
            /// Omits possible secrets.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($key), &$crate::setting::Redacted(&self.$key)))*
                    .finish()
            }
        }

        impl $name {
            /// Fills the settings that are `None` here with those of `other`.
            #[must_use]
            pub fn or(self, other: Self) -> Self {
                $name { $($key: self.$key.or(other.$key),)* }
            }
        }
    };
}
pub(super) use settings;

/// Passes a setting to a setter of the exporter's configuration, if it is set.
pub(super) fn set<C, T>(config: C, setting: Option<T>, setter: impl FnOnce(C, T) -> C) -> C {
    match setting {
        Some(value) => setter(config, value),
        None => config,
    }
}
