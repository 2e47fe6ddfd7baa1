//! Writes the constant parts of a family's lines: names, help, types, units and escaped labels.

use super::Format;
use super::number::Digits;
use super::style::Style;
use crate::schema::{Names, Unit};
use crate::value::Number;
use std::borrow::Cow;
use std::time::{Duration, SystemTime};

/// A family's names in one style.
pub(super) struct FamilyLines {
    style: Style,
    names: Names,
    unit: Unit,
}

impl FamilyLines {
    pub(super) const fn new(style: Style, names: Names, unit: Unit) -> Self {
        FamilyLines { style, names, unit }
    }

    /// Appends the lines before the samples. The text format uses the name of a counter's samples there, and
    /// has no unit.
    pub(super) fn push_metadata(&self, out: &mut String, help: &str) {
        let format = self.style.format;
        let (name, of) = match format {
            Format::Text => (self.names.text_family(), self.names.text_type()),
            Format::OpenMetrics => (self.names.family.clone(), self.names.open_metrics_type()),
        };
        let help = self.help(help);
        // OpenMetrics 1.0 recommends the order type, unit, help; the text format has always had help first.
        if format == Format::Text && !help.is_empty() {
            push_all(out, &["# HELP ", &name, " ", &help, "\n"]);
        }
        push_all(out, &["# TYPE ", &name, " ", of, "\n"]);
        if format == Format::OpenMetrics {
            if self.names.has_unit(self.unit) {
                push_all(out, &["# UNIT ", &name, " ", self.unit.suffix(), "\n"]);
            }
            if !help.is_empty() {
                push_all(out, &["# HELP ", &name, " ", &help, "\n"]);
            }
        }
    }

    /// Returns the first paragraph of a help text, escaped and on one line.
    fn help(&self, help: &str) -> String {
        escaped_help(&first_paragraph(help), self.style.format).into_owned()
    }

    /// Returns the text before a sample's labels and the text between them and the number, such as
    /// `name_bucket{` and `,le="1.0"} `.
    pub(super) fn around_labels(&self, suffix: &str, labelled: bool, bound: Option<&str>) -> [String; 2] {
        let mut before = String::new();
        let mut after = String::new();
        push_all(&mut before, &[&self.names.family, suffix]);
        if labelled || bound.is_some() {
            before.push('{');
        }
        match bound {
            Some(bound) => push_all(&mut after, &[if labelled { "," } else { "" }, "le=\"", bound, "\"} "]),
            None => after.push_str(if labelled { "} " } else { " " }),
        }
        [before, after]
    }

    /// Returns the same parts of the `_created` line, with the rest of it, if the style has this line.
    pub(super) fn around_created(&self, labelled: bool, start: SystemTime) -> Option<[String; 2]> {
        (self.names.has_created() && self.style.created).then(|| {
            let [before, mut after] = self.around_labels("_created", labelled, None);
            push_all(&mut after, &[&seconds_since_epoch(start), "\n"]);
            [before, after]
        })
    }
}

/// Renders a time in milliseconds, as Prometheus stores times. A clock before 1970 counts as 1970.
pub(super) fn seconds_since_epoch(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let rounded = Number::Duration(Duration::new(since.as_secs(), since.subsec_millis() * 1_000_000));
    String::from_utf8_lossy(Digits::new().of(rounded)).into_owned()
}

/// Appends a label to a list such as `a="x",b="y"`. The declaration's rules make sure that the key is an
/// identifier.
pub(super) fn push_label(out: &mut String, key: &str, value: &str) {
    let comma = if out.is_empty() { "" } else { "," };
    push_all(out, &[comma, key, "=\"", &escaped(value, &LABEL_ESCAPES), "\""]);
}

/// The characters that both formats escape in a label's value. All others are legal.
const LABEL_ESCAPES: [char; 3] = ['\\', '"', '\n'];

/// Returns the first paragraph of a help text on one line.
pub(super) fn first_paragraph(help: &str) -> String {
    let lines = help.lines().map(str::trim).skip_while(|line| line.is_empty());
    let first: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    first.join(" ")
}

/// Escapes a help text, which is then on one line.
pub(super) fn escaped_help(help: &str, format: Format) -> Cow<'_, str> {
    match format {
        Format::Text => escaped(help, &['\\', '\n']),
        Format::OpenMetrics => escaped(help, &LABEL_ESCAPES),
    }
}

/// Puts a backslash before each of these characters, from left to right. A newline becomes `\n`.
fn escaped<'a>(text: &'a str, special: &[char]) -> Cow<'a, str> {
    if !text.contains(special) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if special.contains(&c) {
            out.push('\\');
        }
        out.push(if c == '\n' && special.contains(&c) { 'n' } else { c });
    }
    Cow::Owned(out)
}

