//! Reads percent-encoded pairs, as OpenTelemetry's variables have them.

use super::address::has_whole_escapes;
use super::error::SettingError;
use super::value::Given;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

impl Given {
    /// Reads pairs `key=value` between commas, percent-encoded as in a [baggage] header, without properties.
    /// An error does not show the pairs, which may be headers.
    ///
    /// [baggage]: https://www.w3.org/TR/baggage/#header-content
    pub(crate) fn pairs(&self) -> Result<Vec<(String, String)>, SettingError> {
        let items = self.text.split(',').map(str::trim).filter(|item| !item.is_empty());
        (1..).zip(items).map(|(number, item)| self.pair(number, item)).collect()
    }

    fn pair(&self, number: usize, item: &str) -> Result<(String, String), SettingError> {
        let wrong = |reason: &str| self.wrong_in_secret(format_args!("pair {number} {reason}"));
        let (key, value) = item.split_once('=').ok_or_else(|| wrong("is not written `key=value`"))?;
        let key = decoded(key.trim()).filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| wrong("has no key, or one that is not percent-encoded UTF-8"))?;
        let value = decoded(value.trim());
        let value = value.ok_or_else(|| wrong("has a value that is not percent-encoded UTF-8"))?;
        Ok((key, value))
    }
}

/// Decodes percent escapes. Returns `None` if an escape is incomplete, which the crate would copy, or if the
/// result is not UTF-8.
fn decoded(text: &str) -> Option<String> {
    let decoded = has_whole_escapes(text).then(|| percent_decode_str(text).decode_utf8().ok());
    decoded.flatten().map(Cow::into_owned)
}
