//! What is wrong with a setting.

use super::redact::shown;
use std::fmt;

/// A setting that cannot be used: a variable of the environment, a key of a file, or what a setter was given.
///
/// `Debug` prints what `Display` does, since that is how `main` shows an error.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingError {
    /// The variable, the key or the setter.
    pub setting: String,
    /// The value, cut to 200 characters and without user names, passwords and queries. `None` if the value may be a
    /// secret as a whole, or if the reason shows it.
    pub value: Option<String>,
    /// What is wrong, and what to write.
    pub reason: String,
}

impl SettingError {
    pub(crate) fn new(setting: &str, value: &str, reason: impl fmt::Display) -> Self {
        let value = Some(shown(value));
        SettingError { setting: setting.to_owned(), value, reason: reason.to_string() }
    }

    /// Creates an error that does not show the value.
    pub(crate) fn without_value(setting: &str, reason: impl fmt::Display) -> Self {
        SettingError { setting: setting.to_owned(), value: None, reason: reason.to_string() }
    }
}

crate::error::debug_as_display!(SettingError);

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{} is {value:?}; {}", self.setting, self.reason),
            None => write!(f, "{}: {}", self.setting, self.reason),
        }
    }
}

impl std::error::Error for SettingError {}
