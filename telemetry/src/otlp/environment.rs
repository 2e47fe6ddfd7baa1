//! Reads the specification's variables.

use super::config::{Hidden, Identity};
use super::endpoint::Endpoint;
use super::resource::SERVICE_NAME;
use super::{Compression, Config, Protocol, Temporality};
use crate::export::EnvError;
use std::fs;
use std::time::Duration;

type Lookup<'v> = &'v dyn Fn(&str) -> Option<String>;

const PROTOCOLS: &[(&str, Protocol)] = &[("grpc", Protocol::Grpc), ("http/protobuf", Protocol::HttpProtobuf)];

const COMPRESSIONS: &[(&str, Compression)] = &[("gzip", Compression::Gzip), ("none", Compression::None)];

/// `lowmemory` is for SDKs that read some counters as totals and others as differences; here it is `delta`.
const TEMPORALITIES: &[(&str, Temporality)] = &[
    ("cumulative", Temporality::Cumulative),
    ("delta", Temporality::Delta),
    ("lowmemory", Temporality::Delta),
];

const SWITCHES: &[(&str, bool)] = &[("true", true), ("false", false)];

pub(super) fn config(lookup: Lookup<'_>) -> Result<Config, EnvError> {
    let mut config = Config::default();
    set(&mut config.disabled, variable(lookup, "OTEL_SDK_DISABLED"), |found| found.one_of(SWITCHES))?;
    set(&mut config.protocol, of_exporter(lookup, "PROTOCOL"), |found| found.one_of(PROTOCOLS))?;
    set(&mut config.compression, of_exporter(lookup, "COMPRESSION"), |found| found.one_of(COMPRESSIONS))?;
    let temporality = variable(lookup, "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE");
    set(&mut config.temporality, temporality, |found| found.one_of(TEMPORALITIES))?;
    set(&mut config.timeout, of_exporter(lookup, "TIMEOUT"), Variable::time_limit)?;
    let timeout = variable(lookup, "OTEL_METRIC_EXPORT_TIMEOUT");
    set(&mut config.export_timeout, timeout, Variable::time_limit)?;
    set(&mut config.interval, variable(lookup, "OTEL_METRIC_EXPORT_INTERVAL"), Variable::interval)?;
    set(&mut config.headers, of_exporter(lookup, "HEADERS"), Variable::headers)?;
    set(&mut config.resource, variable(lookup, "OTEL_RESOURCE_ATTRIBUTES"), Variable::attributes)?;
    if let Some(name) = variable(lookup, "OTEL_SERVICE_NAME") {
        config.resource.push((SERVICE_NAME.to_owned(), name.value));
    }
    config.endpoint = endpoint(lookup, config.protocol)?;
    if let Some(file) = of_exporter(lookup, "CERTIFICATE") {
        config.ca_certificate = Some(Hidden(file.read()?));
    }
    config.identity = identity(lookup)?;
    Ok(config)
}

/// Reads a variable, if there is one.
fn set<T>(
    place: &mut T,
    found: Option<Variable>,
    read: impl FnOnce(&Variable) -> Result<T, EnvError>,
) -> Result<(), EnvError> {
    if let Some(found) = found {
        *place = read(&found)?;
    }
    Ok(())
}

fn endpoint(lookup: Lookup<'_>, protocol: Protocol) -> Result<Option<Endpoint>, EnvError> {
    let of_metrics = variable(lookup, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT");
    let of_metrics = of_metrics.map(|found| (Endpoint::Metrics(found.value.clone()), found));
    let general = || {
        let found = variable(lookup, "OTEL_EXPORTER_OTLP_ENDPOINT")?;
        Some((Endpoint::General(found.value.clone()), found))
    };
    let Some((endpoint, found)) = of_metrics.or_else(general) else { return Ok(None) };
    match endpoint.target(protocol) {
        Ok(_) => Ok(Some(endpoint)),
        Err(problem) => {
            let value = Some(endpoint.shown());
            Err(EnvError { variable: found.name, value, problem: format!("it {problem}") })
        }
    }
}

fn identity(lookup: Lookup<'_>) -> Result<Option<Identity>, EnvError> {
    let alone =
        |found: Variable, other| Err(found.wrong(&format!("it needs {other} too, or neither of the two")));
    match (of_exporter(lookup, "CLIENT_CERTIFICATE"), of_exporter(lookup, "CLIENT_KEY")) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some((Hidden(certificate.read()?), Hidden(key.read()?)))),
        (Some(certificate), None) => alone(certificate, "`OTEL_EXPORTER_OTLP_CLIENT_KEY`"),
        (None, Some(key)) => alone(key, "`OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`"),
    }
}

