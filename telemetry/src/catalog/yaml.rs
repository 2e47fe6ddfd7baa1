//! Text as a YAML scalar, whatever it holds.

/// On one line, quoted if a reader could take it for something else than this text.
pub(super) fn text(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else if text.chars().all(is_printable) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        let escaped = text.chars().flat_map(|c| match c {
            '"' => vec!['\\', '"'],
            '\\' => vec!['\\', '\\'],
            '\n' => vec!['\\', 'n'],
            c if is_printable(c) => vec![c],
            c => format!("\\U{:08x}", u32::from(c)).chars().collect(),
        });
        format!("\"{}\"", escaped.collect::<String>())
    }
}

/// What YAML 1.2 allows in a stream, line ends left out; its first version took U+0085, U+2028 and U+2029 for
/// such ends.
fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Begins with a letter, ends with something to see, has nothing in it that a quote, a key or a comment could
/// begin with, and is no word with a meaning.
fn is_plain(text: &str) -> bool {
    const MEANT: [&str; 10] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan"];
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && text.chars().all(|c| (' '..='~').contains(&c))
        && !MEANT.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn a_scalar_is_quoted_where_it_must_be() {
        let cases = [
            ("e2a_lag_seconds > 30", "e2a_lag_seconds > 30"),
            ("a{b=\"c\"}", "a{b=\"c\"}"),
            ("key: value", "'key: value'"),
            ("trailing:", "'trailing:'"),
            ("a # b", "'a # b'"),
            ("it's: so", "'it''s: so'"),
            ("{{ $value }} is", "'{{ $value }} is'"),
            ("Off", "'Off'"),
            ("", "''"),
            ("1m", "'1m'"),
            ("é", "'é'"),
            ("a\n\"b\"\\\u{1}", r#""a\n\"b\"\\\U00000001""#),
            ("a\u{2028}b", r#""a\U00002028b""#),
        ];
        for (given, expected) in cases {
            assert_eq!(text(given), expected);
        }
    }
}
