//! What an exporter is told: where to send, how, and as whom.

use super::client::Client;
use super::endpoint::Endpoint;
use super::environment;
use super::exporter::Exporter;
use super::{resource, tls};
use crate::export::{self, Guard, Report};
use crate::registry::{RegisterError, Registry};
use crate::setting::{Given, Redacted, SettingError, Variables, limit, period};
use ::http::{HeaderMap, HeaderName, HeaderValue, header};
#[cfg(feature = "pipeline")]
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::time::Duration;

/// How requests are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// gRPC, over HTTP/2; port 4317 by default.
    Grpc,
    /// Protobuf over HTTP/1.1; port 4318 by default. The specification's default.
    #[default]
    HttpProtobuf,
}

/// What the numbers of counters and histograms are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Temporality {
    /// Totals since the start. What is lost on the way is in the next one.
    #[default]
    Cumulative,
    /// What came since the last delivery; series without news are left out. Up-down counters stay totals.
    Delta,
}

/// How requests are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// By gzip.
    Gzip,
}

/// What an exporter is told; [`start`](Self::start) starts one. See [the module](super) for an example.
///
/// Nothing is checked before the start, which then says what is wrong. Header values, certificates and
/// keys are left out of the `Debug` output.
#[derive(Clone)]
pub struct Config {
    pub(super) endpoint: Option<Endpoint>,
    pub(super) protocol: Protocol,
    pub(super) temporality: Temporality,
    pub(super) compression: Compression,
    pub(super) interval: Duration,
    pub(super) export_timeout: Duration,
    pub(super) timeout: Duration,
    pub(super) batch_points: u32,
    pub(super) headers: Vec<(String, Hidden<String>)>,
    pub(super) resource: Vec<(String, String)>,
    pub(super) ca_certificate: Option<Hidden<Vec<u8>>>,
    pub(super) identity: Option<Identity>,
    pub(super) disabled: bool,
}

impl fmt::Debug for Config {
    /// Leaves out what may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("endpoint", &self.endpoint)
            .field("protocol", &self.protocol)
            .field("temporality", &self.temporality)
            .field("compression", &self.compression)
            .field("interval", &self.interval)
            .field("export_timeout", &self.export_timeout)
            .field("timeout", &self.timeout)
            .field("headers", &Redacted(&self.headers))
            .field("resource", &Redacted(&self.resource))
            .field("ca_certificate", &self.ca_certificate)
            .field("identity", &self.identity)
            .field("batch_points", &self.batch_points)
            .field("disabled", &self.disabled)
            .finish()
    }
}

/// Certificates and their key, in PEM.
pub(super) type Identity = (Hidden<Vec<u8>>, Hidden<Vec<u8>>);

/// What `Debug` does not show: a secret, or a long text.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Hidden<T>(pub T);

impl<T> fmt::Debug for Hidden<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// The defaults of the [specification], each with its setter.
///
/// [specification]: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
impl Default for Config {
    fn default() -> Self {
        Config {
            endpoint: None,
            protocol: Protocol::default(),
            temporality: Temporality::default(),
            compression: Compression::default(),
            interval: Duration::from_mins(1),
            export_timeout: Duration::from_secs(30),
            timeout: Duration::from_secs(10),
            batch_points: 10_000,
            headers: Vec::new(),
            resource: Vec::new(),
            ca_certificate: None,
            identity: None,
            disabled: false,
        }
    }
}

