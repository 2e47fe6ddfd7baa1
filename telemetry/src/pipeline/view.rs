//! Reads views: of a file as a table with a section for each, of a variable as words.

use crate::registry::View;
use crate::setting::redact_for_message;
use serde::{Deserialize, Deserializer, de};
use std::collections::BTreeMap;
use std::fmt;

/// Reads views by the names of their instruments.
pub(super) fn views<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BTreeMap<String, View>>, D::Error> {
    deserializer.deserialize_map(ViewsVisitor).map(Some)
}

struct ViewsVisitor;

impl<'de> de::Visitor<'de> for ViewsVisitor {
    type Value = BTreeMap<String, View>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of metrics and their views")
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Self::Value, E> {
        Err(E::custom("it is a string, expected a table of metrics and their views"))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut views = BTreeMap::new();
        while let Some(name) = entries.next_key::<String>()? {
            let ViewSetting(view) = entries.next_value()?;
            if let Some(view) = view {
                views.insert(name, view);
            }
        }
        Ok(views)
    }
}

/// One view; `None` if it says that the instrument stays as it is.
struct ViewSetting(Option<View>);

impl<'de> Deserialize<'de> for ViewSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ViewVisitor)
    }
}

/// The keys of a view in a file.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Keys {
    off: Option<bool>,
    without: Option<Vec<String>>,
    buckets: Option<Vec<f64>>,
}

struct ViewVisitor;

impl<'de> de::Visitor<'de> for ViewVisitor {
    type Value = ViewSetting;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a view: a table of `off`, `without` and `buckets`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ViewSetting, E> {
        of_words(text).map(|view| ViewSetting(Some(view))).map_err(E::custom)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, entries: A) -> Result<ViewSetting, A::Error> {
        let keys = Keys::deserialize(de::value::MapAccessDeserializer::new(entries))?;
        let parts = [
            keys.off.filter(|is_off| *is_off).map(|_| View::off()),
            keys.without.map(View::without),
            keys.buckets.map(View::buckets),
        ];
        Ok(ViewSetting(parts.into_iter().flatten().reduce(View::and)))
    }
}

/// Reads `off`, `without key key`, `buckets 0.1 1`, or the last two after each other.
fn of_words(text: &str) -> Result<View, String> {
    const EXPECTED: &str = "write `off`, `without` and keys, or `buckets` and bounds, separated by spaces";
    let mut words = text.split_whitespace().peekable();
    let mut view: Option<View> = None;
    while let Some(word) = words.next() {
        let arguments =
            std::iter::from_fn(|| words.next_if(|word| !matches!(*word, "off" | "without" | "buckets")));
        let part = match word {
            "off" => View::off(),
            "without" => View::without(arguments),
            "buckets" => {
                let bound = |word: &str| {
                    let word = redact_for_message(word);
                    word.parse::<f64>().map_err(|_| format!("`{word}` is not a number"))
                };
                View::buckets(arguments.map(bound).collect::<Result<Vec<_>, _>>()?)
            }
            other => return Err(format!("`{}` is not a view; {EXPECTED}", redact_for_message(other))),
        };
        view = Some(match view {
            Some(before) => before.and(part),
            None => part,
        });
    }
    view.ok_or_else(|| EXPECTED.to_owned())
}
