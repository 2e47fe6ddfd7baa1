//! The lock of a surface: a checked-in file of everything that dashboards and alerts rely on.

use super::model::{Catalog, Line, Metric, MetricLabel, MetricRemoval, Slo, Values};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;

/// The contents of a lock file. Everything is sorted, so that a change of the surface changes few lines.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Lock {
    format: u32,
    pub surface: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// By name in the declaration.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, LockedMetric>,
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slos: BTreeMap<String, LockedSlo>,
    /// By name in the line.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lines: BTreeMap<String, LockedLine>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct LockedMetric {
    pub kind: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    pub stability: String,
    #[serde(default = "always", skip_serializing_if = "is_true")]
    pub suffixes: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub until: String,
    /// The version in which it goes, or an empty string.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub deprecated: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<f64>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub signed: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub native: bool,
    /// By which labels series are removed: the keys of each removal, sorted, with commas between them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub removed_by: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub observed: bool,
    /// The series before the first use: `0`, `none`, or empty for those of the kind.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub initial: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, LockedLabel>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct LockedLabel {
    #[serde(flatten)]
    pub set: LockedSet,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "set", rename_all = "snake_case")]
pub(super) enum LockedSet {
    Closed {
        values: BTreeSet<String>,
    },
    Range {
        start: i64,
        end: i64,
    },
    Open {
        cap: u32,
        max_len: usize,
        other: String,
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        known: BTreeSet<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct LockedLine {
    pub key: String,
    pub level: String,
    pub target: String,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub fields: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct LockedSlo {
    pub metric: String,
    pub objective: f64,
    pub good: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub of: String,
    pub window: String,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_true(flag: &bool) -> bool {
    *flag
}

const fn always() -> bool {
    true
}

/// The version of the file format. A reader rejects a later one.
const FORMAT: u32 = 1;

const HEADER: &str = "\
# What dashboards and alerts may rely on of a metrics surface. A test holds the declaration to it, by
# `telemetry::catalog::assert_schema_compatible`, and writes it: do not edit.
";

/// The reason why a text is not a lock. `Debug` prints the same as `Display`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LockError {
    /// The lock has a later format than this version of the library knows.
    Format(u32),
    /// The text is not in the format of a lock.
    Syntax(String),
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LockError::Format(format) => write!(
                f,
                "a lock of format {format}, and this version of `telemetry` reads up to {FORMAT}\nhelp: update \
                 `telemetry`, or write a new lock"
            ),
            LockError::Syntax(error) => write!(
                f,
                "not a lock of `telemetry`: {error}\nhelp: restore it from version control, and do not edit it"
            ),
        }
    }
}

crate::error::debug_as_display!(LockError);

impl Error for LockError {}

impl Lock {
    pub fn of(catalog: &Catalog) -> Self {
        let mut lines: BTreeMap<String, LockedLine> = BTreeMap::new();
        for line in &catalog.lines {
            // Several methods may write lines of one name: a reader of the log sees the keys of all.
            match lines.get_mut(line.name) {
                Some(locked) => locked.fields.extend(line.fields.iter().map(|field| (*field).to_owned())),
                None => drop(lines.insert(line.name.to_owned(), LockedLine::of(line))),
            }
        }
        Lock {
            format: FORMAT,
            surface: catalog.surface.to_owned(),
            namespace: catalog.namespace.to_owned(),
            metrics: catalog
                .metrics
                .iter()
                .map(|metric| (metric.name.to_owned(), LockedMetric::of(metric)))
                .collect(),
            slos: catalog.slos.iter().map(|slo| (slo.name.to_owned(), LockedSlo::of(slo))).collect(),
            lines,
        }
    }

    pub fn parse(text: &str) -> Result<Self, LockError> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let head: Head = toml::from_str(text).map_err(|error| syntax(&error))?;
        if head.format > FORMAT {
            return Err(LockError::Format(head.format));
        }
        toml::from_str(text).map_err(|error| syntax(&error))
    }

    pub fn text(&self) -> String {
        let text = toml::to_string_pretty(self);
        debug_assert!(text.is_ok(), "strings, numbers and tables are TOML");
        HEADER.to_owned() + &text.unwrap_or_default()
    }
}

fn syntax(error: &toml::de::Error) -> LockError {
    LockError::Syntax(error.to_string().trim_end().to_owned())
}