impl Config {
    /// What the environment says, by the OpenTelemetry specification's variables ([exporter], [SDK]):
    ///
    /// | variable | |
    /// |---|---|
    /// | `OTEL_EXPORTER_OTLP_ENDPOINT` | [`endpoint`](Self::endpoint) |
    /// | `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT` | [`metrics_endpoint`](Self::metrics_endpoint) |
    /// | `OTEL_EXPORTER_OTLP_PROTOCOL` | `grpc` or `http/protobuf` |
    /// | `OTEL_EXPORTER_OTLP_HEADERS` | `key=value,key=value`, values percent-encoded |
    /// | `OTEL_EXPORTER_OTLP_TIMEOUT` | of an attempt, in milliseconds; 0 for none but the export's |
    /// | `OTEL_EXPORTER_OTLP_COMPRESSION` | `gzip` or `none` |
    /// | `OTEL_EXPORTER_OTLP_CERTIFICATE` | a PEM file: whom to trust |
    /// | `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`, `.._CLIENT_KEY` | PEM files: who we are |
    /// | `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` | `cumulative`, `delta` or `lowmemory`, which is the same as `delta` here |
    /// | `OTEL_METRIC_EXPORT_INTERVAL`, `OTEL_METRIC_EXPORT_TIMEOUT` | in milliseconds |
    /// | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | who sends; `key=value,key=value`, percent-encoded |
    /// | `OTEL_SDK_DISABLED` | `true`: [`start`](Self::start) starts nothing |
    ///
    /// Those that begin with `OTEL_EXPORTER_OTLP_` have a second form for metrics alone,
    /// `OTEL_EXPORTER_OTLP_METRICS_..`, which goes before the general one. Values are trimmed, an empty one counts as not
    /// set, and the names of choices are compared without regard to case.
    ///
    /// [exporter]: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
    /// [SDK]: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
    ///
    /// # Errors
    ///
    /// If a variable is not UTF-8, if its value is not one of those that are allowed, or if a file cannot be read. (The
    /// specification has such values ignored; a service that reports elsewhere than it was told is hard to find.)
    pub fn from_env() -> Result<Self, SettingError> {
        Self::from_variables(|name| std::env::var_os(name))
    }

    /// The same, with variables from elsewhere.
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
    ///
    /// # Errors
    ///
    /// Those of [`from_env`](Self::from_env).
    pub fn from_variables<V: Into<OsString>>(
        variable: impl Fn(&str) -> Option<V>,
    ) -> Result<Self, SettingError> {
        environment::config(Variables(&|name| variable(name).map(Into::into)))
    }

