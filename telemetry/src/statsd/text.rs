//! Names, tags and numbers as the two dialects spell them.

use super::format::Dialect;
use crate::registry::{Family, Series};
use crate::setting::{Given, SettingError};
use crate::value::Number;
use std::borrow::Cow;
use std::fmt::Write;
use std::time::Duration;

/// The longest tag in characters, by Datadog's rules.
const TAG_MAX: usize = 200;

/// The rules for the names and tags of series.
#[derive(Clone, Debug)]
pub(super) struct Naming {
    pub dialect: Dialect,
    /// The start of each name, with its dot.
    pub prefix: String,
    /// The tags of all series, those of the registry included.
    pub tags: Vec<String>,
    /// The fields after the tags: the origin of the lines.
    pub fields: String,
}

/// The text before and after the value of a line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Frame {
    text: Box<str>,
    name: usize,
}

impl Frame {
    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.text[..self.name]
    }

    /// Returns `|#` and the tags, and the fields after them. Each may be missing.
    pub fn tags(&self) -> &str {
        &self.text[self.name..]
    }
}

impl Naming {
    /// Names a series.
    pub fn frame(&self, family: &Family<'_>, series: &Series<'_>) -> Frame {
        let name = family.names().dotted;
        match self.dialect {
            Dialect::Plain => self.named(&name, series.labels()),
            Dialect::DogStatsd => self.named(&name, series.present_labels()),
        }
    }

    /// Names a series of another crate. A `:` in its name becomes `_`.
    pub fn external_frame<'a>(&self, name: &str, labels: impl Iterator<Item = (&'a str, &'a str)>) -> Frame {
        self.named(&name.replace(':', "_"), labels.map(|(key, value)| (key, Cow::Borrowed(value))))
    }

    /// Returns true for the dialect without tags.
    pub fn is_plain(&self) -> bool {
        self.dialect == Dialect::Plain
    }

    fn named<'k, 'v>(&self, name: &str, labels: impl Iterator<Item = (&'k str, Cow<'v, str>)>) -> Frame {
        let mut text = self.prefix.clone();
        text.push_str(name);
        let mut name = text.len();
        match self.dialect {
            Dialect::Plain => {
                for (_, value) in labels {
                    text.push('.');
                    segment(&value, &mut text);
                }
                name = text.len();
            }
            Dialect::DogStatsd => {
                let own: Vec<String> = labels.map(|(key, value)| tag(key, &value)).collect();
                let is_own = |tag: &&String| own.iter().any(|own| is_same_key(own, tag));
                let constant = self.tags.iter().filter(|tag| !is_own(tag));
                for (index, tag) in own.iter().chain(constant).enumerate() {
                    text.push_str(if index == 0 { "|#" } else { "," });
                    text.push_str(tag);
                }
                text.push_str(&self.fields);
            }
        }
        Frame { text: text.into(), name }
    }
}

/// Returns the prefix with a dot at its end.
///
/// # Errors
///
/// If it has a character that servers do not take in a name.
pub(crate) fn prefix(given: &Given) -> Result<String, SettingError> {
    if !given.text.chars().all(|c| is_segment_char(c) || c == '.') {
        return Err(given.wrong("write letters, digits, `_`, `-` and `.`"));
    }
    let dot = if given.text.is_empty() || given.text.ends_with('.') { "" } else { "." };
    Ok(format!("{}{dot}", given.text))
}

/// Checks that a tag is sent as it is, neither changed nor cut.
///
/// # Errors
///
/// If the key has a character that Datadog replaces, or if the tag is too long.
pub(crate) fn check_tag(value: &Given, key: &str) -> Result<(), SettingError> {
    let length = key.chars().count() + 1 + value.text.chars().count();
    check_key_and_length(value, key, length)
}

/// Checks a tag of a list, which is `key:value` or a key alone.
///
/// # Errors
///
/// See [`check_tag`].
pub(super) fn check_listed_tag(tag: &Given) -> Result<(), SettingError> {
    let (key, _) = tag.text.split_once(':').unwrap_or((&tag.text, ""));
    check_key_and_length(tag, key, tag.text.chars().count())
}

fn check_key_and_length(tag: &Given, key: &str, length: usize) -> Result<(), SettingError> {
    if !key.starts_with(char::is_alphabetic) || !key.chars().all(|c| is_tag_char(c) && c != ':') {
        return Err(tag.wrong(
            "the tag's key has to begin with a letter: write letters, digits, `_`, `-`, `.` and `/`",
        ));
    }
    if length > TAG_MAX {
        return Err(tag.wrong(format_args!("a tag has at most {TAG_MAX} characters")));
    }
    Ok(())
}

