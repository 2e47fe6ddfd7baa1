//! Generates the constants of a label's values.

use super::{Capped, Range};
use proc_macro2::TokenStream;
use quote::quote;

impl Capped {
    /// Generates the constant expression of the domain.
    pub fn domain(&self, private: &TokenStream) -> TokenStream {
        let Capped { cap, known, other, max_len } = self;
        let known = (!known.is_empty()).then(|| quote!(.known(&[#(#known),*])));
        let other = other.iter();
        let max_len = max_len.iter();
        quote!(#private::Domain::new(#cap) #known #(.other(#other))* #(.max_len(#max_len))*)
    }
}

impl Range {
    pub fn set(self, private: &TokenStream) -> TokenStream {
        let Range { start, end } = self;
        quote!(#private::LabelSet::Range { start: #start, end: #end })
    }
}
