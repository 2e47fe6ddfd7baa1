//! Types where no lifetime is in scope.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Lifetime;

/// Returns the type for a place without lifetimes in scope: each lifetime in it is `'static`.
pub fn static_type(ty: &impl ToTokens) -> TokenStream {
    with_lifetime(ty, "'static")
}

/// Returns true for the name of the lifetime `'static`.
fn is_static(name: Option<TokenTree>) -> bool {
    matches!(name, Some(TokenTree::Ident(name)) if name == "static")
}

/// Returns the type with this lifetime in place of each one in it, except `'static`.
pub fn with_lifetime(ty: &impl ToTokens, lifetime: &str) -> TokenStream {
    fn walk(tokens: TokenStream, lifetime: &str) -> TokenStream {
        let mut out = TokenStream::new();
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                    let is_static = is_static(tokens.next());
                    let lifetime = if is_static { "'static" } else { lifetime };
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

/// Returns true if a lifetime other than `'static` stands in the type.
pub fn borrows(ty: &impl ToTokens) -> bool {
    with_lifetime(ty, "'a").to_string() != static_type(ty).to_string()
}

/// Returns the type for a place without the method's lifetimes: each of them is left out.
pub fn elided(ty: &impl ToTokens) -> TokenStream {
    fn walk(tokens: TokenStream) -> TokenStream {
        let mut out = TokenStream::new();
        let mut tokens = tokens.into_iter();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                    let lifetime = if is_static(tokens.next()) { "'static" } else { "'_" };
                    Lifetime::new(lifetime, punct.span()).to_tokens(&mut out);
                }
                TokenTree::Group(group) => {
                    let mut inner = Group::new(group.delimiter(), walk(group.stream()));
                    inner.set_span(group.span());
                    inner.to_tokens(&mut out);
                }
                other => other.to_tokens(&mut out),
            }
        }
        out
    }
    walk(ty.to_token_stream())
}
