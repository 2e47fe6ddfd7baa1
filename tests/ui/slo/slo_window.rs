//! errors: 3

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Requests.
    #[counter]
    #[histogram(name = "duration", labels(), buckets = [0.1, 0.25])]
    #[slo(objective = 0.99, good(class = "2xx"), window = "1h")]
    #[slo(objective = 0.9, good(class = "2xx"), window = "1000d", name = "long")]
    #[slo(objective = 0.9, good(class = "2xx"), window = "month", name = "odd")]
    #[slo(objective = 0.9, good(class = "2xx"), window = "4w", name = "right")]
    fn requests(&self, #[label(values = ["2xx", "5xx"])] class: &str, took: std::time::Duration);
}

fn main() {}
