//! Deserializes the string of one environment variable, out of which numbers, lists and tables are read.

use crate::setting::{Given, deserialize_error, redact_for_message};
use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

/// A variable and its trimmed value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'t> {
    pub variable: &'t str,
    pub text: &'t str,
}

/// Splits at commas; empty parts do not count.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// Splits a `key=value` pair. The error shows only its number: the pair may be a secret.
fn pair((number, pair): (usize, &str)) -> Result<(&str, &str), Error> {
    match pair.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim(), value.trim())),
        _ => Err(Error::custom(format_args!("pair {number} is not written `key=value`"))),
    }
}

impl IntoDeserializer<'_> for Text<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Text<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(self.text)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let given = Given { name: self.variable.to_owned(), text: self.text.to_owned() };
        visitor.visit_bool(given.switch().map_err(deserialize_error)?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.text.parse() {
            // Rust reads a `+`, which no file format has.
            Ok(number) if !self.text.starts_with('+') => visitor.visit_f64(number),
            _ => Err(Error::custom(format_args!("`{}` is not a number", redact_for_message(self.text)))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(SeqDeserializer::new(parts(self.text)))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let pairs: Vec<_> = (1..).zip(parts(self.text)).map(pair).collect::<Result<_, _>>()?;
        visitor.visit_map(MapDeserializer::new(pairs.into_iter()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        keys: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        let variables = keys.iter().map(|key| format!("`{}_{}`", self.variable, key.to_ascii_uppercase()));
        let variables = variables.collect::<Vec<_>>().join(", ");
        Err(Error::custom(format_args!("names a section; its variables are {variables}")))
    }

    // No setting is of these types: their visitors get the string.
    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 char str string bytes byte_buf unit unit_struct
        newtype_struct tuple tuple_struct enum identifier ignored_any
    }
}
