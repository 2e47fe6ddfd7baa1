//! What an operator can say: the back ends, and the settings of each.

use super::error::StartError;
use super::log::Log;
use super::otlp::Otlp;
use super::prometheus::Prometheus;
use super::settings::{list, table};
use super::statsd::Statsd;
use crate::registry::{Builder, Registry};
use crate::setting::shown;
use serde::{Deserialize, Deserializer, de};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

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

/// A name that no back end has. `Debug` prints what `Display` does.
#[derive(Clone, PartialEq, Eq)]
pub struct UnknownBackend(String);

crate::error::debug_as_display!(UnknownBackend);

impl fmt::Display for UnknownBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = Backend::ALL.iter().map(|backend| format!("`{}`", backend.name())).collect();
        write!(f, "unknown back end {:?}, expected one of {}", shown(&self.0), names.join(", "))
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
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// What an operator can say. Everything may be left out.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// Where metrics go: to each of these. Nowhere if it is not said.
    #[serde(deserialize_with = "list")]
    pub backends: Option<Vec<Backend>>,
    /// Labels that every series has: [`Builder::constant_label`](crate::registry::Builder::constant_label).
    #[serde(deserialize_with = "constant_labels")]
    pub constant_labels: Option<BTreeMap<String, String>>,
    /// The settings of [`Backend::Log`].
    pub log: Log,
    /// The settings of [`Backend::Prometheus`].
    pub prometheus: Prometheus,
    /// The settings of [`Backend::Otlp`].
    pub otlp: Otlp,
    /// The settings of [`Backend::Statsd`].
    pub statsd: Statsd,
    /// Whether the program reads the registry too, which no operator can say.
    #[serde(skip)]
    pub(super) own_reader: bool,
}

fn constant_labels<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    let labels = table(deserializer)?;
    builder(labels.as_ref()).build().map_err(de::Error::custom)?;
    Ok(labels)
}

fn builder(labels: Option<&BTreeMap<String, String>>) -> Builder {
    let labels = labels.into_iter().flatten();
    labels.fold(Registry::builder(), |builder, (key, value)| builder.constant_label(key, value))
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
            own_reader: self.own_reader || other.own_reader,
        }
    }

    /// Says that the program reads the registry itself, whatever back ends are chosen: with a
    /// `prometheus::Handler` on a route of its own server, with `Registry::snapshot`, or with an exporter
    /// that it starts.
    ///
    /// Without it, surfaces record in [`Pipeline::registry`](super::Pipeline::registry) only if one of the chosen back ends
    /// reads it: with `backends = ["log"]` the route would lack them. With it they always do, once, so that a route, the
    /// endpoint of `backends = ["prometheus"]` and every exporter tell the same numbers.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "prometheus-http", doc = "```")]
    #[cfg_attr(not(feature = "prometheus-http"), doc = "```ignore")]
    /// use telemetry::metrics;
    /// use telemetry::pipeline::{Config, Pipeline};
    /// use telemetry::prometheus::Handler;
    ///
    /// #[metrics(namespace = "mailer")]
    /// pub trait Metrics {
    ///     /// Mails handed to the server.
    ///     #[counter]
    ///     fn sent(&self);
    /// }
    ///
    /// let config = Config::from_vars([("TELEMETRY_BACKENDS", "log")])?.with_own_reader();
    /// let pipeline = Pipeline::start(&config)?;
    /// let metrics = pipeline.register::<dyn Metrics>()?;
    /// metrics.sent();
    ///
    /// // With axum: `Router::new().route("/metrics", get(move |request: Request| async move { handler.respond(&request) }))`.
    /// let handler = Handler::new(pipeline.registry());
    /// let response = handler.respond(&http::Request::get("/metrics").body(())?);
    /// assert!(response.status().is_success());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn with_own_reader(mut self) -> Self {
        self.own_reader = true;
        self
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

    pub(crate) fn registry(&self) -> Result<Registry, StartError> {
        Ok(builder(self.constant_labels.as_ref()).build()?)
    }
}
