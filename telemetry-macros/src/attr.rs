//! The arguments of an attribute: `key`, `key = value`, `key(...)`, and a text in front.

use crate::errors::{Errors, instead};
use crate::grammar::{Front, Grammar, Key};
use crate::rules;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, ExprUnary, Ident, Lit, LitInt, LitStr, Meta, Token, UnOp};

/// One attribute's arguments, known to be in its grammar. Each is taken once.
pub struct Args {
    grammar: &'static Grammar,
    given: Vec<Arg>,
    /// The text in front, as in `#[log("job.failed")]`.
    pub text: Option<LitStr>,
    /// The name in front, as in `#[guard(start_job)]`.
    pub name: Option<Ident>,
    /// The attribute's name, for errors about the whole.
    pub span: Span,
    /// True if something in it could not be read: what seems to lack may be that.
    pub broken: bool,
}

struct Arg {
    key: Ident,
    value: ArgValue,
}

impl Arg {
    /// Returns true if it is a word that the grammar does not know, and no other grammar's.
    fn is_name(&self, grammar: &Grammar) -> bool {
        matches!(self.value, ArgValue::Flag)
            && grammar.keys.iter().all(|key| self.key != key.name)
            && self.key != "in_flight"
    }
}

enum ArgValue {
    Flag,
    Expr(Expr),
    List(TokenStream),
}

enum Item {
    Text(LitStr),
    Arg(Arg),
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            return Ok(Item::Text(input.parse()?));
        }
        let key = input.call(Ident::parse_any)?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            ArgValue::Expr(input.parse()?)
        } else if input.peek(syn::token::Paren) {
            let list;
            syn::parenthesized!(list in input);
            ArgValue::List(list.parse()?)
        } else {
            ArgValue::Flag
        };
        Ok(Item::Arg(Arg { key, value }))
    }
}

/// The items up to the first that cannot be read, and what is wrong with that.
struct Items(Vec<Item>, Option<syn::Error>);

impl Parse for Items {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut items = Vec::new();
        let mut next = || {
            items.push(input.parse()?);
            if input.is_empty() { Ok(()) } else { input.parse::<Token![,]>().map(drop) }
        };
        while !input.is_empty() {
            if let Err(error) = next() {
                input.parse::<TokenStream>()?;
                return Ok(Items(items, Some(error)));
            }
        }
        Ok(Items(items, None))
    }
}

impl Args {
    /// Parses the arguments of an attribute on an item, which may have a text in front.
    pub fn of(attr: &Attribute, grammar: &'static Grammar, text: bool, errors: &mut Errors) -> Self {
        Self::with_front(attr, grammar, if text { Front::Text } else { Front::Nothing }, errors)
    }

    /// Parses the arguments of an attribute on an item, which may have a name in front.
    pub fn named(attr: &Attribute, grammar: &'static Grammar, errors: &mut Errors) -> Self {
        Self::with_front(attr, grammar, Front::Name, errors)
    }

    fn with_front(attr: &Attribute, grammar: &'static Grammar, front: Front, errors: &mut Errors) -> Self {
        let span = attr.path().span();
        let items = match &attr.meta {
            Meta::Path(_) => Ok(Items(Vec::new(), None)),
            Meta::List(list) => list.parse_args(),
            Meta::NameValue(meta) => Err(syn::Error::new(meta.eq_token.span(), "")),
        };
        Self::read(items, grammar, front, span, errors)
    }

    /// Parses the tokens in the parentheses of an attribute that takes no text in front.
    pub fn parse(tokens: TokenStream, grammar: &'static Grammar, span: Span, errors: &mut Errors) -> Self {
        Self::read(syn::parse2(tokens), grammar, Front::Nothing, span, errors)
    }

