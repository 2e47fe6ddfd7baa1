//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Requests.
    #[counter(name = "request.count")]
    fn requests(&self);

    /// Replies.
    #[counter(name = "request_count")]
    fn replies(&self);
}

fn main() {}
