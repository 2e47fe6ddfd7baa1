//! errors: 2

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Requests.
    #[counter]
    #[histogram(name = "duration", labels(), buckets = [0.1, 0.25])]
    #[slo(objective = 1, good(class = "2xx"))]
    #[slo(objective = -0.5, below = 0.25, name = "fast")]
    fn requests(&self, #[label(values = ["2xx", "5xx"])] class: &str, took: std::time::Duration);
}

fn main() {}
