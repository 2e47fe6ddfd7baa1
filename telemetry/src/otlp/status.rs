//! The status of a gRPC call, as headers or trailers carry it.
//!
//! Three headers, by the [protocol]. tonic reads them too, with 8 crates more, and it [panics] if
//! the details are not base64, which a server decides.
//!
//! [protocol]: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses
//! [panics]: https://docs.rs/tonic/0.14.9/src/tonic/status.rs.html#502

use super::proto;
use ::http::header::{HeaderMap, HeaderValue};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode;
use prost::Message;
use std::time::Duration;

/// Marks a header map that has a status.
pub(super) const GRPC_STATUS: &str = "grpc-status";

const GRPC_MESSAGE: &str = "grpc-message";
const GRPC_STATUS_DETAILS: &str = "grpc-status-details-bin";

/// The type of the detail that says when to try again.
const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";

/// The protocol allows padding and does not require it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The outcome of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub code: Code,
    pub message: String,
    /// The delay after which the server allows another attempt.
    pub retry_after: Option<Duration>,
}

/// The codes of gRPC, in the order of their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Ok,
    Cancelled,
    Unknown,
    InvalidArgument,
    DeadlineExceeded,
    NotFound,
    AlreadyExists,
    PermissionDenied,
    ResourceExhausted,
    FailedPrecondition,
    Aborted,
    OutOfRange,
    Unimplemented,
    Internal,
    Unavailable,
    DataLoss,
    Unauthenticated,
}

impl Code {
    pub(super) const ALL: [Code; 17] = [
        Code::Ok,
        Code::Cancelled,
        Code::Unknown,
        Code::InvalidArgument,
        Code::DeadlineExceeded,
        Code::NotFound,
        Code::AlreadyExists,
        Code::PermissionDenied,
        Code::ResourceExhausted,
        Code::FailedPrecondition,
        Code::Aborted,
        Code::OutOfRange,
        Code::Unimplemented,
        Code::Internal,
        Code::Unavailable,
        Code::DataLoss,
        Code::Unauthenticated,
    ];

    /// Reads a code. A number that gRPC does not define is `Unknown`, and so is one with a sign or a leading
    /// zero: success has one form.
    fn parse(value: &HeaderValue) -> Self {
        let number = match value.as_bytes() {
            [units @ b'0'..=b'9'] => usize::from(units - b'0'),
            [b'1', units @ b'0'..=b'9'] => 10 + usize::from(units - b'0'),
            _ => return Code::Unknown,
        };
        Code::ALL.get(number).copied().unwrap_or(Code::Unknown)
    }
}

impl Status {
    /// Reads the status, if the headers have one.
    pub(super) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let code = Code::parse(headers.get(GRPC_STATUS)?);
        let message = headers.get(GRPC_MESSAGE).map_or(&[][..], HeaderValue::as_bytes);
        let message = percent_decode(message).decode_utf8_lossy().into_owned();
        let retry_after = headers.get(GRPC_STATUS_DETAILS).and_then(retry_after);
        Some(Status { code, message, retry_after })
    }
}

/// Reads the delay from the details of a status. Details that cannot be read are left out.
fn retry_after(details: &HeaderValue) -> Option<Duration> {
    let details = BASE64.decode(details.as_bytes()).ok()?;
    let details = proto::Status::decode(&*details).ok()?.details;
    let infos = details.iter().filter(|detail| detail.type_url == RETRY_INFO);
    let delay = infos
        .filter_map(|info| proto::RetryInfo::decode(&*info.value).ok())
        .find_map(|info| info.retry_delay)?;
    let nanos = i128::from(delay.seconds) * 1_000_000_000 + i128::from(delay.nanos);
    // A negative delay means no delay.
    Some(Duration::from_nanos_u128(u128::try_from(nanos).unwrap_or_default()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Encodes the details of a status that asks for a delay.
    fn details(seconds: i64, nanos: i32) -> String {
        let info = proto::RetryInfo { retry_delay: Some(proto::Duration { seconds, nanos }) };
        let other = proto::Any { type_url: "other".to_owned(), value: vec![1] };
        let info = proto::Any { type_url: RETRY_INFO.to_owned(), value: info.encode_to_vec() };
        let status = proto::Status { code: 8, message: String::new(), details: vec![other, info] };
        BASE64.encode(status.encode_to_vec())
    }

    fn read(headers: &[(&'static str, &str)]) -> Option<Status> {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        Status::from_headers(&headers.collect())
    }

    #[test]
    fn codes_are_read_by_their_numbers() {
        for (number, code) in Code::ALL.iter().enumerate() {
            assert_eq!(*code as usize, number);
            assert_eq!(read(&[(GRPC_STATUS, &number.to_string())]).unwrap().code, *code);
        }
        for junk in
            ["17", "-1", "", "zero", "99999999999999999999", "+0", "00", "000", "-0", " 0", "014", "+14"]
        {
            assert_eq!(read(&[(GRPC_STATUS, junk)]).unwrap().code, Code::Unknown, "{junk}");
        }
        assert_eq!(read(&[(GRPC_MESSAGE, "x")]), None);
    }

    #[test]
    fn a_message_is_percent_decoded_and_one_that_is_not_utf8_does_not_hide_the_code() {
        let message = |text| read(&[(GRPC_STATUS, "14"), (GRPC_MESSAGE, text)]).unwrap();
        assert_eq!(message("no%20room%3A%20%C3%A9 100%").message, "no room: é 100%");
        assert_eq!(message("%ff").message, "\u{fffd}");
        assert_eq!(message("%ff").code, Code::Unavailable);
    }

    #[test]
    fn a_delay_is_read_from_the_details_with_padding_or_without() {
        let delay =
            |details: &str| read(&[(GRPC_STATUS, "8"), (GRPC_STATUS_DETAILS, details)]).unwrap().retry_after;
        let padded = details(1, 500_000_000);
        assert_eq!(delay(&padded), Some(Duration::from_millis(1_500)));
        assert_eq!(delay(padded.trim_end_matches('=')), Some(Duration::from_millis(1_500)));
        assert_eq!(delay(&details(-1, -5)), Some(Duration::ZERO));
        assert_eq!(delay(&details(-1, 500_000_000)), Some(Duration::ZERO));
        assert_eq!(delay(&details(1, -500_000_000)), Some(Duration::from_millis(500)));
        assert_eq!(
            delay(&details(i64::MAX, i32::MAX)),
            Some(Duration::new(i64::MAX as u64 + 2, 147_483_647))
        );
        for junk in ["", "!", "not base64", "AAAA", "CAgSAA=="] {
            assert_eq!(delay(junk), None, "{junk}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_the_reader_panic(status in "[ -~]{0,4}", message in "[ -~]{0,40}", details in "[ -~]{0,40}") {
            let status = read(&[(GRPC_STATUS, &status), (GRPC_MESSAGE, &message), (GRPC_STATUS_DETAILS, &details)]);
            prop_assert!(status.is_some());
        }
    }
}
