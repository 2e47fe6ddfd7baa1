//! errors: 2

use telemetry::metrics;

#[metrics(labels(&self, (_, pool): bool))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(&self);
}

fn main() {
    RecordingMetrics::default().checkouts();
}