/// A variable that is set.
struct Variable {
    name: String,
    value: String,
}

fn variable(lookup: Lookup<'_>, name: &str) -> Option<Variable> {
    let value = lookup(name)?.trim().to_owned();
    (!value.is_empty()).then(|| Variable { name: name.to_owned(), value })
}

/// The exporter's variable for metrics alone, else its general one.
fn of_exporter(lookup: Lookup<'_>, name: &str) -> Option<Variable> {
    let of_metrics = variable(lookup, &format!("OTEL_EXPORTER_OTLP_METRICS_{name}"));
    of_metrics.or_else(|| variable(lookup, &format!("OTEL_EXPORTER_OTLP_{name}")))
}

impl Variable {
    fn wrong(&self, problem: &str) -> EnvError {
        EnvError { variable: self.name.clone(), value: Some(self.value.clone()), problem: problem.to_owned() }
    }

    /// An error that does not say the value.
    fn wrong_in_secret(&self, problem: &str) -> EnvError {
        EnvError { variable: self.name.clone(), value: None, problem: problem.to_owned() }
    }

    fn one_of<T: Copy>(&self, allowed: &[(&str, T)]) -> Result<T, EnvError> {
        let found = allowed.iter().find(|(name, _)| self.value.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<_> = allowed.iter().map(|(name, _)| format!("`{name}`")).collect();
            let (last, others) = names
                .split_last()
                .map_or((String::new(), String::new()), |(last, others)| (last.clone(), others.join(", ")));
            self.wrong(&format!("allowed are {others} and {last}"))
        })
    }

    fn milliseconds(&self, allowed: &str) -> Result<u64, EnvError> {
        self.value.parse().map_err(|_| self.wrong(&format!("allowed are {allowed}")))
    }

    /// Zero is no limit.
    fn time_limit(&self) -> Result<Duration, EnvError> {
        let millis = self.milliseconds("whole milliseconds, and 0 for no limit")?;
        Ok(if millis == 0 { Duration::MAX } else { Duration::from_millis(millis) })
    }

    fn interval(&self) -> Result<Duration, EnvError> {
        const ALLOWED: &str = "whole milliseconds, from 1";
        match self.milliseconds(ALLOWED)? {
            0 => Err(self.wrong(&format!("allowed are {ALLOWED}"))),
            millis => Ok(Duration::from_millis(millis)),
        }
    }

    fn headers(&self) -> Result<Vec<(String, Hidden<String>)>, EnvError> {
        let pairs = pairs(&self.value).map_err(|problem| self.wrong_in_secret(problem))?;
        Ok(pairs.into_iter().map(|(key, value)| (key, Hidden(value))).collect())
    }

    fn attributes(&self) -> Result<Vec<(String, String)>, EnvError> {
        pairs(&self.value).map_err(|problem| self.wrong(problem))
    }

    fn read(&self) -> Result<Vec<u8>, EnvError> {
        fs::read(&self.value).map_err(|error| self.wrong(&format!("it cannot be read: {error}")))
    }
}

/// `key=value,key=value`, percent-encoded, as in a [baggage] header; without properties, which may not be there.
///
/// [baggage]: https://www.w3.org/TR/baggage/#header-content
fn pairs(text: &str) -> Result<Vec<(String, String)>, &'static str> {
    const FORM: &str = "allowed are pairs `key=value`, with `,` between them and values percent-encoded";
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items
        .map(|item| {
            let (key, value) = item.split_once('=').ok_or(FORM)?;
            let (key, value) = (decoded(key.trim()).ok_or(FORM)?, decoded(value.trim()).ok_or(FORM)?);
            if key.is_empty() { Err(FORM) } else { Ok((key, value)) }
        })
        .collect()
}

