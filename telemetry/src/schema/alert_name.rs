//! The name of an alert rule whose namespace is a constant: only the compiler can make it.

use super::text::is_joint;

/// Returns the length of the name.
#[must_use]
pub const fn len(namespace: &str, own: &str) -> usize {
    let (text, mut len, mut at) = (namespace.as_bytes(), own.len(), 0);
    while at < text.len() {
        if !is_joint(text[at]) {
            len += 1;
        }
        at += 1;
    }
    len
}

/// Returns the namespace in `PascalCase`, and `own` behind it. `N` is the name's length.
#[must_use]
pub const fn of<const N: usize>(namespace: &str, own: &str) -> [u8; N] {
    let (text, own) = (namespace.as_bytes(), own.as_bytes());
    let mut name = [0; N];
    let (mut len, mut at, mut starts) = (0, 0, true);
    while at < text.len() {
        if is_joint(text[at]) {
            starts = true;
        } else {
            name[len] = if starts { text[at].to_ascii_uppercase() } else { text[at].to_ascii_lowercase() };
            (len, starts) = (len + 1, false);
        }
        at += 1;
    }
    at = 0;
    while at < own.len() {
        name[len + at] = own[at];
        at += 1;
    }
    name
}

/// Returns the name as text.
#[must_use]
pub const fn text(name: &'static [u8]) -> &'static str {
    match std::str::from_utf8(name) {
        Ok(text) => text,
        // A namespace beyond ASCII has an error of its own.
        Err(_) => "",
    }
}
