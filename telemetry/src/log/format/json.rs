//! JSON, one object a line, after [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259).

use super::super::added::AddedFields;
use super::super::clock;
use super::text::{is_unsafe, visible_but};
use super::visit::{Fields, Syntax, push_added};
use tracing::Event;

/// Appends the object of an event.
pub(super) fn write(event: &Event<'_>, added: Option<&dyn AddedFields>, out: &mut String) {
    let metadata = event.metadata();
    out.push_str("{\"time\":\"");
    clock::push(clock::now(), out);
    out.push_str("\",\"level\":\"");
    out.push_str(metadata.level().as_str());
    out.push_str("\",\"target\":");
    push_string(metadata.target(), out);
    event.record(&mut Fields::<Json>::new(out));
    push_added::<Json>(event, added, |_| false, out);
    out.push('}');
}

/// The members of a JSON object: `,"key":value`.
pub(super) struct Json;

impl Syntax for Json {
    const WRITES_EMPTY_TEXT: bool = true;

    /// Does not escape the key: it is an identifier.
    fn push_key(key: &str, out: &mut String) {
        out.push_str(",\"");
        out.push_str(key);
        out.push_str("\":");
    }

    fn push_text(text: &str, out: &mut String) {
        push_string(text, out);
    }

    fn push_not_finite(text: &str, out: &mut String) {
        push_string(text, out);
    }
}

/// The bytes that are written as they are. Other text goes through [`push_char`].
static PLAIN: [bool; 256] = {
    let mut table = visible_but(b"\"\\");
    table[b' ' as usize] = true;
    table
};

/// Appends a string in quotes.
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

/// Appends `\u` and four digits, which suffice: every unsafe character lies in the first plane.
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

    #[test]
    fn nothing_unsafe_lies_beyond_the_first_plane() {
        assert!(('\u{10000}'..=char::MAX).all(|c| !is_unsafe(c)));
    }
}
