//! The configuration: the selected back ends, and the settings of each.

#[cfg(not(all(feature = "otlp", feature = "prometheus-server", feature = "statsd")))]
use super::absent::AbsentSection;
use super::backend::Backend;
use super::error::StartError;
use super::exemplars::ExemplarSource;
use super::log::LogSettings;
#[cfg(feature = "otlp")]
use super::otlp::OtlpSettings;
#[cfg(feature = "prometheus-server")]
use super::prometheus::PrometheusSettings;
use super::settings::{list, table};
#[cfg(feature = "statsd")]
use super::statsd::StatsdSettings;
use super::view::views;
use crate::registry::{BuildError, Builder, Registry, View};
use crate::trace::TraceContext;
use serde::{Deserialize, Deserializer, de};
use std::collections::BTreeMap;

/// Back ends and their settings. Every key is optional.
///
/// # Examples
///
/// ```
/// use telemetry::pipeline::{Backend, Config};
///
/// let mut defaults = Config::default();
/// defaults.backends = Some(vec![Backend::Log]);
///
/// // Or `toml::from_str(..)`, or any other format.
/// let config = Config::from_vars([("TELEMETRY_LOG_FORMAT", "json")])?.or(defaults);
/// assert_eq!(config.backends, Some(vec![Backend::Log]));
/// assert_eq!(config.log.format, Some(telemetry::log::Format::Json));
/// # Ok::<(), telemetry::pipeline::SettingError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The back ends, all of which record; none by default.
    #[serde(deserialize_with = "list")]
    pub backends: Option<Vec<Backend>>,
    /// Labels of every series: [`Builder::constant_label`](crate::registry::Builder::constant_label).
    #[serde(deserialize_with = "constant_labels")]
    pub constant_labels: Option<BTreeMap<String, String>>,
    /// Changes of what the registry's readers see, by the name of the instrument:
    /// [`Builder::view`](crate::registry::Builder::view).
    #[serde(deserialize_with = "views")]
    pub views: Option<BTreeMap<String, View>>,
    /// The settings of [`Backend::Log`].
    pub log: LogSettings,
    /// The settings of [`Backend::Prometheus`].
    #[cfg(feature = "prometheus-server")]
    pub prometheus: PrometheusSettings,
    #[cfg(not(feature = "prometheus-server"))]
    prometheus: AbsentSection,
    /// The settings of [`Backend::Otlp`].
    #[cfg(feature = "otlp")]
    pub otlp: OtlpSettings,
    #[cfg(not(feature = "otlp"))]
    otlp: AbsentSection,
    /// The settings of [`Backend::Statsd`].
    #[cfg(feature = "statsd")]
    pub statsd: StatsdSettings,
    #[cfg(not(feature = "statsd"))]
    statsd: AbsentSection,
    /// Set if the program reads the registry itself, which only the program can know.
    #[serde(skip)]
    pub(super) own_reader: bool,
    /// The function for exemplars, which only the program can have.
    #[serde(skip)]
    exemplars: Option<ExemplarSource>,
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
    /// The names of the sections, which precede the key in a variable's name.
    pub(super) const SECTIONS: &[&str] = &["log", "prometheus", "otlp", "statsd"];

    /// Fills the keys that are not set here with those of `other`. Lists and tables are one value each.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::pipeline::Config;
    ///
    /// let first = Config::from_vars([("TELEMETRY_CONSTANT_LABELS", "zone=b")])?;
    /// let second = Config::from_vars([
    ///     ("TELEMETRY_CONSTANT_LABELS", "region=eu-1"),
    ///     ("TELEMETRY_LOG_SUMMARY", "1m"),
    /// ])?;
    /// let config = first.or(second);
    /// assert!(config.log.summary.is_some());
    /// assert!(!config.constant_labels.unwrap_or_default().contains_key("region"));
    /// # Ok::<(), telemetry::pipeline::SettingError>(())
    /// ```
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Config {
            backends: self.backends.or(other.backends),
            constant_labels: self.constant_labels.or(other.constant_labels),
            views: self.views.or(other.views),
            log: self.log.or(other.log),
            prometheus: self.prometheus.or(other.prometheus),
            otlp: self.otlp.or(other.otlp),
            statsd: self.statsd.or(other.statsd),
            own_reader: self.own_reader || other.own_reader,
            exemplars: self.exemplars.or(other.exemplars),
        }
    }

    /// Declares that the program reads the registry itself: with a `prometheus::Handler` on a route of its
    /// own server, with `Registry::snapshot`, or with an exporter that it starts.
    ///
    /// Without this, surfaces record in [`Pipeline::registry`](super::Pipeline::registry) only if a selected
    /// back end reads it: with `backends = ["log"]` the route would lack them. With it, they always record,
    /// once, so a route, the endpoint of `backends = ["prometheus"]` and every exporter report the same
    /// numbers.
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
    /// // With axum: `get(move |request: Request| async move { handler.respond(&request) })`.
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

    /// Keeps exemplars of histograms and counters, for all back ends that show them:
    /// [`Builder::exemplars`](crate::registry::Builder::exemplars) with the function that returns the current
    /// trace.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::pipeline::{Config, Pipeline};
    /// use telemetry::{TraceContext, metrics};
    ///
    /// #[metrics(namespace = "mailer")]
    /// pub trait Metrics {
    ///     /// Mails handed to the server.
    ///     #[counter]
    ///     fn sent(&self);
    /// }
    ///
    /// /// A program asks its tracing library.
    /// fn current() -> Option<TraceContext> {
    ///     TraceContext::new([0xab; 16], [0xcd; 8])
    /// }
    ///
    /// let config = Config::default().with_own_reader().with_exemplars(current);
    /// let pipeline = Pipeline::start(&config)?;
    /// pipeline.register::<dyn Metrics>()?.sent();
    ///
    /// let snapshot = pipeline.registry().snapshot();
    /// let sent = snapshot.families().last().unwrap().series().next().unwrap();
    /// assert_eq!(sent.exemplars()[0].trace().span_id(), [0xcd; 8]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn with_exemplars(mut self, source: fn() -> Option<TraceContext>) -> Self {
        self.exemplars = Some(ExemplarSource(source));
        self
    }

    /// Returns the selected back ends without repetition.
    pub(super) fn selected(&self) -> Vec<Backend> {
        let mut selected = Vec::new();
        for backend in self.backends.iter().flatten() {
            if !selected.contains(backend) {
                selected.push(*backend);
            }
        }
        selected
    }

    pub(crate) fn registry(&self) -> Result<Registry, StartError> {
        let views = self.views.iter().flatten();
        let builder = builder(self.constant_labels.as_ref());
        let builder = views.fold(builder, |builder, (name, view)| builder.view(name, view.clone()));
        let builder = match self.exemplars {
            Some(ExemplarSource(source)) => builder.exemplars(source),
            None => builder,
        };
        builder.build().map_err(|error| match error {
            BuildError::View(error) => StartError::View(error),
            error => StartError::ConstantLabels(error),
        })
    }
}
