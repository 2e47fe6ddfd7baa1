//! Calls of the library's checks that stand where the user's tokens do, so that an error points there.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote_spanned};

/// Generates the path of a check. Its failure points at `span`; names resolve as before.
pub fn check(private: &TokenStream, name: &str, span: Span) -> TokenStream {
    let name = format_ident!("{name}", span = span);
    let path = quote_spanned!(span=> #private::check::#name);
    let located = path.into_iter().map(|mut token| {
        token.set_span(token.span().located_at(span));
        token
    });
    located.collect()
}
