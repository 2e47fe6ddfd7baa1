//! Reads one line of an exposition, strictly: what it accepts can be copied into another one.

use std::borrow::Cow;

/// In which format a source is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Where blanks may stand almost anywhere.
    Text,
    /// Where they may not.
    OpenMetrics,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
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
    Sample(Reading<'a>),
}

/// What a sample's line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reading<'a> {
    pub(super) name: &'a str,
    pub(super) labels: Vec<Label<'a>>,
    pub(super) value: &'a str,
    pub(super) timestamp: Option<Timestamp<'a>>,
    pub(super) exemplar: Option<Exemplar<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Label<'a> {
    pub(super) name: &'a str,
    /// As it stands between the quotes. There is one way to escape a text, so that texts are equal if these
    /// are.
    pub(super) value: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timestamp<'a> {
    pub(super) millis: i64,
    /// In seconds, as it was written, if it was so.
    pub(super) seconds: Option<&'a str>,
}

/// An exemplar as it was written; without a text if OpenMetrics does not allow its labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exemplar<'a>(pub(super) Option<&'a str>);

/// As many characters the names and values of an exemplar's labels may have together.
const EXEMPLAR_MAX: usize = 128;

/// What is wrong, in a reader's words.
pub(super) type Fault = &'static str;

/// Labels of one sample, at the most. Nothing that Prometheus stores has nearly as many.
pub(super) const LABELS_MAX: usize = 1_000;

/// Up to this many names of labels are compared one by one, more are sorted.
const FEW: usize = 16;

const NO_NUMBER: Fault = "the value is not a number";
const REST: Fault = "something follows that does not belong to the line";

/// Reads what a line says, or what is wrong with it.
pub(super) fn read(line: &str, dialect: Dialect) -> Result<Line<'_>, Fault> {
    let mut cursor = Cursor { rest: line, dialect };
    cursor.padding();
    if cursor.rest.starts_with('#') {
        return cursor.comment();
    }
    if cursor.rest.is_empty() {
        return match dialect {
            Dialect::Text => Ok(Line::Nothing),
            Dialect::OpenMetrics => Err("the line is empty, which OpenMetrics does not allow"),
        };
    }
    cursor.sample().map(Line::Sample)
}

/// The name that a line seems to be about, for people: what follows `# TYPE`, `# HELP` or `# UNIT`, or what it begins with.
pub(super) fn subject(line: &str) -> &str {
    let line = line.trim_start_matches(is_blank);
    let after = ["# TYPE ", "# HELP ", "# UNIT "].iter().find_map(|keyword| line.strip_prefix(keyword));
    let rest = after.unwrap_or(line);
    let end = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
    &rest[..end]
}

/// A number that Go's `ParseFloat` reads, which is what Prometheus calls: it refuses what is out of range.
/// What is not finite comes back in the one spelling that all readers take.
pub(super) fn number(text: &str) -> Option<&str> {
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
    // Without the words that Rust's parser knows.
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

impl<'a> Timestamp<'a> {
    fn read(text: &'a str, dialect: Dialect) -> Result<Self, Fault> {
        match dialect {
            Dialect::Text => {
                let millis = text.parse().map_err(|_| "the time is not a whole number of milliseconds")?;
                Ok(Timestamp { millis, seconds: None })
            }
            Dialect::OpenMetrics => {
                let millis = (decimal(text).ok_or("the time is not a number of seconds")? * 1e3).round();
                // Up to the year 287396; whole numbers of milliseconds are exact that far.
                #[allow(clippy::cast_possible_truncation, reason = "checked to be below 2^53")]
                let whole = (millis.abs() < 9e15).then_some(millis as i64);
                let millis = whole.ok_or("the time is beyond all calendars")?;
                Ok(Timestamp { millis, seconds: Some(text).filter(|text| is_plain(text)) })
            }
        }
    }
}

/// Whether a number is digits, with digits behind a point or none: readers keep all of these in one way.
fn is_plain(text: &str) -> bool {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    [whole, part].iter().all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What is left of a line.
struct Cursor<'a> {
    rest: &'a str,
    dialect: Dialect,
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// Whether a metric's name may have it.
fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ':')
}

