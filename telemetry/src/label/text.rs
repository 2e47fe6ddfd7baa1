//! Label text of bounded length. Longer text is cut, and a hash keeps cut texts distinct.

use std::borrow::Cow;
use std::fmt;
use std::hash::Hasher;

/// Label text, whole or cut to a length.
///
/// Cut text ends in `~` and 16 hexadecimal digits: the [SipHash-2-4] of the whole text under a zero key. Two
/// long values with a common beginning stay distinct.
///
/// [SipHash-2-4]: https://www.aumasson.jp/siphash/siphash.pdf
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    kept: &'a str,
    hash: Option<u64>,
}

/// The length of `~` and the hash.
const SUFFIX: usize = 1 + 16;

impl<'a> Text<'a> {
    /// Creates a text without cutting it.
    #[must_use]
    pub const fn whole(text: &'a str) -> Self {
        Text { kept: text, hash: None }
    }

    /// Creates a text of at most `max_len` bytes (at least 17), cut at a character boundary.
    ///
    /// The cost is a comparison. Text that is too long is also hashed, in time proportional to its length.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::label::Text;
    ///
    /// assert_eq!(Text::cut("short", 32).to_string(), "short");
    ///
    /// let cut = Text::cut("a value that goes on and on and on", 32).to_string();
    /// assert!(cut.starts_with("a value that go~"));
    /// assert_eq!(cut.len(), 32);
    /// ```
    #[must_use]
    #[inline]
    pub fn cut(text: &'a str, max_len: usize) -> Self {
        if text.len() <= max_len { Self::whole(text) } else { Self::cut_long(text, max_len) }
    }

    #[cold]
    #[inline(never)]
    fn cut_long(text: &'a str, max_len: usize) -> Self {
        // The deprecated name is the one with a fixed algorithm; `DefaultHasher` may change with a release.
        #[allow(deprecated)]
        let mut hasher = std::hash::SipHasher::new();
        hasher.write(text.as_bytes());
        let end = text.floor_char_boundary(max_len.saturating_sub(SUFFIX));
        Text { kept: &text[..end], hash: Some(hasher.finish()) }
    }

    /// Returns the text, cut to `max_len` bytes unless it is cut already.
    #[inline]
    pub(crate) fn limit(self, max_len: usize) -> Self {
        if self.hash.is_some() { self } else { Self::cut(self.kept, max_len) }
    }

    /// Returns the text if it is whole.
    #[must_use]
    #[inline]
    pub const fn as_whole(&self) -> Option<&'a str> {
        match self.hash {
            None => Some(self.kept),
            Some(_) => None,
        }
    }

    /// Returns a reference to the text if it is whole.
    pub(crate) const fn as_whole_ref(&self) -> Option<&&'a str> {
        match self.hash {
            None => Some(&self.kept),
            Some(_) => None,
        }
    }

    /// Returns the text. Allocates only if it was cut.
    #[must_use]
    pub fn to_cow(self) -> Cow<'a, str> {
        self.as_whole().map_or_else(|| Cow::Owned(self.to_string()), Cow::Borrowed)
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kept)?;
        self.hash.map_or(Ok(()), |hash| write!(f, "~{hash:016x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn cut_text_keeps_its_length_and_its_identity() {
        let long: Vec<String> = (0..500).map(|i| format!("{}{i}", "ü".repeat(300))).collect();
        let cut: HashSet<String> = long.iter().map(|text| Text::cut(text, 256).to_string()).collect();
        assert_eq!(cut.len(), 500);
        assert!(cut.iter().all(|text| text.len() <= 256 && text.len() > 250));
    }

    #[test]
    fn the_hash_is_siphash_2_4_with_a_zero_key() {
        // The hash is part of a series' name, so it must not change between releases.
        let text = "x".repeat(40);
        assert_eq!(Text::cut(&text, 32).to_string(), Text::cut(&text, 32).limit(20).to_string());
        assert_eq!(Text::cut(&text, 17).to_string(), "~348a7a3e191ee0ba");
    }
}
