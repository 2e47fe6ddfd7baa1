//! Builds HTML: fixed markup, and text from anywhere, which is escaped.

/// The number of characters of a word after which a line can break.
const WORD: usize = 20;

/// A document that grows.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    /// Creates an empty document in the memory of an old one.
    pub(super) fn into(mut memory: Vec<u8>) -> Self {
        memory.clear();
        let empty = String::from_utf8(memory);
        debug_assert!(empty.is_ok(), "an empty string is valid UTF-8");
        Html(empty.unwrap_or_default())
    }

    /// Appends markup, which is constant.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Appends text, in an element or between the quotes of an attribute. Invisible characters are spelled
    /// out, so that different texts look different.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.pieces(text, usize::MAX)
    }

    /// Appends text that may be one long word: lines can break every [`WORD`] characters.
    pub(super) fn breakable(&mut self, text: &str) -> &mut Self {
        self.pieces(text, WORD)
    }

    fn pieces(&mut self, text: &str, word: usize) -> &mut Self {
        for (at, c) in text.chars().enumerate() {
            if at > 0 && at.is_multiple_of(word) {
                self.0.push_str("<wbr>");
            }
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c if is_hidden(c) => self.0.extend(c.escape_default()),
                c => self.0.push(c),
            }
        }
        self
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// Returns whether a character is a control character, changes the direction of text, or has no width.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::Html;

    #[test]
    fn a_long_word_can_be_broken_and_is_still_one_text() {
        let mut html = Html::default();
        html.breakable(&"a".repeat(45));
        let text = html.0;
        assert_eq!(text, format!("{0}<wbr>{0}<wbr>aaaaa", "a".repeat(20)));
    }

    #[test]
    fn text_never_is_markup() {
        let mut html = Html::default();
        html.raw("<td title=\"").text("\" onload='x'").raw("\">").text("<b>&amp;\u{202e}\n</b>").raw("</td>");
        let expected =
            "<td title=\"&quot; onload=&#39;x&#39;\">&lt;b&gt;&amp;amp;\\u{202e}\\n&lt;/b&gt;</td>";
        assert_eq!(html.0, expected);
    }
}
