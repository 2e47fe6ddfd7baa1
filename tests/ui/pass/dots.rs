//! Dots in the namespace, in names and in keys, and arguments that name them with `_`.

use telemetry::schema::dotted_name;
use telemetry::{Label, Log, Registry, Surface, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "http.request.method")]
pub enum Method {
    Get,
    Put,
}

#[metrics(namespace = "http.server", labels(#[label(cap = 4, name = "server.address")] server: &str))]
pub trait Metrics {
    /// Requests.
    #[counter(name = "request.count")]
    #[counter(name = "request.failures", labels(route, error.r#type = "timeout"))]
    #[alert(on = request_failures, ratio_above = 0.1, to = request_count, by(route), matching(error_type = "timeout"))]
    fn requests(&self, method: Method, #[label(cap = 8, name = "http.route")] route: &str);

    /// Bodies.
    #[gauge(name = "body.size", unit = bytes, was = "http_server_body")]
    fn set_body(&self, #[label(cap = 8, name = "http.route")] route: &str, size: u64);

    /// A route ends.
    #[remove(body_size)]
    fn route_gone(&self, route: &str);
}

fn main() {
    let given = MetricsLabels { server: "a" };
    let registry = Registry::new();
    let metrics = registry.register_with::<dyn Metrics>(given).unwrap();
    for metrics in [&metrics as &dyn Metrics, &Log::with(given)] {
        metrics.requests(Method::Get, "/");
        metrics.set_body("/", 3);
    }
    let event = <dyn Metrics as Surface>::SCHEMA.events[0];
    assert_eq!(dotted_name(event.namespace, event.instruments[0].name), "http.server.request.count");
    assert_eq!(event.labels[1].key, "http.route");
    assert_eq!(registry.snapshot().reading("request.count", &[("http.route", "/")]).value(), Some(1.0));
}
