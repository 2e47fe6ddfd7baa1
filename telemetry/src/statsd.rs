//! Pushes a registry to a statsd server: etsy's protocol or Datadog's, by UDP or a Unix socket.
//!
//! ```no_run
//! use std::time::Duration;
//! use telemetry::{Registry, metrics, statsd};
//!
//! #[metrics(namespace = "mailer")]
//! pub trait Metrics {
//!     /// Mails handed to the server.
//!     #[counter]
//!     fn sent(&self, #[label(cap = 64)] server: &str);
//! }
//!
//! let registry = Registry::new();
//! let metrics = registry.register::<dyn Metrics>()?;
//! let guard = statsd::Config::default().target("udp://localhost:8125").start(&registry)?;
//! metrics.sent("mx1"); // mailer.sent.mx1:1|c
//! guard.shutdown(Duration::from_secs(5))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is sent
//!
//! Sums are added up in the registry, so a counter costs what it costs without statsd, and a line per series
//! and interval. Counters and gauges are sent each interval, samples of histograms each 100 ms.
//!
//! | kind | line | |
//! |---|---|---|
//! | counter | `name:delta\|c` | what it has grown by; nothing if it has not; durations in seconds |
//! | up-down counter | `name:total\|g` | each interval |
//! | gauge | `name:value\|g` | each interval, changed or not, since servers forget; NaN and infinities are not sent |
//! | histogram | `name:sample\|ms`, `\|h` or `\|d` | each sample, see [`Histograms`] |
//!
//! A negative gauge is `name:0|g` and `name:-5|g` in one datagram in the plain dialect, where a sign means a
//! change; `DogStatsD` takes it as it is. Integers and durations are exact, floats the shortest text that
//! reads back the same.
//!
//! # Names
//!
//! A name is the prefix, the namespace and the instrument's name, with dots between. Units are not in it. What
//! had another name before (`was = "..."`) is sent under both, samples too: in one datagram, if two lines have
//! room in it.
//!
//! - **`DogStatsD`** has tags: `e2a.http_requests:1|c|#method:get,status:2xx`. In a value all but letters,
//!   digits and `_-:/.` becomes `_`, as in Datadog's client for Python; an empty value is `_`; a tag has 200
//!   characters at the most, by Datadog's rules. A key comes once, without regard to case, which Datadog has none of:
//!   a label of the call goes before a constant label of the registry, and that before a [tag](Config::tag), of
//!   which the last one of a key counts; those of `DD_ENV` and the like are the first. What is nearer to the call knows
//!   more of it.
//! - **Plain** statsd has none: the values of the labels follow the name, in declaration order, as in
//!   `e2a.http_requests.get.2xx`. In a value all but `A-Z`, `a-z`, `0-9`, `_` and `-` becomes `_`, and an
//!   empty value is `_`. Constant labels of the registry and tags are not sent: [`Config::prefix`] is for
//!   what tells programs apart.
//!
//! So two series can get one name. Then counters and samples add up on the server; up-down counters are added
//! up before they are sent; of gauges the one counts that comes last in the order of the registry.
//!
//! # What is lost, and what is not
//!
//! A counter's delta is forgotten only when the kernel took the datagram that carries it; until then it grows.
//! So a server that is away for an hour gets all of that hour's counts when it is back. On the loopback the
//! kernel says at once that nobody listened, and such a datagram counts as not taken. From another machine
//! that news comes with the next datagram, and the one before is lost, as is one that a network or a full
//! receive buffer drops: statsd has no receipts. The next exporter of a registry goes on where the last one
//! stopped.
//!
//! Samples wait in a ring per thread (see [`Config::ring`]) and, while the server is away, in as large a queue
//! of the exporter. One that finds its ring full is lost, and recording never waits. The registry's buckets
//! and sums have it all the same. So in `DogStatsD` the samples of its series that did come stand for it, by
//! their sample rate: two that are sent as `|@0.25` count as eight. In the plain dialect, where servers do not
//! agree on what a sample's rate means, with a [rate](Config::sample_rate) of your own, and if no sample of
//! the series came, it is counted in `telemetry_export_dropped_total{exporter="statsd",reason="overrun"}`. The
//! other reasons are `oversize`, for a line that is longer than a datagram, said once per name in a `tracing`
//! warning; and `rejected`, for NaN, infinities and negative milliseconds, which servers refuse. Each counts what is
//! lost, and not how often it was tried: a sample or a counter's delta once, a gauge once until it can be sent.
//!
//! # Where it is sent
//!
//! `start` succeeds whether or not anyone is there; a server that cannot be reached is told of as [`export`] says. A host's name is looked up from the exporter's thread each
//! interval until it has an address, again after errors and each minute; if it has several addresses and one
//! refuses, the next is tried. A Unix socket that went away is opened anew each interval. Looking up may block
//! for as long as the system's resolver does: that delays the exporter, not the guard, which waits no longer
//! than its time. A datagram that the system says is too long is halved between lines, and so is the limit, until
//! the exporter ends.
//!
//! # Servers
//!
//! Tried with etsy's `statsd` 0.9.0, collectd 5.12 and, byte by byte, Datadog's client for Python 0.56. Of
//! those, collectd keeps whole milliseconds and whole counts, leaves out timers of 0, and divides a timer by
//! its sample rate where etsy's multiplies the count; it refuses `|h`, `|d` and tags. Etsy's reads tags, and
//! takes `|h` and `|d` for counters: give both [`Histograms::Milliseconds`], the default of [`Dialect::Plain`].
//!
//! # Why no client crate
//!
//! The clients there are, `cadence` for one, send what they are told when they are told, from the caller's
//! thread or a queue; none says which counts were in a datagram that the kernel refused, and so none can keep
//! them. The wire format itself is a line.

