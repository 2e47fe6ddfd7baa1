//! Pairs of `key=value`, as most readers of [logfmt](https://brandur.org/logfmt) agree on them.

use super::super::clock;
use super::{is_unsafe, not_finite, push_finite, push_i64, push_u64, visible_but};
use std::fmt::Debug;
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

pub(super) fn prefixed(event: &Event<'_>, out: &mut String) {
    out.push_str("[metrics]");
    event.record(&mut Pairs(out));
}

pub(super) fn timed(event: &Event<'_>, out: &mut String) {
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
    event.record(&mut Pairs(out));
}

/// Writes ` key=value` for each field that it is shown.
struct Pairs<'a>(&'a mut String);

impl Pairs<'_> {
    fn key(&mut self, field: &Field) -> &mut String {
        self.0.push(' ');
        self.0.push_str(field.name());
        self.0.push('=');
        self.0
    }
}

impl Visit for Pairs<'_> {
    fn record_str(&mut self, field: &Field, text: &str) {
        // One reader drops the rest of the line after an empty value.
        if !text.is_empty() {
            push_text(text, self.key(field));
        }
    }

    fn record_u64(&mut self, field: &Field, n: u64) {
        push_u64(n, self.key(field));
    }

    fn record_i64(&mut self, field: &Field, n: i64) {
        push_i64(n, self.key(field));
    }

    fn record_f64(&mut self, field: &Field, n: f64) {
        let out = self.key(field);
        if n.is_finite() { push_finite(n, out) } else { out.push_str(not_finite(n)) }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// Bytes of a bare value; others are looked at as characters.
static BARE: [bool; 256] = visible_but(b"=\"'\\");

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
