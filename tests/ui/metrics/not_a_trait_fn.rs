//! errors: 1
//! M14

use telemetry::metrics;

#[metrics]
pub fn requests(count: u64) -> u64 {
    count
}

fn main() {
    requests(1);
}