mod env;
mod exporter;
mod packet;
mod target;
#[cfg(test)]
mod tests;
mod text;
mod transport;
mod weight;

pub use crate::setting::SettingError;

use crate::export::{self, Guard, Report};
use crate::registry::{RegisterError, Registry};
use crate::setting::{Given, Redacted, Variables, period};
use exporter::{Exporter, State};
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::ops::RangeInclusive;
use std::time::Duration;
use target::Target;
use text::Naming;
use transport::{Resolve, Transport};

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// Etsy's, which all servers read: no tags, labels become a part of the name.
    #[default]
    Plain,
    /// Datadog's: labels become tags.
    DogStatsd,
}

/// As what samples of histograms are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Histograms {
    /// `|ms`, a timer: seconds as milliseconds, other units as they are.
    Milliseconds,
    /// `|h`, of `DogStatsD`: aggregated by the agent.
    Histogram,
    /// `|d`, of `DogStatsD`: aggregated by Datadog.
    Distribution,
}

impl Histograms {
    fn code(self) -> &'static str {
        match self {
            Histograms::Milliseconds => "ms",
            Histograms::Histogram => "h",
            Histograms::Distribution => "d",
        }
    }
}

/// Where a registry is sent, and how: ends in [`start`](Self::start).
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
    target: String,
    dialect: Dialect,
    histograms: Option<Histograms>,
    interval: Duration,
    max_datagram: Option<usize>,
    prefix: String,
    tags: Vec<(String, String)>,
    sample_rate: f64,
    ring: usize,
}

impl fmt::Debug for Config {
    /// Leaves out what may be a secret in the target.
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

/// What a datagram may have: a line or two, and what UDP can carry.
const DATAGRAM: RangeInclusive<usize> = 64..=65_507;

/// How many samples a thread may keep; the registry keeps to this too.
const RING: RangeInclusive<usize> = 16..=1 << 20;

/// How long one push may take.
const PUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// Returns the prefix with a dot at its end.
pub(crate) fn prefix(given: &Given) -> Result<String, SettingError> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !given.text.chars().all(is_part) {
        return Err(given.wrong("write letters, digits, `_`, `-` and `.`"));
    }
    let dot = if given.text.is_empty() || given.text.ends_with('.') { "" } else { "." };
    Ok(format!("{}{dot}", given.text))
}

/// Checks the address of a server.
#[cfg(feature = "pipeline")]
pub(crate) fn checked_target(given: &Given) -> Result<(), SettingError> {
    Target::parse(given).map(drop)
}

/// Checks that a tag is sent whole.
pub(crate) fn check_tag(value: &Given, key: &str) -> Result<(), SettingError> {
    let length = key.chars().count() + 1 + value.text.chars().count();
    let is_kept = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    if !key.starts_with(char::is_alphabetic) || !key.chars().all(is_kept) {
        return Err(value.wrong(
            "the tag's key has to begin with a letter: write letters, digits, `_`, `-`, `.` and `/`",
        ));
    }
    if length > text::TAG_MAX {
        return Err(value.wrong(format_args!("a tag has at most {} characters", text::TAG_MAX)));
    }
    Ok(())
}

