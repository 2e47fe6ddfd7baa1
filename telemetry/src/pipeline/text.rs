//! Deserializes from text alone, as variables have it: numbers, lists and tables are read out of it.

use crate::setting::shown;
use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use std::fmt;
use std::vec::IntoIter;

/// What variables say: a table of texts, and of tables.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The variable that says it; the first one of a table.
    variable: String,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Text(String),
    Table(Vec<(String, Node)>),
}

impl Node {
    /// What no variable says anything of.
    pub(super) const fn empty() -> Self {
        Node { variable: String::new(), content: Content::Table(Vec::new()) }
    }

    /// Puts a variable's text at its place.
    pub(super) fn insert(&mut self, path: &[String], variable: &str, text: &str) {
        let [first, rest @ ..] = path else {
            *self = Node { variable: variable.to_owned(), content: Content::Text(text.to_owned()) };
            return;
        };
        let Content::Table(entries) = &mut self.content else { return };
        let at = entries.iter().position(|(key, _)| key == first).unwrap_or_else(|| {
            entries.push((first.clone(), Node { variable: variable.to_owned(), ..Node::empty() }));
            entries.len() - 1
        });
        entries[at].1.insert(rest, variable, text);
    }

    /// Reads the text, or the table.
    fn read<'de, V: Visitor<'de>>(
        self,
        visitor: V,
        read: impl FnOnce(&str, &str, V) -> Result<V::Value, TextError>,
    ) -> Result<V::Value, TextError> {
        match self.content {
            Content::Text(text) => {
                read(&self.variable, text.trim(), visitor).map_err(|error| error.of(&self.variable))
            }
            Content::Table(entries) => visitor.visit_map(Table { entries: entries.into_iter(), value: None }),
        }
    }
}

/// A part of a variable's text.
fn part(variable: &str, text: &str) -> Node {
    Node { variable: variable.to_owned(), content: Content::Text(text.trim().to_owned()) }
}

/// What stands between commas; what is empty does not count.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|part| !part.trim().is_empty())
}

/// What a variable's text cannot be.
#[derive(Debug)]
pub(super) struct TextError {
    /// Empty until it is known.
    pub variable: String,
    pub message: String,
}

impl TextError {
    fn of(mut self, variable: &str) -> Self {
        if self.variable.is_empty() {
            variable.clone_into(&mut self.variable);
        }
        self
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.variable, self.message)
    }
}

impl std::error::Error for TextError {}

impl serde::de::Error for TextError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        TextError { variable: String::new(), message: message.to_string() }
    }
}

impl IntoDeserializer<'_, TextError> for Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Of types that are parsed out of the text: what they are asked for, and how they are given.
macro_rules! parsed {
    ($($method:ident $visit:ident $ty:ty, $what:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
            self.read(visitor, |_, text, visitor| match text.parse::<$ty>() {
                // Rust reads a `+`, which no file has.
                Ok(value) if !text.starts_with('+') => visitor.$visit(value),
                _ => Err(TextError::custom(format_args!("`{}` is not {}", shown(text), $what))),
            })
        }
    )*};
}

impl<'de> Deserializer<'de> for Node {
    type Error = TextError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        self.read(visitor, |_, text, visitor| visitor.visit_str(text))
    }

    parsed! {
        deserialize_bool visit_bool bool, "`true` or `false`";
        deserialize_u8 visit_u64 u64, "a whole number from 0";
        deserialize_u16 visit_u64 u64, "a whole number from 0";
        deserialize_u32 visit_u64 u64, "a whole number from 0";
        deserialize_u64 visit_u64 u64, "a whole number from 0";
        deserialize_i8 visit_i64 i64, "a whole number";
        deserialize_i16 visit_i64 i64, "a whole number";
        deserialize_i32 visit_i64 i64, "a whole number";
        deserialize_i64 visit_i64 i64, "a whole number";
        deserialize_f32 visit_f64 f64, "a number";
        deserialize_f64 visit_f64 f64, "a number";
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, TextError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        self.read(visitor, |variable, text, visitor| {
            visitor.visit_seq(SeqDeserializer::new(parts(text).map(|text| part(variable, text))))
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        self.read(visitor, |variable, text, visitor| {
            let pairs = (1..).zip(parts(text)).map(|(number, pair)| match pair.split_once('=') {
                Some((key, value)) if !key.trim().is_empty() => {
                    Ok((part(variable, key), part(variable, value)))
                }
                // What it is may be a secret.
                _ => Err(TextError::custom(format_args!("pair {number} is not written `key=value`"))),
            });
            let pairs: Vec<_> = pairs.collect::<Result<_, _>>()?;
            visitor.visit_map(MapDeserializer::new(pairs.into_iter()))
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TextError> {
        if let Content::Text(_) = self.content {
            let variables =
                keys.iter().map(|key| format!("`{}_{}`", self.variable, key.to_ascii_uppercase()));
            let variables = variables.collect::<Vec<_>>().join(", ");
            return Err(TextError::custom(format_args!("names a section; its variables are {variables}")));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TextError> {
        self.read(visitor, |_, text, visitor| visitor.visit_enum(StrDeserializer::new(text)))
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct identifier
        ignored_any
    }
}

/// A table's entries, which name their variable where their key is not known.
struct Table {
    entries: IntoIter<(String, Node)>,
    value: Option<Node>,
}

impl<'de> MapAccess<'de> for Table {
    type Error = TextError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, TextError> {
        let Some((key, node)) = self.entries.next() else { return Ok(None) };
        let key = seed.deserialize(StrDeserializer::<TextError>::new(&key));
        let key = key.map_err(|error| error.of(&node.variable))?;
        self.value = Some(node);
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, TextError> {
        match self.value.take() {
            Some(node) => {
                let variable = node.variable.clone();
                seed.deserialize(node).map_err(|error| error.of(&variable))
            }
            None => Err(TextError::custom("a value without a key")),
        }
    }
}
