//! The settings of an exporter.

use super::format::{Dialect, Histograms};
use super::origin::Cardinality;
use super::{target, text};
use crate::setting::{Given, Redacted, SettingError, period};
use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

/// The settings of an exporter; [`start`](Self::start) starts one.
///
/// The settings are checked at the start, which returns an error if one is invalid.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use telemetry::statsd::{Config, Dialect, Histograms};
///
/// let config = Config::default()
///     .target("unix:///var/run/datadog/dsd.socket")
///     .dialect(Dialect::DogStatsd)
///     .histograms(Histograms::Distribution)
///     .tag("region", "eu-1")
///     .interval(Duration::from_secs(5));
/// ```
#[derive(Clone)]
pub struct Config {
    pub(super) target: String,
    pub(super) dialect: Dialect,
    pub(super) histograms: Option<Histograms>,
    pub(super) interval: Duration,
    pub(super) max_datagram: Option<usize>,
    pub(super) prefix: String,
    pub(super) tags: Vec<(String, String)>,
    /// Each tag of the environment with the name of its variable.
    pub(super) variable_tags: Vec<Given>,
    pub(super) origin_detection: bool,
    pub(super) container_id: Option<String>,
    /// The data with the name of its setting.
    pub(super) external_data: Option<Given>,
    pub(super) cardinality: Option<Cardinality>,
    pub(super) sample_rate: f64,
    pub(super) ring: usize,
}

impl fmt::Debug for Config {
    /// Prints the settings without those that may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("target", &Redacted(&self.target))
            .field("dialect", &self.dialect)
            .field("histograms", &self.histograms)
            .field("interval", &self.interval)
            .field("max_datagram", &self.max_datagram)
            .field("prefix", &Redacted(&self.prefix))
            .field("tags", &Redacted(&self.tags))
            .field("variable_tags", &Redacted(&self.variable_tags))
            .field("origin_detection", &self.origin_detection)
            .field("container_id", &Redacted(&self.container_id))
            .field("external_data", &Redacted(&self.external_data))
            .field("cardinality", &self.cardinality)
            .field("sample_rate", &self.sample_rate)
            .field("ring", &self.ring)
            .finish()
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            target: format!("udp://localhost:{}", target::PORT),
            dialect: Dialect::default(),
            histograms: None,
            interval: Duration::from_secs(10),
            max_datagram: None,
            prefix: String::new(),
            tags: Vec::new(),
            variable_tags: Vec::new(),
            origin_detection: true,
            container_id: None,
            external_data: None,
            cardinality: None,
            sample_rate: 1.0,
            ring: 4_096,
        }
    }
}

/// The bytes of a datagram: from a line or two to the most that UDP carries.
const DATAGRAM: RangeInclusive<usize> = 64..=65_507;

/// The samples that a thread may keep. The registry has the same limits.
const RING: RangeInclusive<usize> = 16..=1 << 20;

