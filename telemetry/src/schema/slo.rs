//! The declaration of a service level objective.

use super::Matcher;

/// The declaration of one service level objective: which share of an instrument's events has to be good.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SloSchema {
    /// The name. By default it is the instrument's.
    pub name: &'static str,
    /// The share of events that have to be good, between 0 and 1.
    pub objective: f64,
    /// The events that are good.
    pub good: Good,
    /// The series that count at all, or empty for all.
    pub of: &'static [Matcher],
    /// The time over which the objective holds, as a Prometheus duration.
    pub window: &'static str,
    /// The URL of the runbook, or an empty string.
    pub runbook: &'static str,
    /// The labels that it adds to the alerts, each with its value.
    pub labels: &'static [(&'static str, &'static str)],
}

/// The events of an objective that are good.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Good {
    /// The series of a counter that these select.
    Matching(&'static [Matcher]),
    /// The numbers of a histogram up to this bound, which is one of its buckets.
    Below(f64),
}

#[doc(hidden)]
impl SloSchema {
    #[must_use]
    pub const fn new(name: &'static str, objective: f64, good: Good, window: &'static str) -> Self {
        SloSchema { name, objective, good, of: &[], window, runbook: "", labels: &[] }
    }

    #[must_use]
    pub const fn of(mut self, of: &'static [Matcher]) -> Self {
        self.of = of;
        self
    }

    #[must_use]
    pub const fn runbook(mut self, runbook: &'static str) -> Self {
        self.runbook = runbook;
        self
    }

    #[must_use]
    pub const fn labels(mut self, labels: &'static [(&'static str, &'static str)]) -> Self {
        self.labels = labels;
        self
    }
}
