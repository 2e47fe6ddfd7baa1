//! errors: 2

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Age.
    #[gauge]
    #[slo(objective = 0.99, below = 0.25)]
    fn set_age(&self, age: f64);

    /// Durations.
    #[histogram]
    #[slo(objective = 0.99)]
    fn rounds(&self, took: std::time::Duration);
}

fn main() {}
