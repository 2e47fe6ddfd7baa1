//! Protobuf over HTTP, by the [protocol](https://opentelemetry.io/docs/specs/otlp/#otlphttp).

use super::Compression;
use super::client::{Answer, Taken};
use super::failure::{Failure, printable};
use ::http::header::{CONTENT_TYPE, HeaderValue};
use ::http::response::Parts;
use bytes::Bytes;
use prost::Message;
use tonic_types::Status;

const PROTOBUF: &str = "application/x-protobuf";

pub(super) fn headers(compression: Compression) -> Vec<(&'static str, &'static str)> {
    let mut headers = vec![("content-type", PROTOBUF), ("accept-encoding", "identity")];
    if compression == Compression::Gzip {
        headers.push(("content-encoding", "gzip"));
    }
    headers
}

/// What an answer says. The [protocol] knows `200 OK` alone, but servers in use also answer 202 and 204, and bodies
/// that are not the message: any success status means that the data is taken, and the body is read for
/// `partial_success` alone.
///
/// [protocol]: https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
pub(super) fn verdict(answer: &Answer) -> Result<Taken, Failure> {
    let Parts { status, headers, .. } = &answer.head;
    if !status.is_success() {
        return Err(Failure::of_status(*status, headers, &said(&answer.text())));
    }
    Ok(Taken::saying(message(answer)))
}

/// The body of a success. One of another type is not looked into: text may read as a message by accident.
fn message(answer: &Answer) -> Result<Bytes, String> {
    let message = answer.message()?;
    match answer.head.headers.get(CONTENT_TYPE) {
        Some(found) if !message.is_empty() && !is_protobuf(found) => {
            let found = String::from_utf8_lossy(found.as_bytes());
            Err(format!("is {} instead of {PROTOBUF}", printable(&found)))
        }
        _ => Ok(message),
    }
}

/// The media type, without regard to case and parameters.
fn is_protobuf(value: &HeaderValue) -> bool {
    let end = value.as_bytes().iter().position(|byte| *byte == b';').unwrap_or(value.len());
    value.as_bytes()[..end].trim_ascii().eq_ignore_ascii_case(PROTOBUF.as_bytes())
}

/// What a refusal says: a `Status` in protobuf by the protocol; in practice often text, as of a proxy.
fn said(body: &Bytes) -> String {
    match Status::decode(body.clone()) {
        Ok(status) => status.message,
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    }
}
