//! The response to a request: its head, its body as far as it was read, and the message in it.

use super::connection::Connection;
use super::failure::printable;
use super::proto::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse};
use ::http::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};
use ::http::response::Parts;
use bytes::Bytes;
use flate2::read::GzDecoder;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use prost::Message;
use std::io::Read;

/// The most bytes of a body that are read, and kept once it is uncompressed.
const MAX_BODY: usize = 4 << 20;

/// The most bytes of an error's body that are read.
const MAX_ERROR_BODY: usize = 8 << 10;

/// The head of a response, and the connection that its body comes over.
pub(super) struct ResponseHead {
    pub head: Parts,
    pub incoming: Incoming,
    pub connection: Connection,
}

/// A response, with as much of its body as was read.
pub(super) struct Response {
    pub head: Parts,
    pub body: Vec<u8>,
    pub trailers: HeaderMap,
    pub end: End,
}

/// The reason why no more of a body was read.
#[derive(Debug)]
pub(super) enum End {
    /// The body is complete.
    Whole,
    /// The rest did not come in time.
    Late,
    /// The body is over the limit.
    TooLong,
    /// The connection broke.
    Broken(hyper::Error),
}

/// A request that the server has accepted.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Accepted {
    pub partial: ExportMetricsPartialSuccess,
    /// The reason why the response cannot be read. It changes nothing: the status says that the request is
    /// accepted.
    pub trouble: Option<String>,
}

impl ResponseHead {
    /// Separates the response, which has no body yet, from the stream of its body and the connection.
    pub(super) fn into_parts(self) -> (Response, Incoming, Connection) {
        let ResponseHead { head, incoming, connection } = self;
        let response = Response { head, body: Vec::new(), trailers: HeaderMap::new(), end: End::Late };
        (response, incoming, connection)
    }
}

impl Response {
    /// Reads the body. Sets no time limit: the caller has the clock, and keeps what was read until then.
    pub(super) async fn read(&mut self, mut incoming: Incoming) {
        let max = if self.head.status.is_success() { MAX_BODY } else { MAX_ERROR_BODY };
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

    /// Returns the body without its encoding.
    ///
    /// # Errors
    ///
    /// If the body is incomplete or cannot be decoded. The error completes a sentence that begins with "the
    /// response".
    pub(super) fn message(&self) -> Result<Bytes, String> {
        match &self.end {
            End::Whole => uncompressed(&self.head.headers, Bytes::copy_from_slice(&self.body)),
            End::Late => Err("does not end".to_owned()),
            End::TooLong => Err(too_long()),
            End::Broken(error) => Err(format!("breaks off: {}", printable(&error.to_string()))),
        }
    }

    /// Returns as much of the body as was read, without its encoding.
    pub(super) fn partial_body(&self) -> Bytes {
        uncompressed(&self.head.headers, Bytes::copy_from_slice(&self.body)).unwrap_or_default()
    }
}

impl Accepted {
    /// Reads the message of a success.
    pub(super) fn from_message(message: Result<Bytes, String>) -> Self {
        let decoded = message.and_then(|message| {
            ExportMetricsServiceResponse::decode(message).map_err(|error| format!("is not OTLP: {error}"))
        });
        match decoded {
            Ok(response) => Accepted { partial: response.partial_success.unwrap_or_default(), trouble: None },
            Err(why) => Accepted { trouble: Some(format!("the response {why}")), ..Accepted::default() },
        }
    }
}

/// Completes a sentence about a response that is over the limit.
pub(super) fn too_long() -> String {
    format!("is longer than {MAX_BODY} bytes")
}

/// Removes the encoding of a body. We ask for none, but a server may use one all the same.
///
/// # Errors
///
/// If the body cannot be decoded. The error completes a sentence that begins with "the response".
fn uncompressed(headers: &HeaderMap, body: Bytes) -> Result<Bytes, String> {
    match headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(body),
        Some(_) if body.is_empty() => Ok(body),
        Some(b"gzip") => {
            let mut plain = Vec::new();
            let read = GzDecoder::new(&*body).take(MAX_BODY as u64 + 1).read_to_end(&mut plain);
            match read {
                Ok(len) if len > MAX_BODY => Err(too_long()),
                Ok(_) => Ok(plain.into()),
                Err(error) => Err(format!("is not gzip: {error}")),
            }
        }
        Some(_) => Err("has an encoding that was not requested".to_owned()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::super::client::compressed;
    use super::super::failure::Failure;
    use super::super::{grpc, http};
    use super::*;
    use ::http::HeaderName;
    use proptest::prelude::*;

    fn response(status: u16, encoding: &'static str, grpc_status: &'static str, body: &[u8]) -> Response {
        let response = ::http::Response::builder().status(status).header(CONTENT_ENCODING, encoding).body(());
        let (head, ()) = response.unwrap().into_parts();
        let trailers = [(HeaderName::from_static("grpc-status"), HeaderValue::from_static(grpc_status))];
        Response { head, body: body.to_vec(), trailers: HeaderMap::from_iter(trailers), end: End::Whole }
    }

    proptest! {
        #[test]
        fn the_status_alone_decides_if_a_request_is_accepted(
            status in 200_u16..600,
            encoding in prop::sample::select(&["gzip", "identity", "br"][..]),
            grpc_status in prop::sample::select(&["0", "8", "14", "junk"][..]),
            body: Vec<u8>,
            is_whole: bool,
        ) {
            for (verdict, is_accepted) in [
                (http::verdict as fn(&Response) -> Result<Accepted, Failure>, status < 300),
                (grpc::verdict, grpc_status == "0"),
            ] {
                let mut response = response(status, encoding, grpc_status, &body);
                if !is_whole {
                    response.end = End::Late;
                }
                prop_assert_eq!(verdict(&response).is_ok(), is_accepted);
            }
        }

        #[test]
        fn gzip_restores_the_message(body: Vec<u8>) {
            let headers = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static("gzip"))]);
            prop_assert_eq!(uncompressed(&headers, compressed(&body).into()), Ok(Bytes::from(body)));
        }
    }
}
