//! What a declaration says of an alert.

use super::{EventSchema, InstrumentLabel};

/// One alert rule of an instrument.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct AlertSchema {
    /// The rule's name: what the declaration says, or one made of the metric's and the condition.
    pub name: &'static str,
    /// What is compared with the threshold.
    pub quantity: Quantity,
    /// When it fires.
    pub condition: Condition,
    /// The series that it looks at, if not all; of a ratio those that are its part.
    pub matching: &'static [Matcher],
    /// The labels whose values it keeps apart, as indexes among the instrument's.
    pub by: &'static [usize],
    /// Whether it keeps the scraped processes apart, which is Prometheus' label `instance`.
    pub per_instance: bool,
    /// The window of a rate, a ratio or a quantile, as a Prometheus duration; empty for a level.
    pub over: &'static str,
    /// How long the condition must hold, as a Prometheus duration; empty for at once.
    pub hold: &'static str,
    /// The `severity` label; empty for none.
    pub severity: &'static str,
    /// Where it stands what to do; empty if the declaration does not say.
    pub runbook: &'static str,
}

/// What an alert compares with its threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Quantity {
    /// The number of a gauge or an up-down counter.
    Level,
    /// How much a counter grows, per second.
    Rate,
    /// How much the selected series of a counter grow, as a share of another counter's growth, or of its own.
    Ratio {
        /// The counter that is divided by, as the surface names it; the instrument itself if there is none.
        to: Option<&'static str>,
    },
    /// The number that this share of a histogram's numbers, between 0 and 1, does not exceed.
    Quantile(f64),
}

/// When an alert fires.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Condition {
    /// The quantity is above this; strict.
    Above(f64),
    /// The quantity is below this; strict.
    Below(f64),
}

/// The values of one label that an alert selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matcher {
    /// The label's index among the instrument's.
    pub label: usize,
    /// One at least.
    pub values: &'static [&'static str],
}

impl Condition {
    /// The number that is compared with.
    #[must_use]
    pub const fn threshold(self) -> f64 {
        match self {
            Condition::Above(threshold) | Condition::Below(threshold) => threshold,
        }
    }
}

impl AlertSchema {
    /// Whether it looks at each series by itself: a level, unless it is declared with `by`.
    #[must_use]
    pub const fn is_per_series(&self) -> bool {
        matches!(self.quantity, Quantity::Level) && self.by.is_empty() && !self.per_instance
    }
}

impl EventSchema {
    /// The key of one label of one of the event's instruments.
    ///
    /// # Panics
    ///
    /// If the event has no instrument with this index, or that no label.
    #[must_use]
    pub const fn label_key(&self, instrument: usize, label: usize) -> &'static str {
        match self.instruments[instrument].labels[label] {
            InstrumentLabel::Param(index) => self.labels[index].key,
            InstrumentLabel::Constant { key, .. } => key,
        }
    }
}

#[doc(hidden)]
impl AlertSchema {
    #[must_use]
    pub const fn new(name: &'static str, condition: Condition) -> Self {
        AlertSchema {
            name,
            quantity: Quantity::Level,
            condition,
            matching: &[],
            by: &[],
            per_instance: false,
            over: "",
            hold: "",
            severity: "",
            runbook: "",
        }
    }

    #[must_use]
    pub const fn quantity(mut self, quantity: Quantity) -> Self {
        self.quantity = quantity;
        self
    }

    #[must_use]
    pub const fn matching(mut self, matching: &'static [Matcher]) -> Self {
        self.matching = matching;
        self
    }

    #[must_use]
    pub const fn by(mut self, by: &'static [usize]) -> Self {
        self.by = by;
        self
    }

    #[must_use]
    pub const fn per_instance(mut self) -> Self {
        self.per_instance = true;
        self
    }

    #[must_use]
    pub const fn over(mut self, over: &'static str) -> Self {
        self.over = over;
        self
    }

    #[must_use]
    pub const fn hold(mut self, hold: &'static str) -> Self {
        self.hold = hold;
        self
    }

    #[must_use]
    pub const fn severity(mut self, severity: &'static str) -> Self {
        self.severity = severity;
        self
    }

    #[must_use]
    pub const fn runbook(mut self, runbook: &'static str) -> Self {
        self.runbook = runbook;
        self
    }
}
