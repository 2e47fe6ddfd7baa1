//! The expansions: goldens that are read and compiled, a size budget, and arbitrary input.

use proc_macro2::{TokenStream, TokenTree};
use proptest::prelude::*;
use quote::{ToTokens, quote};
use std::fs;
use std::path::Path;
use syn::{Attribute, Item, Meta};

/// `golden/NAME.rs` is the expansion of `golden/NAME.in.rs`; `BLESS=1` writes it again.
#[test]
fn expansions_are_those_that_were_reviewed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut seen = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".in.rs")) else {
            continue;
        };
        let golden = folder.join(format!("{name}.rs"));
        let expanded = expand_file(&fs::read_to_string(&path).unwrap());
        if std::env::var_os("BLESS").is_some() {
            fs::write(&golden, &expanded).unwrap();
        }
        let reviewed = fs::read_to_string(&golden).unwrap_or_default();
        assert!(reviewed == expanded, "golden/{name}.rs is not what the macro makes; BLESS=1 writes it anew");
        seen += 1;
    }
    assert_eq!(seen, 6);
}

/// A file with each `#[metrics]` and each `derive(Label)` in it expanded.
fn expand_file(text: &str) -> String {
    let mut file = syn::parse_file(text).unwrap();
    let mut items = TokenStream::new();
    for item in &mut file.items {
        match item {
            Item::Trait(item) => {
                let at = item.attrs.iter().position(|attr| attr.path().is_ident("metrics")).unwrap();
                let args = arguments(&item.attrs.remove(at));
                items.extend(crate::metrics::compile(args, item.to_token_stream()));
            }
            Item::Enum(item) => {
                let derived = crate::label::compile(item.to_token_stream());
                item.variants.iter_mut().for_each(|variant| remove_ours(&mut variant.attrs));
                remove_ours(&mut item.attrs);
                items.extend([item.to_token_stream(), derived]);
            }
            Item::Struct(item) => {
                let derived = crate::label::compile(item.to_token_stream());
                remove_ours(&mut item.attrs);
                items.extend([item.to_token_stream(), derived]);
            }
            // Our own macros are not used in what they make.
            Item::Use(item) if item.to_token_stream().to_string().starts_with("use telemetry") => {}
            other => other.to_tokens(&mut items),
        }
    }
    let file = syn::parse2(items).unwrap();
    let source = "// What the macros make of the `.in.rs` file of this name; a test keeps it so.\n\n";
    source.to_owned() + &prettyplease::unparse(&file)
}

/// Leaves the item as the compiler does: without `label`, and without `Label` among its derives.
fn remove_ours(attrs: &mut Vec<Attribute>) {
    attrs.retain(|attr| !attr.path().is_ident("label"));
    for attr in attrs.iter_mut().filter(|attr| attr.path().is_ident("derive")) {
        if let Meta::List(list) = &mut attr.meta {
            let text = list.tokens.to_string().replace("Label ,", "");
            list.tokens = text.parse().unwrap();
        }
    }
}

fn arguments(attr: &Attribute) -> TokenStream {
    match &attr.meta {
        Meta::List(list) => list.tokens.clone(),
        Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
    }
}

