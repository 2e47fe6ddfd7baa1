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

/// An exemplar as it was written; without a text if it is longer than OpenMetrics allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exemplar<'a>(pub(super) Option<&'a str>);

/// As many characters the names and values of an exemplar's labels may have together.
const EXEMPLAR_MAX: usize = 128;

/// What a line says; nothing if it is not well-formed.
pub(super) fn read(line: &str, dialect: Dialect) -> Option<Line<'_>> {
    let mut cursor = Cursor { rest: line, dialect };
    cursor.padding();
    if cursor.rest.starts_with('#') {
        return cursor.comment();
    }
    if cursor.rest.is_empty() {
        return (dialect == Dialect::Text).then_some(Line::Nothing);
    }
    cursor.sample().map(Line::Sample)
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
    fn read(text: &'a str, dialect: Dialect) -> Option<Self> {
        match dialect {
            Dialect::Text => Some(Timestamp { millis: text.parse().ok()?, seconds: None }),
            Dialect::OpenMetrics => {
                let millis = (decimal(text)? * 1e3).round();
                // Up to the year 287396; whole numbers of milliseconds are exact that far.
                #[allow(clippy::cast_possible_truncation, reason = "checked to be below 2^53")]
                let whole = (millis.abs() < 9e15).then_some(millis as i64);
                Some(Timestamp { millis: whole?, seconds: Some(text) })
            }
        }
    }
}

/// What is left of a line.
struct Cursor<'a> {
    rest: &'a str,
    dialect: Dialect,
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

impl<'a> Cursor<'a> {
    fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
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

    /// Whether something follows, after a separator; nothing if it is not separated.
    fn more(&mut self) -> Option<bool> {
        if self.rest.is_empty() {
            return Some(false);
        }
        // OpenMetrics has no blank at a line's end: there an empty token follows, which nothing accepts.
        self.blank().then(|| self.dialect == Dialect::OpenMetrics || !self.rest.is_empty())
    }

    fn end(mut self) -> Option<()> {
        self.padding();
        self.rest.is_empty().then_some(())
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

    fn label_name(&mut self) -> Option<&'a str> {
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        // To Prometheus, `__name__` is the name of the sample.
        let named = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name != "__name__";
        named.then_some(name)
    }

    fn metric_name(&mut self) -> Option<&'a str> {
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'));
        let named = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit());
        named.then_some(name)
    }

    fn comment(mut self) -> Option<Line<'a>> {
        let is_text = self.dialect == Dialect::Text;
        let spaced = self.eat("#") && self.blank();
        match self.word() {
            "TYPE" if spaced => self.of_type(),
            "HELP" if spaced => self.help(),
            "UNIT" if spaced && !is_text => self.unit(),
            // Whatever follows it was written after the end.
            "EOF" if spaced && self.rest.is_empty() => None,
            _ => is_text.then_some(Line::Nothing),
        }
    }

    /// The name that follows a keyword.
    fn described(&mut self) -> Option<&'a str> {
        if self.blank() { self.metric_name() } else { None }
    }

    fn of_type(mut self) -> Option<Line<'a>> {
        let name = self.described()?;
        let of = if self.blank() { self.word() } else { "" };
        self.end().map(|()| Line::Type { name, of })
    }

    fn unit(mut self) -> Option<Line<'a>> {
        let name = self.described()?;
        let unit = if self.blank() { self.word() } else { "" };
        let belongs = name.strip_suffix(unit).is_some_and(|name| unit.is_empty() || name.ends_with('_'));
        self.end().filter(|()| belongs).map(|()| Line::Unit { name, unit })
    }

    fn help(mut self) -> Option<Line<'a>> {
        let name = self.described()?;
        if self.rest.is_empty() || self.blank() {
            Some(Line::Help { name, text: unescaped(self.rest, self.dialect) })
        } else {
            None
        }
    }

    fn sample(mut self) -> Option<Reading<'a>> {
        let name = self.metric_name()?;
        let mut separated = self.blank();
        let mut labels = Vec::new();
        if !(separated && self.dialect == Dialect::OpenMetrics) && self.eat("{") {
            labels = self.labels()?;
            separated = self.blank();
        }
        let value = number(self.word()).filter(|_| separated)?;
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
    fn labels(&mut self) -> Option<Vec<Label<'a>>> {
        let mut labels: Vec<Label<'a>> = Vec::new();
        self.padding();
        while !self.eat("}") {
            if !labels.is_empty() {
                self.eat(",").then_some(())?;
                self.padding();
                if self.dialect == Dialect::Text && self.eat("}") {
                    break;
                }
            }
            let label = self.label()?;
            if labels.iter().any(|earlier| earlier.name == label.name) {
                return None;
            }
            labels.push(label);
            self.padding();
        }
        Some(labels)
    }

    fn label(&mut self) -> Option<Label<'a>> {
        let name = self.label_name()?;
        self.padding();
        self.eat("=").then_some(())?;
        self.padding();
        self.eat("\"").then_some(())?;
        let value = self.quoted()?;
        Some(Label { name, value })
    }

    /// What stands before the closing quote, which is skipped.
    fn quoted(&mut self) -> Option<&'a str> {
        let mut bytes = self.rest.bytes().enumerate();
        loop {
            match bytes.next()? {
                (at, b'"') => {
                    let value = &self.rest[..at];
                    self.rest = &self.rest[at + 1..];
                    return Some(value);
                }
                (_, b'\\') => {
                    bytes.next().filter(|(_, escaped)| matches!(escaped, b'\\' | b'"' | b'n'))?;
                }
                _ => {}
            }
        }
    }

    fn exemplar(&mut self) -> Option<Exemplar<'a>> {
        let text = self.rest;
        self.eat("# {").then_some(())?;
        let labels = self.labels()?;
        self.eat(" ").then_some(())?;
        number(self.word())?;
        if self.more()? {
            Timestamp::read(self.word(), self.dialect)?;
        }
        let length: usize = labels.iter().map(|label| characters(label.name) + characters(label.value)).sum();
        Some(Exemplar((length <= EXEMPLAR_MAX).then_some(text)))
    }
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