pub(super) fn push_all(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Kind, Spelling};
    use proptest::prelude::*;

    /// Parses labels by the format's grammar, and rejects everything else.
    fn parsed(mut text: &str) -> Option<Vec<(String, String)>> {
        let mut labels = Vec::new();
        while !text.is_empty() {
            let (key, rest) = text.split_once("=\"")?;
            let (value, rest) = unquoted(rest)?;
            labels.push((key.to_owned(), value));
            text = rest.strip_prefix(',').or(rest.is_empty().then_some(""))?;
        }
        Some(labels)
    }

    /// Parses a value up to its closing quote, and returns the rest too.
    fn unquoted(text: &str) -> Option<(String, &str)> {
        let mut value = String::new();
        let mut chars = text.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => return Some((value, &text[at + 1..])),
                '\n' => return None,
                '\\' => value.push(match chars.next()?.1 {
                    'n' => '\n',
                    c @ ('"' | '\\') => c,
                    _ => return None,
                }),
                c => value.push(c),
            }
        }
        None
    }

    fn written(pairs: &[(&str, &str)]) -> String {
        let mut out = String::new();
        for (key, value) in pairs {
            push_label(&mut out, key, value);
        }
        out
    }

    #[test]
    fn label_values_are_escaped_and_nothing_else_is() {
        assert_eq!(written(&[]), "");
        assert_eq!(written(&[("a", "x"), ("b", "")]), r#"a="x",b="""#);
        assert_eq!(written(&[("a", "say \"hi\"\n\\o/ \\")]), r#"a="say \"hi\"\n\\o/ \\""#);
        assert_eq!(written(&[("a", "\\\n\\\"")]), r#"a="\\\n\\\"""#, "each on its own, from left to right");
        assert_eq!(written(&[("a", "x\"} 1\nfake{b=\"y")]), r#"a="x\"} 1\nfake{b=\"y""#);
        let raw = "\0\t\r\u{b}\u{1b}[2J\u{85}\u{202e}\u{2028}\u{feff}e\u{301}é😀 ={},;";
        assert_eq!(written(&[("a", raw)]), format!("a=\"{raw}\""));
    }

    proptest! {
        #[test]
        fn labels_read_back(a in any::<String>(), b in "[\"\\\\\n,}n x]{0,20}") {
            let expected = vec![("a".to_owned(), a.clone()), ("b".to_owned(), b.clone())];
            prop_assert_eq!(parsed(&written(&[("a", &a), ("b", &b)])), Some(expected));
        }

        #[test]
        fn help_is_one_line(help in any::<String>()) {
            for format in [Format::Text, Format::OpenMetrics] {
                let mut out = String::new();
                lines(format, Unit::None, Kind::Gauge).push_metadata(&mut out, &help);
                prop_assert!(out.ends_with('\n') && out.lines().all(|line| line.starts_with("# ")));
            }
        }
    }

    fn lines(format: Format, unit: Unit, kind: Kind) -> FamilyLines {
        let (namespace, name, unit_suffix) = ("app", "lag", unit.suffix());
        let spelling = Spelling { namespace, name, unit: unit_suffix, kind, suffixes: true, was: None };
        FamilyLines::new(Style::of(format), spelling.present(), unit)
    }

    fn metadata(format: Format, unit: Unit, kind: Kind, help: &str) -> String {
        let mut out = String::new();
        lines(format, unit, kind).push_metadata(&mut out, help);
        out
    }

    #[test]
    fn metadata_is_named_as_each_format_wants() {
        let help = "Says \"a\\b\"\nin two lines.\n\nMore.";
        assert_eq!(
            metadata(Format::Text, Unit::Seconds, Kind::Counter, help),
            "# HELP app_lag_seconds_total Says \"a\\\\b\" in two lines.\n\
             # TYPE app_lag_seconds_total counter\n"
        );
        assert_eq!(
            metadata(Format::OpenMetrics, Unit::Seconds, Kind::Counter, help),
            "# TYPE app_lag_seconds counter\n# UNIT app_lag_seconds seconds\n\
             # HELP app_lag_seconds Says \\\"a\\\\b\\\" in two lines.\n"
        );
        assert_eq!(metadata(Format::Text, Unit::None, Kind::UpDownCounter, ""), "# TYPE app_lag gauge\n");
    }

    #[test]
    fn a_start_is_written_in_milliseconds() {
        let at = |since| seconds_since_epoch(SystemTime::UNIX_EPOCH + since);
        assert_eq!(at(Duration::new(1_700_000_000, 123_456_789)), "1700000000.123");
        assert_eq!(at(Duration::from_secs(5)), "5");
        assert_eq!(seconds_since_epoch(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), "0");
    }
}
