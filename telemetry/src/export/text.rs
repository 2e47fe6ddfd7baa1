//! Prepares text from the other side for one line of a log.

use std::fmt::Write as _;

/// The most characters of an error, including its causes.
const ERROR_CHARS: usize = 600;

/// Cuts a text to `max` characters, and escapes every character that could forge or hide text. Escaped text
/// stays as it is.
pub(crate) fn printable(text: &str, max: usize) -> String {
    let mut printable = String::new();
    let mut chars = text.trim().chars();
    for char in chars.by_ref().take(max) {
        match char {
            '"' | '\'' | '\\' => printable.push(char),
            // Writing to a string does not fail.
            _ => _ = write!(printable, "{}", char.escape_debug()),
        }
    }
    if chars.next().is_some() {
        printable.push('…');
    }
    printable
}

/// Prepares an error, which may contain text of the other side, the system or a resolver.
pub(crate) fn error(text: &str) -> String {
    printable(text, ERROR_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_and_cannot_forge_a_line() {
        let escaped = "bad\\nlevel=info \\u{1b}[2J \\u{202e}x";
        assert_eq!(printable("bad\nlevel=info \u{1b}[2J \u{202e}x", 256), escaped);
        assert_eq!(printable(escaped, 256), escaped, "it is escaped already");
        assert_eq!(printable("it's \"quoted\"", 256), "it's \"quoted\"");
        assert_eq!(printable(&"ä".repeat(1_000), 256).chars().count(), 257);
        assert_eq!(error(&"x".repeat(20_000)).chars().count(), ERROR_CHARS + 1);
    }
}
