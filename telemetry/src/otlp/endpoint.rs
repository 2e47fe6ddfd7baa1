//! The URL of the collector.

use super::format::Protocol;
use crate::setting::{AddressError, Given, SettingError, Url, redacted};
use ::http::uri::{InvalidUri, PathAndQuery};
use std::fmt;

/// The path of metrics below a general endpoint, by the [specification].
///
/// [specification]: https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp
const METRICS_PATH: &str = "/v1/metrics";

/// The method of the collector's service.
const METRICS_METHOD: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// The endpoint as it was configured.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// The URL for all signals. The path of metrics is below it.
    General(String),
    /// The URL for metrics alone.
    Metrics(String),
}

/// A server, and the path of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub tls: bool,
    /// A name or an address, without brackets.
    pub host: String,
    pub port: u16,
    /// Host and port as the URL has them.
    pub authority: String,
    pub path: PathAndQuery,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Endpoint::General(_) => "General",
            Endpoint::Metrics(_) => "Metrics",
        };
        f.debug_tuple(name).field(&self.redacted()).finish()
    }
}

impl Endpoint {
    /// Returns the default of a protocol.
    pub(super) fn default_of(protocol: Protocol) -> Self {
        Endpoint::General(match protocol {
            Protocol::Grpc => "http://localhost:4317".to_owned(),
            Protocol::HttpProtobuf => "http://localhost:4318".to_owned(),
        })
    }

    /// Returns the URL for messages, without the parts that may be secret.
    pub(super) fn redacted(&self) -> String {
        let (Endpoint::General(url) | Endpoint::Metrics(url)) = self;
        redacted(url)
    }

    /// Returns the target of the URL. An error names the setting.
    pub(super) fn target(&self, protocol: Protocol, setting: &str) -> Result<Target, SettingError> {
        let (Endpoint::General(url) | Endpoint::Metrics(url)) = self;
        let given = Given::not_empty(setting, url)?;
        let example = match protocol {
            Protocol::Grpc => "`http://host:4317` or `https://host:4317`",
            Protocol::HttpProtobuf => "`http://host:4318` or `https://host:4318`",
        };
        let url = Url::parse(&given.text, &["http", "https"])
            .map_err(|error| given.wrong_address(error, example))?;
        let path = match protocol {
            Protocol::Grpc if !matches!(url.path, "" | "/") || url.query.is_some() => {
                return Err(given.wrong_address(AddressError::UnexpectedPath, example));
            }
            Protocol::Grpc => PathAndQuery::from_static(METRICS_METHOD),
            Protocol::HttpProtobuf => {
                self.path(&url).map_err(|_| given.wrong_address(AddressError::Path, example))?
            }
        };
        let tls = url.scheme == "https";
        let authority = url.host.to_string();
        let port = url.host.port.unwrap_or(if tls { 443 } else { 80 });
        Ok(Target { tls, host: url.host.name, port, authority, path })
    }

    /// Returns the path of metrics.
    fn path(&self, url: &Url<'_>) -> Result<PathAndQuery, InvalidUri> {
        let (base, below) = match self {
            Endpoint::General(_) => (url.path.trim_end_matches('/'), METRICS_PATH),
            Endpoint::Metrics(_) if url.path.is_empty() => ("/", ""),
            Endpoint::Metrics(_) => (url.path, ""),
        };
        let query = url.query.map(|query| format!("?{query}")).unwrap_or_default();
        format!("{base}{below}{query}").parse()
    }
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn path(endpoint: &Endpoint) -> String {
        endpoint.target(Protocol::HttpProtobuf, "endpoint").unwrap().path.to_string()
    }

    fn general(url: &str) -> Endpoint {
        Endpoint::General(url.to_owned())
    }

    #[test]
    fn the_path_for_metrics_is_below_a_general_endpoint_and_as_given_in_one_for_metrics() {
        let cases = [
            ("http://h:4318", "/v1/metrics", "/"),
            ("http://h:4318/", "/v1/metrics", "/"),
            ("http://h/otlp", "/otlp/v1/metrics", "/otlp"),
            ("http://h/otlp/", "/otlp/v1/metrics", "/otlp/"),
            ("https://h/a?key=1", "/a/v1/metrics?key=1", "/a?key=1"),
        ];
        for (url, below, exact) in cases {
            assert_eq!(path(&general(url)), below, "{url}");
            assert_eq!(path(&Endpoint::Metrics(url.to_owned())), exact, "{url}");
        }
    }

    #[test]
    fn the_port_follows_from_the_scheme_and_an_address_loses_its_brackets() {
        let target = general("https://[::1]").target(Protocol::Grpc, "endpoint").unwrap();
        assert_eq!((target.tls, target.host.as_str(), target.port), (true, "::1", 443));
        assert_eq!(target.authority, "[::1]");
        let target = general("http://collector").target(Protocol::HttpProtobuf, "endpoint").unwrap();
        assert_eq!((target.tls, target.host.as_str(), target.port), (false, "collector", 80));
    }

    #[test]
    fn grpc_takes_no_path_and_no_query() {
        for url in ["http://h/path", "http://h?key=s3cret", "http://h/?"] {
            let error = general(url).target(Protocol::Grpc, "endpoint").unwrap_err().to_string();
            assert!(error.contains("it has a path or a query") && !error.contains("s3cret"), "{error}");
        }
    }
}
