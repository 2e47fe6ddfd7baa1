//! Names and units on the wire: what Prometheus adds to a name or leaves out changes neither.

use crate::fake::{Fake, OK};
use std::time::Duration;
use telemetry::otlp::Config;
use telemetry::{Registry, metrics};

const LONG: Duration = Duration::from_mins(1);

#[metrics(namespace = "named", suffixes = off)]
trait Metrics {
    /// A latency.
    #[histogram(unit = seconds, buckets = [1.0])]
    fn latency(&self, seconds: f64);

    /// The unit written.
    #[counter(unit = bytes, name = "read_bytes_total")]
    fn read(&self);

    /// A suffix that was left behind.
    #[counter(suffixes = on, was = "named_hits")]
    fn hits(&self);

    /// A name that was left behind, and its suffixes.
    #[histogram(unit = seconds, buckets = [1.0], was = "named_old_wait_seconds")]
    fn wait(&self, seconds: f64);

    /// A name of elsewhere.
    #[gauge(was = "Queue_Depth")]
    fn set_depth(&self, depth: u64);
}

#[test]
fn names_have_no_suffix_and_units_are_fields() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    metrics.latency(0.5);
    metrics.read();
    metrics.hits();
    metrics.wait(0.5);
    metrics.set_depth(3);
    let fake = Fake::answering(vec![OK]);
    let guard = Config::default().endpoint(fake.url()).interval(LONG).start(&registry).unwrap();
    guard.shutdown(LONG).unwrap();
    let requests = fake.requests();
    let scopes = requests.iter().flat_map(|request| &request.message.resource_metrics);
    let metrics = scopes.flat_map(|resource| &resource.scope_metrics).flat_map(|scope| &scope.metrics);
    let named: Vec<(&str, &str)> = metrics
        .map(|metric| (metric.name.as_str(), metric.unit.as_str()))
        .filter(|(name, _)| !name.starts_with("telemetry."))
        .collect();
    let expected = [
        ("named.latency", "s"),
        ("named.read_bytes_total", "By"),
        // The name before is the same here, and is sent once.
        ("named.hits", ""),
        ("named.wait", "s"),
        ("named.old_wait", "s"),
        ("named.depth", ""),
        ("Queue_Depth", ""),
    ];
    assert_eq!(named, expected);
}
