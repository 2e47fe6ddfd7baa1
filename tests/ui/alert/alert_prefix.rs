//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Requests.
    #[counter]
    #[alert(ratio_above = 0.1, matching(route = starts_with("/api/")), of(class != starts_with("4")))]
    #[alert(ratio_above = 0.1, matching(size = starts_with("1")), name = "Size")]
    fn requests(
        &self,
        #[label(cap = 64)] route: &str,
        #[label(range = 0..=20)] size: u8,
        #[label(values = ["2xx", "4xx", "5xx"])] class: &str,
    );
}

fn main() {}
