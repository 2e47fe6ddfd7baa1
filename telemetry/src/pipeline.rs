//! Chooses back ends at run time: from a configuration file, environment variables, or both.
//!
//! An operator swaps back ends without a build: the program says `pipeline.register::<dyn Metrics>()`, and
//! what that records in is configuration.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use telemetry::log::is_metric;
//! use telemetry::metrics;
//! use telemetry::pipeline::{Backend, Config, Pipeline};
//! use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
//! use tracing_subscriber::fmt;
//! use tracing_subscriber::prelude::*;
//!
//! #[metrics(namespace = "mailer")]
//! pub trait Metrics {
//!     /// Mails handed to the server.
//!     #[counter]
//!     fn sent(&self, urgent: bool);
//! }
//!
//! // What the environment does not say is as the program has it.
//! let mut config = Config::default();
//! config.backends = Some(vec![Backend::Log]);
//! let config = Config::from_env()?.or(config);
//!
//! let pipeline = Pipeline::start(&config)?;
//! // The log's lines, if the log was chosen. `RUST_LOG` is for the program's other lines alone.
//! let metrics = pipeline.log_layer(std::io::stderr).map(|layer| layer.with_filter(filter_fn(is_metric)));
//! let others = EnvFilter::from_default_env().and(filter_fn(|metadata| !is_metric(metadata)));
//! let others = fmt::layer().with_writer(std::io::stderr).with_filter(others);
//! tracing_subscriber::registry().with(metrics).with(others).init();
//!
//! let metrics: Arc<dyn Metrics> = Arc::new(pipeline.register::<dyn Metrics>()?);
//! if let Err(muted) = pipeline.check_log() {
//!     eprintln!("{muted}");
//! }
//! metrics.sent(true);
//! pipeline.shutdown(Duration::from_secs(5))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Keys and variables
//!
//! [`Config`] reads any format that `serde` has a parser for, and [`Config::from_env`] reads the same keys from
//! variables: the key `listen` of the section `prometheus` is `TELEMETRY_PROMETHEUS_LISTEN`. Lists are
//! separated by commas, tables are written `key=value,key=value`, durations as `10s`, `1m 30s` or `500ms`. Values
//! are trimmed, and names of choices are compared without regard to case. A variable that is empty counts as not set, and so do those that Kubernetes sets for a service that is called
//! `telemetry`, such as `TELEMETRY_SERVICE_HOST`. An unknown key is an error that lists the known ones, and so
//! is a value that makes no sense. A comma in a table's value is for the file, or for the variables of
//! OpenTelemetry, which are percent-encoded.
//!
//! ```toml
//! backends = ["log", "prometheus"]      # noop, log, prometheus, otlp, statsd; all of them record; none by default
//! constant_labels = { region = "eu-1" } # on every series
//!
//! [log]
//! format = "json"                       # prefixed, logfmt, json, emf
//! summary = "60s"                       # how often to tell what policies silence
//!
//! [prometheus]
//! listen = "127.0.0.1:9464"
//! path = "/metrics"
//!
//! [otlp]
//! endpoint = "http://localhost:4318"
//! protocol = "http/protobuf"            # or grpc
//! temporality = "cumulative"            # or delta
//! compression = "gzip"                  # or none
//! interval = "60s"
//! timeout = "10s"
//! batch_points = 10000
//! headers = { authorization = "..." }
//! service_name = "mailer"
//! resource_attributes = { "deployment.environment.name" = "prod" }
//! ca_certificate = "/etc/ssl/ours.pem"
//!
//! [statsd]
//! target = "udp://localhost:8125"       # or unix:///var/run/datadog/dsd.socket
//! dialect = "dogstatsd"                 # or plain
//! histograms = "distribution"           # or milliseconds, histogram
//! interval = "10s"
//! prefix = "svc"
//! tags = { env = "prod" }
//! max_datagram = 1432
//! sample_rate = 1.0
//! ```
//!
//! Without `TELEMETRY_BACKENDS`, [`OTEL_METRICS_EXPORTER`] chooses: `otlp`, `prometheus`, `console` (here:
//! `log`), `none`.
//!
//! [`OTEL_METRICS_EXPORTER`]: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
//!
//! Where nothing is said, the OTLP exporter goes by the specification's own variables
//! ([`OTEL_EXPORTER_OTLP_ENDPOINT`](crate::otlp::Config::from_env) and others), the Prometheus endpoint by
//! `OTEL_EXPORTER_PROMETHEUS_HOST` and `OTEL_EXPORTER_PROMETHEUS_PORT`, and the statsd exporter by
//! [Datadog's](crate::statsd::Config::from_env).
//!
//! No error shows a password, a query or a header. A parser of files may: `toml`'s errors quote the line they are about,
//! and `error.message()` leaves it out.
//!
//! A program that reads the registry itself, such as on a `/metrics` route of its own server, says so with
//! [`Config::with_own_reader`]; then each surface is there once, whatever back ends are chosen.
//!
//! A back end whose feature the program was built without is an error at the start, not silence.

