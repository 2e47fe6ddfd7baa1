//! Protobuf over HTTP, by the [protocol](https://opentelemetry.io/docs/specs/otlp/#otlphttp).

use super::failure::{Failure, printable};
use super::format::Compression;
use super::proto::Status;
use super::response::{Accepted, Response};
use ::http::header::{CONTENT_TYPE, HeaderValue};
use ::http::response::Parts;
use bytes::Bytes;
use prost::Message;

const PROTOBUF: &str = "application/x-protobuf";

/// Returns the headers that each request has.
pub(super) fn headers(compression: Compression) -> Vec<(&'static str, &'static str)> {
    let mut headers = vec![("content-type", PROTOBUF), ("accept-encoding", "identity")];
    if compression == Compression::Gzip {
        headers.push(("content-encoding", "gzip"));
    }
    headers
}

/// Judges a response.
///
/// The [protocol] knows `200 OK` alone, but servers in use also respond with 202 and 204, and send bodies
/// that are not the message. So any success status means that the data is accepted, and the body is read for
/// `partial_success` alone.
///
/// [protocol]: https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
pub(super) fn verdict(response: &Response) -> Result<Accepted, Failure> {
    let Parts { status, headers, .. } = &response.head;
    if !status.is_success() {
        return Err(Failure::of_status(*status, headers, &error_message(&response.partial_body())));
    }
    Ok(Accepted::from_message(message(response)))
}

/// Returns the body of a success. A body of another type is not decoded: text may read as a message by
/// accident.
fn message(response: &Response) -> Result<Bytes, String> {
    let message = response.message()?;
    match response.head.headers.get(CONTENT_TYPE) {
        Some(found) if !message.is_empty() && !is_protobuf(found) => {
            let found = String::from_utf8_lossy(found.as_bytes());
            Err(format!("is {} instead of {PROTOBUF}", printable(&found)))
        }
        _ => Ok(message),
    }
}

/// Compares the media type, without regard to case and parameters.
fn is_protobuf(value: &HeaderValue) -> bool {
    let end = value.as_bytes().iter().position(|byte| *byte == b';').unwrap_or(value.len());
    value.as_bytes()[..end].trim_ascii().eq_ignore_ascii_case(PROTOBUF.as_bytes())
}

/// Reads the message of an error. The protocol requires a `Status` in protobuf; proxies send text.
fn error_message(body: &Bytes) -> String {
    match Status::decode(body.clone()) {
        Ok(status) => status.message,
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    }
}
