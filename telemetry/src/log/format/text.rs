//! Numbers and characters in the text of all formats.

/// Appends an unsigned integer.
pub(super) fn push_u64(n: u64, out: &mut String) {
    out.push_str(itoa::Buffer::new().format(n));
}

/// Appends a signed integer.
pub(super) fn push_i64(n: i64, out: &mut String) {
    out.push_str(itoa::Buffer::new().format(n));
}

/// Appends the shortest text that reads back as the same float, without a trailing `.0`.
pub(super) fn push_finite(n: f64, out: &mut String) {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(n);
    out.push_str(text.strip_suffix(".0").unwrap_or(text));
}

/// Returns whether some reader takes the character for the end of a line, moves a cursor, or reverses the
/// text. U+FFFD is one of them: mtail 3.0 waits for the rest of the text after it, up to the end of the file.
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{2028}' | '\u{2029}'
            | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}' | '\u{fffd}')
}

/// Returns a table of the visible ASCII bytes except these: a format writes the bytes of the table as they
/// are.
pub(super) const fn visible_but(marked: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0x21;
    while byte < 0x7f {
        table[byte] = true;
        byte += 1;
    }
    let mut at = 0;
    while at < marked.len() {
        table[marked[at] as usize] = false;
        at += 1;
    }
    table
}
