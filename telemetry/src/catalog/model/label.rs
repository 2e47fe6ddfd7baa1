//! A metric's label: its key, and the values that it can have.

use crate::label::{LabelSet, OTHER};
use crate::schema::LabelSchema;
use serde::Serialize;

/// A label of a metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MetricLabel {
    /// The key.
    pub key: &'static str,
    /// The values that it can have.
    #[serde(flatten)]
    pub values: Values,
    /// The value of an absent label, if it may be absent.
    pub none: Option<&'static str>,
}

/// The values that a label can have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "set", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Values {
    /// These and no others.
    Closed {
        /// The values, in declaration order.
        values: Vec<&'static str>,
    },
    /// The integers from one to the other.
    Range {
        /// The least.
        start: i64,
        /// The greatest.
        end: i64,
        /// What stands for all that are outside; a gauge refuses them.
        other: &'static str,
    },
    /// Any text or integer.
    Open {
        /// How many distinct ones are kept apart.
        cap: u32,
        /// Those that have their place from the start, within the cap.
        known: &'static [&'static str],
        /// What stands for all past the cap; a gauge refuses them.
        other: &'static str,
        /// Longer text is cut, in bytes.
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
        MetricLabel { key: schema.key, values, none: schema.none }
    }

    pub(super) fn constant(key: &'static str, value: &'static str) -> Self {
        MetricLabel { key, values: Values::Closed { values: vec![value] }, none: None }
    }

    /// The same label of another event that feeds the metric: its constants are values too.
    pub(super) fn join(&mut self, other: MetricLabel) {
        if let (Values::Closed { values }, Values::Closed { values: more }) = (&mut self.values, other.values)
        {
            values.extend(more.into_iter().filter(|value| !values.contains(value)).collect::<Vec<_>>());
        }
    }

    /// All texts that are known to be values: those of a closed set, the ends of a range, what an open set
    /// presets; `other` and the absent value too, where there are such.
    #[must_use]
    pub fn known(&self) -> Vec<String> {
        let mut known: Vec<String> = match &self.values {
            Values::Closed { values } => values.iter().map(|value| (*value).to_owned()).collect(),
            Values::Range { start, end, other } => {
                vec![start.to_string(), end.to_string(), (*other).to_owned()]
            }
            Values::Open { known, other, .. } => {
                known.iter().chain([other]).map(|value| (*value).to_owned()).collect()
            }
        };
        known.extend(self.none.map(str::to_owned));
        known
    }
}
