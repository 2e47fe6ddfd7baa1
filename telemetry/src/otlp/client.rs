//! Posts a request and reads the answer, both bounded in size and time.

use super::connection::{Connection, broken};
use super::endpoint::Target;
use super::failure::Failure;
use super::resolve::Resolver;
use super::{Compression, Config, Protocol, grpc, http};
use crate::export::Reason;
use ::http::header::{CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use ::http::response::Parts;
use ::http::uri::Uri;
use ::http::{Method, Request, Version};
use bytes::Bytes;
use flate2::Compression as Level;
use flate2::read::{GzDecoder, GzEncoder};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use prost::Message;
use std::io::Read;
use std::time::Duration;
use tokio_rustls::TlsConnector;

/// As long an answer may be, uncompressed.
const MAX_ANSWER: usize = 4 << 20;

/// So much of the body of a refusal is read, and for so long: the status is known already.
const MAX_REFUSAL: usize = 8 << 10;
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);

const AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// What all requests have in common.
pub(super) struct Client {
    target: Target,
    tls: Option<TlsConnector>,
    protocol: Protocol,
    compression: Compression,
    pub timeout: Duration,
    headers: HeaderMap,
    resolver: Resolver,
}

/// An answer that was read as a whole, or as far as anyone wants to know.
pub(super) struct Answer {
    pub head: Parts,
    pub body: Bytes,
    pub trailers: HeaderMap,
}

impl Client {
    pub(super) fn new(
        target: Target,
        tls: Option<TlsConnector>,
        config: &Config,
        mut headers: HeaderMap,
    ) -> Self {
        let (protocol, compression) = (config.protocol, config.compression);
        let own = match protocol {
            Protocol::Grpc => grpc::headers(compression),
            Protocol::HttpProtobuf => http::headers(compression),
        };
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(AGENT));
        headers.extend(
            own.into_iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))),
        );
        let timeout = config.timeout;
        Client { target, tls, protocol, compression, timeout, headers, resolver: Resolver::default() }
    }

    /// A request's body.
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

    /// Posts a body over the connection that is there, or over a new one. Takes what it takes: the caller has
    /// the clock. The connection is gone if this fails, or is dropped.
    pub(super) async fn post(
        &mut self,
        connection: &mut Option<Connection>,
        body: Bytes,
    ) -> Result<ExportMetricsPartialSuccess, Failure> {
        let known = match connection.take() {
            Some(mut known) => known.is_ready().await.then_some(known),
            None => None,
        };
        let mut open = match known {
            Some(known) => known,
            None => {
                let Client { target, tls, protocol, resolver, .. } = self;
                Connection::open(target, tls.as_ref(), *protocol, resolver).await?
            }
        };
        let response = open.send(self.request(body)?).await?;
        let (head, incoming) = response.into_parts();
        let answer = if head.status.is_success() {
            whole(head, incoming).await?
        } else {
            beginning(head, incoming).await
        };
        let message = match self.protocol {
            Protocol::Grpc => grpc::message(answer)?,
            Protocol::HttpProtobuf => http::message(answer)?,
        };
        let response = ExportMetricsServiceResponse::decode(message)
            .map_err(|error| Failure::never(Reason::Protocol, format!("the answer is no OTLP: {error}")))?;
        *connection = Some(open);
        Ok(response.partial_success.unwrap_or_default())
    }

    fn request(&self, body: Bytes) -> Result<Request<Full<Bytes>>, Failure> {
        let Target { tls, authority, path, .. } = &self.target;
        let request = Request::builder().method(Method::POST);
        let request = match self.protocol {
            // HTTP/2 has the whole URL in its pseudo-headers, HTTP/1 the path alone.
            Protocol::Grpc => {
                let scheme = if *tls { "https" } else { "http" };
                let uri =
                    Uri::builder().scheme(scheme).authority(authority.as_str()).path_and_query(path.clone());
                match uri.build() {
                    Ok(uri) => request.version(Version::HTTP_2).uri(uri),
                    Err(error) => return Err(Failure::never(Reason::Protocol, error.to_string())),
                }
            }
            Protocol::HttpProtobuf => request.uri(path.as_str()).header("host", authority),
        };
        let request = request.body(Full::new(body));
        let mut request = request.map_err(|error| Failure::never(Reason::Protocol, error.to_string()))?;
        request.headers_mut().extend(self.headers.clone());
        Ok(request)
    }
}

