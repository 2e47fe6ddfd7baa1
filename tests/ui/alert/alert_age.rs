//! errors: 2

use std::time::{Duration, SystemTime};
use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Rows.
    #[gauge]
    #[alert(older_than = 3600)]
    fn set_rows(&self, rows: u64);

    /// A duration.
    #[gauge]
    #[alert(older_than = 3600)]
    fn set_lag(&self, lag: Duration);

    /// The last backup.
    #[gauge]
    #[alert(older_than = 86400)]
    fn set_backup(&self, at: SystemTime);

    /// The last restart, in seconds since 1970.
    #[gauge(unit = seconds)]
    #[alert(older_than = 86400)]
    fn set_restart(&self, at: f64);
}

fn main() {}
