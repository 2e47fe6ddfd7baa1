//! errors: 1
//! M14

use telemetry::metrics;

#[metrics]
pub struct Metrics {
    #[counter]
    pub requests: u64,
}

fn main() {
    let metrics = Metrics { requests: 1 };
    assert_eq!(metrics.requests, 1);
}
