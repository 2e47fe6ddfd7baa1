//! Where to send: the rules for URLs.

use super::Protocol;
use ::http::Uri;
use ::http::uri::{PathAndQuery, Scheme};
use std::fmt;

/// Where metrics go below a general endpoint, by the [specification].
///
/// [specification]: https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp
const METRICS_PATH: &str = "/v1/metrics";

/// The method of the collector's service.
const METRICS_METHOD: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// As it was configured.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// For all signals; the path is below it.
    General(String),
    /// For metrics alone.
    Metrics(String),
}

/// A server, and what to ask it for.
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
        f.debug_tuple(name).field(&self.shown()).finish()
    }
}

impl Endpoint {
    pub(super) fn default_of(protocol: Protocol) -> Self {
        Endpoint::General(match protocol {
            Protocol::Grpc => "http://localhost:4317".to_owned(),
            Protocol::HttpProtobuf => "http://localhost:4318".to_owned(),
        })
    }

    /// The URL, for messages; not what may be a secret in it.
    pub(super) fn shown(&self) -> String {
        let (Endpoint::General(url) | Endpoint::Metrics(url)) = self;
        if url.contains('@') { "(with a user)".to_owned() } else { url.clone() }
    }

    /// # Errors
    ///
    /// What is wrong with the URL, and what is right.
    pub(super) fn target(&self, protocol: Protocol) -> Result<Target, &'static str> {
        let (Endpoint::General(url) | Endpoint::Metrics(url)) = self;
        let uri: Uri = url.parse().map_err(|_| "is no URL; use `http://host:port` or `https://host:port`")?;
        let tls = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => false,
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            _ => return Err("has no scheme that OTLP knows; begin with `http://` or `https://`"),
        };
        let authority = uri.authority().ok_or("has no host")?;
        if authority.as_str().contains('@') {
            return Err("has a user; use a header for credentials");
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err("has no host");
        }
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let path = match protocol {
            Protocol::Grpc if !matches!(uri.path(), "" | "/") => return Err("has a path, and gRPC has none"),
            Protocol::Grpc => PathAndQuery::from_static(METRICS_METHOD),
            Protocol::HttpProtobuf => self.path(&uri)?,
        };
        Ok(Target { tls, host, port, authority: authority.as_str().to_owned(), path })
    }

    fn path(&self, uri: &Uri) -> Result<PathAndQuery, &'static str> {
        let below = if matches!(self, Endpoint::General(_)) { METRICS_PATH } else { "" };
        let base = if below.is_empty() { uri.path() } else { uri.path().trim_end_matches('/') };
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{base}{below}{query}").parse().map_err(|_| "has a path that is none")
    }
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn path(endpoint: &Endpoint) -> String {
        endpoint.target(Protocol::HttpProtobuf).unwrap().path.to_string()
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
        let target = general("https://[::1]").target(Protocol::Grpc).unwrap();
        assert_eq!((target.tls, target.host.as_str(), target.port), (true, "::1", 443));
        assert_eq!(target.authority, "[::1]");
        let target = general("http://collector").target(Protocol::HttpProtobuf).unwrap();
        assert_eq!((target.tls, target.host.as_str(), target.port), (false, "collector", 80));
    }

    #[test]
    fn a_url_that_is_none_is_refused_with_the_reason() {
        for (url, says) in [
            ("", "is no URL"),
            ("localhost:4317", "no scheme"),
            ("ftp://h", "no scheme"),
            ("http://user:secret@h", "has a user"),
            ("http://h/path", "gRPC has none"),
        ] {
            let error = general(url).target(Protocol::Grpc).unwrap_err();
            assert!(error.contains(says), "{url}: {error}");
        }
        assert!(!general("http://user:secret@h").shown().contains("secret"));
    }
}
