//! A surface with text that was made to break encoders: in help, in labels, and in the names of their values.

use std::time::Duration;
use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain,
    #[label(rename = "say \"a\\b\"\\")]
    Quoted,
    #[label(rename = "x\"} 1#{}=,; ")]
    Braces,
    #[label(rename = "e\u{301}é😀\u{202e}\u{2028}")]
    Wide,
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "type", cap = 1_000)]
pub struct EventType<'a>(pub &'a str);

#[metrics(namespace = "hostile", max_series = 10_000_000)]
pub trait Metrics {
    /// Calls, "quoted" and with a back\slash,
    /// on two lines, é and 😀.
    ///
    /// A paragraph that is not exported.
    #[counter]
    fn calls(&self);

    /// Unused.
    #[counter(value = size, unit = bytes, was = "hostile_inflow_bytes_total", help = "Bytes\nwith \\n, \\ and \"quotes\" \\\n\nfake_metric 1")]
    fn received(&self, size: u64);

    /// Load.
    #[gauge]
    fn set_load(&self, kind: Kind, n: f64);

    /// Nobody sets it.
    #[gauge]
    fn set_nothing(&self, n: f64);

    /// Sizes.
    #[histogram(buckets = [0.005, 1.0, 1e6], was = "hostile_weight")]
    fn size(&self, n: f64);

    /// Durations.
    #[histogram]
    fn took(&self, cached: bool, took: Option<Duration>);

    /// Results.
    #[counter(labels(result = "a\"b\\"))]
    fn results(&self);

    /// Lookups.
    #[counter]
    fn lookups(&self, kind: Option<Kind>, #[label(cap = 8)] who: Option<&str>);

    /// Retries.
    #[counter]
    fn retries(&self, #[label(range = 0..=2)] attempt: i64);

    /// Events.
    #[counter]
    fn events(&self, event_type: EventType<'_>);

    /// Lag.
    #[gauge]
    fn set_lag(&self, event_type: EventType<'_>, n: f64);

    /// Waiting.
    #[histogram(name = "waiting", buckets = [1.0])]
    fn waited(&self, event_type: EventType<'_>, n: u64);
}

/// What proptest records.
#[metrics(namespace = "any", max_series = 10_000_000)]
pub trait Any {
    /// Sums.
    #[counter(value = n)]
    fn sums(&self, #[label(cap = 64)] left: &str, #[label(cap = 64)] right: &str, n: u64);

    /// Numbers.
    #[gauge]
    fn set_number(&self, #[label(cap = 64)] left: &str, n: f64);

    /// Spread.
    #[histogram(buckets = [0.25, 16.0, 1e9])]
    fn spread(&self, #[label(cap = 64)] right: &str, n: u64);
}
