//! JSON, an object a line, as [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259) has it.

use super::super::clock;
use super::{is_unsafe, not_finite, push_finite, push_i64, push_u64, visible_but};
use std::fmt::Debug;
use tracing::Event;
use tracing::field::{Field, Visit};

pub(super) fn write(event: &Event<'_>, out: &mut String) {
    let metadata = event.metadata();
    out.push_str("{\"time\":\"");
    clock::push(clock::now(), out);
    out.push_str("\",\"level\":\"");
    out.push_str(metadata.level().as_str());
    out.push_str("\",\"target\":");
    push_string(metadata.target(), out);
    event.record(&mut Members(out));
    out.push('}');
}

/// Writes `,"key":value` for each field that it is shown.
struct Members<'a>(&'a mut String);

impl Members<'_> {
    /// Keys are identifiers: nothing in them is escaped.
    fn key(&mut self, field: &Field) -> &mut String {
        self.0.push_str(",\"");
        self.0.push_str(field.name());
        self.0.push_str("\":");
        self.0
    }
}

impl Visit for Members<'_> {
    fn record_str(&mut self, field: &Field, text: &str) {
        push_string(text, self.key(field));
    }

    fn record_u64(&mut self, field: &Field, n: u64) {
        push_u64(n, self.key(field));
    }

    fn record_i64(&mut self, field: &Field, n: i64) {
        push_i64(n, self.key(field));
    }

    fn record_f64(&mut self, field: &Field, n: f64) {
        let out = self.key(field);
        if n.is_finite() { push_finite(n, out) } else { push_string(not_finite(n), out) }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// Bytes that stand for themselves; others are looked at as characters.
static PLAIN: [bool; 256] = {
    let mut table = visible_but(b"\"\\");
    table[b' ' as usize] = true;
    table
};

pub(super) fn push_string(text: &str, out: &mut String) {
    out.push('"');
    if text.bytes().all(|byte| PLAIN[byte as usize]) {
        out.push_str(text);
    } else {
        text.chars().for_each(|c| push_char(c, out));
    }
    out.push('"');
}

fn push_char(c: char, out: &mut String) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if is_unsafe(c) => push_escape(c, out),
        c => out.push(c),
    }
}

/// `\u` and four digits: all that is unsafe lies in the first plane.
fn push_escape(c: char, out: &mut String) {
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push(char::from_digit(u32::from(c) >> shift & 0xf, 16).unwrap_or('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = String::new();
        push_string(text, &mut out);
        out
    }

    #[test]
    fn text_is_escaped_where_it_must_be_or_where_a_terminal_would_obey_it() {
        assert_eq!(written("a b=c 'd' größe 😀"), "\"a b=c 'd' größe 😀\"");
        assert_eq!(written(r#"say "hi" \o/"#), r#""say \"hi\" \\o/""#);
        assert_eq!(written("a\r\n\tb\0"), r#""a\r\n\tb\u0000""#);
        assert_eq!(written("\u{1b}[2J\u{7f}\u{85}"), r#""\u001b[2J\u007f\u0085""#);
        assert_eq!(written("\u{2028}\u{202e}\u{feff}\u{fffd}"), r#""\u2028\u202e\ufeff\ufffd""#);
    }

    /// What the escape can write, it is asked to.
    #[test]
    fn nothing_unsafe_lies_beyond_the_first_plane() {
        assert!(('\u{10000}'..=char::MAX).all(|c| !is_unsafe(c)));
    }
}
