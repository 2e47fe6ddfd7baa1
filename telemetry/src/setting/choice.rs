//! Reads enums from files and variables, by the names of their variants.

use super::error::SettingError;
use super::value::Given;
use serde::{Deserialize, Deserializer, de};

/// Reads one of some names, compared without regard to case.
pub(crate) fn deserialize_choice<'de, D: Deserializer<'de>, T: Copy>(
    deserializer: D,
    choices: &[(&str, T)],
) -> Result<T, D::Error> {
    let given = Given::new("", &String::deserialize(deserializer)?).map_err(deserialize_error)?;
    given.choice(choices).map_err(deserialize_error)
}

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
