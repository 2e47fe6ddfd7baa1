//! Types where no lifetime is in scope.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Lifetime;

/// Returns the type for a place without lifetimes in scope: each lifetime in it is `'static`.
pub fn static_type(ty: &impl ToTokens) -> TokenStream {
    with_lifetime(ty, "'static")
}

/// Returns the type with this lifetime in place of each lifetime in it.
pub fn with_lifetime(ty: &impl ToTokens, lifetime: &str) -> TokenStream {
    fn walk(tokens: TokenStream, lifetime: &str) -> TokenStream {
        let mut out = TokenStream::new();
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                    tokens.next();
                    Lifetime::new(lifetime, punct.span()).to_tokens(&mut out);
                }
                TokenTree::Punct(punct) if punct.as_char() == '&' => {
                    let span = punct.span();
                    punct.to_tokens(&mut out);
                    if !matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == '\'') {
                        Lifetime::new(lifetime, span).to_tokens(&mut out);
                    }
                }
                TokenTree::Group(group) => {
                    let mut inner = Group::new(group.delimiter(), walk(group.stream(), lifetime));
                    inner.set_span(group.span());
                    inner.to_tokens(&mut out);
                }
                other => other.to_tokens(&mut out),
            }
        }
        out
    }
    walk(ty.to_token_stream(), lifetime)
}
