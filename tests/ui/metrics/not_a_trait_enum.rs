//! errors: 1
//! M14

use telemetry::metrics;

#[metrics]
pub enum Metrics {
    #[counter]
    Requests,
}

fn main() {
    let _ = Metrics::Requests;
}
