//! A comparison in progress, and the pair of metrics that it compares.

use super::change::{Change, Class};
use crate::catalog::lock::{Lock, LockedMetric};
use crate::catalog::model::{Catalog, Location, Metric};
use crate::schema::{Kind, Names, Spelling, prometheus_name};

/// A lock and the declaration that it is compared with, and the changes found so far.
pub(super) struct Comparison<'a> {
    pub catalog: &'a Catalog,
    pub old: &'a Lock,
    pub new: Lock,
    pub changes: Vec<Change>,
}

/// A metric on both sides, under one name or two.
pub(super) struct Pair<'p> {
    /// The names before the change.
    pub names: QueryNames,
    /// The name in the declaration now.
    pub name: &'p str,
    pub declared: String,
    pub old: &'p LockedMetric,
    pub new: &'p LockedMetric,
}

/// The names under which a metric is queried.
pub(super) struct QueryNames {
    pub samples: Vec<String>,
    /// The name that `was` states once the metric has another.
    pub was: String,
    dotted: String,
}

impl<'a> Comparison<'a> {
    pub fn add(&mut self, change: Change) {
        self.changes.push(change);
    }

    pub fn namespace(&mut self) {
        let old = &self.old.namespace;
        let new = &self.new.namespace;
        if old == new {
            return;
        }
        let change = Change::new(Class::NamespaceChanged, quote(new))
            .detail(format!("it was {}", quote(old)))
            .lost("every metric has another name: all queries for the old ones find nothing")
            .help(format!("put {} back, unless every dashboard and alert changes with it", quote(old)));
        self.add(change);
    }

    /// Returns the names of a metric of the lock.
    pub fn query_names(&self, name: &str, metric: &LockedMetric) -> QueryNames {
        QueryNames::of(self.spelling(name, metric).present())
    }

    /// Returns the former names of a metric of the lock.
    pub fn former_names(&self, name: &str, metric: &LockedMetric) -> Option<QueryNames> {
        self.spelling(name, metric).former().map(QueryNames::of)
    }

    /// Returns what the names of a metric of the lock are made of.
    pub fn spelling<'m>(&'m self, name: &'m str, metric: &'m LockedMetric) -> Spelling<'m> {
        let kind = Kind::ALL.iter().find(|kind| kind.name() == metric.kind);
        Spelling {
            namespace: &self.old.namespace,
            name,
            unit: &metric.unit,
            kind: kind.copied().unwrap_or(Kind::Gauge),
            suffixes: metric.suffixes,
            was: metric.was.as_deref(),
        }
    }

    fn metric(&self, name: &str) -> Option<&'a Metric> {
        self.catalog.metrics.iter().find(|metric| metric.name == name)
    }

    /// Returns the first method that records a metric, and its source location.
    pub fn declaration_of(&self, name: &str) -> String {
        let method = self.metric(name).and_then(|metric| metric.methods.first());
        method.map_or_else(String::new, |method| self.describe_method(method.method, &method.source))
    }

    pub fn describe_method(&self, method: &str, source: &Location) -> String {
        format!("`{}::{method}` ({source})", self.catalog.surface)
    }
}

impl QueryNames {
    fn of(names: Names) -> Self {
        QueryNames { samples: names.samples(), was: names.text_family(), dotted: names.dotted }
    }

    /// Returns the sample that most queries name.
    pub fn first(&self) -> &str {
        self.samples.first().map_or("", String::as_str)
    }

    /// Describes the loss of all series under these names.
    pub fn describe_loss(&self) -> String {
        format!(
            "queries for {} (in OTLP and statsd {}) find nothing: panels go empty, and alerts on it never fire",
            quote_all(&self.samples),
            quote(&self.dotted)
        )
    }

    /// Describes the loss of all series under these names, where those of `present` stay.
    pub fn describe_loss_beside(&self, present: &QueryNames) -> String {
        if self.dotted != present.dotted {
            return self.describe_loss();
        }
        let samples = quote_all(&self.samples);
        format!("queries for {samples} find nothing: panels go empty, and alerts on it never fire")
    }

    /// Returns a selector of the series with this label.
    pub fn selector(&self, key: &str, value: &str) -> String {
        format!("`{}{{{}={value:?}}}`", self.first(), prometheus_name(key))
    }
}

/// Returns a text in backticks, or `none` if it is empty.
pub(super) fn quote(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { format!("`{text}`") }
}

/// Returns texts in backticks, separated by commas, or `none`.
pub(super) fn quote_all<'t, T: AsRef<str> + 't>(texts: impl IntoIterator<Item = &'t T>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| format!("`{}`", text.as_ref())).collect();
    if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
}
