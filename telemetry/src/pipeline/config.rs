//! What an operator can say: the back ends, and the settings of each.

use super::error::StartError;
use super::log::Log;
use super::otlp::Otlp;
use super::prometheus::Prometheus;
use super::statsd::Statsd;
use crate::registry::Registry;
use serde::{Deserialize, Deserializer, de};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A back end, by its name in a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// Discards.
    Noop,
    /// Writes a `tracing` event per call: [`Log`](crate::Log).
    Log,
    /// Waits to be scraped.
    Prometheus,
    /// Pushes to an OpenTelemetry collector.
    Otlp,
    /// Pushes to a statsd server.
    Statsd,
}

impl Backend {
    /// All of them.
    pub const ALL: &[Backend] =
        &[Backend::Noop, Backend::Log, Backend::Prometheus, Backend::Otlp, Backend::Statsd];

    /// The name in a configuration.
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

    /// The feature of this crate that has it.
    pub(super) const fn feature(self) -> &'static str {
        match self {
            Backend::Prometheus => "prometheus-server",
            other => other.name(),
        }
    }
}

/// A name that no back end has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownBackend(String);

impl fmt::Display for UnknownBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = Backend::ALL.iter().map(|backend| format!("`{}`", backend.name())).collect();
        write!(f, "unknown back end `{}`, expected one of {}", self.0, names.join(", "))
    }
}

impl std::error::Error for UnknownBackend {}

impl FromStr for Backend {
    type Err = UnknownBackend;

    fn from_str(name: &str) -> Result<Self, UnknownBackend> {
        let known = Backend::ALL.iter().find(|backend| backend.name() == name);
        known.copied().ok_or_else(|| UnknownBackend(name.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Backend {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A setting whose type has names of its own.
pub(super) fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err: fmt::Display>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    String::deserialize(deserializer)?.parse().map(Some).map_err(de::Error::custom)
}

/// A struct of settings, each of which may be left out: what is not said is the back end's default.
macro_rules! settings {
    ($(#[$doc:meta])* $name:ident { $($(#[$key_doc:meta])* $key:ident: $ty:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$key_doc])* pub $key: Option<$ty>,)*
        }

        impl $name {
            /// These settings, and those of `other` where nothing is said here.
            #[must_use]
            pub fn or(self, other: Self) -> Self {
                $name { $($key: self.$key.or(other.$key),)* }
            }
        }
    };
}
pub(super) use settings;

/// What an operator can say. Everything may be left out.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// Where metrics go: to each of these. Nowhere if it is not said.
    pub backends: Option<Vec<Backend>>,
    /// Labels that every series has: [`Builder::constant_label`](crate::registry::Builder::constant_label).
    pub constant_labels: Option<BTreeMap<String, String>>,
    /// The settings of [`Backend::Log`].
    pub log: Log,
    /// The settings of [`Backend::Prometheus`].
    pub prometheus: Prometheus,
    /// The settings of [`Backend::Otlp`].
    pub otlp: Otlp,
    /// The settings of [`Backend::Statsd`].
    pub statsd: Statsd,
}

impl Config {
    /// The names of the sections: in a variable's name, what stands before the key.
    pub(super) const SECTIONS: &[&str] = &["log", "prometheus", "otlp", "statsd"];

    /// These settings, and those of `other` where nothing is said here: key by key, lists and tables whole.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Config {
            backends: self.backends.or(other.backends),
            constant_labels: self.constant_labels.or(other.constant_labels),
            log: self.log.or(other.log),
            prometheus: self.prometheus.or(other.prometheus),
            otlp: self.otlp.or(other.otlp),
            statsd: self.statsd.or(other.statsd),
        }
    }

    /// The back ends, each once.
    pub(super) fn chosen(&self) -> Vec<Backend> {
        let mut chosen = Vec::new();
        for backend in self.backends.iter().flatten() {
            if !chosen.contains(backend) {
                chosen.push(*backend);
            }
        }
        chosen
    }

    pub(super) fn registry(&self) -> Result<Registry, StartError> {
        let labels = self.constant_labels.iter().flatten();
        let builder =
            labels.fold(Registry::builder(), |builder, (key, value)| builder.constant_label(key, value));
        Ok(builder.build()?)
    }
}

/// A duration as people write it: `10s`, `1m 30s`, `500ms`; in formats that have numbers also a number of
/// seconds. A setting that is 0 makes no sense, and is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub Duration);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimeVisitor)
    }
}

impl FromStr for Time {
    type Err = humantime::DurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        humantime::parse_duration(text).map(Time)
    }
}

struct TimeVisitor;

impl TimeVisitor {
    /// The duration, unless it is none or 0.
    fn of<E: de::Error>(&self, duration: Option<Duration>, said: de::Unexpected<'_>) -> Result<Time, E> {
        let duration = duration.filter(|duration| !duration.is_zero());
        duration.map(Time).ok_or_else(|| E::invalid_value(said, self))
    }
}

impl de::Visitor<'_> for TimeVisitor {
    type Value = Time;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration above 0 such as `10s`, `1m 30s` or `500ms`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
        self.of(text.parse().ok().map(|Time(duration)| duration), de::Unexpected::Str(text))
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Time, E> {
        self.of(Some(Duration::from_secs(seconds)), de::Unexpected::Unsigned(seconds))
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Time, E> {
        self.of(u64::try_from(seconds).ok().map(Duration::from_secs), de::Unexpected::Signed(seconds))
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Time, E> {
        self.of(Duration::try_from_secs_f64(seconds).ok(), de::Unexpected::Float(seconds))
    }
}
