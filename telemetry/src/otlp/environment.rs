//! Reads the settings from the environment variables that OpenTelemetry specifies.

use super::config::{Config, Hidden, Identity};
use super::endpoint::Endpoint;
use super::format::{Compression, Protocol, Temporality};
use super::headers::header_map;
use super::ignored::{EXEMPLAR_FILTER, EXEMPLAR_FILTERS, ignored};
use super::proxy::Environment;
use super::resource::SERVICE_NAME;
use crate::setting::{Given, SettingError, Variables};
use std::ffi::OsString;

impl Config {
    /// Reads the configuration from the OpenTelemetry environment variables ([exporter], [SDK]).
    ///
    /// | variable | |
    /// |---|---|
    /// | `OTEL_EXPORTER_OTLP_ENDPOINT` | [`endpoint`](Self::endpoint) |
    /// | `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT` | [`metrics_endpoint`](Self::metrics_endpoint) |
    /// | `OTEL_EXPORTER_OTLP_PROTOCOL` | `grpc` or `http/protobuf` |
    /// | `OTEL_EXPORTER_OTLP_HEADERS` | `key=value,key=value`, values percent-encoded |
    /// | `OTEL_EXPORTER_OTLP_TIMEOUT` | of an attempt, in milliseconds; 0 leaves only the timeout of the push |
    /// | `OTEL_EXPORTER_OTLP_COMPRESSION` | `gzip` or `none` |
    /// | `OTEL_EXPORTER_OTLP_CERTIFICATE` | a PEM file: [`ca_certificate`](Self::ca_certificate) |
    /// | `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`, `.._CLIENT_KEY` | PEM files: [`client_identity`](Self::client_identity) |
    /// | `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` | `cumulative`, `delta` or `lowmemory`: [`temporality`](Self::temporality) |
    /// | `OTEL_METRICS_EXEMPLAR_FILTER` | `always_off`: no [`exemplars`](Self::exemplars) |
    /// | `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION` | `explicit_bucket_histogram` or `base2_exponential_bucket_histogram`: [`exponential_histograms`](Self::exponential_histograms) |
    /// | `OTEL_METRIC_EXPORT_INTERVAL`, `OTEL_METRIC_EXPORT_TIMEOUT` | in milliseconds |
    /// | `OTEL_SERVICE_NAME` | [`service_name`](Self::service_name) |
    /// | `OTEL_RESOURCE_ATTRIBUTES` | `key=value,key=value`, percent-encoded |
    /// | `OTEL_SDK_DISABLED` | `true`: [`start`](Self::start) starts nothing |
    /// | `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY` | see [proxies](super#proxies) |
    ///
    /// Others exist for metrics and cannot be followed. [`ignored_variables`](Self::ignored_variables) has
    /// those that are set, and [`start`](Self::start) logs a warning of `tracing` with the target `telemetry`
    /// for each:
    ///
    /// | variable | ignored because |
    /// |---|---|
    /// | `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION` | `base2_exponential_bucket_histogram` alone: histograms that are not declared `native` have no exponential buckets |
    /// | `OTEL_METRICS_EXEMPLAR_FILTER` | `always_on` alone: exemplars are of sampled traces |
    /// | `OTEL_METRICS_EXPORTER` | the program has selected OTLP; a `Pipeline` follows it |
    /// | `OTEL_EXPORTER_OTLP_INSECURE` | the scheme of the endpoint decides, if they contradict each other |
    /// | `OTEL_LOG_LEVEL` | messages go to `tracing`, whose subscriber decides |
    /// | `OTEL_CONFIG_FILE`, `OTEL_EXPERIMENTAL_CONFIG_FILE` | declarative configuration is not read |
    /// | `OTEL_ENTITIES` | entities are not sent |
    ///
    /// Attributes of metrics are [exempt] from `OTEL_ATTRIBUTE_COUNT_LIMIT` and
    /// `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`. Variables of traces, logs and propagators are not read.
    ///
    /// Each variable that begins with `OTEL_EXPORTER_OTLP_` has a second form for metrics alone,
    /// `OTEL_EXPORTER_OTLP_METRICS_..`, which overrides the general one. Values are trimmed. An empty value
    /// counts as not set. The names of choices are compared without regard to case.
    ///
    /// [exempt]: https://opentelemetry.io/docs/specs/otel/metrics/sdk/#attribute-limits
    /// [exporter]: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
    /// [SDK]: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
    ///
    /// # Errors
    ///
    /// If a variable is not UTF-8, if its value is not allowed, or if a file cannot be read. The
    /// specification says to ignore invalid values; we fail instead, because a misdirected exporter is hard
    /// to notice.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use telemetry::Registry;
    /// use telemetry::otlp::Config;
    ///
    /// let exports = Config::from_env()?.service_name("mailer").start(&Registry::new())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_env() -> Result<Self, SettingError> {
        Self::from_variables(|name| std::env::var_os(name))
    }

    /// Reads the configuration from another source of variables, such as a test's.
    ///
    /// # Errors
    ///
    /// See [`from_env`](Self::from_env).
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::otlp::Config;
    ///
    /// let error = Config::from_variables(|name| {
    ///     (name == "OTEL_EXPORTER_OTLP_PROTOCOL").then_some("http/json")
    /// });
    /// assert_eq!(
    ///     error.unwrap_err().to_string(),
    ///     "OTEL_EXPORTER_OTLP_PROTOCOL is \"http/json\"; write `grpc` or `http/protobuf`",
    /// );
    /// ```
    pub fn from_variables<V: Into<OsString>>(
        variable: impl Fn(&str) -> Option<V>,
    ) -> Result<Self, SettingError> {
        config(Variables(&|name| variable(name).map(Into::into)))
    }
}

