//! YAML as people search and compare it: a text is one line, however long it is.

use serde::Serialize;
use serde_saphyr::{SerializerOptions, to_string_with_options};

/// A tree of texts, numbers and lists of these, all of which YAML has.
pub(super) fn text(tree: &impl Serialize) -> String {
    let mut options = SerializerOptions::default();
    options.folded_wrap_chars = usize::MAX;
    to_string_with_options(tree, options).unwrap_or_default()
}
