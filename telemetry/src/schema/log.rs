//! The declaration of an event's log line.

use super::Matcher;
use tracing::Level;

/// The declaration of an event's log line, and of the policies that suppress it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LogSchema {
    /// The name in the line: that of `#[log("...")]`, else the method's name.
    pub name: &'static str,
    /// True if a line is written at all.
    pub enabled: bool,
    /// The level; `INFO` by default.
    pub level: Level,
    /// The target; `metrics` by default.
    pub target: &'static str,
    /// For each series, calls N, 2N, ... are written. 0 without this policy.
    pub every: u32,
    /// A call with a value above this threshold is written.
    pub or_above: Option<f64>,
    /// A call with this value or a greater one is written.
    pub or_at_least: Option<f64>,
    /// A call with a value below this threshold is written.
    pub or_below: Option<f64>,
    /// A call with the value zero is not written, and `every` does not count it.
    pub skip_zero: bool,
    /// The decimals to which numbers with a fraction are rounded on the line; as they are without this.
    pub decimals: Option<u8>,
    /// The index of the value that the policies read.
    pub on: usize,
    /// The calls that the line is for: those whose labels have one of the values of each matcher. Empty for
    /// all calls. `every` does not count other calls.
    pub when: &'static [Matcher],
}

#[doc(hidden)]
impl LogSchema {
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        LogSchema {
            name,
            enabled: true,
            level: Level::INFO,
            target: "metrics",
            every: 0,
            or_above: None,
            or_at_least: None,
            or_below: None,
            skip_zero: false,
            decimals: None,
            on: 0,
            when: &[],
        }
    }

    #[must_use]
    pub const fn off(mut self) -> Self {
        self.enabled = false;
        self
    }

    #[must_use]
    pub const fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    #[must_use]
    pub const fn target(mut self, target: &'static str) -> Self {
        self.target = target;
        self
    }

    #[must_use]
    pub const fn every(mut self, every: u32) -> Self {
        self.every = every;
        self
    }

    #[must_use]
    pub const fn or_above(mut self, threshold: f64) -> Self {
        self.or_above = Some(threshold);
        self
    }

    #[must_use]
    pub const fn or_at_least(mut self, threshold: f64) -> Self {
        self.or_at_least = Some(threshold);
        self
    }

    #[must_use]
    pub const fn or_below(mut self, threshold: f64) -> Self {
        self.or_below = Some(threshold);
        self
    }

    #[must_use]
    pub const fn skip_zero(mut self) -> Self {
        self.skip_zero = true;
        self
    }

    #[must_use]
    pub const fn decimals(mut self, decimals: u8) -> Self {
        self.decimals = Some(decimals);
        self
    }

    #[must_use]
    pub const fn on(mut self, value: usize) -> Self {
        self.on = value;
        self
    }

    #[must_use]
    pub const fn when(mut self, when: &'static [Matcher]) -> Self {
        self.when = when;
        self
    }
}