const PROTOCOLS: &[(&str, Protocol)] = &[("grpc", Protocol::Grpc), ("http/protobuf", Protocol::HttpProtobuf)];

const COMPRESSIONS: &[(&str, Compression)] = &[("gzip", Compression::Gzip), ("none", Compression::None)];

const TEMPORALITIES: &[(&str, Temporality)] = &[
    ("cumulative", Temporality::Cumulative),
    ("delta", Temporality::Delta),
    ("lowmemory", Temporality::LowMemory),
];

const AGGREGATIONS: &[(&str, bool)] =
    &[("explicit_bucket_histogram", false), ("base2_exponential_bucket_histogram", true)];

#[cfg(feature = "pipeline")]
crate::setting::deserialize_by_name! {
    Protocol: PROTOCOLS;
    Compression: COMPRESSIONS;
    Temporality: TEMPORALITIES;
}

const SWITCHES: &[(&str, bool)] = &[("true", true), ("false", false)];

fn config(variables: Variables<'_>) -> Result<Config, SettingError> {
    let mut config = Config::default();
    set(&mut config.disabled, variables.get("OTEL_SDK_DISABLED")?, |given| given.choice(SWITCHES))?;
    set(&mut config.protocol, of_exporter(variables, "PROTOCOL")?, |given| given.choice(PROTOCOLS))?;
    set(&mut config.compression, of_exporter(variables, "COMPRESSION")?, |given| given.choice(COMPRESSIONS))?;
    let temporality = variables.get("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE")?;
    set(&mut config.temporality, temporality, |given| given.choice(TEMPORALITIES))?;
    let filter = variables.get(EXEMPLAR_FILTER)?;
    set(&mut config.exemplars, filter, |given| given.choice(EXEMPLAR_FILTERS))?;
    let aggregation = variables.get("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION")?;
    set(&mut config.exponential, aggregation, |given| given.choice(AGGREGATIONS))?;
    set(&mut config.timeout, of_exporter(variables, "TIMEOUT")?, Given::limit)?;
    set(&mut config.export_timeout, variables.get("OTEL_METRIC_EXPORT_TIMEOUT")?, Given::limit)?;
    set(&mut config.interval, variables.get("OTEL_METRIC_EXPORT_INTERVAL")?, Given::period)?;
    set(&mut config.headers, of_exporter(variables, "HEADERS")?, headers)?;
    set(&mut config.resource, variables.get("OTEL_RESOURCE_ATTRIBUTES")?, attributes)?;
    if let Some(name) = variables.get("OTEL_SERVICE_NAME")? {
        config.resource.push((SERVICE_NAME.to_owned(), name.text));
    }
    config.endpoint = endpoint(variables, config.protocol)?;
    if let Some(file) = of_exporter(variables, "CERTIFICATE")? {
        config.ca_certificate = Some(Hidden(file.file()?));
    }
    config.identity = identity(variables)?;
    config.proxy.environment = Some(Environment::of(variables));
    let endpoint = config.endpoint.as_ref();
    let is_tls =
        endpoint.is_some_and(|endpoint| endpoint.target(config.protocol, "").is_ok_and(|target| target.tls));
    config.ignored = ignored(variables, is_tls)?;
    Ok(config)
}

