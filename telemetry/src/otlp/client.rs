//! Posts a request and reads the answer, bounded in size; the exporter bounds both in time.

use super::connection::Connection;
use super::endpoint::Target;
use super::failure::{Failure, printable};
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
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use prost::Message;
use std::io::Read;
use std::time::Duration;
use tokio_rustls::TlsConnector;

/// How many bytes of an answer's body are read, and kept when it is uncompressed.
const MAX_ANSWER: usize = 4 << 20;

/// How many bytes of the body of a refusal are read.
const MAX_REFUSAL: usize = 8 << 10;

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

/// The beginning of an answer, and the connection that its body comes over.
pub(super) struct Answering {
    head: Parts,
    incoming: Incoming,
    connection: Connection,
}

/// An answer, as far as its body was read.
pub(super) struct Answer {
    pub head: Parts,
    pub body: Vec<u8>,
    pub trailers: HeaderMap,
    pub end: End,
}

/// How the reading of a body ended.
#[derive(Debug)]
pub(super) enum End {
    /// All of it was read.
    Whole,
    /// More of it did not come in time.
    Late,
    /// It is longer than anyone reads.
    TooLong,
    /// It broke off.
    Broken(hyper::Error),
}

/// What is known of a request that the server has taken.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Taken {
    pub partial: ExportMetricsPartialSuccess,
    /// What is wrong with the answer. It changes nothing: the status has said that the request is taken.
    pub trouble: Option<String>,
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

    /// Posts a body over the connection that is there, or over a new one, and waits for the head of the answer.
    /// Takes what it takes: the caller has the clock. The connection is gone if this fails, or is dropped.
    pub(super) async fn post(
        &mut self,
        connection: &mut Option<Connection>,
        body: Bytes,
    ) -> Result<Answering, Failure> {
        let known = match connection.take() {
            Some(mut known) => known.is_ready().await.then_some(known),
            None => None,
        };
        let mut connection = match known {
            Some(known) => known,
            None => {
                let Client { target, tls, protocol, resolver, .. } = self;
                let opened = Connection::open(target, tls.as_ref(), *protocol, resolver).await;
                opened.map_err(Failure::unreachable)?
            }
        };
        let response = connection.send(self.request(body)?).await?;
        let (head, incoming) = response.into_parts();
        Ok(Answering { head, incoming, connection })
    }

    /// Whether the head of an answer says what became of the request. Of gRPC the trailers may say it, so that
    /// the body has to be read.
    pub(super) fn is_decided(&self, answering: &Answering) -> bool {
        match self.protocol {
            Protocol::Grpc => grpc::is_decided(&answering.head),
            Protocol::HttpProtobuf => true,
        }
    }

    /// What an answer says. What cannot be read of a success is no failure.
    pub(super) fn verdict(&self, answer: &Answer) -> Result<Taken, Failure> {
        match self.protocol {
            Protocol::Grpc => grpc::verdict(answer),
            Protocol::HttpProtobuf => http::verdict(answer),
        }
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

impl Answering {
    /// The answer without its body, the body, and what it comes over.
    pub(super) fn into_parts(self) -> (Answer, Incoming, Connection) {
        let Answering { head, incoming, connection } = self;
        (Answer { head, body: Vec::new(), trailers: HeaderMap::new(), end: End::Late }, incoming, connection)
    }
}

impl Answer {
    /// Reads the body. Takes what it takes: the caller has the clock, and what was read until then is kept.
    pub(super) async fn read(&mut self, mut incoming: Incoming) {
        let max = if self.head.status.is_success() { MAX_ANSWER } else { MAX_REFUSAL };
        self.end = loop {
            let frame = match incoming.frame().await {
                None => break End::Whole,
                Some(Err(error)) => break End::Broken(error),
                Some(Ok(frame)) => frame,
            };
            match frame.into_data() {
                Ok(data) => {
                    let room = max - self.body.len();
                    self.body.extend_from_slice(&data[..data.len().min(room)]);
                    if data.len() > room {
                        break End::TooLong;
                    }
                }
                Err(frame) => self.trailers.extend(frame.into_trailers().unwrap_or_default()),
            }
        };
    }

    /// The body without its encoding.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words that follow "the answer".
    pub(super) fn message(&self) -> Result<Bytes, String> {
        match &self.end {
            End::Whole => uncompressed(&self.head.headers, Bytes::copy_from_slice(&self.body)),
            End::Late => Err("does not end".to_owned()),
            End::TooLong => Err(too_long()),
            End::Broken(error) => Err(format!("breaks off: {}", printable(&error.to_string()))),
        }
    }

    /// As much of the body as came, as text.
    pub(super) fn text(&self) -> Bytes {
        uncompressed(&self.head.headers, Bytes::copy_from_slice(&self.body)).unwrap_or_default()
    }
}

impl Taken {
    /// What the message of a success says. One that cannot be read says nothing.
    pub(super) fn saying(message: Result<Bytes, String>) -> Self {
        let decoded = message.and_then(|message| {
            ExportMetricsServiceResponse::decode(message).map_err(|error| format!("is not OTLP: {error}"))
        });
        match decoded {
            Ok(response) => Taken { partial: response.partial_success.unwrap_or_default(), trouble: None },
            Err(what) => Taken { trouble: Some(format!("the answer {what}")), ..Taken::default() },
        }
    }
}

pub(super) fn too_long() -> String {
    format!("is longer than {MAX_ANSWER} bytes")
}

/// A body without its encoding, which we did not ask for, but which need not be asked for. The error says what is
/// wrong with it, in words that follow "the answer".
fn uncompressed(headers: &HeaderMap, body: Bytes) -> Result<Bytes, String> {
    match headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(body),
        Some(_) if body.is_empty() => Ok(body),
        Some(b"gzip") => {
            let mut plain = Vec::new();
            let read = GzDecoder::new(&*body).take(MAX_ANSWER as u64 + 1).read_to_end(&mut plain);
            match read {
                Ok(len) if len > MAX_ANSWER => Err(too_long()),
                Ok(_) => Ok(plain.into()),
                Err(error) => Err(format!("is not gzip: {error}")),
            }
        }
        Some(_) => Err("has an encoding that nobody asked for".to_owned()),
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
        Answer { head, body: body.to_vec(), trailers: HeaderMap::from_iter(trailers), end: End::Whole }
    }

    proptest! {
        #[test]
        fn the_status_alone_says_whether_a_request_is_taken(
            status in 200_u16..600,
            encoding in prop::sample::select(&["gzip", "identity", "br"][..]),
            grpc_status in prop::sample::select(&["0", "8", "14", "junk"][..]),
            body: Vec<u8>,
            is_whole: bool,
        ) {
            for (verdict, is_taken) in [
                (http::verdict as fn(&Answer) -> Result<Taken, Failure>, status < 300),
                (grpc::verdict, grpc_status == "0"),
            ] {
                let mut answer = answer(status, encoding, grpc_status, &body);
                if !is_whole {
                    answer.end = End::Late;
                }
                prop_assert_eq!(verdict(&answer).is_ok(), is_taken);
            }
        }

        #[test]
        fn gzip_gives_back_what_it_was_given(body: Vec<u8>) {
            let headers = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static("gzip"))]);
            prop_assert_eq!(uncompressed(&headers, compressed(&body).into()), Ok(Bytes::from(body)));
        }
    }
}
