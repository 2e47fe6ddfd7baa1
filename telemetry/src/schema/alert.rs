//! The declaration of an alert.

/// The declaration of one alert rule of an instrument.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct AlertSchema {
    /// The name of the rule. By default it is made from the metric's name and the condition.
    pub name: &'static str,
    /// The quantity that is compared with the threshold.
    pub quantity: Quantity,
    /// The condition under which it fires.
    pub condition: Condition,
    /// The series that it selects, or empty for all. For a ratio, the series of its numerator.
    pub matching: &'static [Matcher],
    /// The labels whose values it keeps apart, as indexes of the instrument's labels.
    pub by: &'static [usize],
    /// True if it keeps scraped processes apart (Prometheus' label `instance`).
    pub per_instance: bool,
    /// The window of a rate, a ratio or a quantile, as a Prometheus duration; empty for a level.
    pub over: &'static str,
    /// The time for which the condition must hold, as a Prometheus duration, or an empty string.
    pub hold: &'static str,
    /// The `severity` label, or an empty string.
    pub severity: &'static str,
    /// The URL of the runbook, or an empty string.
    pub runbook: &'static str,
}

/// The quantity that an alert compares with its threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Quantity {
    /// The number of a gauge or an up-down counter.
    Level,
    /// The growth of a counter per second.
    Rate,
    /// The growth of a counter's selected series, as a share of another counter's growth, or of its own.
    Ratio {
        /// The counter in the denominator, by its name in the surface. `None` for the instrument itself.
        to: Option<&'static str>,
    },
    /// The quantile of a histogram, between 0 and 1.
    Quantile(f64),
}

/// The condition under which an alert fires.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Condition {
    /// The quantity is greater than this threshold.
    Above(f64),
    /// The quantity is less than this threshold.
    Below(f64),
}

/// The values of one label that an alert or a log line selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matcher {
    /// The label: for an alert an index of the instrument's labels, for a log line of the event's.
    pub label: usize,
    /// The values, at least one.
    pub values: &'static [&'static str],
}

impl Condition {
    /// Returns the threshold.
    #[must_use]
    pub const fn threshold(self) -> f64 {
        match self {
            Condition::Above(threshold) | Condition::Below(threshold) => threshold,
        }
    }
}

impl AlertSchema {
    /// Returns whether it compares each series separately, as a level without `by` does.
    #[must_use]
    pub const fn is_per_series(&self) -> bool {
        matches!(self.quantity, Quantity::Level) && self.by.is_empty() && !self.per_instance
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
