//! The settings of the statsd exporter, and its start.

use super::settings::{Time, settings};
use super::{Running, StartError};
use crate::registry::Registry;
use serde::Deserialize;
use std::collections::BTreeMap;

settings! {
    /// How a statsd server is sent to. What is not said is as the variables of Datadog's clients and
    /// `STATSD_HOST` say.
    Statsd {
        /// The server: `udp://host:port` or `unix:///path/of/socket`; `udp://localhost:8125` by default.
        target: String,
        /// How lines are written.
        dialect: StatsdDialect,
        /// As what histogram samples are sent.
        histograms: StatsdHistograms,
        /// How often counters and gauges are sent; 10 s by default.
        interval: Time,
        /// What stands in front of each name.
        prefix: String,
        /// Tags of every line, in `DogStatsD`.
        tags: BTreeMap<String, String>,
        /// The bytes of a datagram at the most.
        max_datagram: usize,
        /// Which share of histogram samples is sent, above 0 and at most 1.
        sample_rate: f64,
    }
}

/// How lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum StatsdDialect {
    /// `plain`: etsy's, the default.
    Plain,
    /// `dogstatsd`: Datadog's, with tags.
    DogStatsd,
}

/// As what histogram samples are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum StatsdHistograms {
    /// `milliseconds`: `|ms`, the default of the plain dialect.
    Milliseconds,
    /// `histogram`: `|h`, the default of `DogStatsD`.
    Histogram,
    /// `distribution`: `|d`.
    Distribution,
}

#[cfg(feature = "statsd")]
impl Statsd {
    pub(super) fn start(&self, registry: &Registry) -> Result<Running, StartError> {
        Ok(Running::Exporter(self.config()?.start(registry)?))
    }

    pub(super) fn config(&self) -> Result<crate::statsd::Config, StartError> {
        use crate::statsd::{Dialect, Histograms};
        let mut config = crate::statsd::Config::from_env()?;
        if let Some(target) = &self.target {
            config = config.target(target);
        }
        if let Some(dialect) = self.dialect {
            config = config.dialect(match dialect {
                StatsdDialect::Plain => Dialect::Plain,
                StatsdDialect::DogStatsd => Dialect::DogStatsd,
            });
        }
        if let Some(histograms) = self.histograms {
            config = config.histograms(match histograms {
                StatsdHistograms::Milliseconds => Histograms::Milliseconds,
                StatsdHistograms::Histogram => Histograms::Histogram,
                StatsdHistograms::Distribution => Histograms::Distribution,
            });
        }
        if let Some(Time(interval)) = self.interval {
            config = config.interval(interval);
        }
        if let Some(prefix) = &self.prefix {
            config = config.prefix(prefix);
        }
        for (key, value) in self.tags.iter().flatten() {
            config = config.tag(key, value);
        }
        if let Some(bytes) = self.max_datagram {
            config = config.max_datagram(bytes);
        }
        if let Some(rate) = self.sample_rate {
            config = config.sample_rate(rate);
        }
        Ok(config)
    }
}

#[cfg(not(feature = "statsd"))]
impl Statsd {
    #[allow(clippy::unused_self, reason = "as with the feature")]
    pub(super) fn start(&self, _: &Registry) -> Result<Running, StartError> {
        Err(StartError::NotBuilt(super::Backend::Statsd))
    }
}
