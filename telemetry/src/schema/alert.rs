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
    /// The other counters whose growth it adds to its own instrument's, by their names in the surface.
    pub also: &'static [&'static str],
    /// The series that it selects, or empty for all. For a ratio, the series of its numerator.
    pub matching: &'static [Matcher],
    /// For a ratio, the series of its denominator, or empty for all. Their labels are indexes of the labels
    /// of the first counter in the denominator.
    pub of: &'static [Matcher],
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
    /// The labels that it adds to the rule, each with its value.
    pub labels: &'static [(&'static str, &'static str)],
}

/// The quantity that an alert compares with its threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Quantity {
    /// The number of a gauge or an up-down counter.
    Level,
    /// The average of a gauge or an up-down counter over a window.
    Average,
    /// The seconds since the point in time that a gauge shows.
    Age,
    /// The growth of a counter per second.
    Rate,
    /// The growth of a counter's selected series, as a share of another counter's growth, or of its own.
    Ratio {
        /// The counters in the denominator, by their names in the surface. Empty for those of the numerator.
        to: &'static [&'static str],
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

/// The values of one label that an alert, an objective or a log line selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Matcher {
    /// The label: for a log line an index of the event's labels, else of the instrument's.
    pub label: usize,
    /// The values.
    pub values: &'static [&'static str],
    /// The texts with which a value may begin. There is at least one of these or one value.
    pub prefixes: &'static [&'static str],
    /// True if it selects all series but those.
    pub negated: bool,
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
        matches!(self.quantity, Quantity::Level | Quantity::Average | Quantity::Age)
            && self.by.is_empty()
            && !self.per_instance
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
            also: &[],
            matching: &[],
            of: &[],
            by: &[],
            per_instance: false,
            over: "",
            hold: "",
            severity: "",
            runbook: "",
            labels: &[],
        }
    }

    #[must_use]
    pub const fn also(mut self, counters: &'static [&'static str]) -> Self {
        self.also = counters;
        self
    }

    #[must_use]
    pub const fn of(mut self, of: &'static [Matcher]) -> Self {
        self.of = of;
        self
    }

    #[must_use]
    pub const fn labels(mut self, labels: &'static [(&'static str, &'static str)]) -> Self {
        self.labels = labels;
        self
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

#[doc(hidden)]
impl Matcher {
    #[must_use]
    pub const fn new(label: usize, values: &'static [&'static str]) -> Self {
        Matcher { label, values, prefixes: &[], negated: false }
    }

    #[must_use]
    pub const fn prefixes(mut self, prefixes: &'static [&'static str]) -> Self {
        self.prefixes = prefixes;
        self
    }

    #[must_use]
    pub const fn negated(mut self) -> Self {
        self.negated = true;
        self
    }
}