/// Sets a field by a variable, if there is one.
fn set<T>(
    field: &mut T,
    given: Option<Given>,
    read: impl FnOnce(&Given) -> Result<T, SettingError>,
) -> Result<(), SettingError> {
    if let Some(given) = given {
        *field = read(&given)?;
    }
    Ok(())
}

/// Reads the exporter's variable for metrics alone, or else its general one.
fn of_exporter(variables: Variables<'_>, name: &str) -> Result<Option<Given>, SettingError> {
    match variables.get(&format!("OTEL_EXPORTER_OTLP_METRICS_{name}"))? {
        Some(given) => Ok(Some(given)),
        None => variables.get(&format!("OTEL_EXPORTER_OTLP_{name}")),
    }
}

fn endpoint(variables: Variables<'_>, protocol: Protocol) -> Result<Option<Endpoint>, SettingError> {
    let (endpoint, given) = match variables.get("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")? {
        Some(given) => (Endpoint::Metrics(given.text.clone()), given),
        None => match variables.get("OTEL_EXPORTER_OTLP_ENDPOINT")? {
            Some(given) => (Endpoint::General(given.text.clone()), given),
            None => return Ok(None),
        },
    };
    endpoint.target(protocol, &given.name)?;
    Ok(Some(endpoint))
}

fn identity(variables: Variables<'_>) -> Result<Option<Identity>, SettingError> {
    let certificate = of_exporter(variables, "CLIENT_CERTIFICATE")?;
    let key = of_exporter(variables, "CLIENT_KEY")?;
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some((Hidden(certificate.file()?), Hidden(key.file()?)))),
        (Some(certificate), None) => Err(certificate.wrong(needs("CLIENT_KEY"))),
        (None, Some(key)) => Err(key.wrong(needs("CLIENT_CERTIFICATE"))),
    }
}

fn needs(other: &str) -> String {
    format!("it needs `OTEL_EXPORTER_OTLP_{other}` too, or neither of the two")
}

/// Reads attributes, and checks that none has a control character after it is decoded.
fn attributes(given: &Given) -> Result<Vec<(String, String)>, SettingError> {
    let pairs = given.pairs()?;
    for (number, (key, value)) in (1..).zip(&pairs) {
        for text in [key, value] {
            Given::new("", text)
                .map_err(|error| given.wrong_in_secret(format_args!("pair {number}: {}", error.reason)))?;
        }
    }
    Ok(pairs)
}

