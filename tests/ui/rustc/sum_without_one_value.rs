//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self);
}

fn main() {
    RecordingMetrics::default().requests_calls().assert_sum(3);
}
