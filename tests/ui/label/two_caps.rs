//! errors: 2

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter(name = "requests", labels(route, result = "served"))]
    fn served(&self, #[label(cap = 64)] route: &str);

    /// Requests refused.
    #[counter(name = "requests", labels(route, result = "refused"))]
    #[counter(name = "refusals", labels(user))]
    fn refused(&self, #[label(cap = 256)] route: &str, #[label(cap = 8)] user: &str);

    /// Requests banned.
    #[counter(name = "refusals")]
    fn banned(&self, #[label(cap = 9)] user: &str);

    /// Requests lost, under a cap of its own.
    #[counter]
    fn lost(&self, #[label(cap = 32)] route: &str, #[label(cap = 4)] user: &str);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.served("/");
        metrics.refused("/", "a");
    }
    recording.served_calls().assert_once();
}
