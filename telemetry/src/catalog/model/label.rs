//! A label of a metric: its key and its possible values.

use crate::label::{LabelSet, OTHER};
use crate::schema::LabelSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A label of a metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MetricLabel {
    /// The key.
    pub key: &'static str,
    /// The possible values.
    #[serde(flatten)]
    pub values: Values,
    /// The value of an absent label, if the label may be absent.
    pub none: Option<&'static str>,
    /// The meaning of the label, or an empty string.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub help: &'static str,
    /// The meaning of values that have one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub value_help: BTreeMap<&'static str, &'static str>,
}

/// The possible values of a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "set", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Values {
    /// A fixed list of values.
    Closed {
        /// The values, in declaration order.
        values: Vec<&'static str>,
    },
    /// The integers of a range, and `other`.
    Range {
        /// The least value.
        start: i64,
        /// The greatest value.
        end: i64,
        /// The value for all integers outside the range. A gauge rejects these.
        other: &'static str,
    },
    /// Any text or integer.
    Open {
        /// The number of distinct values that are kept apart.
        cap: u32,
        /// The values with a reserved series, within the cap.
        known: &'static [&'static str],
        /// The value for all values past the cap. A gauge rejects these.
        other: &'static str,
        /// The length in bytes at which text is cut.
        max_len: usize,
    },
}

impl MetricLabel {
    pub(super) fn of(schema: &LabelSchema) -> Self {
        let values = match schema.set {
            LabelSet::Closed(values) => Values::Closed { values: values.to_vec() },
            LabelSet::Range { start, end } => Values::Range { start, end, other: OTHER },
            LabelSet::Open(domain) => Values::Open {
                cap: domain.cap,
                known: domain.known,
                other: domain.other,
                max_len: domain.max_len,
            },
        };
        let value_help = match schema.set {
            LabelSet::Closed(values) => {
                let pairs = values.iter().copied().zip(schema.value_help.iter().copied());
                pairs.filter(|(_, help)| !help.is_empty()).collect()
            }
            LabelSet::Range { .. } | LabelSet::Open(_) => BTreeMap::new(),
        };
        MetricLabel { key: schema.key, values, none: schema.none, help: schema.help, value_help }
    }

    pub(super) fn constant(key: &'static str, value: &'static str) -> Self {
        let values = Values::Closed { values: vec![value] };
        MetricLabel { key, values, none: None, help: "", value_help: BTreeMap::new() }
    }

    /// Adds the values of the same label of another event.
    pub(super) fn join(&mut self, other: MetricLabel) {
        if self.help.is_empty() {
            self.help = other.help;
        }
        for (value, help) in other.value_help {
            self.value_help.entry(value).or_insert(help);
        }
        if let (Values::Closed { values }, Values::Closed { values: more }) = (&mut self.values, other.values)
        {
            values.extend(more.into_iter().filter(|value| !values.contains(value)).collect::<Vec<_>>());
        }
    }

    /// Returns all values that are known beforehand: those of a closed set, the ends of a range, the `known`
    /// values of an open set; and `other` and the absent value, if the label has them.
    #[must_use]
    pub fn known_values(&self) -> Vec<String> {
        let mut known: Vec<String> = match &self.values {
            Values::Closed { values } => values.iter().map(|value| (*value).to_owned()).collect(),
            Values::Range { start, end, other } => {
                vec![start.to_string(), end.to_string(), (*other).to_owned()]
            }
            Values::Open { known, other, .. } => {
                known.iter().chain([other]).map(|value| (*value).to_owned()).collect()
            }
        };
        known.extend(self.none.filter(|none| !none.is_empty()).map(str::to_owned));
        known
    }
}