    /// The server, for all signals: `http://` or `https://`, host and port. Over HTTP, metrics go to
    /// `/v1/metrics` below it. `http://localhost:4318` by default, with port 4317 for gRPC.
    #[must_use]
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(Endpoint::General(url.into()));
        self
    }

    /// The URL that metrics are sent to over HTTP, path included. Replaces [`endpoint`](Self::endpoint).
    #[must_use]
    pub fn metrics_endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(Endpoint::Metrics(url.into()));
        self
    }

    /// How requests are written; [`Protocol::HttpProtobuf`] by default.
    #[must_use]
    pub const fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// What the numbers are; [`Temporality::Cumulative`] by default.
    #[must_use]
    pub const fn temporality(mut self, temporality: Temporality) -> Self {
        self.temporality = temporality;
        self
    }

    /// How requests are compressed; not at all by default.
    #[must_use]
    pub const fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Sets how often to push, from 1 ms to a day; a minute by default.
    #[must_use]
    pub const fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// How long a push may take, all attempts and pauses together; 30 s by default. If it takes longer than the
    /// interval, the pushes that it covers are left out.
    #[must_use]
    pub const fn export_timeout(mut self, timeout: Duration) -> Self {
        self.export_timeout = timeout;
        self
    }

    /// How long an attempt may take, from looking up the name to the last byte of the answer; 10 s by default.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many points a request has at the most; 10,000 by default, and at least 1. A request has 3 MiB at the most
    /// too, and less once the server has refused one for its size.
    #[must_use]
    pub const fn batch_points(mut self, points: u32) -> Self {
        self.batch_points = points;
        self
    }

    /// A header of each request, such as `authorization`; with gRPC, metadata.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), Hidden(value.into())));
        self
    }

    /// An attribute of the resource, such as `deployment.environment.name`. Of one key, the last value counts.
    #[must_use]
    pub fn resource_attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.resource.push((key.into(), value.into()));
        self
    }

    /// The resource's `service.name`.
    #[must_use]
    pub fn service_name(self, name: impl Into<String>) -> Self {
        self.resource_attribute(resource::SERVICE_NAME, name)
    }

    /// Certificates in PEM: only a server that one of them vouches for is trusted, or that shows one of them itself, as
    /// one does whose certificate is signed by itself. Its name and dates are checked in any case. By default those are
    /// trusted that the system trusts.
    #[must_use]
    pub fn ca_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_certificate = Some(Hidden(pem.into()));
        self
    }

    /// Who we are, for servers that ask: a chain of certificates and its private key, both in PEM.
    #[must_use]
    pub fn client_identity(mut self, certificates: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.identity = Some((Hidden(certificates.into()), Hidden(key.into())));
        self
    }

    /// Starts an exporter, which pushes until the guard ends it. Nobody needs to listen yet.
    ///
    /// It takes one thread, with a runtime of its own while it pushes: it does not matter whether the caller has
    /// one.
    ///
    /// # Errors
    ///
    /// If the endpoint, a header or a certificate is none, if a surface of the registry is named like those of
    /// the exporter, or if the system has no thread left.
    pub fn start(self, registry: &Registry) -> Result<Guard, StartError> {
        if self.disabled {
            return Ok(Guard::default());
        }
        let (interval, timeout) = (self.interval, self.export_timeout);
        let exporter = Exporter::new(&self, registry)?;
        let report = Report::new(registry, export::OTLP).map_err(StartError::Register)?;
        export::start(report, interval, timeout, exporter).map_err(StartError::Thread)
    }

    /// Checks what the setters were given.
    fn check(&self) -> Result<(), SettingError> {
        period("OTLP interval", self.interval)?;
        Given::new("OTLP batch_points", &self.batch_points.to_string())?.whole(&(1..=u32::MAX))?;
        limit("OTLP timeout", self.timeout)?;
        limit("OTLP export timeout", self.export_timeout)?;
        for (key, value) in &self.resource {
            let key = Given::not_empty("OTLP resource attribute", key)?;
            Given::new(&format!("OTLP resource attribute `{}`", key.text), value)?;
        }
        Ok(())
    }

    /// Says why the exporter would not start.
    #[cfg(test)]
    pub(crate) fn refusal(&self) -> Option<StartError> {
        self.client().err()
    }

    pub(super) fn client(&self) -> Result<Client, StartError> {
        self.check()?;
        let endpoint = self.endpoint.clone().unwrap_or_else(|| Endpoint::default_of(self.protocol));
        let target = endpoint.target(self.protocol, "OTLP endpoint")?;
        let tls = if target.tls { Some(tls::connector(self)?) } else { None };
        Ok(Client::new(target, tls, self, header_map(&self.headers)?))
    }
}

/// Checks that headers can be sent.
#[cfg(feature = "pipeline")]
pub(crate) fn check_headers(headers: &BTreeMap<String, String>) -> Result<(), SettingError> {
    let headers = headers.iter().map(|(name, value)| (name.clone(), Hidden(value.clone())));
    header_map(&headers.collect::<Vec<_>>()).map(drop)
}

/// Returns headers as requests have them.
pub(super) fn header_map(headers: &[(String, Hidden<String>)]) -> Result<HeaderMap, SettingError> {
    let mut map = HeaderMap::new();
    for (number, (name, value)) in (1..).zip(headers) {
        let key = HeaderName::try_from(name.trim()).map_err(|_| {
            // It is not shown: in `Authorization: Basic c2VjcmV0==` all that stands before the `=` is taken for it.
            let reason = "is not one that HTTP allows: write letters, digits and `-`";
            SettingError::without_value("OTLP headers", format_args!("the name of header {number} {reason}"))
        })?;
        let wrong = |reason| {
            SettingError::without_value("OTLP headers", format_args!("the header {name:?} {reason}"))
        };
        if RESERVED.contains(&key) || key.as_str().starts_with("grpc-") {
            return Err(wrong("is set by the protocol"));
        }
        let value = value.0.trim();
        let mut value =
            HeaderValue::try_from(value).map_err(|_| wrong("has a value with control characters"))?;
        // Keeps it out of the indices of HTTP/2.
        value.set_sensitive(true);
        map.insert(key, value);
    }
    Ok(map)
}

