//! Leaves out of a text what may be a secret.

use std::fmt;

/// Replaces what stands before an `@`, where URLs have a user and a password, and what follows a `?`, where some
/// servers take keys.
pub(crate) fn redacted(text: &str) -> String {
    let (before_query, query) = match text.split_once('?') {
        // The quote that ends `Debug` output is no secret.
        Some((before, rest)) if rest.ends_with('"') => (before, "?..\""),
        Some((before, _)) => (before, "?.."),
        None => (text, ""),
    };
    // A password may itself have an `@`: the last one counts.
    let Some(at) = text.rfind('@') else { return format!("{before_query}{query}") };
    let start = match text[..at].find("://") {
        Some(scheme) => scheme + "://".len(),
        None => text[..at].find('"').map_or(0, |quote| quote + 1),
    };
    let rest = &text[at..];
    // A `?` before the `@` is part of what is left out.
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    format!("{}..{rest}{query}", &text[..start])
}

/// The longest value that a message shows, in characters.
const SHOWN_MAX: usize = 200;

/// Returns a value for a message: [`redacted`], and cut to 200 characters.
pub(crate) fn shown(value: &str) -> String {
    let mut shown = redacted(value);
    if let Some((end, _)) = shown.char_indices().nth(SHOWN_MAX) {
        shown.truncate(end);
        shown.push_str("..");
    }
    shown
}

/// Shows the `Debug` output of a value as [`redacted`] leaves it.
pub(crate) struct Redacted<'v, T>(pub &'v T);

impl<T: fmt::Debug> fmt::Debug for Redacted<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redacted(&format!("{:?}", self.0)))
    }
}
