//! Pairs of `key=value`, in the form on which most readers of [logfmt](https://brandur.org/logfmt) agree.

use super::super::added::AddedFields;
use super::super::clock;
use super::text::{is_unsafe, visible_but};
use super::visit::{Fields, Syntax, push_added};
use tracing::{Event, Level};

/// Appends the line of [`Format::Prefixed`](super::Format::Prefixed).
pub(super) fn prefixed(event: &Event<'_>, added: Option<&dyn AddedFields>, out: &mut String) {
    out.push_str("[metrics]");
    event.record(&mut Fields::<Pairs>::new(out));
    push_added::<Pairs>(event, added, |_| false, out);
}

/// Appends the line of [`Format::Logfmt`](super::Format::Logfmt).
pub(super) fn timed(event: &Event<'_>, added: Option<&dyn AddedFields>, out: &mut String) {
    out.push_str("time=");
    clock::push(clock::now(), out);
    out.push_str(" level=");
    out.push_str(match *event.metadata().level() {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    });
    event.record(&mut Fields::<Pairs>::new(out));
    push_added::<Pairs>(event, added, |_| false, out);
}

/// Pairs: ` key=value`.
struct Pairs;

impl Syntax for Pairs {
    // One reader drops the rest of the line after an empty value.
    const WRITES_EMPTY_TEXT: bool = false;

    fn push_key(key: &str, out: &mut String) {
        out.push(' ');
        out.push_str(key);
        out.push('=');
    }

    fn push_text(text: &str, out: &mut String) {
        push_text(text, out);
    }

    fn push_not_finite(text: &str, out: &mut String) {
        out.push_str(text);
    }
}

/// The bytes that never need quotes. Other text is checked by its characters.
static BARE: [bool; 256] = visible_but(b"=\"'\\");

/// Appends a text, in quotes if a reader needs them.
fn push_text(text: &str, out: &mut String) {
    if text.bytes().all(|byte| BARE[byte as usize]) || !text.contains(needs_quotes) {
        return out.push_str(text);
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if is_unsafe(c) => out.push('?'),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn needs_quotes(c: char) -> bool {
    matches!(c, '=' | '"' | '\'' | '\\') || c.is_whitespace() || is_unsafe(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = String::new();
        push_text(text, &mut out);
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
        assert_eq!(written("a\u{a0}b"), "\"a\u{a0}b\"");
    }

    #[test]
    fn no_text_can_end_a_line() {
        assert_eq!(written("x\n[metrics] event=forged"), "\"x\\n[metrics] event=forged\"");
        assert_eq!(written("a\rb\tc\u{1b}[2Jd"), "\"a?b?c?[2Jd\"");
        assert_eq!(written("a\u{85}b\u{2028}c\u{202e}d"), "\"a?b?c?d\"");
    }
}
