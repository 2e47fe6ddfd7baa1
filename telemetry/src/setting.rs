//! Reads settings, with one set of rules for the variables, the files and the setters of all back ends.
//!
//! - Strings are trimmed. A control character inside is an error, and so is a variable that is not UTF-8.
//! - A variable that is empty counts as not set.
//! - Names of choices are compared without regard to case.
//! - Hosts, ports and URLs are parsed by one function, in `address`.
//! - A value outside of its range is an error. It is not replaced by the nearest valid one.
//! - No message and no `Debug` output shows possible secrets: see [`redacted`].

#![cfg_attr(
    not(all(feature = "otlp", feature = "statsd", feature = "pipeline", feature = "prometheus-server")),
    allow(dead_code, unused_imports, reason = "each back end uses some of it")
)]

mod address;
#[cfg(feature = "pipeline")]
mod choice;
mod error;
#[cfg(feature = "otlp")]
mod pairs;
mod redact;
#[cfg(all(
    test,
    feature = "catalog",
    feature = "otlp",
    feature = "pipeline",
    feature = "prometheus-server",
    feature = "statsd"
))]
#[allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests;
mod value;
mod variables;

pub(crate) use address::{AddressError, Host, Url, http_path};
#[cfg(feature = "pipeline")]
pub(crate) use choice::{StringSetting, deserialize_by_name, deserialize_choice, deserialize_error};
pub use error::SettingError;
pub(crate) use redact::{Redacted, redact_for_message, redacted};
pub(crate) use value::{Given, limit, out_of, period};
pub(crate) use variables::Variables;