/// The compiler pays per token.
#[test]
fn a_metric_stays_below_its_budget_of_tokens() {
    let surface = |methods: usize| {
        let methods = (0..methods).map(|index| {
            let name = quote::format_ident!("m{index}");
            quote!(#[doc = "Help."] #[counter(value = n)] fn #name(&self, stage: Stage, n: u64);)
        });
        count(crate::metrics::compile(TokenStream::new(), quote!(pub trait Metrics { #(#methods)* })))
    };
    let per_method = (surface(101) - surface(1)) / 100;
    assert!(per_method < 1_330, "{per_method} tokens for a counter with a label and a value");
}

fn count(tokens: TokenStream) -> usize {
    let inner = |token| if let TokenTree::Group(group) = token { 1 + count(group.stream()) } else { 1 };
    tokens.into_iter().map(inner).sum()
}

/// The words that a declaration is made of, and what people put between them.
fn word() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "#[counter]",
        "#[gauge(unit = seconds)]",
        "#[counter(was = \"n\", until = \"1.4\", stability = stable)]",
        "#[histogram(buckets = [1, 2])]",
        "#[log(\"a.b\", every = 60)]",
        "#[alert(above = 1)]",
        "#[alert(ratio_above = 0.1, to = m, matching(a = \"x\"), by(a, instance))]",
        "#[alert(quantile = 0.5, below = 1, over = \"1m\")]",
        "#[label(cap = 64)]",
        "#[label(range = 0..=9, known = [\"a\"])]",
        "#[value]",
        "#[context]",
        "#[counter(",
        ")]",
        "value = n,",
        "labels(a, b = \"c\"),",
        "/// Help.\n",
        "fn m(",
        "&self,",
        "a: bool,",
        "b: &str,",
        "n: u64,",
        "d: Option<Duration>,",
        "s: Stage<'_>,",
        ");",
        "{}",
        "-> u8",
        "<T>",
        "async",
        "self,",
        "trait Metrics {",
        "}",
        "pub",
        "unsafe",
        ": Send",
        "enum E {",
        "A,",
        "A(u8),",
        "struct S(",
        "&'static str",
        "e: &dyn Display,",
        "e: Option<&(dyn fmt::Display + Send)>,",
        ");",
        "#[label(other)]",
        "#[label(rename_all = \"x\")]",
        "#[cfg(test)]",
        "#[cfg_attr(test, counter)]",
        "mut",
        "0",
        "-1",
        "1.5e400",
        "\"\"",
        "'a",
        "r#type: u8,",
        "&",
        "[u8]",
        "const X: u8;",
        "type T;",
        "m!();",
    ];
    prop_oneof![8 => proptest::sample::select(WORDS).prop_map(str::to_owned), 1 => "[a-z_0-9]{1,8}"]
}

/// A trait that mostly parses, with attributes and parameters at random.
fn declaration() -> impl Strategy<Value = String> {
    let method = (prop::collection::vec(word(), 0..4), prop::collection::vec(word(), 0..4)).prop_map(
        |(attrs, params)| {
            let attrs: Vec<String> =
                attrs.into_iter().filter(|word| word.starts_with('#') && word.ends_with(']')).collect();
            let params: Vec<String> = params.into_iter().filter(|word| word.ends_with(',')).collect();
            format!("{} fn m(&self, {});", attrs.join(" "), params.join(" "))
        },
    );
    prop::collection::vec(method, 0..4)
        .prop_map(|methods| format!("pub trait Metrics {{ {} }}", methods.join("\n")))
}

proptest! {
    /// No input makes a macro panic, and what it makes is Rust.
    #[test]
    fn arbitrary_declarations_expand(text in prop_oneof![declaration(), prop::collection::vec(word(), 0..20).prop_map(|words| words.join(" "))]) {
        if let Ok(tokens) = text.parse::<TokenStream>() {
            let expanded = crate::metrics::compile(TokenStream::new(), tokens.clone());
            if syn::parse2::<Item>(tokens.clone()).is_ok() {
                prop_assert!(syn::parse2::<syn::File>(expanded.clone()).is_ok(), "{expanded}");
            }
            let derived = crate::label::compile(tokens);
            prop_assert!(syn::parse2::<syn::File>(derived.clone()).is_ok(), "{derived}");
        }
    }

    /// No input of the attribute's own arguments makes a macro panic.
    #[test]
    fn arbitrary_arguments_expand(words in prop::collection::vec(word(), 0..6)) {
        if let Ok(args) = words.join(" ").parse::<TokenStream>() {
            let item = quote!(trait Metrics { #[doc = "Help."] #[counter] fn m(&self); });
            let expanded = crate::metrics::compile(args, item);
            prop_assert!(syn::parse2::<syn::File>(expanded.clone()).is_ok(), "{expanded}");
        }
    }
}