impl LockedMetric {
    fn of(metric: &Metric) -> Self {
        LockedMetric {
            kind: metric.kind.to_owned(),
            unit: metric.unit.to_owned(),
            stability: metric.stability.to_owned(),
            suffixes: metric.suffixes,
            was: metric.was.as_ref().map(|was| was.name.to_owned()),
            until: metric.was.as_ref().map(|was| was.until.to_owned()).unwrap_or_default(),
            deprecated: metric.deprecated.to_owned(),
            buckets: metric.buckets.to_vec(),
            signed: metric.signed,
            native: metric.native,
            removed_by: metric.removals.iter().map(keys).collect(),
            observed: metric.observed,
            initial: metric.initial.to_owned(),
            labels: metric
                .labels
                .iter()
                .map(|label| (label.key.to_owned(), LockedLabel::of(label)))
                .collect(),
        }
    }
}

/// Returns the keys of a removal's labels in an order that does not depend on the method.
fn keys(removal: &MetricRemoval) -> String {
    let keys: BTreeSet<&str> = removal.labels.iter().copied().collect();
    keys.into_iter().collect::<Vec<_>>().join(", ")
}

impl LockedLabel {
    fn of(label: &MetricLabel) -> Self {
        let set = match &label.values {
            Values::Closed { values } => LockedSet::Closed { values: owned(values) },
            Values::Range { start, end, .. } => LockedSet::Range { start: *start, end: *end },
            Values::Open { cap, known, other, max_len } => LockedSet::Open {
                cap: *cap,
                max_len: *max_len,
                other: (*other).to_owned(),
                known: owned(known),
            },
        };
        LockedLabel { set, none: label.none.map(str::to_owned) }
    }
}

fn owned<C: FromIterator<String>>(texts: &[&str]) -> C {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

impl LockedSlo {
    fn of(slo: &Slo) -> Self {
        LockedSlo {
            metric: slo.family.clone(),
            objective: slo.objective,
            good: slo.good.clone(),
            of: slo.of.clone(),
            window: slo.window.to_owned(),
        }
    }
}

impl LockedLine {
    fn of(line: &Line) -> Self {
        LockedLine {
            key: line.key.to_owned(),
            level: line.level.clone(),
            target: line.target.to_owned(),
            fields: line.fields.iter().map(|field| (*field).to_owned()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;
    use proptest::prelude::*;

    fn texts() -> impl Strategy<Value = BTreeSet<String>> {
        prop::collection::btree_set(any::<String>(), 0..4)
    }

    fn set() -> impl Strategy<Value = LockedSet> {
        prop_oneof![
            texts().prop_map(|values| LockedSet::Closed { values }),
            any::<(i64, i64)>().prop_map(|(start, end)| LockedSet::Range { start, end }),
            (any::<u32>(), 32..4_096_usize, any::<String>(), texts())
                .prop_map(|(cap, max_len, other, known)| LockedSet::Open { cap, max_len, other, known }),
        ]
    }

    fn label() -> impl Strategy<Value = LockedLabel> {
        (set(), any::<Option<String>>()).prop_map(|(set, none)| LockedLabel { set, none })
    }

    fn metric() -> impl Strategy<Value = LockedMetric> {
        let labels = prop::collection::btree_map("[a-z_]{1,9}", label(), 0..3);
        let buckets =
            prop::collection::vec(any::<f64>().prop_filter("bounds are finite", |n| n.is_finite()), 0..4);
        (any::<Option<String>>(), buckets, any::<[bool; 4]>(), texts(), labels).prop_map(
            |(was, buckets, [signed, native, observed, suffixes], removed_by, labels)| {
                let kind = "counter".to_owned();
                let unit = String::new();
                let stability = "beta".to_owned();
                let until = was.clone().unwrap_or_default();
                LockedMetric {
                    kind,
                    unit,
                    stability,
                    suffixes,
                    was,
                    deprecated: until.clone(),
                    until,
                    buckets,
                    signed,
                    native,
                    removed_by,
                    observed,
                    initial: String::new(),
                    labels,
                }
            },
        )
    }

    proptest! {
        /// A lock with any texts reads back as it was.
        #[test]
        fn a_lock_reads_back(
            metrics in prop::collection::btree_map("[a-z_]{1,9}", metric(), 0..4),
            lines in prop::collection::btree_map("[a-z._-]{1,9}", texts(), 0..4),
        ) {
            let line = |fields| LockedLine { key: "event".to_owned(), level: "info".to_owned(), target: String::new(), fields };
            let lines = lines.into_iter().map(|(name, fields)| (name, line(fields))).collect();
            let lock = Lock { format: FORMAT, surface: "Metrics".to_owned(), namespace: "app".to_owned(), metrics, slos: BTreeMap::new(), lines };
            prop_assert_eq!(Lock::parse(&lock.text()).unwrap(), lock);
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = Lock::parse(&text);
        }
    }
}
