//! The settings of an exporter.

use super::format::{Dialect, Histograms};
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
    /// An address is `udp://host:port`, with a name or a number, `udp://[::1]:8125` for IPv6, or
    /// `unix:///path/of/socket`.
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
    /// are tags too. The last tag of a key counts, and a label overrides it: see [the module](super#names).
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
        // The plain dialect sends no tags.
        let tags = self.tags.iter().filter(|_| self.dialect == Dialect::DogStatsd);
        for (key, value) in tags {
            text::check_tag(&Given::new(&format!("statsd tag {key:?}"), value)?, key.trim())?;
        }
        Ok(())
    }
}
