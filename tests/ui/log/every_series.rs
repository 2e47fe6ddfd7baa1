//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    #[log(every = 60)]
    fn requests(&self, #[label(range = 0..=999)] shard: u32, #[label(range = 0..=99)] replica: u32);
}

fn main() {}
