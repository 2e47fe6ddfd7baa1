//! errors: 2

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Requests.
    #[counter]
    fn requests(&self, #[label(cap = 9, name = "http.route")] route: &str, #[label(cap = 9)] http_route: &str);

    /// Replies.
    #[counter(labels(http.route = "/"))]
    fn replies(&self, #[label(cap = 9, name = "http_route")] route: &str);
}

fn main() {}