impl Config {
    /// Sets the server; `udp://localhost:8125` by default.
    ///
    /// | address | |
    /// |---|---|
    /// | `udp://host:port` | a name or a number; `udp://[::1]:8125` for IPv6 |
    /// | `unix:///path/of/socket`, or the path alone | datagrams, or a stream if the server has one |
    /// | `unixgram:///path/of/socket` | datagrams |
    /// | `unixstream:///path/of/socket` | a stream, in which each packet follows its length |
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = target.into();
        self
    }

    /// Sets the dialect of the lines; [`Dialect::Plain`] by default.
    #[must_use]
    pub const fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Sets the metric type of histogram samples.
    ///
    /// The default is [`Histograms::Milliseconds`] in the plain dialect and [`Histograms::Histogram`] in
    /// `DogStatsD`.
    #[must_use]
    pub const fn histograms(mut self, histograms: Histograms) -> Self {
        self.histograms = Some(histograms);
        self
    }

    /// Sets the time between two pushes of counters and gauges, from 1 ms to a day.
    ///
    /// The default is 10 s, which is the servers' own interval.
    #[must_use]
    pub const fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Limits the bytes of a datagram, 64 to 65,507.
    ///
    /// The default is 1,432 over UDP, which fits an Ethernet frame, and 8,192 over a Unix socket.
    #[must_use]
    pub const fn max_datagram(mut self, bytes: usize) -> Self {
        self.max_datagram = Some(bytes);
        self
    }

    /// Sets a prefix for each name, with a dot between; empty by default.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Adds a tag to each line of `DogStatsD`. The plain dialect has no tags. Constant labels of the registry
    /// are tags too.
    ///
    /// The last tag of a key counts. It overrides a tag of the environment, and a label overrides it: see
    /// [the module](super#names).
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::Registry;
    /// use telemetry::statsd::{Config, Dialect};
    ///
    /// let config = Config::default().dialect(Dialect::DogStatsd).tag("2nd", "x");
    /// let error = config.start(&Registry::new()).unwrap_err();
    /// assert!(error.to_string().contains("the tag's key has to begin with a letter"));
    /// ```
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }

    /// Turns off, or on, what tells Datadog's agent the container of this program, in `DogStatsD`; on by
    /// default.
    ///
    /// If it is off, neither a container that the exporter finds nor [`external_data`](Self::external_data)
    /// is sent; a [`container_id`](Self::container_id) still is. See [the module](super#origin-detection).
    #[must_use]
    pub const fn origin_detection(mut self, is_on: bool) -> Self {
        self.origin_detection = is_on;
        self
    }

    /// Sets the container of this program, which is sent as `|c:` and the text as it is, in `DogStatsD`.
    ///
    /// Without it, the exporter finds the container itself. The text may be the container's id, which all
    /// agents since 7.35 read, or begin with `ci-` for an id, or with `in-` for the inode of a control group,
    /// which agents since 7.51 read.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::Registry;
    /// use telemetry::statsd::{Config, Dialect};
    ///
    /// let config = Config::default().dialect(Dialect::DogStatsd).container_id("a|b");
    /// let error = config.start(&Registry::new()).unwrap_err();
    /// assert_eq!(error.to_string(), "statsd container_id is \"a|b\"; write it without `|`");
    /// ```
    #[must_use]
    pub fn container_id(mut self, id: impl Into<String>) -> Self {
        self.container_id = Some(id.into());
        self
    }

    /// Sets the data about this program's pod that is sent as `|e:`, in `DogStatsD`.
    ///
    /// Datadog's admission controller sets it in Kubernetes, as the variable `DD_EXTERNAL_ENV`, and
    /// [`from_env`](Self::from_env) reads it from there.
    #[must_use]
    pub fn external_data(mut self, data: impl Into<String>) -> Self {
        self.external_data = Some(Given { name: "statsd external_data".to_owned(), text: data.into() });
        self
    }

    /// Sets how many of its own tags the agent adds, as `|card:`, in `DogStatsD`. Agents since 7.64 read it.
    ///
    /// The agent's own configuration decides if it is not set.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::statsd::{Cardinality, Config, Dialect};
    ///
    /// let config = Config::default().dialect(Dialect::DogStatsd).cardinality(Cardinality::Orchestrator);
    /// ```
    #[must_use]
    pub const fn cardinality(mut self, cardinality: Cardinality) -> Self {
        self.cardinality = Some(cardinality);
        self
    }

    /// Sets the fraction of histogram samples that are sent, as `|@0.1`: above 0 and at most 1, which is the
    /// default.
    ///
    /// Each sample is chosen at random. Counters and gauges are always sent.
    #[must_use]
    pub const fn sample_rate(mut self, rate: f64) -> Self {
        self.sample_rate = rate;
        self
    }

    /// Sets the number of samples that a thread keeps between two readings, which are 100 ms apart.
    ///
    /// It is a power of two from 16 to 2²⁰; 4,096 by default. Each thread that records in a histogram
    /// allocates 24 bytes per sample and surface with its first sample, and keeps them until it ends.
    #[must_use]
    pub const fn ring(mut self, samples: usize) -> Self {
        self.ring = samples;
        self
    }

    /// Checks the settings that are numbers, times and tags.
    pub(super) fn check(&self, max_datagram: usize) -> Result<(), SettingError> {
        period("statsd interval", self.interval)?;
        Given::new("statsd max_datagram", &max_datagram.to_string())?.whole(&DATAGRAM)?;
        let ring = Given::new("statsd ring", &self.ring.to_string())?;
        if !ring.whole(&RING)?.is_power_of_two() {
            return Err(ring.wrong("write a power of two"));
        }
        if !(self.sample_rate > 0.0 && self.sample_rate <= 1.0) {
            let rate = self.sample_rate.to_string();
            return Err(SettingError::new(
                "statsd sample rate",
                &rate,
                "write a number above 0, and at most 1",
            ));
        }
        if self.dialect == Dialect::Plain {
            // It sends no tags.
            return Ok(());
        }
        for (key, value) in &self.tags {
            text::check_tag(&Given::new(&format!("statsd tag {key:?}"), value)?, key.trim())?;
        }
        self.variable_tags.iter().try_for_each(text::check_listed_tag)
    }
}
