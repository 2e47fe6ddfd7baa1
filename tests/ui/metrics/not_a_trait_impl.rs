//! errors: 1
//! M14

use telemetry::metrics;

pub struct Metrics;

#[metrics]
impl Metrics {
    #[counter]
    pub fn requests(&self) {}
}

fn main() {
    Metrics.requests();
}
