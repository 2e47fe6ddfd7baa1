//! The names of back ends in a configuration.

use crate::setting::{StringSetting, redact_for_message};
use serde::{Deserialize, Deserializer, de};
use std::fmt;
use std::str::FromStr;

/// A back end, by its name in a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// Discards every call.
    Noop,
    /// Writes a `tracing` event for each call: [`Log`](crate::Log).
    Log,
    /// Serves an endpoint that Prometheus scrapes.
    Prometheus,
    /// Pushes to an OpenTelemetry collector.
    Otlp,
    /// Pushes to a statsd server.
    Statsd,
}

impl Backend {
    /// All back ends.
    pub const ALL: &[Backend] =
        &[Backend::Noop, Backend::Log, Backend::Prometheus, Backend::Otlp, Backend::Statsd];

    /// Returns the name in a configuration.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::pipeline::Backend;
    ///
    /// assert_eq!(Backend::Otlp.name(), "otlp");
    /// assert_eq!("otlp".parse(), Ok(Backend::Otlp));
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Backend::Noop => "noop",
            Backend::Log => "log",
            Backend::Prometheus => "prometheus",
            Backend::Otlp => "otlp",
            Backend::Statsd => "statsd",
        }
    }

    /// Returns the feature of this crate that the back end needs.
    pub(super) const fn feature(self) -> &'static str {
        match self {
            Backend::Prometheus => "prometheus-server",
            other => other.name(),
        }
    }
}

/// The error for a name that no back end has. `Debug` prints the same text as `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct UnknownBackend(String);

crate::error::debug_as_display!(UnknownBackend);

impl fmt::Display for UnknownBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = Backend::ALL.iter().map(|backend| format!("`{}`", backend.name())).collect();
        write!(f, "unknown back end {:?}, expected one of {}", redact_for_message(&self.0), names.join(", "))
    }
}

impl std::error::Error for UnknownBackend {}

impl FromStr for Backend {
    type Err = UnknownBackend;

    fn from_str(name: &str) -> Result<Self, UnknownBackend> {
        let known = Backend::ALL.iter().find(|backend| name.trim().eq_ignore_ascii_case(backend.name()));
        known.copied().ok_or_else(|| UnknownBackend(name.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Backend {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        StringSetting::deserialize(deserializer)?.0.parse().map_err(de::Error::custom)
    }
}
