//! errors: 1

use telemetry::metrics;

#[metrics(labels(pool))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(&self);
}

fn main() {
    RecordingMetrics::default().checkouts();
}
