//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Sizes of requests.
    #[histogram(name = "sizes", buckets = [100, 1000], native)]
    fn request(&self, size: u64);

    /// Sizes of responses.
    #[histogram(name = "sizes", buckets = [100, 1000])]
    fn response(&self, size: u64);
}

fn main() {
    NoOp.request(1);
    NoOp.response(1);
}
