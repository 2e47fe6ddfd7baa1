//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Requests.
    #[counter]
    #[histogram(name = "duration", labels(class), buckets = [0.1, 0.25])]
    #[slo(objective = 0.99, below = 0.25, good(class = "2xx"), on = duration)]
    fn requests(&self, #[label(values = ["2xx", "5xx"])] class: &str, took: std::time::Duration);
}

fn main() {}
