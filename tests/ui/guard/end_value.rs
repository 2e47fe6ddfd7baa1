//! errors: 2

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Rows read.
    #[histogram(buckets = [1, 10, 100])]
    #[guard]
    fn rows(&self, #[end] count: u64);

    /// Bytes read.
    #[gauge]
    #[guard]
    fn set_bytes(&self, #[end(default = 0)] bytes: u64);
}

fn main() {
    (&NoOp).start_rows().end(3);
    (&NoOp).start_set_bytes().end(3);
}