/// `None` if an escape is incomplete, or if what comes out is no UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte == b'%' {
            let [high, low, after @ ..] = rest else { return None };
            let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            bytes.push(digit(*high)? << 4 | digit(*low)?);
            rest = after;
        } else {
            bytes.push(*byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, EnvError> {
        let of =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned());
        config(&of)
    }

    fn refused(name: &str, value: &str) -> String {
        read(&[(name, value)]).unwrap_err().to_string()
    }

    fn path(config: &Config) -> String {
        config.endpoint.as_ref().unwrap().target(config.protocol).unwrap().path.to_string()
    }

    #[test]
    fn nothing_set_is_the_default_and_so_is_all_empty() {
        let default = format!("{:?}", Config::default());
        assert_eq!(format!("{:?}", read(&[]).unwrap()), default);
        assert_eq!(format!("{:?}", config(&|_| Some(" ".to_owned())).unwrap()), default);
    }

    #[test]
    fn each_variable_is_read() {
        let config = read(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "GZIP"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20a%3Db, x-tenant = 7 ,"),
            ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "LowMemory"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
            ("OTEL_METRIC_EXPORT_TIMEOUT", "0"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=lost,zone=b%2Cc"),
            ("OTEL_SERVICE_NAME", "mailer"),
            ("OTEL_SDK_DISABLED", "True"),
        ])
        .unwrap();
        assert_eq!(config.endpoint, Some(Endpoint::General("http://collector:4317".to_owned())));
        assert_eq!((config.protocol, config.compression), (Protocol::Grpc, Compression::Gzip));
        assert_eq!((config.temporality, config.disabled), (Temporality::Delta, true));
        assert_eq!(config.timeout, Duration::from_millis(2_500));
        assert_eq!((config.interval, config.export_timeout), (Duration::from_secs(1), Duration::MAX));
        let headers: Vec<_> = config.headers.iter().map(|(k, v)| (k.as_str(), v.0.as_str())).collect();
        assert_eq!(headers, [("authorization", "Bearer a=b"), ("x-tenant", "7")]);
        let resource: Vec<_> = config.resource.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(resource, [("service.name", "lost"), ("zone", "b,c"), ("service.name", "mailer")]);
    }

    #[test]
    fn the_variable_for_metrics_goes_before_the_general_one() {
        let config = read(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all/otlp"),
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://metrics/here"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "1"),
            ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "2"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/protobuf"),
        ])
        .unwrap();
        assert_eq!(path(&config), "/here");
        assert_eq!(config.timeout, Duration::from_millis(2));
        assert_eq!(
            path(&read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all/otlp")]).unwrap()),
            "/otlp/v1/metrics"
        );
    }

    #[test]
    fn a_bad_value_is_an_error_that_names_the_variable_and_what_is_allowed() {
        assert_eq!(
            refused("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json"),
            "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL is \"http/json\"; allowed are `grpc` and `http/protobuf`"
        );
        assert_eq!(
            refused("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "both"),
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE is \"both\"; allowed are `cumulative`, `delta` and `lowmemory`"
        );
        for (name, value, says) in [
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "allowed are `gzip` and `none`"),
            ("OTEL_SDK_DISABLED", "1", "allowed are `true` and `false`"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1", "allowed are whole milliseconds, and 0 for no limit"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "0", "allowed are whole milliseconds, from 1"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "1s", "allowed are whole milliseconds, from 1"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector", "it has no scheme that OTLP knows"),
            ("OTEL_RESOURCE_ATTRIBUTES", "a", "allowed are pairs `key=value`"),
            ("OTEL_RESOURCE_ATTRIBUTES", "a=%zz", "allowed are pairs `key=value`"),
            ("OTEL_RESOURCE_ATTRIBUTES", "a=%ff", "allowed are pairs `key=value`"),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/none/such", "it cannot be read"),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "k", "it needs `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` too"),
        ] {
            let error = refused(name, value);
            assert!(error.starts_with(name) && error.contains(value) && error.contains(says), "{error}");
        }
    }

    #[test]
    fn an_error_about_headers_does_not_say_them() {
        let error = refused("OTEL_EXPORTER_OTLP_HEADERS", "s3cret");
        assert!(error.starts_with("OTEL_EXPORTER_OTLP_HEADERS: allowed are pairs"), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}