    fn read(
        items: syn::Result<Items>,
        grammar: &'static Grammar,
        front: Front,
        span: Span,
        errors: &mut Errors,
    ) -> Self {
        let mut args = Args { grammar, given: Vec::new(), text: None, name: None, span, broken: false };
        let Items(items, error) = items.unwrap_or_else(|error| Items(Vec::new(), Some(error)));
        for (index, item) in items.into_iter().enumerate() {
            match item {
                Item::Text(literal) if front == Front::Text && index == 0 => args.text = Some(literal),
                Item::Arg(arg) if front == Front::Name && index == 0 && arg.is_name(grammar) => {
                    args.name = Some(arg.key);
                }
                Item::Text(literal) => args.text_alone(&literal, errors),
                Item::Arg(arg) => args.add(arg, errors),
            }
        }
        if let Some(error) = error {
            args.misread(error.span(), errors);
        }
        args
    }

    /// Reports a text without an argument's name, if the attribute has an argument that takes such a text.
    fn text_alone(&mut self, literal: &LitStr, errors: &mut Errors) {
        const TAKERS: &[&str] = &["name", "namespace", "rename", "rename_all"];
        let attr = self.grammar.attr;
        let text = literal.to_token_stream();
        let key = self.grammar.keys.iter().map(|key| key.name).find(|key| TAKERS.contains(key));
        let instead = match key {
            Some(key) => format!("write `{key} = {text}`"),
            None if self.grammar.front == Front::Name => format!("write `#[{attr}({})]`", word(literal)),
            None if self.text.is_none() => format!("write it first, `#[{attr}({text}, ...)]`"),
            None => "remove it: a line has one name".to_owned(),
        };
        self.broken = true;
        errors.on(literal, &rules::text_alone(attr, text, instead));
    }

    fn misread(&mut self, at: Span, errors: &mut Errors) {
        self.broken = true;
        errors.at(at, &rules::argument_syntax(self.grammar.attr, self.grammar.example));
    }

    fn add(&mut self, arg: Arg, errors: &mut Errors) {
        let name = arg.key.unraw().to_string();
        let known: Vec<&str> = self.grammar.keys.iter().map(|key| key.name).collect();
        if !known.contains(&name.as_str()) {
            let help = self.instead_of(&arg, &name, &known);
            self.broken = true;
            errors.on(arg.key, &rules::unknown_argument(name, self.grammar.attr, help));
        } else if self.given.iter().any(|earlier| earlier.key == arg.key) {
            errors.on(arg.key, &rules::duplicate_argument(name, self.grammar.attr));
        } else {
            self.given.push(arg);
        }
    }

    /// Returns the text to type instead of an unknown argument.
    fn instead_of(&self, arg: &Arg, name: &str, known: &[&str]) -> String {
        let attr = self.grammar.attr;
        match &arg.value {
            ArgValue::Expr(value) if self.grammar.front == Front::Text && name == "name" => {
                format!("write the name alone: `#[{attr}({})]`", peel(value).to_token_stream())
            }
            ArgValue::Expr(value) if self.grammar.front == Front::Name && name == "name" => {
                let value =
                    text(value).map_or_else(|| value.to_token_stream().to_string(), |text| word(&text));
                format!("write the name alone: `#[{attr}({value})]`")
            }
            ArgValue::Flag if self.grammar.front == Front::Name && name != "in_flight" => match &self.name {
                Some(first) => format!("remove it, or write it in place of `{first}`"),
                None => format!("write it first: `#[{attr}({name}, ...)]`"),
            },
            ArgValue::Flag if name == "in_flight" => {
                "use `#[up_down_counter(in_flight)]`: it rises at the start and falls at the end".to_owned()
            }
            _ => instead(name, known, &format!("`#[{attr}]` takes")),
        }
    }

    fn take(&mut self, name: &str) -> Option<Arg> {
        let at = self.given.iter().position(|arg| arg.key.unraw() == name)?;
        Some(self.given.remove(at))
    }

    /// Takes `name = value`, where `read` makes something of the value.
    pub fn take_with<T>(
        &mut self,
        name: &str,
        errors: &mut Errors,
        read: impl Fn(&Expr) -> Option<T>,
    ) -> Option<T> {
        let arg = self.take(name)?;
        let read = match &arg.value {
            ArgValue::Expr(value) => read(peel(value)),
            ArgValue::Flag | ArgValue::List(_) => None,
        };
        if read.is_none() {
            self.refuse(&arg, errors);
        }
        read
    }

