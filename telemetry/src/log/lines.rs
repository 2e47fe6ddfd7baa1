//! Prints log lines that readers can count from, through `tracing-subscriber`.

use crate::event::CALLSITE_NAME;
use crate::value::Number;
use std::fmt::{self, Debug, Write};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::time::SystemTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// A formatter for `tracing-subscriber`'s `fmt` layer that prints the lines of [`Log`](crate::Log) as
/// `[metrics] event=outbox.published type=email.received matched=3`, and leaves all other events to `F`.
///
/// A line is the prefix, `event=` or `gauge=` with the name, then labels, then values, in declaration order,
/// one space apart. Text is bare if it holds only letters, digits, other visible characters that no reader
/// of [logfmt](https://brandur.org/logfmt) takes for syntax, and no space; else it stands in double quotes,
/// where `"`, `\` and newline are written `\"`, `\\` and `\n`. Other control characters, line separators and
/// bidirectional controls become `U+FFFD`: readers disagree on how to escape them. An empty text is left out
/// with its key, since one reader drops the rest of the line after it. Numbers print in their shortest form. Level, target
/// and time are not printed: what is on the line is what was declared.
///
/// ```
/// use telemetry::log::Lines;
///
/// tracing_subscriber::fmt()
///     .event_format(Lines::default())
///     .with_writer(std::io::stderr)
///     .init();
/// ```
#[derive(Clone, Debug)]
pub struct Lines<F = Format<Full, SystemTime>> {
    others: F,
}

impl Default for Lines {
    fn default() -> Self {
        Lines { others: Format::default() }
    }
}

impl<F> Lines<F> {
    /// Prints metric lines, and all other events as `others` does.
    pub const fn with_others(others: F) -> Self {
        Lines { others }
    }
}

impl<S, N, F> FormatEvent<S, N> for Lines<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if event.metadata().name() == CALLSITE_NAME {
            line(event, writer)
        } else {
            self.others.format_event(context, writer, event)
        }
    }
}

fn line(event: &Event<'_>, mut writer: Writer<'_>) -> fmt::Result {
    writer.write_str("[metrics]")?;
    let mut fields = Fields { writer: writer.by_ref(), result: Ok(()) };
    event.record(&mut fields);
    fields.result?;
    writer.write_char('\n')
}

/// Writes ` key=value` for each field that it is shown.
struct Fields<'a> {
    writer: Writer<'a>,
    result: fmt::Result,
}

impl Fields<'_> {
    fn number(&mut self, field: &Field, number: Number) {
        self.result = self.result.and_then(|()| write!(self.writer, " {}={number}", field.name()));
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, text: &str) {
        if !text.is_empty() {
            self.result = self.result.and_then(|()| write!(self.writer, " {}=", field.name()));
            self.result = self.result.and_then(|()| write_text(text, &mut self.writer));
        }
    }

    fn record_u64(&mut self, field: &Field, number: u64) {
        self.number(field, number.into());
    }

    fn record_i64(&mut self, field: &Field, number: i64) {
        self.number(field, number.into());
    }

    fn record_f64(&mut self, field: &Field, number: f64) {
        self.number(field, number.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// Text as a logfmt value.
fn write_text(text: &str, out: &mut impl Write) -> fmt::Result {
    if !text.contains(needs_quotes) {
        return out.write_str(text);
    }
    out.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            c if is_unsafe(c) => out.write_char(char::REPLACEMENT_CHARACTER)?,
            c => out.write_char(c)?,
        }
    }
    out.write_char('"')
}

fn needs_quotes(c: char) -> bool {
    matches!(c, '=' | '"' | '\'' | '\\') || c.is_whitespace() || is_unsafe(c)
}

/// Characters that end a line, move a cursor or turn the text around for some reader.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{2028}' | '\u{2029}'
            | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = String::new();
        assert!(write_text(text, &mut out).is_ok());
        out
    }

    #[test]
    fn text_is_quoted_only_where_a_reader_needs_it() {
        assert_eq!(written("email.received"), "email.received");
        assert_eq!(written("a.b,c;d|e"), "a.b,c;d|e");
        assert_eq!(written("a b"), "\"a b\"");
        assert_eq!(written("a=b"), "\"a=b\"");
        assert_eq!(written("it's"), "\"it's\"");
        assert_eq!(written(r#"say "hi" \o/"#), r#""say \"hi\" \\o/""#);
        assert_eq!(written("größe"), "größe");
    }

    #[test]
    fn no_text_can_end_a_line() {
        assert_eq!(written("x\n[metrics] event=forged"), "\"x\\n[metrics] event=forged\"");
        assert_eq!(written("a\rb\tc\u{1b}[2Jd"), "\"a\u{fffd}b\u{fffd}c\u{fffd}[2Jd\"");
        assert_eq!(written("a\u{85}b\u{2028}c\u{202e}d"), "\"a\u{fffd}b\u{fffd}c\u{fffd}d\"");
    }
}
