//! The settings of an exporter.

use super::endpoint::Endpoint;
use super::format::{Compression, Protocol, Temporality};
use super::proxy::ProxySettings;
use super::resource;
use crate::setting::{Given, Redacted, SettingError, limit, period};
use std::fmt;
use std::time::Duration;

/// The settings of an exporter; [`start`](Self::start) starts one.
///
/// The settings are checked at the start, which returns an error if one is invalid. The values of headers and
/// attributes, the certificates and the keys are left out of the `Debug` output.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use telemetry::otlp::{Compression, Config, Protocol};
///
/// let config = Config::default()
///     .endpoint("https://collector.example:4317")
///     .protocol(Protocol::Grpc)
///     .compression(Compression::Gzip)
///     .header("authorization", "Bearer s3cret")
///     .service_name("mailer")
///     .resource_attribute("deployment.environment.name", "production")
///     .interval(Duration::from_secs(15));
/// assert!(!format!("{config:?}").contains("s3cret"));
/// ```
#[derive(Clone)]
pub struct Config {
    pub(super) endpoint: Option<Endpoint>,
    pub(super) protocol: Protocol,
    pub(super) temporality: Temporality,
    pub(super) exemplars: bool,
    pub(super) exponential: bool,
    pub(super) compression: Compression,
    pub(super) interval: Duration,
    pub(super) export_timeout: Duration,
    pub(super) timeout: Duration,
    pub(super) batch_points: u32,
    pub(super) headers: Vec<(String, Hidden<String>)>,
    pub(super) resource: Vec<(String, String)>,
    pub(super) ca_certificate: Option<Hidden<Vec<u8>>>,
    pub(super) identity: Option<Identity>,
    pub(super) proxy: ProxySettings,
    /// The variables that are set and have no effect.
    pub(super) ignored: Vec<SettingError>,
    pub(super) disabled: bool,
}

impl fmt::Debug for Config {
    /// Prints the settings without those that may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("endpoint", &self.endpoint)
            .field("protocol", &self.protocol)
            .field("temporality", &self.temporality)
            .field("exemplars", &self.exemplars)
            .field("exponential", &self.exponential)
            .field("compression", &self.compression)
            .field("interval", &self.interval)
            .field("export_timeout", &self.export_timeout)
            .field("timeout", &self.timeout)
            .field("headers", &Redacted(&self.headers))
            .field("resource", &Redacted(&self.resource))
            .field("ca_certificate", &self.ca_certificate)
            .field("identity", &self.identity)
            .field("proxy", &self.proxy)
            .field("ignored", &self.ignored)
            .field("batch_points", &self.batch_points)
            .field("disabled", &self.disabled)
            .finish()
    }
}

/// A chain of certificates and its key, in PEM.
pub(super) type Identity = (Hidden<Vec<u8>>, Hidden<Vec<u8>>);

/// A value that `Debug` does not print: a secret, or a long text.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Hidden<T>(pub T);

impl<T> fmt::Debug for Hidden<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// The defaults of the [specification]; each setter names its own.
///
/// [specification]: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
impl Default for Config {
    fn default() -> Self {
        Config {
            endpoint: None,
            protocol: Protocol::default(),
            temporality: Temporality::default(),
            exemplars: true,
            exponential: true,
            compression: Compression::default(),
            interval: Duration::from_mins(1),
            export_timeout: Duration::from_secs(30),
            timeout: Duration::from_secs(10),
            batch_points: 10_000,
            headers: Vec::new(),
            resource: Vec::new(),
            ca_certificate: None,
            identity: None,
            proxy: ProxySettings::default(),
            ignored: Vec::new(),
            disabled: false,
        }
    }
}