impl Config {
    /// The defaults, and what the environment says:
    ///
    /// | variable | |
    /// |---|---|
    /// | `DD_DOGSTATSD_URL` | the target, in `DogStatsD` |
    /// | `DD_AGENT_HOST`, `DD_DOGSTATSD_PORT` | the same, if there is no URL |
    /// | `STATSD_HOST`, `STATSD_PORT` | the target, if none of these is set; a port that is a URL is none: Kubernetes sets it |
    /// | `STATSD_PREFIX` | the prefix |
    /// | `DD_ENTITY_ID`, `DD_ENV`, `DD_SERVICE`, `DD_VERSION` | tags, as Datadog's clients make them |
    ///
    /// Values are trimmed, and an empty one counts as not set.
    ///
    /// # Errors
    ///
    /// If a variable is not UTF-8, or its value is not understood.
    pub fn from_env() -> Result<Self, SettingError> {
        Self::from_variables(|name| std::env::var_os(name))
    }

    /// The same with another source of variables, for tests and for configuration of other kinds.
    ///
    /// ```
    /// use telemetry::statsd::Config;
    ///
    /// let error = Config::from_variables(|name| (name == "STATSD_PORT").then_some("http")).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "STATSD_PORT is \"http\"; write a number from 1 to 65535"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`from_env`](Self::from_env).
    pub fn from_variables<V: Into<OsString>>(
        variable: impl Fn(&str) -> Option<V>,
    ) -> Result<Self, SettingError> {
        env::config(Variables(&|name| variable(name).map(Into::into)))
    }

