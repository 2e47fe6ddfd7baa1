//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Blocks of a commit.
    #[histogram(buckets = [1, 10])]
    fn blocks(&self, n: u64);

    /// All blocks.
    #[counter(suffixes = off)]
    fn blocks_count(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.blocks(1);
        metrics.blocks_count();
    }
    recording.blocks_calls().assert_once();
}
