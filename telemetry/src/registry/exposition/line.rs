//! Parses one line of an exposition strictly: an accepted line can be copied into another exposition.

use super::error::LineError;
use std::borrow::Cow;

/// The format of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Prometheus' text format, which allows blanks almost everywhere.
    Text,
    /// OpenMetrics, which does not.
    OpenMetrics,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// A comment, or an empty line.
    Nothing,
    Type {
        name: &'a str,
        of: &'a str,
    },
    Help {
        name: &'a str,
        text: Cow<'a, str>,
    },
    Unit {
        name: &'a str,
        unit: &'a str,
    },
    Sample(SampleLine<'a>),
}

/// The parts of a sample's line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SampleLine<'a> {
    pub(crate) name: &'a str,
    pub(crate) labels: Vec<Label<'a>>,
    pub(crate) value: &'a str,
    pub(crate) timestamp: Option<Timestamp<'a>>,
    pub(crate) exemplar: Option<Exemplar<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Label<'a> {
    pub(crate) name: &'a str,
    /// The escaped value between the quotes. There is one way to escape a text, so two values are equal
    /// exactly if their escaped forms are.
    pub(crate) value: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timestamp<'a> {
    pub(crate) millis: i64,
    /// The source's own spelling in seconds, if it can be copied.
    pub(crate) seconds: Option<&'a str>,
}

/// The source's own spelling of an exemplar; `None` if OpenMetrics does not allow its labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exemplar<'a>(pub(super) Option<&'a str>);

/// The parts of an exemplar.
pub(crate) struct ExemplarParts<'a> {
    pub(crate) labels: Vec<Label<'a>>,
    pub(crate) value: &'a str,
    pub(crate) timestamp: Option<Timestamp<'a>>,
}

/// The most characters that the names and values of an exemplar's labels have together.
const EXEMPLAR_MAX: usize = 128;

/// The most labels of one sample. Prometheus stores far fewer.
pub(crate) const LABELS_MAX: usize = 1_000;

/// The number of label names that are compared one by one; more are sorted.
const FEW: usize = 16;

const METRIC_NAME: &str =
    "metric name expected: letters, digits, `_` and `:`, with no digit at the beginning";
const LABEL_NAME: &str = "label name expected: letters, digits and `_`, with no digit at the beginning";
const VALUE: &str = "value is not a number";
const REST: &str = "unexpected text at the end of the line";

/// Parses a line without its line break.
pub(crate) fn parse(line: &str, dialect: Dialect) -> Result<Line<'_>, LineError> {
    let mut cursor = Cursor { line, rest: line, dialect };
    cursor.padding();
    if cursor.rest.starts_with('#') {
        return cursor.comment();
    }
    if cursor.rest.is_empty() {
        return match dialect {
            Dialect::Text => Ok(Line::Nothing),
            Dialect::OpenMetrics => cursor.fail("empty line, which OpenMetrics does not allow"),
        };
    }
    cursor.sample().map(Line::Sample)
}

/// Parses an exemplar of a line that was accepted.
pub(crate) fn exemplar(text: &str) -> Option<ExemplarParts<'_>> {
    let parts = Cursor { line: text, rest: text, dialect: Dialect::OpenMetrics }.exemplar_parts();
    debug_assert!(parts.is_ok(), "the parser of the line has read it");
    parts.ok()
}

/// Returns the name that a line seems to be about, for a message: the word after `# TYPE`, `# HELP` or `#
/// UNIT`, or the beginning of the line.
pub(crate) fn subject(line: &str) -> &str {
    let line = line.trim_start_matches(is_blank);
    let after = ["# TYPE ", "# HELP ", "# UNIT "].iter().find_map(|keyword| line.strip_prefix(keyword));
    let rest = after.unwrap_or(line);
    let end = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
    &rest[..end]
}

/// Returns a number that Go's `ParseFloat` reads, which Prometheus calls and which rejects numbers out of
/// range. A number that is not finite is returned in the one spelling that all readers accept.
pub(crate) fn number(text: &str) -> Option<&str> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if text.eq_ignore_ascii_case("nan") {
        Some("NaN")
    } else if ["inf", "infinity"].iter().any(|word| unsigned.eq_ignore_ascii_case(word)) {
        Some(if text.starts_with('-') { "-Inf" } else { "+Inf" })
    } else {
        decimal(text).map(|_| text)
    }
}

