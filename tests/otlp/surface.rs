//! A surface with an instrument of each kind and representation.

use std::time::Duration;
use telemetry::otlp::Config;
use telemetry::registry::{Instruments, Point};
use telemetry::value::Number;
use telemetry::{Label, Registry, metrics};

/// A step.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
    Insert,
}

#[metrics(namespace = "kinds")]
pub trait Metrics {
    /// Calls.
    #[counter]
    fn calls(&self);

    /// Bytes that
    /// were received.
    ///
    /// Not sent: a second paragraph.
    #[counter(value = size, unit = bytes)]
    fn received(&self, size: u64);

    /// Cost.
    #[counter(value = n)]
    fn cost(&self, n: f64);

    /// Busy time.
    #[counter(value = took)]
    fn busy(&self, took: Duration);

    /// Texts.
    #[counter]
    fn texts(&self, #[label(cap = 64)] text: &str, stage: Option<Stage>);

    /// Connections.
    #[up_down_counter(name = "connections", value = 1)]
    fn opened(&self);

    /// Connections.
    #[up_down_counter(name = "connections", value = -1)]
    fn closed(&self);

    /// Credit.
    #[up_down_counter]
    fn credit(&self, n: f64);

    /// Load.
    #[gauge(unit = ratio)]
    fn set_load(&self, n: f64);

    /// Depth.
    #[gauge]
    fn set_depth(&self, n: u64, stage: Stage);

    /// Age.
    #[gauge]
    fn set_age(&self, age: Duration);

    /// Sizes.
    #[histogram(buckets = [1.0, 10.0])]
    fn size(&self, n: f64);

    /// Changes.
    #[histogram(signed, buckets = [-1.0, 0.0, 1.0])]
    fn change(&self, n: f64);

    /// Durations.
    #[histogram(buckets = [0.5, 2.0])]
    fn took(&self, took: Option<Duration>, stage: Stage);
}

/// What may not change on its way.
pub const HOSTILE: [&str; 9] = [
    "",
    "\"\\\n\r\t\0",
    "x\"} 1\nfake_metric{a=\"b",
    "x\nadmin.grants:1000000|c|#env:prod",
    "\u{1b}[2J\u{7f}\u{85}",
    "\u{202e}\u{feff}\u{2028}",
    "🦀 e\u{301} é",
    "a=b,c%2C",
    "{}[]:;'<&>",
];

pub fn registered() -> (Registry, Instruments<dyn Metrics>) {
    let registry = Registry::builder().constant_label("region", "eu-1").build().unwrap();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    (registry, metrics)
}

/// An exporter that pushes when it is asked, and takes no longer than a test waits.
pub fn config(endpoint: &str) -> Config {
    const NEVER: Duration = Duration::from_hours(1);
    Config::default().endpoint(endpoint).interval(NEVER).service_name("tests")
}

/// Sums the series of a metric of an exporter's own whose labels are these.
pub fn told(registry: &Registry, name: &str, reason: &str) -> u64 {
    let snapshot = registry.snapshot();
    let family = snapshot.families().find(|family| family.name() == name).unwrap();
    let of_reason = family.series().filter(|series| {
        reason.is_empty() || series.labels().any(|(key, value)| key == "reason" && value == reason)
    });
    let numbers = of_reason.map(|series| match series.point() {
        Point::Sum(Number::U64(sum)) => sum,
        other => panic!("{other:?}"),
    });
    numbers.sum()
}
