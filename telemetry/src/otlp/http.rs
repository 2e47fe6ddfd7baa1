//! Protobuf over HTTP, by the [protocol](https://opentelemetry.io/docs/specs/otlp/#otlphttp).

use super::Compression;
use super::client::Answer;
use super::failure::Failure;
use bytes::Bytes;
use prost::Message;
use tonic_types::Status;

pub(super) fn headers(compression: Compression) -> Vec<(&'static str, &'static str)> {
    let mut headers = vec![("content-type", "application/x-protobuf"), ("accept-encoding", "identity")];
    if compression == Compression::Gzip {
        headers.push(("content-encoding", "gzip"));
    }
    headers
}

/// The message of an answer.
pub(super) fn message(answer: Answer) -> Result<Bytes, Failure> {
    if answer.head.status.is_success() {
        return Ok(answer.body);
    }
    Err(Failure::of_status(answer.head.status, &answer.head.headers, &said(&answer.body)))
}

/// What a refusal says: a `Status` in protobuf by the protocol; in practice often text, as of a proxy.
fn said(body: &Bytes) -> String {
    match Status::decode(body.clone()) {
        Ok(status) => status.message,
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    }
}
