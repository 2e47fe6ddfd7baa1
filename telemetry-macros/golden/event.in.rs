use std::fmt::Display;
use std::time::Duration;
use telemetry::metrics;

/// One method feeds two instruments; labels, values, context, policies and alerts are declared where they
/// belong.
#[metrics(namespace = "api", max_series = 2_000, mock(cfg(test)))]
pub(crate) trait Metrics {
    /// Requests served.
    ///
    /// By route and outcome.
    #[counter]
    #[histogram(name = "request_duration", labels(route), buckets = [0.005, 0.5])]
    #[log("request", level = debug)]
    #[log(level = warn, when(cached = "false", route = ["/", "/login"]))]
    #[alert(ratio_below = 0.8, matching(cached = ["true"]), severity = "ticket")]
    #[alert(quantile = 0.99, above = 0.25, by(route, instance), over = "10m")]
    fn requests(&self, #[label(cap = 256)] route: &str, cached: bool, took: Option<Duration>);

    /// Requests that wait.
    #[gauge(name = "queue_depth", labels(queue = "in"))]
    #[log("queue.depth", every = 60, or_above = 100, level = warn)]
    #[alert(above = 100, for = "5m", severity = "page")]
    #[cfg(not(windows))]
    fn set_depth(&self, depth: u64, #[context] reason: Option<&dyn Display>);

    /// A helper stays as it is.
    fn idle(&self) {
        self.requests("/", true, None);
    }
}
