//! gRPC's unary call, by its [protocol](https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
//!
//! One call over one connection is a prefix of five bytes and a status in the trailers. tonic's channel is
//! made for many calls at a time over connections that are kept. It cannot limit the size or the time of a
//! whole response, and its own errors look like the server's.

use super::failure::{Failure, Retry, broken, printable};
use super::format::Compression;
use super::response::{Accepted, End, Response, too_long};
use super::status::{Code, GRPC_STATUS, Status};
use crate::export::Reason;
use ::http::StatusCode;
use ::http::response::Parts;
use bytes::{BufMut, Bytes, BytesMut};

/// The bytes before a message: a flag for compression, and the length.
const PREFIX: usize = 5;

/// The error of a body without a message.
const NO_MESSAGE: &str = "has no gRPC message";

/// Returns the headers that each request has.
pub(super) fn headers(compression: Compression) -> Vec<(&'static str, &'static str)> {
    let mut headers = vec![("content-type", "application/grpc"), ("te", "trailers")];
    if compression == Compression::Gzip {
        headers.push(("grpc-encoding", "gzip"));
    }
    headers
}

/// Puts the prefix before a message. Messages are far shorter than 2³² bytes.
pub(super) fn framed(message: &[u8], compression: Compression) -> Bytes {
    debug_assert!(u32::try_from(message.len()).is_ok(), "a message of {} bytes", message.len());
    let mut framed = BytesMut::with_capacity(PREFIX + message.len());
    framed.put_u8((compression == Compression::Gzip).into());
    framed.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    framed.put_slice(message);
    framed.freeze()
}

/// Returns true if the head alone decides what became of the request: it has a gRPC status already, or it
/// comes from something before the server that does not speak gRPC. Otherwise the trailers decide.
pub(super) fn is_decided(head: &Parts) -> bool {
    head.status != StatusCode::OK || head.headers.contains_key(GRPC_STATUS)
}

/// Judges a response.
///
/// The gRPC status alone decides, [independent] of the HTTP status. 0 means that the data is accepted, and
/// the message is read for `partial_success` alone. Without a gRPC status nothing confirms the delivery, not
/// even `200 OK`.
///
/// [independent]: https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
pub(super) fn verdict(response: &Response) -> Result<Accepted, Failure> {
    let status = Status::from_headers(&response.trailers);
    match status.or_else(|| Status::from_headers(&response.head.headers)) {
        Some(Status { code: Code::Ok, .. }) => Ok(Accepted::from_message(message(response))),
        Some(status) => Err(rejected(&status)),
        None if response.head.status != StatusCode::OK => {
            let Parts { status, headers, .. } = &response.head;
            Err(Failure::of_status(*status, headers, &String::from_utf8_lossy(&response.partial_body())))
        }
        None => Err(match &response.end {
            End::Whole => Failure::never(Reason::Protocol, "the response has no gRPC status"),
            End::Late => Failure::backoff(Reason::Timeout, "the response does not end"),
            End::TooLong => Failure::never(Reason::Protocol, format!("the response {}", too_long())),
            End::Broken(error) => broken(error),
        }),
    }
}

/// Returns the message of a success. A response that ends with its headers need not have one.
fn message(response: &Response) -> Result<Bytes, String> {
    let mut body = response.message()?;
    if body.is_empty() {
        return Ok(body);
    }
    if body.len() < PREFIX {
        return Err(NO_MESSAGE.to_owned());
    }
    let prefix = body.split_to(PREFIX);
    match *prefix {
        [0, a, b, c, d] if u32::from_be_bytes([a, b, c, d]) as usize == body.len() => Ok(body),
        [1, ..] => Err("is compressed, which was not requested".to_owned()),
        _ => Err(NO_MESSAGE.to_owned()),
    }
}

/// Decides by the status of a rejected call whether it may be tried again. The [protocol] lists the codes;
/// one of them allows it only if the server names a delay.
///
/// [protocol]: https://opentelemetry.io/docs/specs/otlp/#failures
fn rejected(status: &Status) -> Failure {
    let named = status.retry_after.map_or(Retry::Backoff, Retry::After);
    let (reason, retry) = match status.code {
        Code::DeadlineExceeded => (Reason::Timeout, named),
        Code::Cancelled | Code::Aborted | Code::OutOfRange | Code::Unavailable | Code::DataLoss => {
            (Reason::Unavailable, named)
        }
        Code::ResourceExhausted => {
            (Reason::Unavailable, status.retry_after.map_or(Retry::Never, Retry::After))
        }
        _ => (Reason::Rejected, Retry::Never),
    };
    let is_too_large = is_too_large(status);
    let retry = if is_too_large { Retry::Never } else { retry };
    let reason = if is_too_large { Reason::Rejected } else { reason };
    let colon = if status.message.is_empty() { "" } else { ": " };
    let why = format!("the server responded with {:?}{colon}{}", status.code, printable(&status.message));
    Failure { retry, is_too_large, ..Failure::never(reason, why) }
}

/// Returns true if the server would accept a smaller message.
///
/// gRPC has no code for that. These are the words of servers in Go, Java, C++, Python, JavaScript, C# and
/// Rust, the last one with `OUT_OF_RANGE`. The codes alone mean other things too, such as a quota, which
/// smaller messages would use up faster.
fn is_too_large(status: &Status) -> bool {
    const WORDS: [&str; 4] =
        ["larger than max", "exceeds maximum", "exceeds the maximum", "length too large"];
    let message = status.message.to_ascii_lowercase();
    matches!(status.code, Code::ResourceExhausted | Code::OutOfRange)
        && status.retry_after.is_none()
        && WORDS.iter().any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn status(code: Code, message: &str) -> Status {
        Status { code, message: message.to_owned(), retry_after: None }
    }

    fn retry(code: Code, retry_after: Option<Duration>) -> Retry {
        rejected(&Status { retry_after, ..status(code, "no") }).retry
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
        for code in &Code::ALL[1..] {
            let expected = if again.contains(code) { Retry::Backoff } else { Retry::Never };
            assert_eq!(retry(*code, None), expected, "{code:?}");
        }
    }

    #[test]
    fn an_exhausted_server_is_asked_again_if_it_names_a_delay() {
        let delay = Duration::from_millis(1_500);
        assert_eq!(retry(Code::ResourceExhausted, Some(delay)), Retry::After(delay));
        assert_eq!(retry(Code::Unavailable, Some(delay)), Retry::After(delay));
        assert_eq!(retry(Code::InvalidArgument, Some(delay)), Retry::Never);
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
            let failure = rejected(&status(code, words));
            assert!(failure.is_too_large && failure.retry == Retry::Never, "{words}");
            assert!(!rejected(&status(Code::InvalidArgument, words)).is_too_large, "{words}");
        }
        for (code, words) in [(Code::ResourceExhausted, "quota exceeded"), (Code::OutOfRange, "")] {
            assert!(!rejected(&status(code, words)).is_too_large, "{words}");
        }
    }
}
