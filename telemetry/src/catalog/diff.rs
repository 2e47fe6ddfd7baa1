//! What has changed between a lock and the declaration: each change with its class, and what it costs.

mod change;
mod label;
mod line;
mod metric;

pub use change::{Change, Changes, Class, Severity};

use super::lock::{Lock, LockedMetric};
use super::model::{Catalog, Metric};
use crate::schema::{Kind, dotted_name};

/// All changes, the worst first.
pub(super) fn compare(old: &Lock, catalog: &Catalog) -> Changes {
    let mut found = Found { catalog, old, new: Lock::of(catalog), changes: Vec::new() };
    found.namespace();
    metric::compare(&mut found);
    line::compare(&mut found);
    let mut changes = found.changes;
    // Stable: within a severity they stay in the order in which they were found, which is by name.
    changes.sort_by_key(|change| std::cmp::Reverse(change.severity()));
    Changes::new(changes, format!("`{}` ({})", catalog.surface, catalog.source))
}

/// A comparison under way.
struct Found<'a> {
    catalog: &'a Catalog,
    old: &'a Lock,
    new: Lock,
    changes: Vec<Change>,
}

impl<'a> Found<'a> {
    fn add(&mut self, change: Change) {
        self.changes.push(change);
    }

    fn namespace(&mut self) {
        let (old, new) = (&self.old.namespace, &self.new.namespace);
        if old == new {
            return;
        }
        let change = Change::new(Class::NamespaceChanged, shown(new))
            .detail(format!("it was {}", shown(old)))
            .lost("every metric has another name: all queries for the old ones find nothing")
            .help(format!("put {} back, unless every dashboard and alert changes with it", shown(old)));
        self.add(change);
    }

    /// A metric of the lock, as its readers know it.
    fn locked(&self, name: &str, metric: &LockedMetric) -> Known {
        let kind = Kind::ALL.iter().find(|kind| kind.name() == metric.kind);
        let suffixes = kind.map_or(&[""][..], |kind| kind.sample_suffixes());
        let parts = [&self.old.namespace, name, &metric.unit];
        let family = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_");
        Known {
            samples: suffixes.iter().map(|suffix| format!("{family}{suffix}")).collect(),
            dotted: dotted_name(&self.old.namespace, name),
        }
    }

    fn metric(&self, name: &str) -> Option<&'a Metric> {
        self.catalog.metrics.iter().find(|metric| metric.name == name)
    }

    /// Where a metric is declared: by its first method.
    fn declared(&self, name: &str) -> String {
        let feed = self.metric(name).and_then(|metric| metric.methods.first());
        feed.map_or_else(String::new, |feed| self.method(feed.method, &feed.source))
    }

    fn method(&self, method: &str, source: &super::model::Place) -> String {
        format!("`{}::{method}` ({source})", self.catalog.surface)
    }
}

/// The names under which a metric is queried.
struct Known {
    samples: Vec<String>,
    dotted: String,
}

impl Known {
    /// The sample that most queries name.
    fn first(&self) -> &str {
        self.samples.first().map_or("", String::as_str)
    }

    /// That all is gone under these names.
    fn gone(&self) -> String {
        format!(
            "queries for {} (in OTLP and statsd {}) find nothing: panels go empty, and alerts on it never fire",
            list(&self.samples),
            shown(&self.dotted)
        )
    }

    /// The series with this label.
    fn with(&self, key: &str, value: &str) -> String {
        format!("`{}{{{key}={value:?}}}`", self.first())
    }
}

fn shown(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { format!("`{text}`") }
}

fn list<'t, T: AsRef<str> + 't>(texts: impl IntoIterator<Item = &'t T>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| format!("`{}`", text.as_ref())).collect();
    if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
}
