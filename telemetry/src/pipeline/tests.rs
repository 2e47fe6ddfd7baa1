//! Tests that every key of a section reaches its exporter.

use super::Config;
use std::collections::BTreeSet;

/// Returns the keys of a section, from its error about an unknown key.
fn keys(section: &str) -> BTreeSet<String> {
    let error = Config::from_vars([(format!("TELEMETRY_{section}_NONE_SUCH"), "1")]).unwrap_err().to_string();
    let (_, known) = error.split_once("expected one of ").unwrap();
    known.split(", ").map(|key| key.trim_matches('`').to_owned()).collect()
}

/// A key, its text, and the setter of the exporter's configuration.
type Setting<C> = (&'static str, &'static str, Box<dyn Fn(C) -> C>);

/// Sets each key alone, and compares the exporter's configuration with the expected one.
fn check<C: std::fmt::Debug>(section: &str, built: impl Fn(&Config) -> C, expected: Vec<Setting<C>>) {
    let default = format!("{:?}", built(&Config::default()));
    let mut tried = BTreeSet::new();
    for (key, text, set) in expected {
        let variable = format!("TELEMETRY_{section}_{}", key.to_ascii_uppercase());
        let config = Config::from_vars([(variable, text)]).unwrap();
        let found = format!("{:?}", built(&config));
        assert_eq!(found, format!("{:?}", set(built(&Config::default()))), "{key}");
        assert_ne!(found, default, "{key} = {text} is the default");
        tried.insert(key.to_owned());
    }
    assert_eq!(tried, keys(section));
}

#[cfg(feature = "otlp")]
#[test]
fn every_key_of_otlp_reaches_the_exporter() {
    use crate::otlp::{Compression, Config as Otlp, Protocol, Temporality};
    use std::time::Duration;
    // Any file that is there.
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let file = std::fs::read(path).unwrap();
    check::<Otlp>(
        "OTLP",
        |config| config.otlp.config().unwrap(),
        vec![
            ("endpoint", "http://a:1", Box::new(|otlp| otlp.endpoint("http://a:1"))),
            ("protocol", "grpc", Box::new(|otlp| otlp.protocol(Protocol::Grpc))),
            ("temporality", "delta", Box::new(|otlp| otlp.temporality(Temporality::Delta))),
            ("exponential_histograms", "no", Box::new(|otlp| otlp.exponential_histograms(false))),
            ("compression", "gzip", Box::new(|otlp| otlp.compression(Compression::Gzip))),
            ("interval", "3s", Box::new(|otlp| otlp.interval(Duration::from_secs(3)))),
            ("timeout", "4s", Box::new(|otlp| otlp.timeout(Duration::from_secs(4)))),
            ("batch_points", "200", Box::new(|otlp| otlp.batch_points(200))),
            ("headers", "a=b,c=d", Box::new(|otlp| otlp.header("a", "b").header("c", "d"))),
            ("service_name", "mailer", Box::new(|otlp| otlp.service_name("mailer"))),
            ("resource_attributes", "zone=b", Box::new(|otlp| otlp.resource_attribute("zone", "b"))),
            ("proxy", "http://u:p@a:1", Box::new(|otlp| otlp.proxy("http://u:p@a:1"))),
            ("no_proxy", "a,10.0.0.0/8", Box::new(|otlp| otlp.no_proxy(["a", "10.0.0.0/8"]))),
            ("ca_certificate", path, Box::new(move |otlp| otlp.ca_certificate(file.clone()))),
        ],
    );
}

#[cfg(feature = "prometheus-server")]
#[test]
fn every_key_of_prometheus_reaches_the_server() {
    use crate::prometheus::Config as Prometheus;
    check::<(Prometheus, Option<String>)>(
        "PROMETHEUS",
        |config| (config.prometheus.config(), config.prometheus.listen.clone()),
        vec![
            ("listen", "a:1", Box::new(|(server, _)| (server, Some("a:1".to_owned())))),
            ("path", "/m", Box::new(|(server, listen)| (server.path("/m"), listen))),
            ("created_samples", "no", Box::new(|(server, listen)| (server.created_samples(false), listen))),
        ],
    );
}

#[cfg(feature = "statsd")]
#[test]
fn every_key_of_statsd_reaches_the_exporter() {
    use crate::statsd::{Cardinality, Config as Statsd, Dialect, Histograms};
    use std::time::Duration;
    check::<Statsd>(
        "STATSD",
        |config| config.statsd.config().unwrap(),
        vec![
            ("target", "udp://a:1", Box::new(|statsd| statsd.target("udp://a:1"))),
            ("dialect", "dogstatsd", Box::new(|statsd| statsd.dialect(Dialect::DogStatsd))),
            ("histograms", "distribution", Box::new(|statsd| statsd.histograms(Histograms::Distribution))),
            ("interval", "3s", Box::new(|statsd| statsd.interval(Duration::from_secs(3)))),
            ("prefix", "svc", Box::new(|statsd| statsd.prefix("svc"))),
            ("tags", "a=b", Box::new(|statsd| statsd.tag("a", "b"))),
            ("origin_detection", "no", Box::new(|statsd| statsd.origin_detection(false))),
            ("container_id", "ci-1", Box::new(|statsd| statsd.container_id("ci-1"))),
            ("external_data", "it-false", Box::new(|statsd| statsd.external_data("it-false"))),
            ("cardinality", "high", Box::new(|statsd| statsd.cardinality(Cardinality::High))),
            ("max_datagram", "512", Box::new(|statsd| statsd.max_datagram(512))),
            ("sample_rate", "0.5", Box::new(|statsd| statsd.sample_rate(0.5))),
        ],
    );
}

#[cfg(feature = "otlp")]
#[test]
fn the_names_of_choices_are_those_of_the_documentation() {
    for (key, names) in [
        ("PROTOCOL", ["grpc", "http/protobuf"]),
        ("TEMPORALITY", ["cumulative", "delta"]),
        ("COMPRESSION", ["none", "gzip"]),
    ] {
        for name in names {
            Config::from_vars([(format!("TELEMETRY_OTLP_{key}"), name)]).unwrap();
        }
    }
}