#![cfg_attr(
    not(all(feature = "otlp", feature = "statsd")),
    allow(rustdoc::broken_intra_doc_links, reason = "to the back ends that are features")
)]

mod config;
mod env;
mod error;
mod log;
mod otlp;
mod prometheus;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod reach;
mod settings;
mod statsd;
mod text;

pub use config::{Backend, Config, UnknownBackend};
pub use error::StartError;
pub use log::Log as LogSettings;
pub use otlp::{Headers, Otlp as OtlpSettings, OtlpCompression, OtlpProtocol, OtlpTemporality};
pub use prometheus::Prometheus as PrometheusSettings;
#[cfg(all(test, feature = "prometheus-server"))]
pub(crate) use prometheus::standard_listen;
pub use settings::{NoTime, Time};
pub use statsd::{Statsd as StatsdSettings, StatsdDialect, StatsdHistograms};

use crate::export::{Guard, Undelivered};
use crate::log::{Format, Layer, Muted};
use crate::registry::{Instruments, RegisterError, Registry};
use crate::schema::Schema;
pub use crate::setting::SettingError;
use crate::sync::unpoisoned;
use crate::{Log, Surface};
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Back ends at work, as a [`Config`] has chosen them.
///
/// Dropped without a [shutdown](Self::shutdown), it shuts down with five seconds.
#[must_use = "dropping it ends the back ends"]
pub struct Pipeline {
    registry: Registry,
    /// Whether anyone reads the registry.
    is_read: bool,
    log: Option<(Arc<Log>, Format)>,
    /// The surfaces that the log has.
    logged: Mutex<Vec<&'static Schema>>,
    guard: Guard,
    #[cfg(feature = "prometheus-server")]
    server: Mutex<Option<crate::prometheus::Server>>,
}

/// What [`Pipeline::register`] gives: it implements the surface, and records in each back end that was
/// chosen, or in none.
pub type Recorder<S> = (Option<Instruments<S>>, Option<Arc<Log>>);

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("registry", &self.registry)
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}

/// A back end that was started.
enum Running {
    /// It needs nothing.
    Nothing,
    Log(Arc<Log>, Format),
    #[allow(dead_code, reason = "made by back ends that are features")]
    Exporter(Guard),
    #[cfg(feature = "prometheus-server")]
    Server(crate::prometheus::Server),
}

impl Pipeline {
    /// Starts what the configuration names; nothing if it names nothing.
    ///
    /// # Errors
    ///
    /// If a back end is not built in, a setting makes no sense, a port is taken, or the system has no thread
    /// or descriptor left. A collector that is not there yet is none: its exporter waits for it.
    pub fn start(config: &Config) -> Result<Self, StartError> {
        let registry = config.registry()?;
        let mut pipeline = Pipeline {
            registry,
            is_read: config.own_reader,
            log: None,
            logged: Mutex::default(),
            guard: Guard::default(),
            #[cfg(feature = "prometheus-server")]
            server: Mutex::new(None),
        };
        for backend in config.chosen() {
            match pipeline.run(backend, config) {
                Ok(running) => pipeline.add(running),
                Err(error) => {
                    // Nothing was recorded that the others could wait to deliver.
                    let _ = pipeline.guard.shutdown(Duration::ZERO);
                    return Err(error);
                }
            }
        }
        Ok(pipeline)
    }

    /// As the environment says: [`Config::from_env`], then [`start`](Self::start).
    ///
    /// # Errors
    ///
    /// As both.
    pub fn from_env() -> Result<Self, StartError> {
        Self::start(&Config::from_env()?)
    }

    /// The one place that knows every back end.
    fn run(&self, backend: Backend, config: &Config) -> Result<Running, StartError> {
        match backend {
            Backend::Noop => Ok(Running::Nothing),
            Backend::Log => config.log.start(),
            Backend::Prometheus => config.prometheus.start(&self.registry),
            Backend::Otlp => config.otlp.start(&self.registry),
            Backend::Statsd => config.statsd.start(&self.registry),
        }
    }

    fn add(&mut self, running: Running) {
        self.is_read |= !matches!(running, Running::Nothing | Running::Log(..));
        match running {
            Running::Nothing => {}
            Running::Log(log, format) => self.log = Some((log, format)),
            Running::Exporter(guard) => self.guard = std::mem::take(&mut self.guard).and(guard),
            #[cfg(feature = "prometheus-server")]
            Running::Server(server) => self.server = Mutex::new(Some(server)),
        }
    }

    /// An implementation of a surface that records in each back end. A surface that is registered already
    /// records in the same series.
    ///
    /// # Errors
    ///
    /// As [`Registry::register_or_get`], if a back end reads the registry, or the program itself
    /// ([`Config::with_own_reader`]).
    pub fn register<S: Surface + ?Sized>(&self) -> Result<Recorder<S>, RegisterError> {
        let instruments = self.is_read.then(|| self.registry.register_or_get::<S>()).transpose()?;
        let log = self.log.as_ref().map(|(log, _)| log.clone());
        if let Some(log) = log.as_ref().filter(|_| self.is_first(S::SCHEMA))
            && let Err(muted) = crate::log::check::<S>()
        {
            log.report(&muted);
        }
        Ok((instruments, log))
    }

