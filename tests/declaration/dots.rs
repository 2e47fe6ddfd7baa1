//! Dots in the namespace, in names and in keys: as written, and `_` where Prometheus reads.

use telemetry::prometheus::{Format, render};
use telemetry::registry::RegisterError;
use telemetry::schema::dotted_name;
use telemetry::{Label, Registry, Surface, metrics};

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

/// Names that differ from those above by a dot alone.
#[metrics(namespace = "http")]
pub trait Clashing {
    /// Requests.
    #[counter(name = "server_request.count")]
    fn requests(&self);
}

#[test]
fn dots_are_underscores_in_prometheus_alone() {
    let given = MetricsLabels { server: "a" };
    let registry = Registry::new();
    let metrics = registry.register_with::<dyn Metrics>(given).unwrap();
    metrics.requests(Method::Get, "/");
    metrics.set_body("/", 3);
    let text = render(&registry, Format::Text);
    let labels = r#"server_address="a",http_request_method="get",http_route="/""#;
    assert!(text.contains(&format!("http_server_request_count_total{{{labels}}} 1\n")), "{text}");
    assert!(text.contains(r#"_failures_total{server_address="a",http_route="/",error_type="timeout"} 1"#));
    let event = <dyn Metrics as Surface>::SCHEMA.events[0];
    assert_eq!(dotted_name(event.namespace, event.instruments[0].name), "http.server.request.count");
    assert_eq!(event.labels[1].key, "http.route");
    assert_eq!(registry.snapshot().reading("request.count", &[("http.route", "/")]).value(), Some(1.0));
    let rules = telemetry::catalog::prometheus_rules::<dyn Metrics>();
    assert!(rules.contains(r#"http_server_request_failures_total{error_type="timeout"}"#), "{rules}");
    assert!(rules.contains("HttpServerRequestFailuresRatioAbove"), "{rules}");
}

#[test]
fn a_clash_across_surfaces_is_found_after_the_translation() {
    let registry = Registry::new();
    let _first = registry.register_with::<dyn Metrics>(MetricsLabels { server: "a" }).unwrap();
    let error = registry.register::<dyn Clashing>().unwrap_err();
    assert!(matches!(&error, RegisterError::Clash { .. }), "{error}");
    assert!(error.to_string().contains("http_server_request_count"), "{error}");
    let registry = Registry::builder().constant_label("http_route", "x").build().unwrap();
    let error = registry.register_with::<dyn Metrics>(MetricsLabels { server: "a" }).unwrap_err();
    assert!(matches!(&error, RegisterError::ConstantLabel { .. }), "{error}");
}