    /// The server: `udp://host:port`, by name or number, `udp://[::1]:8125` for IPv6, or
    /// `unix:///path/of/socket`; `udp://localhost:8125` by default.
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = target.into();
        self
    }

    /// How lines are written; plain by default.
    #[must_use]
    pub const fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// As what samples are sent; by default milliseconds in the plain dialect, histograms in `DogStatsD`.
    #[must_use]
    pub const fn histograms(mut self, histograms: Histograms) -> Self {
        self.histograms = Some(histograms);
        self
    }

    /// Sets how often counters and gauges are sent, from 1 ms to a day; 10 s by default, which is the servers' own
    /// interval.
    #[must_use]
    pub const fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// The bytes of a datagram at the most, 64 to 65,507; by default 1,432 by UDP, which fits an Ethernet
    /// frame, and 8,192 by a Unix socket.
    #[must_use]
    pub const fn max_datagram(mut self, bytes: usize) -> Self {
        self.max_datagram = Some(bytes);
        self
    }

    /// What stands in front of each name, with a dot between; nothing by default.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// One more tag of every line, in `DogStatsD`; constant labels of the registry are tags too. Of one key, the last
    /// tag counts, and a label goes before it: see [the module](self#names). Not sent in the plain dialect.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }

    /// Which share of histogram samples is sent, as `|@0.1`: above 0, 1 by default. Chance decides for each.
    /// Counters and gauges are sent whole.
    #[must_use]
    pub const fn sample_rate(mut self, rate: f64) -> Self {
        self.sample_rate = rate;
        self
    }

    /// How many samples a thread keeps between two readings, which are 100 ms apart; 4,096 by default, 16 to
    /// 2²⁰, a power of two. Each thread that records in a histogram takes 24 bytes for each, from its first
    /// sample on, per surface; the rings stay as they are until their threads end.
    #[must_use]
    pub const fn ring(mut self, samples: usize) -> Self {
        self.ring = samples;
        self
    }

    /// Sends the registry from a thread of its own, until the guard ends it.
    ///
    /// What was recorded before is in the first push. [`export`] tells what the exporter counts of itself,
    /// under the name `statsd`.
    ///
    /// # Errors
    ///
    /// If the target, the prefix or the sample rate is none, if a statsd exporter of this registry is already
    /// at work, if a surface of the registry has the name of one of the exporter's own metrics, or if the
    /// system has no thread left. Never because nobody is there.
    pub fn start(self, registry: &Registry) -> Result<Guard, StartError> {
        self.start_with(registry, transport::system())
    }

    fn start_with(self, registry: &Registry, resolve: Resolve) -> Result<Guard, StartError> {
        let (report, exporter) = self.build(registry, resolve)?;
        export::start(report, self.interval, PUSH_TIMEOUT, exporter)
            .map_err(|cause| StartError::Start { cause })
    }

    /// Says why the exporter would not start.
    #[cfg(test)]
    pub(crate) fn refusal(&self) -> Option<StartError> {
        self.build(&Registry::new(), transport::system()).err()
    }

    fn build(&self, registry: &Registry, resolve: Resolve) -> Result<(Report, Exporter), StartError> {
        let target = Target::parse(&Given::not_empty("statsd target", &self.target)?)?;
        let prefix = prefix(&Given::new("statsd prefix", &self.prefix)?)?;
        let limit = self.max_datagram.unwrap_or_else(|| target.max_datagram());
        self.check(limit)?;
        // First: there is one at a time, and so one name.
        let tap = registry.tap(self.ring, self.sample_rate).ok_or(StartError::Running)?;
        let report = Report::new(registry, export::STATSD).map_err(StartError::Register)?;
        let mut exporter = Exporter {
            tap,
            transport: Transport::new(target, resolve),
            naming: Naming { dialect: self.dialect, prefix, tags: self.tags_of(registry) },
            histograms: self.histograms.unwrap_or(match self.dialect {
                Dialect::Plain => Histograms::Milliseconds,
                Dialect::DogStatsd => Histograms::Histogram,
            }),
            rate: if self.sample_rate < 1.0 {
                format!("|@{}", text::share(self.sample_rate))
            } else {
                String::new()
            },
            pending_max: self.ring.max(1_024),
            limit,
            state: State::default(),
        };
        exporter.settle_the_past();
        Ok((report, exporter))
    }

    /// Checks the settings that are numbers, times and tags.
    fn check(&self, max_datagram: usize) -> Result<(), SettingError> {
        period("statsd interval", self.interval)?;
        Given::new("statsd max_datagram", &max_datagram.to_string())?.whole(&DATAGRAM)?;
        let ring = Given::new("statsd ring", &self.ring.to_string())?;
        if !RING.contains(&ring.whole(&RING)?) || !self.ring.is_power_of_two() {
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
        // The plain dialect sends none.
        let tags = self.tags.iter().filter(|_| self.dialect == Dialect::DogStatsd);
        for (key, value) in tags {
            check_tag(&Given::new(&format!("statsd tag {key:?}"), value)?, key.trim())?;
        }
        Ok(())
    }

    /// The registry's constant labels, then the tags that are configured and whose key is none of them. Of one key, the
    /// last tag counts.
    fn tags_of(&self, registry: &Registry) -> Vec<String> {
        let constant = registry.constant_labels();
        let mut tags: Vec<String> = constant.iter().map(|(key, value)| text::tag(key, value)).collect();
        let configured = self.tags.iter().map(|(key, value)| text::tag(key.trim(), value.trim()));
        let configured: Vec<String> = configured.collect();
        for (at, tag) in configured.iter().enumerate() {
            let others = tags[..constant.len()].iter().chain(&configured[at + 1..]);
            if !others.into_iter().any(|other| text::is_same_key(other, tag)) {
                tags.push(tag.clone());
            }
        }
        tags
    }
}

/// Why an exporter did not start. `Debug` prints what `Display` does.
#[non_exhaustive]
pub enum StartError {
    /// A setting cannot be used: the target, the prefix, a tag, a number or a time.
    Setting(SettingError),
    /// The registry is sent by a statsd exporter already: deltas are sent once.
    Running,
    /// A surface has the name of one of the exporter's own metrics.
    Register(RegisterError),
    /// The system has no thread left.
    #[non_exhaustive]
    Start {
        /// What it says.
        cause: io::Error,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Setting(error) => error.fmt(f),
            StartError::Running => {
                f.write_str("this registry has a statsd exporter already; end it before the next one starts")
            }
            StartError::Register(error) => error.fmt(f),
            StartError::Start { cause } => write!(f, "cannot start the statsd exporter: {cause}"),
        }
    }
}

impl From<SettingError> for StartError {
    fn from(error: SettingError) -> Self {
        StartError::Setting(error)
    }
}

crate::error::debug_as_display!(StartError);

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::Setting(error) => Some(error),
            StartError::Register(error) => Some(error),
            StartError::Start { cause } => Some(cause),
            _ => None,
        }
    }
}
