//! Doc comments as text: what exporters and documents say about an item.

use crate::attr;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// Returns the paragraphs of lines, each on one line.
pub fn paragraphs(docs: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for doc in docs {
        // `split`, since an empty comment is a line too: it ends a paragraph.
        for line in doc.split('\n').map(str::trim) {
            match paragraphs.last_mut() {
                Some(paragraph) if !line.is_empty() => {
                    if !paragraph.is_empty() {
                        paragraph.push(' ');
                    }
                    paragraph.push_str(line);
                }
                _ => paragraphs.push(String::new()),
            }
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

/// Returns what a doc attribute holds: a text, or an expression that a macro cannot read.
pub fn text(attr: &Attribute) -> Option<Result<String, &Expr>> {
    let meta = match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => meta,
        _ => return None,
    };
    match attr::peel(&meta.value) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(Ok(text.value())),
        _ => Some(Err(&meta.value)),
    }
}

/// Returns the first paragraph of an item that needs no description; empty without one.
pub fn summary<'a>(attrs: impl IntoIterator<Item = &'a Attribute>) -> String {
    let texts = attrs.into_iter().filter_map(|attr| text(attr)?.ok());
    paragraphs(texts).into_iter().next().unwrap_or_default()
}
