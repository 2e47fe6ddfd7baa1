//! What `promtool check metrics` says of a metric's names and labels. Its rules are those of `promlint` in
//! Prometheus' Go client; a test compares both.

use crate::schema::{Kind, Names};

/// Returns a line for each complaint, as promtool prints it: the name and the complaint.
pub(super) fn lints(names: &Names, labels: &[&str]) -> Vec<String> {
    let name = names.text_family();
    let complaints = [
        unit(&name),
        total(&name, names.text_type()),
        of_other_types(&name, names.text_type()),
        is_camel_case(&name)
            .then(|| "metric names should be written in 'snake_case' not 'camelCase'".to_owned()),
        labels
            .iter()
            .any(|label| is_camel_case(label))
            .then(|| "label names should be written in 'snake_case' not 'camelCase'".to_owned()),
        has_abbreviation(&name).then(|| "metric names should not contain abbreviated units".to_owned()),
    ];
    complaints
        .into_iter()
        .flatten()
        .chain(types_in_name(&name))
        .map(|complaint| format!("{name} {complaint}"))
        .collect()
}

fn unit(name: &str) -> Option<String> {
    let base = |word: &str| UNITS.iter().find(|(unit, _)| *unit == word).map(|(_, base)| *base);
    let prefixed = |word: &str| PREFIXES.iter().find_map(|prefix| base(word.strip_prefix(prefix)?));
    let (word, base) =
        name.split('_').find_map(|word| Some((word, base(word).or_else(|| prefixed(word))?)))?;
    (word != base).then(|| format!("use base unit \"{base}\" instead of \"{word}\""))
}

fn total(name: &str, kind: &str) -> Option<String> {
    match (kind == Kind::Counter.name(), name.ends_with("_total")) {
        (true, false) => Some("counter metrics should have \"_total\" suffix".to_owned()),
        (false, true) => Some("non-counter metrics should not have \"_total\" suffix".to_owned()),
        _ => None,
    }
}

/// Finds the suffix of a histogram's sample.
fn of_other_types(name: &str, kind: &str) -> Option<String> {
    if kind == Kind::Histogram.name() {
        return None;
    }
    let [bucket, others @ ..] = ["_bucket", "_count", "_sum"];
    if name.ends_with(bucket) {
        return Some(format!("non-histogram metrics should not have \"{bucket}\" suffix"));
    }
    let suffix = others.into_iter().find(|suffix| name.ends_with(suffix))?;
    Some(format!("non-histogram and non-summary metrics should not have \"{suffix}\" suffix"))
}

fn types_in_name(name: &str) -> impl Iterator<Item = String> {
    let found = TYPES.iter().filter(|kind| has_word(name, kind));
    found.map(|kind| format!("metric name should not include type '{kind}'"))
}

fn has_abbreviation(name: &str) -> bool {
    ABBREVIATIONS.iter().any(|unit| has_word(name, unit))
}

/// Returns whether a name has a word, and not as its first.
fn has_word(name: &str, word: &str) -> bool {
    name.to_lowercase().split('_').skip(1).any(|own| own == word)
}

fn is_camel_case(name: &str) -> bool {
    name.as_bytes().windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
}

/// Units, each with its base unit.
const UNITS: &[(&str, &str)] = &[
    ("amperes", "amperes"),
    ("bytes", "bytes"),
    ("celsius", "celsius"),
    ("grams", "grams"),
    ("joules", "joules"),
    ("kelvin", "kelvin"),
    ("meters", "meters"),
    ("metres", "metres"),
    ("seconds", "seconds"),
    ("volts", "volts"),
    ("minutes", "seconds"),
    ("hours", "seconds"),
    ("days", "seconds"),
    ("weeks", "seconds"),
    ("kelvins", "kelvin"),
    ("fahrenheit", "celsius"),
    ("rankine", "celsius"),
    ("inches", "meters"),
    ("yards", "meters"),
    ("miles", "meters"),
    ("bits", "bytes"),
    ("calories", "joules"),
    ("pounds", "grams"),
    ("ounces", "grams"),
];

const PREFIXES: &[&str] = &[
    "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "kibi", "mega", "mibi",
    "giga", "gibi", "tera", "tebi", "peta", "pebi",
];

const TYPES: &[&str] = &["counter", "gauge", "summary", "histogram"];

const ABBREVIATIONS: &[&str] =
    &["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"];
