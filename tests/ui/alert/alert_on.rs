//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Age.
    #[gauge]
    #[alert(above = 30, on = [age, requests])]
    fn set_age(&self, rows: u64);

    /// Requests.
    #[counter]
    fn requests(&self);
}

fn main() {}
