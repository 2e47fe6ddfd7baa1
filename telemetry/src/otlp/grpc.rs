//! gRPC's unary call, by its [protocol](https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
//!
//! tonic's channel is for many calls at a time over connections that are kept; it has no say in how long an
//! answer may be in all, and a message of its own that says so looks like the server's. One call over one
//! connection is a prefix of five bytes and a status in the trailers, which tonic reads.

use super::Compression;
use super::client::Answer;
use super::failure::{Failure, Retry, printable};
use crate::export::Reason;
use ::http::StatusCode;
use bytes::{BufMut, Bytes, BytesMut};
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Whether the message is compressed, and its length.
const PREFIX: usize = 5;

pub(super) fn headers(compression: Compression) -> Vec<(&'static str, &'static str)> {
    let mut headers = vec![("content-type", "application/grpc"), ("te", "trailers")];
    if compression == Compression::Gzip {
        headers.push(("grpc-encoding", "gzip"));
    }
    headers
}

/// A message with its prefix. Messages are far shorter than 2³² bytes.
pub(super) fn framed(message: &[u8], compression: Compression) -> Bytes {
    let mut framed = BytesMut::with_capacity(PREFIX + message.len());
    framed.put_u8((compression == Compression::Gzip).into());
    framed.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    framed.put_slice(message);
    framed.freeze()
}

/// The message of an answer.
pub(super) fn message(answer: Answer) -> Result<Bytes, Failure> {
    let Answer { head, mut body, trailers } = answer;
    if head.status != StatusCode::OK {
        // Of something before the server that does not speak gRPC.
        return Err(Failure::of_status(head.status, &head.headers, &String::from_utf8_lossy(&body)));
    }
    let status = Status::from_header_map(&trailers).or_else(|| Status::from_header_map(&head.headers));
    match status {
        Some(status) if status.code() == Code::Ok => {}
        Some(status) => return Err(refused(&status)),
        None => return Err(Failure::never(Reason::Protocol, "the answer has no gRPC status")),
    }
    let no_message = || Failure::never(Reason::Protocol, "the answer has no gRPC message");
    if body.len() < PREFIX {
        return Err(no_message());
    }
    let prefix = body.split_to(PREFIX);
    match *prefix {
        [0, a, b, c, d] if u32::from_be_bytes([a, b, c, d]) as usize == body.len() => Ok(body),
        [1, ..] => Err(Failure::never(Reason::Protocol, "the answer is compressed, which nobody asked for")),
        _ => Err(no_message()),
    }
}

/// The [protocol] says which codes may be tried again, one of them only if the server says when.
///
/// [protocol]: https://opentelemetry.io/docs/specs/otlp/#failures
fn refused(status: &Status) -> Failure {
    let after = status.get_details_retry_info().and_then(|info| info.retry_delay);
    let named = after.map_or(Retry::Backoff, Retry::After);
    let (reason, retry) = match status.code() {
        Code::DeadlineExceeded => (Reason::Timeout, named),
        Code::Cancelled | Code::Aborted | Code::OutOfRange | Code::Unavailable | Code::DataLoss => {
            (Reason::Unavailable, named)
        }
        Code::ResourceExhausted => (Reason::Unavailable, after.map_or(Retry::Never, Retry::After)),
        _ => (Reason::Rejected, Retry::Never),
    };
    let colon = if status.message().is_empty() { "" } else { ": " };
    let why = format!("the server answers {:?}{colon}{}", status.code(), printable(status.message()));
    Failure { reason, retry, why }
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use std::time::Duration;
    use tonic_types::ErrorDetails;

    fn retry(code: Code, details: ErrorDetails) -> Retry {
        refused(&Status::with_error_details(code, "no", details)).retry
    }

    #[test]
    fn only_the_codes_that_the_protocol_names_are_tried_again() {
        let again = [
            Code::Cancelled,
            Code::DeadlineExceeded,
            Code::Aborted,
            Code::OutOfRange,
            Code::Unavailable,
            Code::DataLoss,
        ];
        for code in (1..=16).map(Code::from_i32) {
            let expected = if again.contains(&code) { Retry::Backoff } else { Retry::Never };
            assert_eq!(retry(code, ErrorDetails::new()), expected, "{code:?}");
        }
    }

    #[test]
    fn an_exhausted_server_is_asked_again_if_it_says_when() {
        let details = || ErrorDetails::with_retry_info(Some(Duration::from_millis(1_500)));
        let after = Retry::After(Duration::from_millis(1_500));
        assert_eq!(retry(Code::ResourceExhausted, details()), after);
        assert_eq!(retry(Code::Unavailable, details()), after);
        assert_eq!(retry(Code::InvalidArgument, details()), Retry::Never);
    }
}
