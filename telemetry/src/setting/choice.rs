//! Reads enums from files and variables, by the names of their variants.

use super::error::SettingError;
use super::value::Given;
use serde::{Deserialize, Deserializer, de};
use std::fmt;

/// Reads one of some names, compared without regard to case.
pub(crate) fn deserialize_choice<'de, D: Deserializer<'de>, T: Copy>(
    deserializer: D,
    choices: &[(&str, T)],
) -> Result<T, D::Error> {
    let given = Given::new("", &StringSetting::deserialize(deserializer)?.0).map_err(deserialize_error)?;
    given.choice(choices).map_err(deserialize_error)
}

/// A string. The errors about other types do not show the value, which may be a secret without its quotes.
pub(crate) struct StringSetting(pub String);

impl<'de> Deserialize<'de> for StringSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_string(StringVisitor)
    }
}

struct StringVisitor;

impl de::Visitor<'_> for StringVisitor {
    type Value = StringSetting;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<StringSetting, E> {
        Ok(StringSetting(text.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<StringSetting, E> {
        Err(E::custom("it is a boolean, expected a string: write it in quotes"))
    }

    fn visit_i128<E: de::Error>(self, _: i128) -> Result<StringSetting, E> {
        Err(E::custom(NOT_A_NUMBER))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<StringSetting, E> {
        Err(E::custom(NOT_A_NUMBER))
    }

    fn visit_u128<E: de::Error>(self, _: u128) -> Result<StringSetting, E> {
        Err(E::custom(NOT_A_NUMBER))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<StringSetting, E> {
        Err(E::custom(NOT_A_NUMBER))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<StringSetting, E> {
        Err(E::custom(NOT_A_NUMBER))
    }
}

const NOT_A_NUMBER: &str = "it is a number, expected a string: write it in quotes";

/// Converts an error for a deserializer, which names the setting itself.
pub(crate) fn deserialize_error<E: de::Error>(error: SettingError) -> E {
    match error.value {
        Some(value) => E::custom(format_args!("{value:?} cannot be used; {}", error.reason)),
        None => E::custom(error.reason),
    }
}

/// Implements `Deserialize` for enums by tables of names. A derived implementation compares case and shows
/// secrets in its errors.
#[allow(unused_macros, reason = "for back ends that are features")]
macro_rules! deserialize_by_name {
    ($($enum:ty: $names:expr;)*) => {$(
        impl<'de> serde::Deserialize<'de> for $enum {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::setting::deserialize_choice(deserializer, $names)
            }
        }
    )*};
}
#[allow(unused_imports, reason = "for back ends that are features")]
pub(crate) use deserialize_by_name;