/// Reads all of an answer, up to the limit.
async fn whole(head: Parts, incoming: Incoming) -> Result<Answer, Failure> {
    let collected = Limited::new(incoming, MAX_ANSWER).collect().await;
    let collected = collected.map_err(|error| match error.downcast::<hyper::Error>() {
        Ok(error) => broken(&error),
        Err(_) => too_long(),
    })?;
    let trailers = collected.trailers().cloned().unwrap_or_default();
    let body = uncompressed(&head.headers, collected.to_bytes())?;
    Ok(Answer { head, body, trailers })
}

/// Reads as much of a refusal as a message needs.
async fn beginning(head: Parts, incoming: Incoming) -> Answer {
    let mut read = Vec::new();
    let mut incoming = Limited::new(incoming, MAX_REFUSAL);
    let reading = async {
        while let Some(Ok(frame)) = incoming.frame().await {
            if let Ok(data) = frame.into_data() {
                read.extend_from_slice(&data);
            }
        }
    };
    // Whatever stops it: what was read until then has to do.
    let _ = tokio::time::timeout(REFUSAL_TIMEOUT, reading).await;
    let body = uncompressed(&head.headers, read.into()).unwrap_or_default();
    Answer { head, body, trailers: HeaderMap::new() }
}

fn too_long() -> Failure {
    Failure::never(Reason::Protocol, format!("the answer is longer than {MAX_ANSWER} bytes"))
}

/// An answer without its encoding, which we did not ask for, but which need not be asked for.
fn uncompressed(headers: &HeaderMap, body: Bytes) -> Result<Bytes, Failure> {
    match headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(body),
        Some(b"gzip") if body.is_empty() => Ok(body),
        Some(b"gzip") => {
            let mut plain = Vec::new();
            let read = GzDecoder::new(&*body).take(MAX_ANSWER as u64 + 1).read_to_end(&mut plain);
            match read {
                Ok(len) if len > MAX_ANSWER => Err(too_long()),
                Ok(_) => Ok(plain.into()),
                Err(error) => {
                    Err(Failure::never(Reason::Protocol, format!("the answer is no gzip: {error}")))
                }
            }
        }
        Some(_) => Err(Failure::never(Reason::Protocol, "the answer has an encoding that nobody asked for")),
    }
}

fn compressed(message: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    // Neither side of it can fail: both are memory.
    let _ = GzEncoder::new(message, Level::fast()).read_to_end(&mut compressed);
    compressed
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use ::http::{HeaderName, Response};
    use proptest::prelude::*;

    fn answer(status: u16, encoding: &'static str, grpc_status: &'static str, body: &[u8]) -> Answer {
        let response = Response::builder().status(status).header(CONTENT_ENCODING, encoding).body(());
        let (head, ()) = response.unwrap().into_parts();
        let trailers = [(HeaderName::from_static("grpc-status"), HeaderValue::from_static(grpc_status))];
        Answer { head, body: Bytes::copy_from_slice(body), trailers: HeaderMap::from_iter(trailers) }
    }

    proptest! {
        #[test]
        fn any_answer_is_read_without_a_panic(
            status in 200_u16..600,
            encoding in prop::sample::select(&["gzip", "identity", "br"][..]),
            grpc_status in prop::sample::select(&["0", "8", "14", "junk"][..]),
            body: Vec<u8>,
        ) {
            for read in [http::message, grpc::message] {
                let answer = answer(status, encoding, grpc_status, &body);
                let plain = uncompressed(&answer.head.headers, answer.body.clone());
                prop_assert_eq!(plain.is_ok(), encoding == "identity" || (encoding == "gzip" && body.is_empty()));
                let decoded = read(answer).map(ExportMetricsServiceResponse::decode);
                prop_assert!(decoded.is_err() || status < 300);
            }
        }

        #[test]
        fn gzip_gives_back_what_it_was_given(body: Vec<u8>) {
            let headers = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static("gzip"))]);
            prop_assert_eq!(uncompressed(&headers, compressed(&body).into()), Ok(Bytes::from(body)));
        }
    }
}