impl Config {
    /// Sets the server for all signals: `http://` or `https://`, host and port.
    ///
    /// Over HTTP, metrics go to `/v1/metrics` below it. The default is `http://localhost:4318`, with port
    /// 4317 for gRPC.
    #[must_use]
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(Endpoint::General(url.into()));
        self
    }

    /// Sets the URL that metrics are sent to over HTTP, path included. Replaces [`endpoint`](Self::endpoint).
    #[must_use]
    pub fn metrics_endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(Endpoint::Metrics(url.into()));
        self
    }

    /// Sets the protocol of requests; [`Protocol::HttpProtobuf`] by default.
    #[must_use]
    pub const fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Sets the interval that numbers cover; [`Temporality::Cumulative`] by default.
    #[must_use]
    pub const fn temporality(mut self, temporality: Temporality) -> Self {
        self.temporality = temporality;
        self
    }

    /// Sets whether the exemplars of [a registry that has any](crate::registry::Builder::exemplars) are sent;
    /// `true` by default. Each is sent once.
    #[must_use]
    pub const fn exemplars(mut self, exemplars: bool) -> Self {
        self.exemplars = exemplars;
        self
    }

    /// Sets the buckets of histograms that are declared `native`: exponential ones, with `true` (the
    /// default), or those of their bounds, for a server that knows no exponential histograms. Other
    /// histograms have those of their bounds.
    #[must_use]
    pub const fn exponential_histograms(mut self, exponential: bool) -> Self {
        self.exponential = exponential;
        self
    }

    /// Sets the compression of requests; [`Compression::None`] by default.
    #[must_use]
    pub const fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Sets the time between two pushes, from 1 ms to a day; a minute by default.
    #[must_use]
    pub const fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Limits the time of a push, with all its attempts and pauses; 30 s by default.
    ///
    /// A push that takes longer than the interval replaces the pushes that would have begun during it.
    #[must_use]
    pub const fn export_timeout(mut self, timeout: Duration) -> Self {
        self.export_timeout = timeout;
        self
    }

    /// Limits the time of an attempt, from the look-up of the name to the last byte of the response; 10 s by
    /// default.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Limits the points of a request; 10,000 by default, and at least 1.
    ///
    /// A request also has at most 3 MiB, and less once the server has rejected one for its size.
    #[must_use]
    pub const fn batch_points(mut self, points: u32) -> Self {
        self.batch_points = points;
        self
    }

    /// Adds a header to each request, such as `authorization`. With gRPC it is metadata.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), Hidden(value.into())));
        self
    }

    /// Adds an attribute of the resource, such as `deployment.environment.name`. The last value of a key
    /// counts.
    #[must_use]
    pub fn resource_attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.resource.push((key.into(), value.into()));
        self
    }

    /// Sets the resource's `service.name`.
    #[must_use]
    pub fn service_name(self, name: impl Into<String>) -> Self {
        self.resource_attribute(resource::SERVICE_NAME, name)
    }

    /// Sets the CA certificates (PEM) to trust instead of the system's root store.
    ///
    /// A server is trusted too if its own certificate is one of these, as with a certificate that is signed
    /// by itself. The server's name and the dates are checked in any case.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use telemetry::otlp::Config;
    ///
    /// let config = Config::default()
    ///     .endpoint("https://collector.internal:4318")
    ///     .ca_certificate(std::fs::read("ca.pem")?)
    ///     .client_identity(std::fs::read("client.pem")?, std::fs::read("client.key")?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn ca_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_certificate = Some(Hidden(pem.into()));
        self
    }

    /// Sets the client's certificate chain and private key (PEM) for mutual TLS.
    #[must_use]
    pub fn client_identity(mut self, certificates: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.identity = Some((Hidden(certificates.into()), Hidden(key.into())));
        self
    }

    /// Sets the HTTP proxy through which the endpoint is reached: `http://host:3128`, with `user:password@`
    /// before the host if it asks for them. Replaces the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`
    /// and `NO_PROXY`: see [proxies](super#proxies).
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::otlp::Config;
    ///
    /// let config = Config::default()
    ///     .endpoint("https://collector.example:4318")
    ///     .proxy("http://mailer:s3cret@proxy.internal:3128");
    /// assert!(!format!("{config:?}").contains("s3cret"));
    /// ```
    #[must_use]
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy.url = Some(url.into());
        self
    }

    /// Sets the hosts that are reached without the proxy: names, which stand for those below them too,
    /// addresses, networks, or `*` for all. Replaces `NO_PROXY`: see [proxies](super#proxies).
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::otlp::Config;
    ///
    /// // Whatever the environment says.
    /// let direct = Config::default().no_proxy(["*"]);
    /// let config = Config::default().proxy("http://proxy:3128").no_proxy([".internal", "10.0.0.0/8"]);
    /// ```
    #[must_use]
    pub fn no_proxy<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        self.proxy.no_proxy = Some(hosts.into_iter().map(Into::into).collect());
        self
    }

    /// Returns the variables of OpenTelemetry's specification that [`from_env`](Self::from_env) has found and
    /// cannot follow, each with the reason. [`start`](Self::start) logs them.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::otlp::Config;
    ///
    /// let config = Config::from_variables(|name| (name == "OTEL_LOG_LEVEL").then_some("debug"))?;
    /// assert_eq!(config.ignored_variables()[0].setting, "OTEL_LOG_LEVEL");
    /// # Ok::<(), telemetry::otlp::SettingError>(())
    /// ```
    #[must_use]
    pub fn ignored_variables(&self) -> &[SettingError] {
        &self.ignored
    }

    /// Checks the numbers, times, attributes and the proxy.
    pub(super) fn check(&self) -> Result<(), SettingError> {
        period("OTLP interval", self.interval)?;
        Given::new("OTLP batch_points", &self.batch_points.to_string())?.whole(&(1..=u32::MAX))?;
        limit("OTLP timeout", self.timeout)?;
        limit("OTLP export timeout", self.export_timeout)?;
        self.proxy.check()?;
        for (key, value) in &self.resource {
            let key = Given::not_empty("OTLP resource attribute", key)?;
            Given::new(&format!("OTLP resource attribute `{}`", key.text), value)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_has_no_secret() {
        let config =
            Config::default().header("authorization", "Bearer s3cret").client_identity("c", "s3cret");
        let shown = format!("{config:?}");
        assert!(shown.contains("authorization") && !shown.contains("s3cret"), "{shown}");
        assert!(!shown.contains("115, 51"), "{shown}");
    }
}