fn decimal(text: &str) -> Option<f64> {
    // Rust's parser also reads words.
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

impl<'a> Timestamp<'a> {
    fn parse(text: &'a str, dialect: Dialect) -> Result<Self, &'static str> {
        match dialect {
            Dialect::Text => {
                let millis = text.parse().map_err(|_| "timestamp is not a whole number of milliseconds")?;
                Ok(Timestamp { millis, seconds: None })
            }
            Dialect::OpenMetrics => {
                let millis = (decimal(text).ok_or("timestamp is not a number of seconds")? * 1e3).round();
                // Up to the year 287396, in which whole milliseconds are still exact.
                #[allow(clippy::cast_possible_truncation, reason = "checked to be below 2^53")]
                let whole = (millis.abs() < 9e15).then_some(millis as i64);
                let millis = whole.ok_or("timestamp is out of range")?;
                Ok(Timestamp { millis, seconds: Some(text).filter(|text| is_plain(text)) })
            }
        }
    }
}

/// Returns whether a number is digits, optionally with a point and more digits: all readers keep such a
/// number the same.
fn is_plain(text: &str) -> bool {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    [whole, part].iter().all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A position in a line.
struct Cursor<'a> {
    line: &'a str,
    rest: &'a str,
    dialect: Dialect,
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// Returns whether a metric name can contain the character.
fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ':')
}

impl<'a> Cursor<'a> {
    fn index(&self) -> usize {
        self.line.len() - self.rest.len()
    }

    /// Fails at the current position.
    fn fail<T>(&self, reason: &'static str) -> Result<T, LineError> {
        Err(LineError { index: Some(self.index()), reason })
    }

    fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, text: &str, reason: &'static str) -> Result<(), LineError> {
        if self.eat(text) { Ok(()) } else { self.fail(reason) }
    }

    /// Skips blanks between tokens that need no separator.
    fn padding(&mut self) {
        if self.dialect == Dialect::Text {
            self.rest = self.rest.trim_start_matches(is_blank);
        }
    }

    /// Skips the separator of two tokens, and returns whether there was one.
    fn blank(&mut self) -> bool {
        match self.dialect {
            Dialect::Text => {
                let before = self.rest.len();
                self.padding();
                self.rest.len() < before
            }
            Dialect::OpenMetrics => self.eat(" "),
        }
    }

    /// Returns whether a separator and another token follow. Fails if the token is not separated.
    fn more(&mut self) -> Result<bool, LineError> {
        if self.rest.is_empty() {
            return Ok(false);
        }
        // OpenMetrics allows no blank at the end of a line: there it begins an empty token, which is never
        // valid.
        if self.blank() {
            Ok(self.dialect == Dialect::OpenMetrics || !self.rest.is_empty())
        } else {
            self.fail(REST)
        }
    }

    fn end(mut self) -> Result<(), LineError> {
        self.padding();
        if self.rest.is_empty() { Ok(()) } else { self.fail(REST) }
    }

    fn take_while(&mut self, is: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !is(c)).unwrap_or(self.rest.len());
        let (token, rest) = self.rest.split_at(end);
        self.rest = rest;
        token
    }

    fn word(&mut self) -> &'a str {
        self.take_while(|c| !is_blank(c))
    }

    /// Parses a word. An error is at the beginning of the word.
    fn parsed<T>(&mut self, parse: impl FnOnce(&'a str) -> Result<T, &'static str>) -> Result<T, LineError> {
        let index = Some(self.index());
        parse(self.word()).map_err(|reason| LineError { index, reason })
    }

    fn value(&mut self, reason: &'static str) -> Result<&'a str, LineError> {
        self.parsed(|word| number(word).ok_or(reason))
    }

    fn timestamp(&mut self) -> Result<Timestamp<'a>, LineError> {
        let dialect = self.dialect;
        self.parsed(|word| Timestamp::parse(word, dialect))
    }

    fn label_name(&mut self) -> Result<&'a str, LineError> {
        let index = Some(self.index());
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(LineError { index, reason: LABEL_NAME });
        }
        if name == "__name__" {
            return Err(LineError { index, reason: "label `__name__` is reserved for the metric name" });
        }
        Ok(name)
    }

    fn metric_name(&mut self) -> Result<&'a str, LineError> {
        let index = Some(self.index());
        let name = self.take_while(is_name);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(LineError { index, reason: METRIC_NAME });
        }
        Ok(name)
    }

    fn comment(mut self) -> Result<Line<'a>, LineError> {
        let is_text = self.dialect == Dialect::Text;
        let separated = self.eat("#") && self.blank();
        match self.word() {
            "TYPE" if separated => self.type_line(),
            "HELP" if separated => self.help_line(),
            "UNIT" if separated && !is_text => self.unit_line(),
            "EOF" if separated && self.rest.is_empty() => self.fail("more lines follow `# EOF`"),
            _ if is_text => Ok(Line::Nothing),
            _ => self.fail("OpenMetrics has no comments except `# TYPE`, `# HELP`, `# UNIT` and `# EOF`"),
        }
    }

    /// Parses the name after a keyword.
    fn described(&mut self) -> Result<&'a str, LineError> {
        self.blank();
        self.metric_name()
    }

    fn type_line(mut self) -> Result<Line<'a>, LineError> {
        let name = self.described()?;
        let of = if self.blank() { self.word() } else { "" };
        self.end().map(|()| Line::Type { name, of })
    }

    fn unit_line(mut self) -> Result<Line<'a>, LineError> {
        let name = self.described()?;
        let unit = if self.blank() { self.word() } else { "" };
        if !name.strip_suffix(unit).is_some_and(|name| unit.is_empty() || name.ends_with('_')) {
            return self.fail("name does not end in the unit");
        }
        self.end().map(|()| Line::Unit { name, unit })
    }

    fn help_line(mut self) -> Result<Line<'a>, LineError> {
        let name = self.described()?;
        if !self.rest.is_empty() && !self.blank() {
            return self.fail(METRIC_NAME);
        }
        Ok(Line::Help { name, text: unescaped(self.rest, self.dialect) })
    }

    fn sample(mut self) -> Result<SampleLine<'a>, LineError> {
        let name = self.metric_name()?;
        let mut separated = self.blank();
        let mut labels = Vec::new();
        if !(separated && self.dialect == Dialect::OpenMetrics) && self.eat("{") {
            labels = self.labels()?;
            separated = self.blank();
        }
        if !separated {
            return self.fail(if self.rest.is_empty() { VALUE } else { "space expected before the value" });
        }
        let value = self.value(VALUE)?;
        let mut sample = SampleLine { name, labels, value, timestamp: None, exemplar: None };
        let mut more = self.more()?;
        if more && !self.rest.starts_with('#') {
            sample.timestamp = Some(self.timestamp()?);
            more = self.more()?;
        }
        if more && self.dialect == Dialect::OpenMetrics {
            sample.exemplar = Some(self.exemplar()?);
        }
        self.end().map(|()| sample)
    }

    /// Parses the labels after the opening brace, and the closing brace.
    fn labels(&mut self) -> Result<Vec<Label<'a>>, LineError> {
        let mut labels: Vec<Label<'a>> = Vec::new();
        self.padding();
        while !self.eat("}") {
            if !labels.is_empty() {
                self.expect(",", "`,` or `}` expected after the label")?;
                self.padding();
                if self.dialect == Dialect::Text && self.eat("}") {
                    break;
                }
            }
            if labels.len() == LABELS_MAX {
                return self.fail("sample has more than 1000 labels");
            }
            labels.push(self.label()?);
            self.padding();
        }
        if has_a_name_twice(&labels) { self.fail("two labels have the same name") } else { Ok(labels) }
    }

    fn label(&mut self) -> Result<Label<'a>, LineError> {
        let name = self.label_name()?;
        self.padding();
        self.expect("=", "`=` expected after the label name")?;
        self.padding();
        if !self.rest.starts_with('"') {
            return self.fail("quote expected before the label value");
        }
        let value = self.quoted()?;
        Ok(Label { name, value })
    }

    /// Parses a label value in quotes.
    fn quoted(&mut self) -> Result<&'a str, LineError> {
        let text = &self.rest[1..];
        let mut bytes = text.bytes().enumerate();
        loop {
            match bytes.next() {
                Some((end, b'"')) => {
                    self.rest = &text[end + 1..];
                    return Ok(&text[..end]);
                }
                Some((at, b'\\')) => {
                    let escaped = bytes.next().filter(|(_, escaped)| matches!(escaped, b'\\' | b'"' | b'n'));
                    if escaped.is_none() {
                        self.rest = &text[at..];
                        return self.fail("`\\` in a label value is not followed by `\\`, a quote or `n`");
                    }
                }
                Some(_) => {}
                None => return self.fail("label value is not closed by a quote"),
            }
        }
    }

    fn exemplar(&mut self) -> Result<Exemplar<'a>, LineError> {
        let text = self.rest;
        let ExemplarParts { labels, .. } = self.exemplar_parts()?;
        let length: usize = labels.iter().map(|label| characters(label.name) + characters(label.value)).sum();
        let is_kept = length <= EXEMPLAR_MAX && !labels.iter().any(|label| label.name.starts_with("__"));
        Ok(Exemplar(is_kept.then_some(text)))
    }

    fn exemplar_parts(&mut self) -> Result<ExemplarParts<'a>, LineError> {
        self.expect("# {", "exemplar does not begin with `# {`")?;
        let labels = self.labels()?;
        self.expect(" ", "space expected after the labels of the exemplar")?;
        let value = self.value("exemplar value is not a number")?;
        let timestamp = if self.more()? { Some(self.timestamp()?) } else { None };
        Ok(ExemplarParts { labels, value, timestamp })
    }
}

fn has_a_name_twice(labels: &[Label<'_>]) -> bool {
    if labels.len() <= FEW {
        return labels
            .iter()
            .enumerate()
            .any(|(index, label)| labels[..index].iter().any(|other| other.name == label.name));
    }
    let mut names: Vec<&str> = labels.iter().map(|label| label.name).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair[0] == pair[1])
}

/// Returns the number of characters of the escaped text, which is at least that of the text itself.
fn characters(text: &str) -> usize {
    text.chars().count()
}

/// Unescapes a help text. Invalid escapes stay as they are: the text is for people, and no reader rejects it.
fn unescaped(text: &str, dialect: Dialect) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = chars.peek().copied().filter(|_| c == '\\');
        let c = match escaped {
            Some('n') => '\n',
            Some('\\') => '\\',
            Some('"') if dialect == Dialect::OpenMetrics => '"',
            _ => {
                out.push(c);
                continue;
            }
        };
        chars.next();
        out.push(c);
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests;
