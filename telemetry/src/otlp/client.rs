//! Posts a request and waits for the head of its response.

use super::config::Config;
use super::connection::Connection;
use super::endpoint::{Endpoint, Target};
use super::error::StartError;
use super::failure::Failure;
use super::format::{Compression, Protocol};
use super::headers::{AGENT, header_map};
use super::proto::ExportMetricsServiceRequest;
use super::proxy::Proxy;
use super::resolve::Resolver;
use super::response::{Accepted, Response, ResponseHead};
use super::{grpc, http, tls};
use crate::export::Reason;
use ::http::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use ::http::uri::Uri;
use ::http::{Method, Request, Version};
use bytes::Bytes;
use flate2::Compression as Level;
use flate2::read::GzEncoder;
use http_body_util::Full;
use prost::Message;
use std::io::Read;
use std::time::Duration;
use tokio_rustls::TlsConnector;

/// The settings that all requests share.
pub(super) struct Client {
    target: Target,
    tls: Option<TlsConnector>,
    proxy: Option<Proxy>,
    protocol: Protocol,
    compression: Compression,
    pub timeout: Duration,
    headers: HeaderMap,
    resolver: Resolver,
}

impl Client {
    /// Creates the client that a configuration describes.
    pub(super) fn new(config: &Config) -> Result<Self, StartError> {
        config.check()?;
        let protocol = config.protocol;
        let compression = config.compression;
        let endpoint = config.endpoint.clone().unwrap_or_else(|| Endpoint::default_of(protocol));
        let target = endpoint.target(protocol, "OTLP endpoint")?;
        let tls = if target.tls { Some(tls::connector(config)?) } else { None };
        let mut headers = header_map(&config.headers)?;
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(AGENT));
        let own = match protocol {
            Protocol::Grpc => grpc::headers(compression),
            Protocol::HttpProtobuf => http::headers(compression),
        };
        headers.extend(
            own.into_iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))),
        );
        let proxy = config.proxy.of(&target)?;
        let timeout = config.timeout;
        let resolver = Resolver::default();
        Ok(Client { target, tls, proxy, protocol, compression, timeout, headers, resolver })
    }

    /// Encodes a request as the body of a POST.
    pub(super) fn body(&self, request: &ExportMetricsServiceRequest) -> Bytes {
        let message = request.encode_to_vec();
        let message = match self.compression {
            Compression::None => message,
            Compression::Gzip => compressed(&message),
        };
        match self.protocol {
            Protocol::Grpc => grpc::framed(&message, self.compression),
            Protocol::HttpProtobuf => message.into(),
        }
    }

    /// Posts a body over the given connection, or over a new one, and waits for the head of the response.
    ///
    /// Sets no time limit: the caller has the clock. The connection is gone if this fails, or is dropped.
    pub(super) async fn post(
        &mut self,
        connection: &mut Option<Connection>,
        body: Bytes,
    ) -> Result<ResponseHead, Failure> {
        let open = match connection.take() {
            Some(mut open) => open.is_ready().await.then_some(open),
            None => None,
        };
        let mut connection = match open {
            Some(open) => open,
            None => {
                let Client { target, tls, proxy, protocol, resolver, .. } = self;
                let opened =
                    Connection::open(target, tls.as_ref(), proxy.as_ref(), *protocol, resolver).await;
                opened.map_err(Failure::unreachable)?
            }
        };
        let response = connection.send(self.request(body)?).await?;
        let (head, incoming) = response.into_parts();
        Ok(ResponseHead { head, incoming, connection })
    }

    /// Returns true if the head of a response decides what became of the request. With gRPC the trailers may
    /// decide it, and the body has to be read first.
    pub(super) fn is_decided(&self, response: &ResponseHead) -> bool {
        match self.protocol {
            Protocol::Grpc => grpc::is_decided(&response.head),
            Protocol::HttpProtobuf => true,
        }
    }

    /// Judges a response. A success whose body cannot be read is still a success.
    pub(super) fn verdict(&self, response: &Response) -> Result<Accepted, Failure> {
        let verdict = match self.protocol {
            Protocol::Grpc => grpc::verdict(response),
            Protocol::HttpProtobuf => http::verdict(response),
        };
        match self.forwarder() {
            Some(proxy) => verdict.map_err(|failure| proxy.forwarded(response.head.status, failure)),
            None => verdict,
        }
    }

    /// Returns the proxy, if it reads the requests. The others go through a tunnel.
    fn forwarder(&self) -> Option<&Proxy> {
        let is_tunnel = self.tls.is_some() || self.protocol == Protocol::Grpc;
        self.proxy.as_ref().filter(|_| !is_tunnel)
    }

    fn request(&self, body: Bytes) -> Result<Request<Full<Bytes>>, Failure> {
        let Target { authority, path, .. } = &self.target;
        let request = Request::builder().method(Method::POST);
        let forwarder = self.forwarder();
        let request = match self.protocol {
            // HTTP/2 has the whole URL in its pseudo-headers, HTTP/1 the path alone.
            Protocol::Grpc => request.version(Version::HTTP_2).uri(self.uri()?),
            Protocol::HttpProtobuf if forwarder.is_some() => {
                request.uri(self.uri()?).header("host", authority)
            }
            Protocol::HttpProtobuf => request.uri(path.as_str()).header("host", authority),
        };
        let request = request.body(Full::new(body));
        let mut request = request.map_err(|error| Failure::never(Reason::Protocol, error.to_string()))?;
        request.headers_mut().extend(self.headers.clone());
        if let Some(proxy) = forwarder {
            proxy.authorize(request.headers_mut());
        }
        Ok(request)
    }

    /// Returns the whole URL of a request.
    fn uri(&self) -> Result<Uri, Failure> {
        let Target { tls, authority, path, .. } = &self.target;
        let scheme = if *tls { "https" } else { "http" };
        let uri = Uri::builder().scheme(scheme).authority(authority.as_str()).path_and_query(path.clone());
        uri.build().map_err(|error| Failure::never(Reason::Protocol, error.to_string()))
    }
}

/// Compresses a message by gzip.
pub(super) fn compressed(message: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    let read = GzEncoder::new(message, Level::fast()).read_to_end(&mut compressed);
    debug_assert!(read.is_ok(), "memory is read and written");
    compressed
}
