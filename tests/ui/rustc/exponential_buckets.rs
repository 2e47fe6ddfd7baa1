//! errors: 1

use telemetry::{buckets, metrics};

#[metrics]
pub trait Metrics {
    /// Sizes of batches.
    #[histogram(buckets = buckets::exponential::<10>(0.0, 2.0))]
    fn batch_size(&self, messages: u64);
}

fn main() {}
