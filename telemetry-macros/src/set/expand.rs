//! Generates the constants of a label's values.

use super::{Capped, Listed, Range, Texts};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Expr;

impl Capped {
    /// Generates the constant expression of the domain.
    pub fn domain(&self, private: &TokenStream) -> TokenStream {
        let Capped { cap, known, other, max_len } = self;
        let known = match known {
            Texts::Literal(known) => (!known.is_empty()).then(|| quote!(.known(&[#(#known),*]))),
            Texts::Constant(path) => {
                let slice = slice(path);
                Some(quote!(.known(#slice)))
            }
        };
        let other = other.iter();
        let max_len = max_len.iter();
        quote!(#private::Domain::new(#cap) #known #(.other(#other))* #(.max_len(#max_len))*)
    }
}

impl Listed {
    /// Generates the constant expression of the set: the texts, and last the one for all others.
    pub fn set(&self, private: &TokenStream) -> TokenStream {
        let other = match &self.other {
            Some(other) => other.to_token_stream(),
            None => quote!(#private::OTHER),
        };
        match &self.texts {
            Texts::Literal(texts) => quote!(#private::LabelSet::Closed(&[#(#texts,)* #other])),
            Texts::Constant(path) => {
                let slice = slice(path);
                quote!({
                    const TEXTS: &[&::core::primitive::str] =
                        &#private::with_other::<{ #slice.len() + 1 }>(#slice, #other);
                    #private::LabelSet::Closed(TEXTS)
                })
            }
        }
    }

    /// Returns a number that tells the list from others of its surface: FNV-1a of its tokens.
    pub fn id(&self) -> u64 {
        let text = self.set(&TokenStream::new()).to_string();
        text.bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }
}

/// Generates a slice of what may be an array or a slice: both have this method, and in constants.
fn slice(path: &Expr) -> TokenStream {
    quote!((#path).split_at(0).1)
}

impl Range {
    pub fn set(self, private: &TokenStream) -> TokenStream {
        let Range { start, end } = self;
        quote!(#private::LabelSet::Range { start: #start, end: #end })
    }
}
