//! The arguments of an attribute: `key`, `key = value`, `key(...)`, and a text in front.

use crate::errors::{Errors, instead};
use crate::grammar::{Grammar, Key};
use crate::rules;
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, ExprUnary, Ident, Lit, LitInt, LitStr, Meta, Token, UnOp};

/// One attribute's arguments, known to be in its grammar. Each is taken once.
pub struct Args {
    grammar: &'static Grammar,
    given: Vec<Arg>,
    /// The text in front, as in `#[log("outbox.published")]`.
    pub text: Option<LitStr>,
    /// The attribute's name, for errors about the whole.
    pub span: Span,
}

struct Arg {
    key: Ident,
    value: ArgValue,
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

impl Args {
    /// Of an attribute on an item.
    pub fn of(attr: &Attribute, grammar: &'static Grammar, text: bool, errors: &mut Errors) -> Self {
        let span = attr.path().span();
        match &attr.meta {
            Meta::Path(_) => Args { grammar, given: Vec::new(), text: None, span },
            Meta::List(list) => Self::parse(list.tokens.clone(), grammar, text, span, errors),
            Meta::NameValue(_) => {
                errors.on(&attr.meta, &rules::argument_syntax(grammar.attr, grammar.example));
                Args { grammar, given: Vec::new(), text: None, span }
            }
        }
    }

    /// Of the tokens in an attribute's parentheses. `text` says whether a text may stand in front.
    pub fn parse(
        tokens: TokenStream,
        grammar: &'static Grammar,
        text: bool,
        span: Span,
        errors: &mut Errors,
    ) -> Self {
        let mut args = Args { grammar, given: Vec::new(), text: None, span };
        let parser = Punctuated::<Item, Token![,]>::parse_terminated;
        match syn::parse::Parser::parse2(parser, tokens) {
            Ok(items) => items.into_iter().enumerate().for_each(|(index, item)| match item {
                Item::Text(literal) if text && index == 0 => args.text = Some(literal),
                Item::Text(literal) => {
                    errors.on(literal, &rules::argument_syntax(grammar.attr, grammar.example));
                }
                Item::Arg(arg) => args.add(arg, errors),
            }),
            Err(error) => errors.at(error.span(), &rules::argument_syntax(grammar.attr, grammar.example)),
        }
        args
    }

    fn add(&mut self, arg: Arg, errors: &mut Errors) {
        let name = arg.key.unraw().to_string();
        let known: Vec<&str> = self.grammar.keys.iter().map(|key| key.name).collect();
        if !known.contains(&name.as_str()) {
            let help = instead(&name, &known, &format!("`#[{}]` takes", self.grammar.attr));
            errors.on(arg.key, &rules::unknown_argument(name, self.grammar.attr, help));
        } else if self.given.iter().any(|earlier| earlier.key == arg.key) {
            errors.on(arg.key, &rules::duplicate_argument(name, self.grammar.attr));
        } else {
            self.given.push(arg);
        }
    }

    fn take(&mut self, name: &str) -> Option<Arg> {
        let at = self.given.iter().position(|arg| arg.key.unraw() == name)?;
        Some(self.given.remove(at))
    }

    /// Takes `name = value`, where `read` makes something of the value.
    fn take_with<T>(
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

    fn refuse(&self, arg: &Arg, errors: &mut Errors) {
        let key = arg.key.unraw().to_string();
        let example =
            self.grammar.keys.iter().find(|known| known.name == key).map_or("", |known: &Key| known.example);
        let message = rules::argument_value(key, example);
        match &arg.value {
            ArgValue::Flag => errors.on(&arg.key, &message),
            ArgValue::Expr(value) => errors.on(value, &message),
            ArgValue::List(list) if list.is_empty() => errors.on(&arg.key, &message),
            ArgValue::List(list) => errors.on(list, &message),
        }
    }

    /// Where `name` stands, if it is given.
    pub fn key(&self, name: &str) -> Option<&Ident> {
        self.given.iter().map(|arg| &arg.key).find(|key| key.unraw() == name)
    }

    /// The first argument that was not taken.
    pub fn rest(&self) -> Option<&Ident> {
        self.given.first().map(|arg| &arg.key)
    }

    pub fn take_flag(&mut self, name: &str, errors: &mut Errors) -> Option<Span> {
        let arg = self.take(name)?;
        if !matches!(arg.value, ArgValue::Flag) {
            self.refuse(&arg, errors);
        }
        Some(arg.key.span())
    }

    pub fn take_text(&mut self, name: &str, errors: &mut Errors) -> Option<LitStr> {
        self.take_with(name, errors, |value| match value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.clone()),
            _ => None,
        })
    }

    pub fn take_int(&mut self, name: &str, errors: &mut Errors) -> Option<LitInt> {
        self.take_with(name, errors, |value| match value {
            Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => Some(int.clone()),
            _ => None,
        })
    }

    pub fn take_ident(&mut self, name: &str, errors: &mut Errors) -> Option<Ident> {
        self.take_with(name, errors, ident)
    }

    /// A number literal, perhaps negative.
    pub fn take_number(&mut self, name: &str, errors: &mut Errors) -> Option<Expr> {
        self.take_with(name, errors, |value| number(value).map(|_| value.clone()))
    }

    pub fn take_expr(&mut self, name: &str, errors: &mut Errors) -> Option<Expr> {
        self.take_with(name, errors, |value| Some(value.clone()))
    }

    pub fn take_path(&mut self, name: &str, errors: &mut Errors) -> Option<syn::Path> {
        self.take_with(name, errors, |value| syn::parse2(value.to_token_stream()).ok())
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

/// An expression without the invisible groups that `macro_rules` puts around what it captured.
pub fn peel(value: &Expr) -> &Expr {
    match value {
        Expr::Group(group) => peel(&group.expr),
        value => value,
    }
}

/// The name that an expression is.
pub fn ident(value: &Expr) -> Option<Ident> {
    match peel(value) {
        Expr::Path(path) if path.attrs.is_empty() && path.qself.is_none() => path.path.get_ident().cloned(),
        _ => None,
    }
}

/// The number that a literal stands for, perhaps with a minus in front.
pub fn number(value: &Expr) -> Option<f64> {
    match peel(value) {
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => int.base10_parse().ok(),
        Expr::Lit(ExprLit { lit: Lit::Float(float), .. }) => float.base10_parse().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => number(expr).map(|number| -number),
        _ => None,
    }
}

/// The integer that a literal stands for, perhaps with a minus in front.
pub fn integer(value: &Expr) -> Option<i64> {
    match peel(value) {
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => int.base10_parse().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => integer(expr).map(|int| -int),
        _ => None,
    }
}