fn headers(given: &Given) -> Result<Vec<(String, Hidden<String>)>, SettingError> {
    let headers: Vec<_> = given.pairs()?.into_iter().map(|(key, value)| (key, Hidden(value))).collect();
    header_map(&headers).map_err(|error| given.wrong_in_secret(error.reason))?;
    Ok(headers)
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use std::time::Duration;

    fn read(variables: &[(&str, &str)]) -> Result<Config, SettingError> {
        config(Variables(&|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into())
        }))
    }

    fn read_error(name: &str, value: &str) -> String {
        read(&[(name, value)]).unwrap_err().to_string()
    }

    fn path(config: &Config) -> String {
        config.endpoint.as_ref().unwrap().target(config.protocol, "endpoint").unwrap().path.to_string()
    }

    #[test]
    fn nothing_set_is_the_default_and_so_is_all_empty() {
        let default = format!("{:?}", Config::default());
        assert_eq!(format!("{:?}", read(&[]).unwrap()), default);
        assert_eq!(format!("{:?}", config(Variables(&|_| Some(" ".into()))).unwrap()), default);
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
        assert_eq!((config.temporality, config.disabled), (Temporality::LowMemory, true));
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
            read_error("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json"),
            "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL is \"http/json\"; write `grpc` or `http/protobuf`"
        );
        assert_eq!(
            read_error("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "both"),
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE is \"both\"; write `cumulative`, `delta` or `lowmemory`"
        );
        for (name, value, reason) in [
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "write `gzip` or `none`"),
            ("OTEL_SDK_DISABLED", "1", "write `true` or `false`"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1", "write whole milliseconds, and 0 for no limit"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "0", "write whole milliseconds, from 1"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "1s", "write whole milliseconds, from 1"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector", "it has no scheme: write `http://"),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/none/such", "it cannot be read"),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "k", "it needs `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` too"),
        ] {
            let error = read_error(name, value);
            assert!(error.starts_with(name) && error.contains(value) && error.contains(reason), "{error}");
        }
    }

    #[test]
    fn an_error_about_pairs_does_not_show_them() {
        for variable in ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_RESOURCE_ATTRIBUTES"] {
            for (value, says) in [
                ("a=b,s3cret", "pair 2 is not written `key=value`"),
                ("a=s3cret%zz", "pair 1 has a value that is not percent-encoded UTF-8"),
                ("a=s3cret%ff", "pair 1 has a value that is not percent-encoded UTF-8"),
                ("=s3cret", "pair 1 has no key, or one that is not percent-encoded UTF-8"),
            ] {
                assert_eq!(read_error(variable, value), format!("{variable}: {says}"));
            }
        }
        for value in ["a=b,c=s3cret%0A2", "a=b,s3cret%0A2=c"] {
            assert_eq!(
                read_error("OTEL_RESOURCE_ATTRIBUTES", value),
                "OTEL_RESOURCE_ATTRIBUTES: pair 2: it has a line break or another control character"
            );
        }
        // As `curl` takes it: the secret ends up in the name.
        for (value, number) in [("Authorization: Basic czNjcmV0==", 1), ("a=b,Bearer s3cret=", 2)] {
            let says = "is not one that HTTP allows: write letters, digits and `-`";
            assert_eq!(
                read_error("OTEL_EXPORTER_OTLP_HEADERS", value),
                format!("OTEL_EXPORTER_OTLP_HEADERS: the name of header {number} {says}")
            );
        }
        let error = read_error("OTEL_EXPORTER_OTLP_HEADERS", "token=s3cret%0aX");
        assert_eq!(
            error,
            "OTEL_EXPORTER_OTLP_HEADERS: the header \"token\" has a value with control characters"
        );
    }

    #[test]
    fn a_key_in_place_of_its_file_is_an_error_that_does_not_show_it() {
        let pem = r"-----BEGIN PRIVATE KEY-----\nczNjcmV0\n-----END PRIVATE KEY-----";
        let (certificate, key) =
            ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY");
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        for variables in [&[(certificate, file), (key, pem)][..], &[(key, pem)]] {
            let error = read(variables).unwrap_err().to_string();
            assert!(error.starts_with(key) && !error.contains("czNjcmV0"), "{error}");
        }
        assert_eq!(
            read_error("OTEL_EXPORTER_OTLP_CERTIFICATE", pem),
            "OTEL_EXPORTER_OTLP_CERTIFICATE: it is a certificate or a key: write the path of its file"
        );
    }
}
