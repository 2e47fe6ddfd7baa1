//! Failures of a request, and the retries that the protocol allows.

use crate::export::{self, Reason};
use ::http::StatusCode;
use ::http::header::{HeaderMap, RETRY_AFTER};
use std::error::Error;
use std::io;
use std::time::{Duration, SystemTime};
use tokio_rustls::rustls;

/// The longest pause that a server can ask for.
pub(super) const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// The longest part of a server's message that is kept.
const MESSAGE_CHARS: usize = 256;

/// The reason why a request was not accepted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub reason: Reason,
    pub retry: Retry,
    pub why: String,
    /// No connection could be made, so every other request would fail too.
    pub is_unreachable: bool,
    /// The server would accept a smaller request.
    pub is_too_large: bool,
}

/// The retries that the protocol allows for a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// No retry.
    Never,
    /// A retry after a delay of our choice.
    Backoff,
    /// A retry after the delay that the server names.
    After(Duration),
}

impl Failure {
    /// Creates a failure that is final.
    pub(super) fn never(reason: Reason, why: impl Into<String>) -> Self {
        Failure { reason, retry: Retry::Never, why: why.into(), is_unreachable: false, is_too_large: false }
    }

    /// Creates a failure that may be retried after a delay of our choice.
    pub(super) fn backoff(reason: Reason, why: impl Into<String>) -> Self {
        Failure { retry: Retry::Backoff, ..Failure::never(reason, why) }
    }

    /// Marks the failure as one of a connection that could not be made.
    pub(super) fn unreachable(self) -> Self {
        Failure { is_unreachable: true, ..self }
    }

    /// Creates the failure of an HTTP status other than success. The [protocol] lists those that may be
    /// retried.
    ///
    /// [protocol]: https://opentelemetry.io/docs/specs/otlp/#failures-1
    pub(super) fn of_status(status: StatusCode, headers: &HeaderMap, message: &str) -> Self {
        let retry = match status.as_u16() {
            429 | 502 | 503 | 504 => {
                retry_after(headers, SystemTime::now()).map_or(Retry::Backoff, Retry::After)
            }
            _ => Retry::Never,
        };
        let reason = if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            Reason::Unavailable
        } else {
            Reason::Rejected
        };
        let hint = if status.is_redirection() { ", and redirects are not followed" } else { "" };
        let colon = if message.is_empty() { "" } else { ": " };
        let why = format!("the server responded with {status}{hint}{colon}{}", printable(message));
        // OpenTelemetry's own collector responds with 400 and these words.
        let is_too_large = status == StatusCode::PAYLOAD_TOO_LARGE
            || status == StatusCode::BAD_REQUEST && message.contains("body too large");
        let retry = if is_too_large { Retry::Never } else { retry };
        Failure { retry, is_too_large, ..Failure::never(reason, why) }
    }
}

/// Reads `Retry-After`: seconds or a date. Returns `None` for anything else. The sender caps the delay.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number with too many digits is a long time too.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// Shortens a message of the server, and escapes characters that could forge or hide text.
pub(super) fn printable(text: &str) -> String {
    export::printable(text, MESSAGE_CHARS)
}

/// Creates the failure of an HTTP error. The protocol allows a retry after a lost connection. An invalid
/// response is final, since it would be invalid again.
pub(super) fn broken(error: &hyper::Error) -> Failure {
    // The last frame of an HTTP/2 connection may have any text of the server.
    let mut why = printable(&error.to_string());
    let mut cause = error.source();
    while let Some(error) = cause {
        why = format!("{why}: {}", printable(&error.to_string()));
        if error.is::<rustls::Error>() || error.downcast_ref::<io::Error>().is_some_and(is_alert) {
            return Failure::never(Reason::Tls, why);
        }
        cause = error.source();
    }
    if error.is_parse() {
        return Failure::never(Reason::Protocol, why);
    }
    Failure::backoff(Reason::Connect, why)
}

/// Returns true if TLS ended the connection: with TLS 1.3, a server rejects our certificate after the
/// handshake.
fn is_alert(error: &io::Error) -> bool {
    of_tls(error).is_some()
}

/// Returns the TLS error inside an I/O error.
pub(super) fn of_tls(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use ::http::HeaderValue;

    fn after(value: &str) -> Option<Duration> {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(value).unwrap())]);
        // Sun, 06 Nov 1994 08:49:37 GMT
        retry_after(&headers, SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777))
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_junk_is_nothing() {
        let seconds = |n| Some(Duration::from_secs(n));
        assert_eq!(after("5"), seconds(5));
        assert_eq!(after(" 0 "), seconds(0));
        assert_eq!(after("999999999"), seconds(999_999_999));
        assert_eq!(after(&"9".repeat(40)), seconds(u64::MAX));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:47 GMT"), seconds(10));
        assert_eq!(after("Sunday, 06-Nov-94 08:49:47 GMT"), seconds(10));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:27 GMT"), seconds(0), "in the past");
        for junk in ["", "-1", "+5", "5s", "1.5", "soon", "Sun, 99 Nov 1994 08:49:27 GMT"] {
            assert_eq!(after(junk), None, "{junk}");
        }
    }

    #[test]
    fn only_what_the_protocol_names_is_tried_again() {
        for code in 300..600 {
            let status = StatusCode::from_u16(code).unwrap();
            let failure = Failure::of_status(status, &HeaderMap::new(), "");
            let again = [429, 502, 503, 504].contains(&code);
            assert_eq!(failure.retry, if again { Retry::Backoff } else { Retry::Never }, "{code}");
        }
    }

    #[test]
    fn a_server_says_by_its_status_or_its_words_that_a_request_is_too_large() {
        let is_too_large = |code: u16, message| {
            let status = StatusCode::from_u16(code).unwrap();
            Failure::of_status(status, &HeaderMap::new(), message).is_too_large
        };
        assert!(is_too_large(413, ""));
        assert!(is_too_large(400, "http: request body too large"));
        assert!(!is_too_large(400, "no such metric"));
        assert!(!is_too_large(503, "body too large"));
    }
}