    /// Whether the log has not met the surface yet.
    fn is_first(&self, schema: &'static Schema) -> bool {
        let mut logged = unpoisoned(self.logged.lock());
        let is_first = !logged.iter().any(|known| std::ptr::eq(*known, schema));
        if is_first {
            logged.push(schema);
        }
        is_first
    }

    /// Checks that the log's lines appear, if the log was chosen: that the calling thread's subscriber lets those of all
    /// surfaces that are registered pass to a layer now.
    ///
    /// A filter before all layers, such as an `EnvFilter` that is none of theirs, refuses them at most values of
    /// `RUST_LOG`, and a warning about it too. So ask here, and show what it says where the program shows its errors.
    /// [`register`](Self::register) writes an error with the target `telemetry` once, which some filters let pass.
    ///
    /// # Errors
    ///
    /// As [`log::check`](crate::log::check).
    pub fn check_log(&self) -> Result<(), Muted> {
        let logged = unpoisoned(self.logged.lock()).clone();
        crate::log::check_events(logged.iter().flat_map(|schema| schema.events.iter().copied()))
    }

    /// A layer that writes the log's lines in the configured format, if the log was chosen: for the program's
    /// subscriber, with the filter [`is_metric`](crate::log::is_metric). Give no filter to all layers together: it would
    /// refuse the lines, see [`check_log`](Self::check_log).
    ///
    /// ```
    /// use telemetry::log::is_metric;
    /// use telemetry::pipeline::{Config, Pipeline};
    /// use tracing_subscriber::filter::filter_fn;
    /// use tracing_subscriber::prelude::*;
    ///
    /// let config = Config::from_vars([("TELEMETRY_BACKENDS", "log"), ("TELEMETRY_LOG_FORMAT", "json")])?;
    /// let pipeline = Pipeline::start(&config)?;
    /// let lines = pipeline.log_layer(std::io::stderr).map(|layer| layer.with_filter(filter_fn(is_metric)));
    /// tracing_subscriber::registry().with(lines).init();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn log_layer<W>(&self, make_writer: W) -> Option<Layer<W>> {
        self.log.as_ref().map(|(_, format)| Layer::new(*format, make_writer))
    }

    /// What the exporters read: for `on_collect`, for collectors, and for foreign sources that join.
    ///
    /// A program that reads it itself, such as with a `prometheus::Handler`, says so in
    /// [`Config::with_own_reader`]: otherwise surfaces record in it only if a chosen back end reads it.
    ///
    /// ```
    /// # use telemetry::metrics;
    /// # use telemetry::pipeline::{Config, Pipeline};
    /// # #[metrics]
    /// # pub trait Metrics {
    /// #     /// Jobs that wait.
    /// #     #[gauge]
    /// #     fn set_queue_depth(&self, jobs: u64);
    /// # }
    /// # let pipeline = Pipeline::start(&Config::default())?;
    /// let recorder = pipeline.register::<dyn Metrics>()?;
    /// // There are none if nobody reads them.
    /// if let (Some(instruments), _) = &recorder {
    ///     pipeline.registry().on_collect(instruments, |metrics| metrics.set_queue_depth(3));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Where the metrics are served, if they are.
    #[must_use]
    pub fn prometheus_addr(&self) -> Option<SocketAddr> {
        #[cfg(feature = "prometheus-server")]
        {
            let server = unpoisoned(self.server.lock());
            server.as_ref().map(crate::prometheus::Server::local_addr)
        }
        #[cfg(not(feature = "prometheus-server"))]
        None
    }

    /// Exports now, and waits until that is delivered. The log tells what its policies silenced, if it is to.
    ///
    /// # Errors
    ///
    /// As [`Guard::flush`].
    pub fn flush(&self, timeout: Duration) -> Result<(), Undelivered> {
        self.summarize();
        self.guard.flush(timeout)
    }

    fn summarize(&self) {
        if let Some((log, _)) = &self.log {
            log.summarize();
        }
    }

    /// Delivers what there is, ends the exporters and the server, and says whether it arrived. Recording is
    /// harmless afterwards, and nobody sees it; the log goes on, and tells what was silenced now and once more
    /// when this is dropped. The server goes last; answers that are under way then have a second more.
    ///
    /// # Errors
    ///
    /// As [`Guard::shutdown`]; the same again gives the same answer.
    pub fn shutdown(&self, timeout: Duration) -> Result<(), Undelivered> {
        self.summarize();
        let result = self.guard.shutdown(timeout);
        #[cfg(feature = "prometheus-server")]
        {
            // The lock is not held while the answers under way end.
            let server = unpoisoned(self.server.lock()).take();
            drop(server);
        }
        result
    }
}

impl Drop for Pipeline {
    /// The guard and the server end themselves.
    fn drop(&mut self) {
        self.summarize();
    }
}
