//! Reads variables of the environment.

use super::error::SettingError;
use super::value::Given;
use std::ffi::OsString;

/// The variables of a process, or of a test.
#[derive(Clone, Copy)]
pub(crate) struct Variables<'v>(pub &'v dyn Fn(&str) -> Option<OsString>);

impl Variables<'_> {
    /// Returns a variable's value, trimmed; `None` if it is not set or empty.
    pub(crate) fn get(self, name: &str) -> Result<Option<Given>, SettingError> {
        let Some(value) = (self.0)(name) else { return Ok(None) };
        Given::of_variable(name, value)
    }
}

impl Given {
    /// Reads the value of a variable. Returns `None` if it is empty.
    ///
    /// # Errors
    ///
    /// Returns an error if it is not UTF-8, or has a control character.
    pub(crate) fn of_variable(name: &str, value: OsString) -> Result<Option<Self>, SettingError> {
        let value = value.into_string().map_err(|_| SettingError::without_value(name, "it is not UTF-8"))?;
        let given = Given::new(name, &value)?;
        Ok(Some(given).filter(|given| !given.text.is_empty()))
    }
}
