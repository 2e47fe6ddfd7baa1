//! Starts an exporter.

use super::config::Config;
use super::error::StartError;
use super::exporter::{Exporter, State};
use super::format::{Dialect, Histograms};
use super::origin;
use super::target::Target;
use super::text::{self, Naming};
use super::transport::{self, Resolve, Transport};
use crate::export::{self, Guard, Report};
use crate::registry::Registry;
use crate::setting::{Given, SettingError};
use std::fmt::Write;
use std::time::Duration;

/// The longest time of a push.
const PUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// The fewest pending samples that an exporter keeps while the server is away.
const PENDING_MIN: usize = 1_024;

impl Config {
    /// Starts an exporter, which sends the registry from a thread of its own until the guard ends it.
    ///
    /// The first push includes all counts that were recorded before. An unreachable server is not an error:
    /// the exporter keeps trying. Its own metrics, see [`export`], have the label `exporter="statsd"`.
    ///
    /// # Errors
    ///
    /// Returns an error if a setting is invalid, if another exporter takes the registry's histogram samples,
    /// such as a statsd exporter, if a surface of the registry has the name of one of the exporter's own
    /// metrics, or if the system has no thread left.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::{Registry, statsd};
    ///
    /// let registry = Registry::new();
    /// let error = statsd::Config::default().target("localhost:8125").start(&registry).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "statsd target is \"localhost:8125\"; it has no scheme: \
    ///      write `udp://host:8125` or `unix:///var/run/datadog/dsd.socket`",
    /// );
    /// ```
    pub fn start(self, registry: &Registry) -> Result<Guard, StartError> {
        self.start_with(registry, transport::system())
    }

    /// Starts an exporter with a resolver of the caller's.
    pub(super) fn start_with(self, registry: &Registry, resolve: Resolve) -> Result<Guard, StartError> {
        let (report, exporter) = self.build(registry, resolve)?;
        export::start(report, self.interval, PUSH_TIMEOUT, exporter)
            .map_err(|cause| StartError::Start { cause })
    }

    /// Returns the reason why the exporter would not start.
    #[cfg(test)]
    pub(crate) fn start_error(&self) -> Option<StartError> {
        self.build(&Registry::new(), transport::system()).err()
    }

    /// Builds the exporter without its thread.
    pub(super) fn build(
        &self,
        registry: &Registry,
        resolve: Resolve,
    ) -> Result<(Report, Exporter), StartError> {
        let target = Target::parse(&Given::not_empty("statsd target", &self.target)?)?;
        let prefix = text::prefix(&Given::new("statsd prefix", &self.prefix)?)?;
        let limit = self.max_datagram.unwrap_or_else(|| target.max_datagram());
        self.check(limit)?;
        let fields = match self.dialect {
            Dialect::Plain => String::new(),
            Dialect::DogStatsd => self.fields()?,
        };
        // Before the report: of two exporters the second one fails here, and not for its name.
        let stream =
            registry.sample_stream("statsd", self.ring, self.sample_rate).ok_or(StartError::Running)?;
        let report = Report::new(registry, export::STATSD).map_err(StartError::Register)?;
        let rate = if self.sample_rate < 1.0 {
            format!("|@{}", text::sample_rate(self.sample_rate))
        } else {
            String::new()
        };
        let mut exporter = Exporter {
            reader: registry.reader(),
            stream,
            transport: Transport::new(target, resolve),
            naming: Naming { dialect: self.dialect, prefix, tags: self.constant_tags(registry), fields },
            histograms: self.histograms.unwrap_or(match self.dialect {
                Dialect::Plain => Histograms::Milliseconds,
                Dialect::DogStatsd => Histograms::Histogram,
            }),
            rate,
            pending_max: self.ring.max(PENDING_MIN),
            limit,
            state: State::new(registry),
        };
        exporter.skip_the_past();
        Ok((report, exporter))
    }

    /// Checks the fields, and writes them in the order of Datadog's clients.
    fn fields(&self) -> Result<String, SettingError> {
        let mut fields = String::new();
        if let Some(id) = &self.container_id {
            let given = Given::new("statsd container_id", id)?;
            origin::check_field(&given)?;
            let _ = write!(fields, "|c:{}", given.text);
        } else if self.origin_detection
            && let Some(id) = origin::container_id()
        {
            let _ = write!(fields, "|c:{id}");
        }
        if let Some(data) = &self.external_data {
            let given = Given::new(&data.name, &data.text)?;
            origin::check_field(&given)?;
            if self.origin_detection {
                let _ = write!(fields, "|e:{}", given.text);
            }
        }
        if let Some(cardinality) = self.cardinality {
            let _ = write!(fields, "|card:{}", cardinality.name());
        }
        Ok(fields)
    }

    /// Returns the registry's constant labels, then the configured tags with other keys, then those of the
    /// environment. Of these two lists, the last tag of a key counts.
    fn constant_tags(&self, registry: &Registry) -> Vec<String> {
        let constant = registry.constant_labels();
        let mut tags: Vec<String> = constant.iter().map(|(key, value)| text::tag(key, value)).collect();
        let configured = self.tags.iter().map(|(key, value)| text::tag(key.trim(), value.trim()));
        let configured: Vec<String> = configured.collect();
        let variables = self.variable_tags.iter().map(|given| text::listed_tag(&given.text));
        let variables: Vec<String> = variables.collect();
        for list in [configured, variables] {
            for (index, tag) in list.iter().enumerate() {
                let mut others = tags.iter().chain(&list[index + 1..]);
                if !others.any(|other| text::is_same_key(other, tag)) {
                    tags.push(tag.clone());
                }
            }
        }
        tags
    }
}