    fn refuse(&mut self, arg: &Arg, errors: &mut Errors) {
        let misread = std::mem::replace(&mut self.broken, true);
        let key = arg.key.unraw().to_string();
        let example =
            self.grammar.keys.iter().find(|known| known.name == key).map_or("", |known: &Key| known.example);
        match &arg.value {
            ArgValue::Expr(value) => {
                let example = requoted(&key, value, example).unwrap_or_else(|| example.to_owned());
                errors.on(value, &rules::argument_value(key, example));
            }
            ArgValue::List(list) if !list.is_empty() => {
                errors.on(list, &rules::argument_value(key, example));
            }
            // The tokens after it could not be read, which is one error already.
            ArgValue::Flag if misread => {}
            ArgValue::Flag | ArgValue::List(_) => {
                errors.on(&arg.key, &rules::missing_argument_value(key, example));
            }
        }
    }

    /// Returns true if `name` is given, or may have been meant.
    pub fn may_have(&self, name: &str) -> bool {
        self.broken || self.key(name).is_some()
    }

    /// Returns the token of the argument `name`, if it is given.
    pub fn key(&self, name: &str) -> Option<&Ident> {
        self.given.iter().map(|arg| &arg.key).find(|key| key.unraw() == name)
    }

    /// Returns the first argument that was not taken.
    pub fn rest(&self) -> Option<&Ident> {
        self.given.first().map(|arg| &arg.key)
    }

    pub fn take_flag(&mut self, name: &str, errors: &mut Errors) -> Option<Span> {
        let arg = self.take(name)?;
        if !matches!(arg.value, ArgValue::Flag) {
            errors.on(&arg.key, &rules::flag_value(name));
        }
        Some(arg.key.span())
    }

    pub fn take_text(&mut self, name: &str, errors: &mut Errors) -> Option<LitStr> {
        self.take_with(name, errors, text)
    }

    pub fn take_int(&mut self, name: &str, errors: &mut Errors) -> Option<LitInt> {
        let int = self.take_with(name, errors, |value| match value {
            Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => Some(int.clone()),
            _ => None,
        })?;
        is_plain(int.suffix(), &int, errors).then_some(int)
    }

    pub fn take_ident(&mut self, name: &str, errors: &mut Errors) -> Option<Ident> {
        self.take_with(name, errors, ident)
    }

    /// Takes a name, or a list of them that is not empty.
    pub fn take_idents(&mut self, name: &str, errors: &mut Errors) -> Vec<Ident> {
        let read = |value: &Expr| match value {
            Expr::Array(list) if !list.elems.is_empty() => list.elems.iter().map(ident).collect(),
            value => ident(value).map(|ident| vec![ident]),
        };
        self.take_with(name, errors, read).unwrap_or_default()
    }

    /// Takes a number literal, perhaps negative.
    pub fn take_number(&mut self, name: &str, errors: &mut Errors) -> Option<Expr> {
        let value = self.take_with(name, errors, |value| number(value).map(|_| value.clone()))?;
        is_plain_number(&value, errors).then_some(value)
    }

    pub fn take_expr(&mut self, name: &str, errors: &mut Errors) -> Option<Expr> {
        self.take_with(name, errors, |value| Some(value.clone()))
    }

    pub fn take_path(&mut self, name: &str, errors: &mut Errors) -> Option<syn::Path> {
        self.take_with(name, errors, |value| syn::parse2(value.to_token_stream()).ok())
    }

    /// Takes the path of the library: that of `crate = path`, else the library's own name.
    pub fn take_crate(&mut self, errors: &mut Errors) -> TokenStream {
        self.take_path("crate", errors).map_or_else(|| quote!(::telemetry), ToTokens::into_token_stream)
    }

