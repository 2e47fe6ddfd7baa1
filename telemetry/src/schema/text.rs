//! Comparisons of texts in constants, where `==` is not available.

/// Compares two texts in a constant, where `==` is not available.
#[must_use]
pub const fn same(a: &str, b: &str) -> bool {
    let a = a.as_bytes();
    let b = b.as_bytes();
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Returns whether a character joins two words of a name.
#[must_use]
pub const fn is_joint(of: u8) -> bool {
    matches!(of, b'_' | b'.')
}

/// Returns whether a text is `snake_case` words of ASCII letters and digits, with `_` and dots between, and
/// begins with a letter. As a service has them, words may have capital letters and more than one `_` between.
#[must_use]
pub const fn is_words(text: &str, as_it_is: bool) -> bool {
    let text = text.as_bytes();
    let mut after_letter = false;
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'a'..=b'z' => after_letter = true,
            b'A'..=b'Z' if as_it_is => after_letter = true,
            b'_' if as_it_is && at > 0 => after_letter = true,
            b'0'..=b'9' if at > 0 => after_letter = true,
            joint if after_letter && is_joint(joint) => after_letter = false,
            _ => return false,
        }
        at += 1;
    }
    after_letter
}

/// Compares two keys as Prometheus has them: a dot is `_` there.
#[must_use]
pub const fn same_key(a: &str, b: &str) -> bool {
    let a = a.as_bytes();
    let b = b.as_bytes();
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        let is_dot = matches!((a[at], b[at]), (b'.', b'_') | (b'_', b'.'));
        if a[at] != b[at] && !is_dot {
            return false;
        }
        at += 1;
    }
    true
}

/// Compares two texts in a constant, from the end: the texts of a list often begin alike.
pub(super) const fn same_from_the_end(a: &str, b: &str) -> bool {
    let a = a.as_bytes();
    let b = b.as_bytes();
    if a.len() != b.len() {
        return false;
    }
    let mut left = a.len();
    while left > 0 {
        left -= 1;
        if a[left] != b[left] {
            return false;
        }
    }
    true
}

pub(super) const fn contains(texts: &[&str], text: &str) -> bool {
    let mut at = 0;
    while at < texts.len() {
        if same(texts[at], text) {
            return true;
        }
        at += 1;
    }
    false
}
