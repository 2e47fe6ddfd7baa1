//! errors: 1
//! M14

use telemetry::metrics;

#[metrics]
pub mod metrics_of_mine {
    pub fn requests() {}
}

fn main() {
    metrics_of_mine::requests();
}
