use std::time::Duration;
use telemetry::metrics;

/// One method feeds two instruments; labels, values, policies and an alert are declared where they belong.
#[metrics(namespace = "api", max_series = 2_000, mock(cfg(test)))]
pub(crate) trait Metrics {
    /// Requests served.
    ///
    /// By route and outcome.
    #[counter]
    #[histogram(name = "request_duration", labels(route), buckets = [0.005, 0.5])]
    #[log(off)]
    fn requests(&self, #[label(cap = 256)] route: &str, cached: bool, took: Option<Duration>);

    /// Requests that wait.
    #[gauge(name = "queue_depth", labels(queue = "in"))]
    #[log("queue.depth", every = 60, or_above = 100, level = warn)]
    #[alert(above = 100, for = "5m", severity = "page")]
    #[cfg(not(windows))]
    fn set_depth(&self, depth: u64);

    /// A helper stays as it is.
    fn idle(&self) {
        self.requests("/", true, None);
    }
}
