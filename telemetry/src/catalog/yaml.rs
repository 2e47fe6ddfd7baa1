//! YAML for people who search and compare it: each text stays on one line.

use serde::Serialize;
use serde_saphyr::{SerializerOptions, to_string_with_options};

/// Renders a tree of texts, numbers and lists as YAML.
pub(super) fn text(tree: &impl Serialize) -> String {
    let mut options = SerializerOptions::default();
    options.folded_wrap_chars = usize::MAX;
    let text = to_string_with_options(tree, options);
    debug_assert!(text.is_ok(), "texts, numbers and lists are YAML");
    text.unwrap_or_default()
}
