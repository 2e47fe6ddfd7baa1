//! Errors print in `Debug` what they print in `Display`: `main` shows an error by its `Debug`.

use std::fmt::{Debug, Display};
use telemetry::log::Format;
use telemetry::otlp;
use telemetry::{Registry, metrics, prometheus, statsd};

#[metrics(namespace = "errors")]
pub trait Metrics {
    /// Requests.
    #[counter]
    fn requests(&self);
}

fn prints_alike<T, E: Debug + Display>(failed: Result<T, E>, part: &str) {
    let error = failed.err().expect("an error");
    assert_eq!(format!("{error:?}"), error.to_string());
    assert_eq!(format!("{error:#?}"), error.to_string());
    assert!(error.to_string().contains(part), "{error}");
}

#[test]
fn every_error_of_the_library_says_in_main_what_is_wrong() {
    let registry = Registry::new();
    let _metrics = registry.register::<dyn Metrics>().unwrap();
    prints_alike(registry.register::<dyn Metrics>(), "`Metrics` (tests/declaration/errors.rs:");
    prints_alike(Registry::builder().constant_label("job", "a").build(), "constant label `job`");
    prints_alike("xml".parse::<Format>(), "unknown format `xml`");
    prints_alike(prometheus::serve("nowhere", &registry), "nowhere");
    prints_alike(otlp::Config::default().endpoint("no url").start(&registry), "no url");
    prints_alike(statsd::Config::default().target("tcp://a").start(&registry), "tcp://a");
    prints_alike(
        otlp::Config::from_variables(|name| {
            (name == "OTEL_EXPORTER_OTLP_TIMEOUT").then(|| "soon".to_owned())
        }),
        "OTEL_EXPORTER_OTLP_TIMEOUT",
    );
}
