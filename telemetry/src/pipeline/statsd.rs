//! Settings of the statsd exporter, and its start.

use super::settings::{checked, interval, sample_rate, set, settings, switch, table, whole};
use super::{DurationSetting, Running, StartError};
use crate::registry::Registry;
use crate::setting::Given;
use crate::statsd::{Cardinality, Config, Dialect, Histograms};
use serde::{Deserializer, de};
use std::collections::BTreeMap;

settings! {
    /// statsd exporter settings. Unset keys fall back to the variables of Datadog's clients and
    /// `STATSD_HOST`.
    StatsdSettings {
        /// The server: `udp://host:port`, `unix:///path/of/socket` (or the path alone),
        /// `unixgram:///path/of/socket` or `unixstream:///path/of/socket`; `udp://localhost:8125` by default.
        #[serde(deserialize_with = "target")]
        target: String,
        /// `plain` (the default) or `dogstatsd`.
        dialect: Dialect,
        /// The metric type of histogram samples: `milliseconds`, the default of the plain dialect,
        /// `histogram`, the default of `DogStatsD`, or `distribution`.
        histograms: Histograms,
        /// The interval at which counters and gauges are sent; 10 s by default.
        #[serde(deserialize_with = "interval")]
        interval: DurationSetting,
        /// The prefix of each name.
        #[serde(deserialize_with = "prefix")]
        prefix: String,
        /// Tags of every line, in `DogStatsD`.
        #[serde(deserialize_with = "tags")]
        tags: BTreeMap<String, String>,
        /// `false` turns off what tells Datadog's agent the container of the program, in `DogStatsD`.
        #[serde(deserialize_with = "switch")]
        origin_detection: bool,
        /// The container of the program, in `DogStatsD`, if the exporter is not to find it.
        #[serde(deserialize_with = "field")]
        container_id: String,
        /// The data about the pod of the program, in `DogStatsD`.
        #[serde(deserialize_with = "field")]
        external_data: String,
        /// The amount of its own tags that the agent adds: `none`, `low`, `orchestrator` or `high`, in
        /// `DogStatsD`.
        cardinality: Cardinality,
        /// The largest size of a datagram in bytes.
        #[serde(deserialize_with = "max_datagram")]
        max_datagram: u32,
        /// The fraction of histogram samples that are sent, above 0 and at most 1.
        #[serde(deserialize_with = "sample_rate")]
        sample_rate: f64,
    }
}

fn target<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    checked(deserializer, crate::statsd::check_target)
}

fn prefix<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    checked(deserializer, |given| crate::statsd::prefix(given).map(drop))
}

fn field<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    checked(deserializer, crate::statsd::check_field)
}

fn tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    let tags = table(deserializer)?;
    for (key, value) in tags.iter().flatten() {
        let checked = Given::new(key, value).and_then(|value| crate::statsd::check_tag(&value, key));
        checked.map_err(|error| de::Error::custom(format_args!("{key:?}: {}", error.reason)))?;
    }
    Ok(tags)
}

fn max_datagram<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    whole(deserializer, &(64..=65_507))
}

impl StatsdSettings {
    pub(super) fn start(&self, registry: &Registry) -> Result<Running, StartError> {
        Ok(Running::Exporter(self.config()?.start(registry)?))
    }

    pub(crate) fn config(&self) -> Result<Config, StartError> {
        let mut config = Config::from_env()?;
        config = set(config, self.target.as_ref(), Config::target);
        config = set(config, self.dialect, Config::dialect);
        config = set(config, self.histograms, Config::histograms);
        config = set(config, self.interval.map(|setting| setting.0), Config::interval);
        config = set(config, self.prefix.as_ref(), Config::prefix);
        for (key, value) in self.tags.iter().flatten() {
            config = config.tag(key, value);
        }
        config = set(config, self.origin_detection, Config::origin_detection);
        config = set(config, self.container_id.as_ref(), Config::container_id);
        config = set(config, self.external_data.as_ref(), Config::external_data);
        config = set(config, self.cardinality, Config::cardinality);
        config = set(config, self.max_datagram.map(|bytes| bytes as usize), Config::max_datagram);
        config = set(config, self.sample_rate, Config::sample_rate);
        Ok(config)
    }
}
