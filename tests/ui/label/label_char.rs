//! errors: 1
//! M16

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Keys pressed.
    #[counter]
    fn keys(&self, key: char);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.keys('a');
    }
    recording.keys_calls().assert_once();
}
