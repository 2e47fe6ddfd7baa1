//! Removes possible secrets from a text.

use std::fmt;

/// The beginning of keys and certificates in PEM.
pub(super) const PEM: &str = "-----BEGIN ";

/// Replaces the text before an `@`, where URLs have a user and a password, the text after a `?`, where some
/// servers expect keys, and a key in PEM.
pub(crate) fn redacted(text: &str) -> String {
    if let Some((before, _)) = text.split_once(PEM) {
        return format!("{}..", redacted(before));
    }
    let first = text.find('@');
    let last = text.rfind('@');
    let query = text.find('?');
    let shown = text.len().min(first.unwrap_or(usize::MAX)).min(query.unwrap_or(usize::MAX));
    let start = text[..shown].find("://").map_or(0, |scheme| scheme + "://".len());
    match (last, query) {
        (None, None) => text.to_owned(),
        (None, Some(query)) => format!("{}?..", &text[..query]),
        // A password may itself have an `@`: the last one counts.
        (Some(at), None) => format!("{}..{}", &text[..start], &text[at..]),
        (Some(at), Some(query)) if at < query => format!("{}..{}?..", &text[..start], &text[at..query]),
        // The `@` may be part of a query, or the `?` part of a password.
        (Some(_), Some(_)) => format!("{}..", &text[..start]),
    }
}

/// The longest value that a message shows, in characters.
const SHOWN_MAX: usize = 200;

/// Prepares a value for a message: [`redacted`], and cut to 200 characters.
pub(crate) fn redact_for_message(value: &str) -> String {
    let mut shown = redacted(value);
    if let Some((end, _)) = shown.char_indices().nth(SHOWN_MAX) {
        shown.truncate(end);
        shown.push_str("..");
    }
    shown
}

/// Writes the `Debug` output of a value with each string [`redacted`].
///
/// A secret that contains a `=` or a `,` may have been split into two strings, so all strings before one with
/// an `@` and after one with a `?` are hidden too.
pub(crate) struct Redacted<'v, T>(pub &'v T);

impl<T: fmt::Debug> fmt::Debug for Redacted<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = format!("{:?}", self.0);
        let mut rest = whole.as_str();
        let mut is_query = false;
        while let Some((before, text)) = rest.split_once('"') {
            let (text, after) = text.split_at(end_of_text(text));
            rest = after.get(1..).unwrap_or_default();
            let is_hidden = is_query || rest.contains('@');
            let shown = if is_hidden { "..".to_owned() } else { redacted(text) };
            write!(f, "{before}\"{shown}\"")?;
            is_query |= text.contains('?');
        }
        f.write_str(rest)
    }
}

/// Returns the index of the quote that ends a string.
fn end_of_text(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.find(|c| {
        let is_end = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end
    });
    end.unwrap_or(text.len())
}
