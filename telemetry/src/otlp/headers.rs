//! The headers that a user adds to requests.

use super::config::Hidden;
use crate::setting::SettingError;
use ::http::{HeaderMap, HeaderName, HeaderValue, header};
#[cfg(feature = "pipeline")]
use std::collections::BTreeMap;

/// The `User-Agent`.
pub(super) const AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// The headers that the protocol sets itself, besides those that begin with `grpc-`.
const RESERVED: [HeaderName; 9] = [
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::HOST,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Checks that headers can be sent.
#[cfg(feature = "pipeline")]
pub(crate) fn check_headers(headers: &BTreeMap<String, String>) -> Result<(), SettingError> {
    let headers = headers.iter().map(|(name, value)| (name.clone(), Hidden(value.clone())));
    header_map(&headers.collect::<Vec<_>>()).map(drop)
}

/// Converts headers to the form that requests have.
///
/// # Errors
///
/// If a name or a value is not allowed in HTTP, or if the protocol sets the header itself. The error shows no
/// value.
pub(super) fn header_map(headers: &[(String, Hidden<String>)]) -> Result<HeaderMap, SettingError> {
    let mut map = HeaderMap::new();
    for (number, (name, value)) in (1..).zip(headers) {
        let key = HeaderName::try_from(name.trim()).map_err(|_| {
            // The name is not shown: in `Authorization: Basic c2VjcmV0==` it is all that stands before the
            // `=`.
            let reason = "is not one that HTTP allows: write letters, digits and `-`";
            SettingError::without_value("OTLP headers", format_args!("the name of header {number} {reason}"))
        })?;
        let wrong = |reason| {
            SettingError::without_value("OTLP headers", format_args!("the header {name:?} {reason}"))
        };
        if key == header::PROXY_AUTHORIZATION {
            return Err(wrong("is for the proxy: write `http://user:password@host` in the proxy's URL"));
        }
        if RESERVED.contains(&key) || key.as_str().starts_with("grpc-") {
            return Err(wrong("is set by the protocol"));
        }
        let value = value.0.trim();
        let mut value =
            HeaderValue::try_from(value).map_err(|_| wrong("has a value with control characters"))?;
        // HTTP/2 then keeps it out of its index of headers.
        value.set_sensitive(true);
        map.insert(key, value);
    }
    Ok(map)
}
