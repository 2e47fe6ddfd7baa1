//! The expositions of other metrics crates, which exporters append to their own.

use super::callbacks::{counted, unless_called_back};
use super::self_metrics::{ExpositionFault, SelfMetrics};
use crate::contain::contained;
use crate::sync::{Mutex, lock};
#[cfg(feature = "statsd")]
use crate::value::Number;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// An external exposition, or one family of it, that an exporter left out; see
/// [`Registry::report_rejected`](crate::Registry::report_rejected).
#[derive(Clone, Debug)]
pub struct RejectedExposition {
    /// The index of the source, in the order of [`Registry::join`](crate::Registry::join).
    pub source: usize,
    /// The fault; `None` if the family has moved to a surface of the registry, so that nothing is lost.
    pub fault: Option<ExpositionFault>,
    /// The name of the family; empty for the whole source.
    pub family: String,
    /// A message for people, with the line.
    pub message: String,
}

/// Returns the exposition of another metrics crate.
type Source = Arc<dyn Fn() -> String + Send + Sync>;

/// The sources of a registry, and what was wrong with them.
#[derive(Default)]
pub struct Sources {
    /// Shared with readers, and copied when it grows.
    list: Mutex<Arc<Vec<Source>>>,
    /// The faults of each reporter's last scrape, so that each loss counts once.
    rejected: Mutex<HashMap<&'static str, HashSet<Fault>>>,
    /// The sums that an exporter has sent, for the next one of its name.
    #[cfg(feature = "statsd")]
    carried: Mutex<HashMap<&'static str, HashMap<String, Number>>>,
}

/// The source's index, what is wrong, and the name of the family.
type Fault = (usize, Option<ExpositionFault>, String);

impl Sources {
    pub fn add(&self, source: impl Fn() -> String + Send + Sync + 'static) {
        Arc::make_mut(&mut lock(&self.list)).push(Arc::new(source));
    }

    /// Keeps the sums that an exporter has sent, by series, for the next one of its name.
    #[cfg(feature = "statsd")]
    pub fn carry(&self, name: &'static str, sent: HashMap<String, Number>) {
        lock(&self.carried).insert(name, sent);
    }

    /// Takes what the last exporter of a name has left.
    #[cfg(feature = "statsd")]
    pub fn take_carried(&self, name: &str) -> HashMap<String, Number> {
        lock(&self.carried).remove(name).unwrap_or_default()
    }

    /// Returns the texts of all sources in their order; `None` for one that panics. Returns `None` as a whole
    /// if this thread is inside a source or a callback.
    pub fn expositions(&self, metrics: &SelfMetrics) -> Option<Vec<Option<String>>> {
        unless_called_back(|| {
            let list = lock(&self.list).clone();
            list.iter().map(|source| counted(metrics, &**source)).collect()
        })
    }

    /// Replaces the faults of a reporter's last scrape, counts the new ones and warns of them. A source that
    /// gave no text keeps its faults.
    pub fn report(
        &self,
        reporter: &'static str,
        rejected: Vec<RejectedExposition>,
        texts: &[Option<String>],
        metrics: &SelfMetrics,
    ) {
        for (source, fault, message) in self.replace(reporter, rejected, texts) {
            let Some(fault) = fault else {
                contained(
                    || tracing::debug!(target: "telemetry", source, "a joined metric has moved: {message}"),
                );
                continue;
            };
            metrics.count_rejected_exposition(fault);
            // A subscriber's panic is not the caller's.
            contained(|| {
                tracing::warn!(target: "telemetry", source, "joined metrics are left out of each scrape: {message}");
            });
        }
    }

    /// Replaces the faults of a reporter's last scrape. Returns those that were not there, with messages in
    /// place of names.
    fn replace(
        &self,
        reporter: &'static str,
        rejected: Vec<RejectedExposition>,
        texts: &[Option<String>],
    ) -> Vec<Fault> {
        let mut new = Vec::new();
        let mut all = lock(&self.rejected);
        let known = all.entry(reporter).or_default();
        let mut earlier = std::mem::take(known);
        for RejectedExposition { source, fault, family, message } in rejected {
            let key = (source, fault, family);
            if !earlier.remove(&key) && !known.contains(&key) {
                new.push((source, fault, message));
            }
            known.insert(key);
        }
        // A source that gave no text.
        known.extend(
            earlier.into_iter().filter(|(source, ..)| texts.get(*source).is_some_and(Option::is_none)),
        );
        new
    }
}
