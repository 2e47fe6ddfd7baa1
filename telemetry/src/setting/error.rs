//! The error for a setting that cannot be used.

use super::redact::redact_for_message;
use std::fmt;

/// The error for a setting that cannot be used: a variable of the environment, a key of a file, or the value
/// of a setter.
///
/// `Debug` prints the same text as `Display`, because `main` shows errors through it.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "statsd")] {
/// use telemetry::statsd::Config;
///
/// let error = Config::from_variables(|name| (name == "STATSD_PORT").then_some("http")).unwrap_err();
/// assert_eq!(error.setting, "STATSD_PORT");
/// assert_eq!(error.value.as_deref(), Some("http"));
/// assert_eq!(error.reason, "write a number from 1 to 65535");
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingError {
    /// The name of the variable, the key or the setter.
    pub setting: String,
    /// The value, cut to 200 characters and without user names, passwords and queries. `None` if the value
    /// may be a secret as a whole, or if the reason shows it.
    pub value: Option<String>,
    /// The fault, and a valid value.
    pub reason: String,
}

impl SettingError {
    pub(crate) fn new(setting: &str, value: &str, reason: impl fmt::Display) -> Self {
        let value = Some(redact_for_message(value));
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
