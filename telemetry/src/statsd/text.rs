//! Names, tags and numbers as the two dialects spell them.

use super::Dialect;
use crate::registry::{Family, Series};
use crate::schema::dotted_name;
use crate::value::Number;
use std::fmt::Write;
use std::time::Duration;

/// As many characters a tag may have, by Datadog's rules.
pub(super) const TAG_MAX: usize = 200;

/// How series are named.
#[derive(Clone, Debug)]
pub(super) struct Naming {
    pub dialect: Dialect,
    /// In front of each name, with its dot.
    pub prefix: String,
    /// Constant tags; those of the registry among them.
    pub tags: Vec<String>,
}

/// What stands left and right of a line's value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Frame {
    text: Box<str>,
    name: usize,
}

impl Frame {
    pub fn name(&self) -> &str {
        &self.text[..self.name]
    }

    /// `|#` and the tags, or nothing.
    pub fn tags(&self) -> &str {
        &self.text[self.name..]
    }
}

impl Naming {
    pub fn frame(&self, family: &Family<'_>, series: &Series<'_>) -> Frame {
        let mut text = self.prefix.clone();
        text.push_str(&dotted_name(family.namespace(), family.name()));
        let mut name = text.len();
        match self.dialect {
            Dialect::Plain => {
                for (_, value) in series.labels() {
                    text.push('.');
                    segment(&value, &mut text);
                }
                name = text.len();
            }
            Dialect::DogStatsd => {
                let own: Vec<String> = series.labels().map(|(key, value)| tag(key, &value)).collect();
                let is_own = |tag: &&String| own.iter().any(|own| is_same_key(own, tag));
                let constant = self.tags.iter().filter(|tag| !is_own(tag));
                for (at, tag) in own.iter().chain(constant).enumerate() {
                    text.push_str(if at == 0 { "|#" } else { "," });
                    text.push_str(tag);
                }
            }
        }
        Frame { text: text.into(), name }
    }
}

/// A label's value as a part of a dotted name.
fn segment(value: &str, into: &mut String) {
    let is_kept = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    into.extend(value.chars().map(|c| if is_kept(&c) { c } else { '_' }));
    if value.is_empty() {
        into.push('_');
    }
}

/// A tag as Datadog's own client for Python writes it; an empty value, with which a tag may not end, as `_`.
pub(super) fn tag(key: &str, value: &str) -> String {
    let is_kept = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '/' | '.');
    let value = if value.is_empty() { "_" } else { value };
    let tag = key.chars().chain([':']).chain(value.chars());
    tag.map(|c| if is_kept(&c) { c } else { '_' }).take(TAG_MAX).collect()
}

/// Whether two tags have one key, for Datadog, which makes all of them lower case.
pub(super) fn is_same_key(a: &str, b: &str) -> bool {
    let key = |tag: &str| tag.split(':').next().unwrap_or_default().to_lowercase();
    key(a) == key(b)
}

/// A number, exact: durations in seconds. Nothing for what is no number, since no server takes it.
pub(super) fn number(number: Number) -> Option<String> {
    match number {
        Number::Duration(duration) => Some(seconds(duration)),
        Number::F64(n) if !n.is_finite() => None,
        // It would be a change by nothing.
        Number::F64(0.0) => Some("0".to_owned()),
        number => Some(number.to_string()),
    }
}

/// A share, which etsy's server reads without exponent.
pub(super) fn share(rate: f64) -> String {
    format!("{rate}")
}

/// All nine places if need be, which an `f64` has not above 104 days.
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
    fn no_value_leaves_its_place() {
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
        assert_eq!(share(1e-7), "0.0000001");
    }
}
