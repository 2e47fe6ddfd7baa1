//! The registry that these tests push from, and text that must arrive unchanged.

use crate::every_kind::Metrics;
use std::time::Duration;
use telemetry::Registry;
use telemetry::otlp::Config;
use telemetry::registry::{Instruments, Point};
use telemetry::value::Number;

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