    pub fn take_list(&mut self, name: &str, errors: &mut Errors) -> Option<(Ident, TokenStream)> {
        let arg = self.take(name)?;
        if let ArgValue::List(list) = arg.value {
            return Some((arg.key, list));
        }
        self.refuse(&arg, errors);
        None
    }
}

/// Returns the argument as it was meant, if only the quotes are wrong: `unit = "seconds"`, `name = jobs`.
fn requoted(key: &str, value: &Expr, example: &str) -> Option<String> {
    if !example.starts_with(&format!("{key} = ")) {
        return None;
    }
    let wants_text = example.ends_with('"');
    match peel(value) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if !wants_text => {
            let text = text.value();
            (is_word(&text) && number_of(&text).is_some() == number_of(after_equals(example)).is_some())
                .then(|| format!("{key} = {text}"))
        }
        Expr::Path(_) if wants_text => Some(format!("{key} = \"{}\"", ident(value)?.unraw())),
        _ => None,
    }
}

/// Returns true if a text is a word or a number: what stands without quotes.
fn is_word(text: &str) -> bool {
    syn::parse_str::<Ident>(text).is_ok() || number_of(text).is_some()
}

fn after_equals(example: &str) -> &str {
    example.split_once("= ").map_or("", |(_, value)| value)
}

fn number_of(text: &str) -> Option<f64> {
    number(&syn::parse_str(text).ok()?)
}

/// Returns true if a number literal says no type of its own.
fn is_plain(suffix: &str, literal: &impl ToTokens, errors: &mut Errors) -> bool {
    if !suffix.is_empty() {
        let text = literal.to_token_stream().to_string();
        let plain = text.strip_suffix(suffix).unwrap_or(&text).trim_end_matches('_');
        errors.on(literal, &rules::number_suffix(&text, plain));
    }
    suffix.is_empty()
}

/// Returns true if a number, perhaps with a minus in front, has no suffix, and reports one that has.
pub fn is_plain_number(value: &Expr, errors: &mut Errors) -> bool {
    match peel(value) {
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => is_plain(int.suffix(), int, errors),
        Expr::Lit(ExprLit { lit: Lit::Float(float), .. }) => is_plain(float.suffix(), float, errors),
        Expr::Unary(ExprUnary { expr, .. }) => is_plain_number(expr, errors),
        _ => true,
    }
}

/// Removes the invisible groups that `macro_rules` puts around a captured expression.
pub fn peel(value: &Expr) -> &Expr {
    match value {
        Expr::Group(group) => peel(&group.expr),
        value => value,
    }
}

/// Returns the text that an expression is.
pub fn text(value: &Expr) -> Option<LitStr> {
    match peel(value) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.clone()),
        _ => None,
    }
}

/// Returns a text as a method's name, or an example of one if it cannot be a name.
fn word(text: &LitStr) -> String {
    text.parse::<Ident>().map_or_else(|_| "start_job".to_owned(), |ident| ident.to_string())
}

/// Returns the name that an expression is.
pub fn ident(value: &Expr) -> Option<Ident> {
    match peel(value) {
        Expr::Path(path) if path.attrs.is_empty() && path.qself.is_none() => path.path.get_ident().cloned(),
        _ => None,
    }
}

/// Returns the finite number that a literal stands for, perhaps with a minus in front.
pub fn number(value: &Expr) -> Option<f64> {
    let number: Option<f64> = match peel(value) {
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => int.base10_parse().ok(),
        Expr::Lit(ExprLit { lit: Lit::Float(float), .. }) => float.base10_parse().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => number(expr).map(|number| -number),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

/// Returns the integer that a literal stands for, perhaps with a minus in front.
pub fn integer(value: &Expr) -> Option<i64> {
    fn wide(value: &Expr) -> Option<i128> {
        match peel(value) {
            Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => int.base10_parse().ok(),
            Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => wide(expr)?.checked_neg(),
            _ => None,
        }
    }
    wide(value)?.try_into().ok()
}
