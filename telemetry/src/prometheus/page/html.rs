//! HTML as it is written: markup of ours, and text of anyone's, which is escaped.

/// A document that grows.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup, which only this program writes.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text, in an element or between the quotes of an attribute. What cannot be seen is spelled out, so that
    /// two texts that differ look different.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
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

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Control characters, and those that turn the direction of text or take no room.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::Html;

    #[test]
    fn text_never_is_markup() {
        let mut html = Html::default();
        html.raw("<td title=\"").text("\" onload='x'").raw("\">").text("<b>&amp;\u{202e}\n</b>").raw("</td>");
        let expected =
            "<td title=\"&quot; onload=&#39;x&#39;\">&lt;b&gt;&amp;amp;\\u{202e}\\n&lt;/b&gt;</td>";
        assert_eq!(String::from_utf8_lossy(html.as_bytes()), expected);
    }
}
