//! errors: 1
//! M13

use telemetry::metrics;

#[metrics]
pub auto trait Metrics {}

fn main() {}
