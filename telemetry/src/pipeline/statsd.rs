//! The settings of the statsd exporter, and its start.

use super::settings::{Time, checked, choices, interval, settings, share, table, whole};
use super::{Running, StartError};
use crate::registry::Registry;
use crate::setting::Given;
use serde::Deserializer;
use std::collections::BTreeMap;

settings! {
    /// How a statsd server is sent to. What is not said is as the variables of Datadog's clients and
    /// `STATSD_HOST` say.
    Statsd {
        /// The server: `udp://host:port` or `unix:///path/of/socket`; `udp://localhost:8125` by default.
        #[serde(deserialize_with = "target")]
        target: String,
        /// How lines are written.
        dialect: StatsdDialect,
        /// As what histogram samples are sent.
        histograms: StatsdHistograms,
        /// How often counters and gauges are sent; 10 s by default.
        #[serde(deserialize_with = "interval")]
        interval: Time,
        /// What stands in front of each name.
        #[serde(deserialize_with = "prefix")]
        prefix: String,
        /// Tags of every line, in `DogStatsD`.
        #[serde(deserialize_with = "tags")]
        tags: BTreeMap<String, String>,
        /// The bytes of a datagram at the most.
        #[serde(deserialize_with = "datagram")]
        max_datagram: u32,
        /// Which share of histogram samples is sent, above 0 and at most 1.
        #[serde(deserialize_with = "share")]
        sample_rate: f64,
    }
}

fn target<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    checked(deserializer, |given| {
        #[cfg(feature = "statsd")]
        crate::statsd::check_target(given)?;
        Given::not_empty(&given.name, &given.text).map(drop)
    })
}

#[cfg_attr(not(feature = "statsd"), allow(unused_variables, reason = "the rule is the exporter's"))]
fn prefix<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    checked(deserializer, |given| {
        #[cfg(feature = "statsd")]
        crate::statsd::prefix(given)?;
        Ok(())
    })
}

fn tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    let tags = table(deserializer)?;
    #[cfg(feature = "statsd")]
    for (key, value) in tags.iter().flatten() {
        let value = Given::new(key, value).and_then(|value| crate::statsd::check_tag(&value, key));
        value.map_err(|error| serde::de::Error::custom(format_args!("{key:?}: {}", error.reason)))?;
    }
    Ok(tags)
}

fn datagram<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    whole(deserializer, &(64..=65_507))
}

choices! {
    /// Selects how lines are written.
    StatsdDialect {
        /// `plain`: etsy's, the default.
        Plain = "plain",
        /// `dogstatsd`: Datadog's, with tags.
        DogStatsd = "dogstatsd",
    }
}

choices! {
    /// Selects the form in which histogram samples are sent.
    StatsdHistograms {
        /// `milliseconds`: `|ms`, the default of the plain dialect.
        Milliseconds = "milliseconds",
        /// `histogram`: `|h`, the default of `DogStatsD`.
        Histogram = "histogram",
        /// `distribution`: `|d`.
        Distribution = "distribution",
    }
}

#[cfg(feature = "statsd")]
impl Statsd {
    pub(super) fn start(&self, registry: &Registry) -> Result<Running, StartError> {
        Ok(Running::Exporter(self.config()?.start(registry)?))
    }

    pub(crate) fn config(&self) -> Result<crate::statsd::Config, StartError> {
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
            config = config.max_datagram(bytes as usize);
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