/// What requests have anyway.
const RESERVED: [HeaderName; 9] = [
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::HOST,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Why an exporter did not start. `Debug` prints what `Display` does.
#[non_exhaustive]
pub enum StartError {
    /// A setting cannot be used: the endpoint, a header, an attribute of the resource, a time.
    Setting(SettingError),
    /// A certificate or a key cannot be used.
    #[non_exhaustive]
    Certificate {
        /// Which one.
        what: &'static str,
        /// What is wrong with it.
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The system trusts nobody, and no certificate was given.
    NoRoots,
    /// A surface of the registry has a name of the exporter's own metrics.
    Register(RegisterError),
    /// The system had no thread left.
    Thread(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Setting(error) => fmt::Display::fmt(error, f),
            StartError::Certificate { what, cause } => write!(f, "cannot use the {what}: {cause}"),
            StartError::NoRoots => {
                f.write_str("the system has no certificates to trust; give one by `ca_certificate`")
            }
            StartError::Register(cause) => write!(f, "cannot report on exports: {cause}"),
            StartError::Thread(cause) => write!(f, "cannot start the exporter's thread: {cause}"),
        }
    }
}

impl From<SettingError> for StartError {
    fn from(error: SettingError) -> Self {
        StartError::Setting(error)
    }
}

crate::error::debug_as_display!(StartError);

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::NoRoots => None,
            StartError::Setting(error) => Some(error),
            StartError::Certificate { cause, .. } => Some(&**cause),
            StartError::Register(cause) => Some(cause),
            StartError::Thread(cause) => Some(cause),
        }
    }
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn refused(config: Config) -> String {
        config.start(&Registry::new()).unwrap_err().to_string()
    }

    #[test]
    fn a_start_says_what_is_wrong() {
        let config = Config::default;
        assert_eq!(
            refused(config().endpoint("collector:4318")),
            "OTLP endpoint is \"collector:4318\"; it has no scheme: write `http://host:4318` or `https://host:4318`"
        );
        assert_eq!(
            refused(config().header("a b", "")),
            "OTLP headers: the name of header 1 is not one that HTTP allows: write letters, digits and `-`"
        );
        assert_eq!(
            refused(config().header("token", "a\nb")),
            "OTLP headers: the header \"token\" has a value with control characters"
        );
        assert_eq!(
            refused(config().header("Content-Type", "x")),
            "OTLP headers: the header \"Content-Type\" is set by the protocol"
        );
        let secure = config().endpoint("https://collector");
        assert!(
            refused(secure.clone().ca_certificate("junk")).starts_with("cannot use the CA certificate: ")
        );
        assert!(
            refused(secure.client_identity("junk", "junk"))
                .starts_with("cannot use the client certificate: ")
        );
    }

    #[test]
    fn debug_output_has_no_secret() {
        let config =
            Config::default().header("authorization", "Bearer s3cret").client_identity("c", "s3cret");
        let shown = format!("{config:?}");
        assert!(shown.contains("authorization") && !shown.contains("s3cret"), "{shown}");
        assert!(!shown.contains("115, 51"), "{shown}");
    }

    #[test]
    fn a_disabled_exporter_starts_nothing() {
        let guard = Config { disabled: true, ..Config::default() }.start(&Registry::new()).unwrap();
        assert_eq!(guard.shutdown(Duration::ZERO), Ok(()));
    }
}
