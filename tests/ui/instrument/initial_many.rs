//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter(initial = 0)]
    fn done(&self, #[label(range = 0..=99)] shard: u8, #[label(range = 0..=99)] slot: u8);
}

fn main() {
    NoOp.done(1, 2);
}