/// Writes a label's value as a part of a dotted name.
fn segment(value: &str, into: &mut String) {
    into.extend(value.chars().map(|c| if is_segment_char(c) { c } else { '_' }));
    if value.is_empty() {
        into.push('_');
    }
}

/// Writes a tag as Datadog's own client for Python does. An empty value becomes `_`, since a tag may not end
/// with `:`.
pub(super) fn tag(key: &str, value: &str) -> String {
    let value = if value.is_empty() { "_" } else { value };
    let tag = key.chars().chain([':']).chain(value.chars());
    tag.map(|c| if is_tag_char(c) { c } else { '_' }).take(TAG_MAX).collect()
}

/// Writes a tag of a list, which is `key:value` or a key alone.
pub(super) fn listed_tag(text: &str) -> String {
    match text.split_once(':') {
        Some((key, value)) => tag(key, value),
        None => text.chars().map(|c| if is_tag_char(c) { c } else { '_' }).take(TAG_MAX).collect(),
    }
}

/// Compares the keys of two tags. Datadog converts keys to lower case.
pub(super) fn is_same_key(a: &str, b: &str) -> bool {
    lower_case_key(a) == lower_case_key(b)
}

fn lower_case_key(tag: &str) -> String {
    let (key, _) = tag.split_once(':').unwrap_or((tag, ""));
    key.to_lowercase()
}

/// Returns true if the plain dialect keeps a character of a label's value.
fn is_segment_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// Returns true if `DogStatsD` keeps a character of a tag.
fn is_tag_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '/' | '.')
}

/// Writes a number exactly, durations in seconds. Returns `None` for NaN and infinities, which no server
/// takes.
pub(super) fn number(number: Number) -> Option<String> {
    match number {
        Number::Duration(duration) => Some(seconds(duration)),
        Number::F64(n) if !n.is_finite() => None,
        // Also for `-0`, which would be a change by 0 in the plain dialect.
        Number::F64(0.0) => Some("0".to_owned()),
        number => Some(number.to_string()),
    }
}

/// Writes a sample rate, without an exponent, which etsy's server does not read.
pub(super) fn sample_rate(rate: f64) -> String {
    format!("{rate}")
}

/// Writes seconds with up to nine decimal places. An `f64` loses some above 104 days.
fn seconds(duration: Duration) -> String {
    let mut text = duration.as_secs().to_string();
    let nanos = duration.subsec_nanos();
    if nanos != 0 {
        let _ = write!(text, ".{nanos:09}");
        text.truncate(text.trim_end_matches('0').len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_exact() {
        let cases = [(0, "0"), (1, "0.000000001"), (1_500_000_000, "1.5"), (10_000_000_000, "10")];
        for (nanos, text) in cases {
            assert_eq!(seconds(Duration::from_nanos(nanos)), text);
        }
        assert_eq!(seconds(Duration::from_nanos(u64::MAX)), "18446744073.709551615");
    }

    #[test]
    fn a_value_cannot_add_a_line_or_a_tag() {
        let mut text = String::new();
        for value in ["a b", "x\nadmin:1|c", "", "é.", "GET-1_"] {
            segment(value, &mut text);
            text.push(' ');
        }
        assert_eq!(text, "a_b x_admin_1_c _ __ GET-1_ ");
        assert_eq!(tag("k", "x\nadmin.grants:1|c|#env:prod,a b"), "k:x_admin.grants:1_c__env:prod_a_b");
        assert_eq!(tag("k", ""), "k:_");
        assert_eq!(tag("k", "é/."), "k:é/.");
        assert_eq!(tag("k", &"ü".repeat(300)).chars().count(), 200);
    }

    #[test]
    fn numbers_have_no_sign_that_says_more_than_it_means() {
        assert_eq!(number(Number::F64(-0.0)).as_deref(), Some("0"));
        assert_eq!(number(Number::F64(f64::NAN)), None);
        assert_eq!(number(Number::F64(f64::NEG_INFINITY)), None);
        assert_eq!(number(Number::F64(1e-7)).as_deref(), Some("1e-7"));
        assert_eq!(sample_rate(1e-7), "0.0000001");
    }
}