impl<'a> Cursor<'a> {
    fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, text: &str, fault: Fault) -> Result<(), Fault> {
        if self.eat(text) { Ok(()) } else { Err(fault) }
    }

    /// Skips what may stand between tokens that need no separator.
    fn padding(&mut self) {
        if self.dialect == Dialect::Text {
            self.rest = self.rest.trim_start_matches(is_blank);
        }
    }

    /// Skips what separates tokens. Says whether there was any.
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

    /// Whether something follows, after a separator; a fault if it is not separated.
    fn more(&mut self) -> Result<bool, Fault> {
        if self.rest.is_empty() {
            return Ok(false);
        }
        // OpenMetrics has no blank at a line's end: there an empty token follows, which nothing accepts.
        if self.blank() {
            Ok(self.dialect == Dialect::OpenMetrics || !self.rest.is_empty())
        } else {
            Err(REST)
        }
    }

    fn end(mut self) -> Result<(), Fault> {
        self.padding();
        if self.rest.is_empty() { Ok(()) } else { Err(REST) }
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

    fn label_name(&mut self) -> Result<&'a str, Fault> {
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err("a label's name of letters, digits and `_` is expected");
        }
        // To Prometheus, `__name__` is the name of the sample.
        if name == "__name__" { Err("the label `__name__` would be the metric's name") } else { Ok(name) }
    }

    fn metric_name(&mut self) -> Result<&'a str, Fault> {
        let name = self.take_while(is_name);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err("a metric's name of letters, digits, `_` and `:` is expected");
        }
        Ok(name)
    }

    fn comment(mut self) -> Result<Line<'a>, Fault> {
        let is_text = self.dialect == Dialect::Text;
        let spaced = self.eat("#") && self.blank();
        match self.word() {
            "TYPE" if spaced => self.of_type(),
            "HELP" if spaced => self.help(),
            "UNIT" if spaced && !is_text => self.unit(),
            "EOF" if spaced && self.rest.is_empty() => Err("lines follow `# EOF`"),
            _ if is_text => Ok(Line::Nothing),
            _ => Err("OpenMetrics has no comments but `# TYPE`, `# HELP`, `# UNIT` and `# EOF`"),
        }
    }

    /// The name that follows a keyword.
    fn described(&mut self) -> Result<&'a str, Fault> {
        self.blank();
        self.metric_name()
    }

    fn of_type(mut self) -> Result<Line<'a>, Fault> {
        let name = self.described()?;
        let of = if self.blank() { self.word() } else { "" };
        self.end().map(|()| Line::Type { name, of })
    }

    fn unit(mut self) -> Result<Line<'a>, Fault> {
        let name = self.described()?;
        let unit = if self.blank() { self.word() } else { "" };
        self.end()?;
        if name.strip_suffix(unit).is_some_and(|name| unit.is_empty() || name.ends_with('_')) {
            Ok(Line::Unit { name, unit })
        } else {
            Err("the name does not end in the unit")
        }
    }

    fn help(mut self) -> Result<Line<'a>, Fault> {
        let name = self.described()?;
        if self.rest.is_empty() || self.blank() {
            Ok(Line::Help { name, text: unescaped(self.rest, self.dialect) })
        } else {
            Err("a metric's name of letters, digits, `_` and `:` is expected")
        }
    }

    fn sample(mut self) -> Result<Reading<'a>, Fault> {
        let name = self.metric_name()?;
        let mut separated = self.blank();
        let mut labels = Vec::new();
        if !(separated && self.dialect == Dialect::OpenMetrics) && self.eat("{") {
            labels = self.labels()?;
            separated = self.blank();
        }
        let value = number(self.word()).filter(|_| separated).ok_or(NO_NUMBER)?;
        let mut reading = Reading { name, labels, value, timestamp: None, exemplar: None };
        let mut more = self.more()?;
        if more && !self.rest.starts_with('#') {
            reading.timestamp = Some(Timestamp::read(self.word(), self.dialect)?);
            more = self.more()?;
        }
        if more && self.dialect == Dialect::OpenMetrics {
            reading.exemplar = Some(self.exemplar()?);
        }
        self.end().map(|()| reading)
    }

    /// Those after the opening brace, with the closing one.
    fn labels(&mut self) -> Result<Vec<Label<'a>>, Fault> {
        let mut labels: Vec<Label<'a>> = Vec::new();
        self.padding();
        while !self.eat("}") {
            if !labels.is_empty() {
                self.expect(",", "`,` or `}` is expected after a label")?;
                self.padding();
                if self.dialect == Dialect::Text && self.eat("}") {
                    break;
                }
            }
            if labels.len() == LABELS_MAX {
                return Err("the sample has more than 1000 labels");
            }
            labels.push(self.label()?);
            self.padding();
        }
        if has_a_name_twice(&labels) { Err("two labels have the same name") } else { Ok(labels) }
    }

    fn label(&mut self) -> Result<Label<'a>, Fault> {
        let name = self.label_name()?;
        self.padding();
        self.expect("=", "`=` is expected after a label's name")?;
        self.padding();
        self.expect("\"", "`\"` is expected before a label's value")?;
        let value = self.quoted()?;
        Ok(Label { name, value })
    }

    /// What stands before the closing quote, which is skipped.
    fn quoted(&mut self) -> Result<&'a str, Fault> {
        let mut bytes = self.rest.bytes().enumerate();
        loop {
            match bytes.next().ok_or("a label's value has no closing `\"`")? {
                (at, b'"') => {
                    let value = &self.rest[..at];
                    self.rest = &self.rest[at + 1..];
                    return Ok(value);
                }
                (_, b'\\') => {
                    let escaped = bytes.next().filter(|(_, escaped)| matches!(escaped, b'\\' | b'"' | b'n'));
                    escaped.ok_or("in a label's value, `\\` stands only before `\\`, `\"` and `n`")?;
                }
                _ => {}
            }
        }
    }

    fn exemplar(&mut self) -> Result<Exemplar<'a>, Fault> {
        let text = self.rest;
        self.expect("# {", "an exemplar begins with `# {`")?;
        let labels = self.labels()?;
        self.expect(" ", "a blank is expected after an exemplar's labels")?;
        number(self.word()).ok_or("an exemplar's value is not a number")?;
        if self.more()? {
            Timestamp::read(self.word(), self.dialect)?;
        }
        let length: usize = labels.iter().map(|label| characters(label.name) + characters(label.value)).sum();
        let is_kept = length <= EXEMPLAR_MAX && !labels.iter().any(|label| label.name.starts_with("__"));
        Ok(Exemplar(is_kept.then_some(text)))
    }
}

fn has_a_name_twice(labels: &[Label<'_>]) -> bool {
    if labels.len() <= FEW {
        return labels
            .iter()
            .enumerate()
            .any(|(at, label)| labels[..at].iter().any(|other| other.name == label.name));
    }
    let mut names: Vec<&str> = labels.iter().map(|label| label.name).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair[0] == pair[1])
}

/// As many as the text has once it is unescaped, or more.
fn characters(text: &str) -> usize {
    text.chars().count()
}

/// A help text, which is for people: what is no escape stays as it is, since no reader trips over it.
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
