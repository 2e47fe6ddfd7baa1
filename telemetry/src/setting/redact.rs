//! Leaves out of a text what may be a secret.

use std::fmt;

/// What keys and certificates in PEM begin with.
pub(super) const PEM: &str = "-----BEGIN ";

/// Replaces what stands before an `@`, where URLs have a user and a password, what follows a `?`, where some servers take
/// keys, and a key in PEM.
pub(crate) fn redacted(text: &str) -> String {
    if let Some((before, _)) = text.split_once(PEM) {
        return format!("{}..", redacted(before));
    }
    let (first, last, query) = (text.find('@'), text.rfind('@'), text.find('?'));
    let shown = text.len().min(first.unwrap_or(usize::MAX)).min(query.unwrap_or(usize::MAX));
    let start = text[..shown].find("://").map_or(0, |scheme| scheme + "://".len());
    match (last, query) {
        (None, None) => text.to_owned(),
        (None, Some(query)) => format!("{}?..", &text[..query]),
        // A password may itself have an `@`: the last one counts.
        (Some(at), None) => format!("{}..{}", &text[..start], &text[at..]),
        (Some(at), Some(query)) if at < query => format!("{}..{}?..", &text[..start], &text[at..query]),
        // The `@` is part of a query, or the `?` of a password: nobody can tell.
        (Some(_), Some(_)) => format!("{}..", &text[..start]),
    }
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

/// Shows the `Debug` output of a value, each text in it as [`redacted`] leaves it.
///
/// A secret with a `=` or a `,` in it may have become two texts: none is shown before one with an `@`, nor behind one with
/// a `?`.
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

/// Where the quote is that ends a text.
fn end_of_text(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.find(|c| {
        let is_end = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end
    });
    end.unwrap_or(text.len())
}
