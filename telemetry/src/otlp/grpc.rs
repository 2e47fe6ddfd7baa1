//! gRPC's unary call, by its [protocol](https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
//!
//! tonic's channel is for many calls at a time over connections that are kept; it has no say in how long an
//! answer may be in all, and a message of its own that says so looks like the server's. One call over one
//! connection is a prefix of five bytes and a status in the trailers, which tonic reads.

use super::Compression;
use super::client::{Answer, End, Taken, too_long};
use super::connection::broken;
use super::failure::{Failure, Retry, printable};
use crate::export::Reason;
use ::http::StatusCode;
use ::http::response::Parts;
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

/// Whether an answer without a body says what became of the request: it has a gRPC status already, or it is from
/// something before the server that does not speak gRPC. Otherwise the trailers say it.
pub(super) fn is_decided(head: &Parts) -> bool {
    head.status != StatusCode::OK || head.headers.contains_key("grpc-status")
}

/// What an answer says. The gRPC status alone decides, [whatever] the HTTP status: 0 means that the data is taken,
/// and the message is read for `partial_success` alone. Without a gRPC status nothing says so, `200 OK` included.
///
/// [whatever]: https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
pub(super) fn verdict(answer: &Answer) -> Result<Taken, Failure> {
    let status = Status::from_header_map(&answer.trailers);
    match status.or_else(|| Status::from_header_map(&answer.head.headers)) {
        Some(status) if status.code() == Code::Ok => Ok(Taken::saying(message(answer))),
        Some(status) => Err(refused(&status)),
        None if answer.head.status != StatusCode::OK => {
            let Parts { status, headers, .. } = &answer.head;
            Err(Failure::of_status(*status, headers, &String::from_utf8_lossy(&answer.text())))
        }
        None => Err(match &answer.end {
            End::Whole => Failure::never(Reason::Protocol, "the answer has no gRPC status"),
            End::Late => Failure::backoff(Reason::Timeout, "the answer does not end"),
            End::TooLong => Failure::never(Reason::Protocol, format!("the answer {}", too_long())),
            End::Broken(error) => broken(error),
        }),
    }
}

/// The message of a success. An answer that ends with its headers need not have one.
fn message(answer: &Answer) -> Result<Bytes, String> {
    let mut body = answer.message()?;
    if body.is_empty() {
        return Ok(body);
    }
    let no_message = || Err("has no gRPC message".to_owned());
    if body.len() < PREFIX {
        return no_message();
    }
    let prefix = body.split_to(PREFIX);
    match *prefix {
        [0, a, b, c, d] if u32::from_be_bytes([a, b, c, d]) as usize == body.len() => Ok(body),
        [1, ..] => Err("is compressed, which nobody asked for".to_owned()),
        _ => no_message(),
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
    let is_too_large = is_too_large(status);
    let retry = if is_too_large { Retry::Never } else { retry };
    let colon = if status.message().is_empty() { "" } else { ": " };
    let why = format!("the server answers {:?}{colon}{}", status.code(), printable(status.message()));
    let reason = if is_too_large { Reason::Rejected } else { reason };
    Failure { retry, is_too_large, ..Failure::never(reason, why) }
}

/// Whether a server would take a smaller message. There is no code for that: those of these words are what servers
/// in Go, Java, C++, Python, JavaScript, C# and Rust answer, the last one with `OUT_OF_RANGE`. The codes alone mean other
/// things too, such as a quota, of which smaller messages would use up more.
fn is_too_large(status: &Status) -> bool {
    const WORDS: [&str; 4] =
        ["larger than max", "exceeds maximum", "exceeds the maximum", "length too large"];
    let words = status.message().to_ascii_lowercase();
    matches!(status.code(), Code::ResourceExhausted | Code::OutOfRange)
        && status.get_details_retry_info().is_none()
        && WORDS.iter().any(|word| words.contains(word))
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

    #[test]
    fn a_message_that_is_too_large_is_known_by_the_words_of_each_implementation() {
        for (code, words) in [
            (Code::ResourceExhausted, "grpc: received message larger than max (5000000 vs. 4194304)"),
            (Code::ResourceExhausted, "gRPC message exceeds maximum size 4194304: 5000000"),
            (Code::ResourceExhausted, "CLIENT: Received message larger than max (5000000 vs. 4194304)"),
            (Code::ResourceExhausted, "Received message exceeds the maximum configured message size."),
            (
                Code::OutOfRange,
                "Error, decoded message length too large: found 5 bytes, the limit is: 4 bytes",
            ),
        ] {
            let failure = refused(&Status::new(code, words));
            assert!(failure.is_too_large && failure.retry == Retry::Never, "{words}");
            assert!(!refused(&Status::new(Code::InvalidArgument, words)).is_too_large, "{words}");
        }
        for (code, words) in [(Code::ResourceExhausted, "quota exceeded"), (Code::OutOfRange, "")] {
            assert!(!refused(&Status::new(code, words)).is_too_large, "{words}");
        }
    }
}
