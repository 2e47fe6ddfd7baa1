//! Selects back ends at run time: from a configuration file, environment variables, or both.
//!
//! The program calls `pipeline.register::<dyn Metrics>()`. A [`Config`] decides which back ends record, so an
//! operator can change them without a build.
//!
//! # Examples
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
//! // The environment replaces what the program sets.
//! let mut config = Config::default();
//! config.backends = Some(vec![Backend::Log]);
//! let config = Config::from_env()?.or(config);
//!
//! let pipeline = Pipeline::start(&config)?;
//! // The log's lines, if the log is selected. `RUST_LOG` filters the program's other lines only.
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
//! [`Config`] can be read from any format that has a `serde` parser. [`Config::from_env`] reads the same keys
//! from variables: the key `listen` of the section `prometheus` is `TELEMETRY_PROMETHEUS_LISTEN`.
//!
//! - A list in a variable is separated by commas. A table is written `key=value,key=value`; its values cannot
//!   contain a comma, which a file and OpenTelemetry's percent-encoded variables can.
//! - A duration is written `10s`, `1m 30s` or `500ms`.
//! - Values are trimmed. The names of choices are compared without regard to case.
//! - An empty variable counts as not set. The variables that Kubernetes sets for a service called
//!   `telemetry`, such as `TELEMETRY_SERVICE_HOST`, are ignored.
//! - An unknown key is an error that lists the known ones, and so is a value that cannot be used. The keys of
//!   a back end whose feature is not built in are ignored.
//!
//! ```toml
//! backends = ["log", "prometheus"]      # noop, log, prometheus, otlp, statsd; none by default
//! constant_labels = { region = "eu-1" } # on every series
//!
//! [views.http_requests]                 # what Prometheus, OTLP and statsd see of a metric
//! without = ["route"]                   # labels that go away; the series are summed
//!
//! [views.http_latency_seconds]
//! buckets = [0.1, 1]                    # some of the declared bounds
//!
//! [views."http.retries"]                # named as a reader shows it
//! off = true
//!
//! [log]
//! format = "json"                       # prefixed, logfmt, json, emf
//! summary = "60s"                       # the interval for reports on suppressed calls
//!
//! [prometheus]
//! listen = "127.0.0.1:9464"
//! path = "/metrics"
//! created_samples = true                # false: OpenMetrics without `_created`
//!
//! [otlp]
//! endpoint = "http://localhost:4318"
//! protocol = "http/protobuf"            # or grpc
//! temporality = "cumulative"            # or delta, lowmemory
//! exponential_histograms = true         # false: native histograms with the buckets of their bounds
//! compression = "gzip"                  # or none
//! interval = "60s"
//! timeout = "10s"
//! batch_points = 10000
//! headers = { authorization = "..." }
//! service_name = "mailer"
//! resource_attributes = { "deployment.environment.name" = "prod" }
//! ca_certificate = "/etc/ssl/ours.pem"
//! proxy = "http://proxy:3128"           # instead of HTTPS_PROXY and the like
//! no_proxy = [".internal"]              # instead of NO_PROXY
//!
//! [statsd]
//! target = "udp://localhost:8125"       # or unix:///var/run/datadog/dsd.socket, unixstream:///..
//! dialect = "dogstatsd"                 # or plain
//! histograms = "distribution"           # or milliseconds, histogram
//! interval = "10s"
//! prefix = "svc"
//! tags = { env = "prod" }
//! origin_detection = true               # false: the agent is not told the container
//! container_id = "ci-..."               # if the exporter is not to find it
//! external_data = "it-false,cn-..."     # as DD_EXTERNAL_ENV
//! cardinality = "low"                   # or none, orchestrator, high
//! max_datagram = 1432
//! sample_rate = 1.0
//! ```
//!
//! Without `TELEMETRY_BACKENDS`, [`OTEL_METRICS_EXPORTER`] selects the back ends: `otlp`, `prometheus`,
//! `console` (which selects `log`), `none`.
//!
//! [`OTEL_METRICS_EXPORTER`]:
//! https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
//!
//! In a variable, a view is written in words: `TELEMETRY_VIEWS` may be
//! `http_requests=without route, http_latency_seconds=without route buckets 0.1 1, http.retries=off`. A
//! [`View`](crate::registry::View) is checked when its metric is registered. [`Pipeline::check_views`] finds
//! a name that no metric has.
//!
//! # Fallbacks
//!
//! | back end | variables for keys that are not set |
//! |---|---|
//! | `otlp` | the [specification's](crate::otlp::Config::from_env), such as `OTEL_EXPORTER_OTLP_ENDPOINT` |
//! | `prometheus` | `OTEL_EXPORTER_PROMETHEUS_HOST`, `OTEL_EXPORTER_PROMETHEUS_PORT` |
//! | `statsd` | [Datadog's](crate::statsd::Config::from_env) |
//!
//! # Secrets
//!
//! No error shows a password, a query or a header. A parser of files may: the errors of `toml` quote a line
//! of the file, which `error.message()` omits.
//!
//! # The program as a reader
//!
//! A program that reads the registry itself, such as for a `/metrics` route of its own server, calls
//! [`Config::with_own_reader`]. Each surface is then registered once, whatever back ends are selected.
//!
//! A selected back end whose feature is not built in is an error at the start.
//!
//! # Exemplars
//!
//! [`Config::with_exemplars`] takes the program's function that returns the current trace. Histograms and
//! counters then keep [exemplars](crate::registry#exemplars), which lead from a graph to a trace.

#![cfg_attr(
    not(all(feature = "otlp", feature = "statsd")),
    allow(rustdoc::broken_intra_doc_links, reason = "to the back ends that are features")
)]

#[cfg(not(all(feature = "otlp", feature = "prometheus-server", feature = "statsd")))]
mod absent;
mod backend;
mod config;
mod duration;
mod env;
mod error;
mod exemplars;
mod log;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg(feature = "prometheus-server")]
mod prometheus;
mod settings;
#[cfg(feature = "statsd")]
mod statsd;
#[cfg(all(test, feature = "otlp", feature = "statsd"))]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
mod text;
mod view;

pub use backend::{Backend, UnknownBackend};
pub use config::Config;
pub use duration::{DurationSetting, ParseDurationError};
pub use error::StartError;
pub use log::LogSettings;
#[cfg(feature = "otlp")]
pub use otlp::{Headers, OtlpSettings};
#[cfg(feature = "prometheus-server")]
pub use prometheus::PrometheusSettings;
#[cfg(all(test, feature = "prometheus-server"))]
pub(crate) use prometheus::standard_listen;
#[cfg(feature = "statsd")]
pub use statsd::StatsdSettings;

use crate::export::{ExportError, Guard};
use crate::log::Log;
use crate::log::{Format, Layer, Muted};
use crate::registry::{Instruments, RegisterError, Registry, ViewError};
use crate::schema::Schema;
pub use crate::setting::SettingError;
use crate::sink::{Labeled, SinkAdapter};
use crate::surface::{LabeledSurface, RegistrationLabels, Surface, UnlabeledSurface};
use crate::sync::unpoisoned;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The running back ends that a [`Config`] selects.
///
/// Dropping it without a [shutdown](Self::shutdown) shuts down with a time limit of five seconds.
#[must_use = "dropping it ends the back ends"]
pub struct Pipeline {
    registry: Registry,
    /// Set if a back end or the program reads the registry.
    is_read: bool,
    log: Option<(Arc<Log>, Format)>,
    /// The surfaces that record in the log.
    logged: Mutex<Vec<&'static Schema>>,
    guard: Guard,
    #[cfg(feature = "prometheus-server")]
    server: Mutex<Option<crate::prometheus::Server>>,
}

/// The implementation of a surface that [`Pipeline::register`] returns. It records in each selected back end.
pub type Recorder<S> = (Option<Instruments<S>>, Option<Arc<Log>>);

/// The implementation of one registration of a surface that [`Pipeline::register_with`] returns. The lines of
/// the log have the registration's labels.
pub type LabeledRecorder<S> = (Option<Instruments<S>>, Option<SinkAdapter<Labeled<Arc<Log>>>>);

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("registry", &self.registry)
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}

/// A started back end.
enum Running {
    /// A back end without state.
    Nothing,
    Log(Arc<Log>, Format),
    #[allow(dead_code, reason = "made by back ends that are features")]
    Exporter(Guard),
    #[cfg(feature = "prometheus-server")]
    Server(crate::prometheus::Server),
}

impl Pipeline {
    /// Starts the selected back ends.
    ///
    /// # Errors
    ///
    /// Returns an error if a back end is not built in, a setting cannot be used, a port is taken, or the
    /// system has no thread or descriptor left. An unreachable collector is not an error: the exporter
    /// retries.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::metrics;
    /// use telemetry::pipeline::{Config, Pipeline};
    ///
    /// #[metrics(namespace = "mailer")]
    /// pub trait Metrics {
    ///     /// Mails handed to the server.
    ///     #[counter]
    ///     fn sent(&self);
    /// }
    ///
    /// let config = Config::from_vars([("TELEMETRY_BACKENDS", "noop")])?;
    /// let pipeline = Pipeline::start(&config)?;
    /// pipeline.register::<dyn Metrics>()?.sent();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
        for backend in config.selected() {
            match pipeline.run(backend, config) {
                Ok(running) => pipeline.add(running),
                Err(error) => {
                    // The other back ends have no recorded calls to deliver.
                    let _ = pipeline.guard.shutdown(Duration::ZERO);
                    return Err(error);
                }
            }
        }
        Ok(pipeline)
    }

    /// Starts the back ends that the environment selects: [`Config::from_env`], then [`start`](Self::start).
    ///
    /// # Errors
    ///
    /// Returns the errors of both.
    pub fn from_env() -> Result<Self, StartError> {
        Self::start(&Config::from_env()?)
    }

    /// Starts a back end. No other function knows all of them.
    #[cfg_attr(
        not(any(feature = "otlp", feature = "prometheus-server", feature = "statsd")),
        expect(clippy::unused_self, reason = "only exporters read the registry")
    )]
    fn run(&self, backend: Backend, config: &Config) -> Result<Running, StartError> {
        match backend {
            Backend::Noop => Ok(Running::Nothing),
            Backend::Log => config.log.start(),
            #[cfg(feature = "prometheus-server")]
            Backend::Prometheus => config.prometheus.start(&self.registry),
            #[cfg(feature = "otlp")]
            Backend::Otlp => config.otlp.start(&self.registry),
            #[cfg(feature = "statsd")]
            Backend::Statsd => config.statsd.start(&self.registry),
            #[cfg(not(all(feature = "otlp", feature = "prometheus-server", feature = "statsd")))]
            absent => Err(StartError::NotBuilt(absent)),
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

    /// Returns an implementation of a surface that records in each selected back end. Implementations of the
    /// same surface share their series.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Registry::register_or_get`] if a back end or the program
    /// ([`Config::with_own_reader`]) reads the registry.
    pub fn register<S: UnlabeledSurface + ?Sized>(&self) -> Result<Recorder<S>, RegisterError> {
        let instruments = self.is_read.then(|| self.registry.register_or_get::<S>()).transpose()?;
        Ok((instruments, self.log_of::<S>()))
    }

    /// Returns an implementation of one registration of a surface that records in each selected back end: the
    /// log's lines have its labels. Implementations with the same labels share their series.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::{Pipeline, metrics};
    ///
    /// #[metrics(namespace = "pool", labels(#[label(cap = 16)] pool: &str))]
    /// pub trait Metrics {
    ///     /// Checkouts.
    ///     #[counter]
    ///     fn checkouts(&self);
    /// }
    ///
    /// fn start_pool(pipeline: &Pipeline, pool: &str) -> Result<(), telemetry::registry::RegisterError> {
    ///     let metrics = pipeline.register_with::<dyn Metrics>(MetricsLabels { pool })?;
    ///     metrics.checkouts();
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Registry::register_or_get_with`] if a back end or the program
    /// ([`Config::with_own_reader`]) reads the registry.
    pub fn register_with<S: LabeledSurface + ?Sized>(
        &self,
        labels: S::Labels<'_>,
    ) -> Result<LabeledRecorder<S>, RegisterError> {
        labels.__with(|labels| {
            let instruments =
                self.is_read.then(|| self.registry.register_set::<S>(labels, true)).transpose()?;
            let log = self.log_of::<S>().map(|log| SinkAdapter(Labeled::of(log, S::SCHEMA, labels)));
            Ok((instruments, log))
        })
    }

    /// Returns the log, if it is selected. Reports lines of a new surface that do not appear.
    fn log_of<S: Surface + ?Sized>(&self) -> Option<Arc<Log>> {
        let log = self.log.as_ref().map(|(log, _)| log.clone())?;
        if self.is_first(S::SCHEMA)
            && let Err(muted) = crate::log::check::<S>()
        {
            log.report(&muted);
        }
        Some(log)
    }

    /// Adds the surface to those of the log, and returns whether it is new.
    fn is_first(&self, schema: &'static Schema) -> bool {
        let mut logged = unpoisoned(self.logged.lock());
        let is_first = !logged.iter().any(|known| std::ptr::eq(*known, schema));
        if is_first {
            logged.push(schema);
        }
        is_first
    }

    /// Checks that the log's lines appear, if the log is selected: that the calling thread's subscriber
    /// passes the events of all registered surfaces to a layer.
    ///
    /// A filter before all layers, such as an `EnvFilter` that belongs to no layer, rejects these events at
    /// most values of `RUST_LOG`, and it rejects a warning about that too. So call this, and show the error
    /// where the program shows its errors. [`register`](Self::register) writes one error with the target
    /// `telemetry`, which some filters pass.
    ///
    /// # Errors
    ///
    /// Returns the error of [`log::check`](crate::log::check).
    pub fn check_log(&self) -> Result<(), Muted> {
        let logged = unpoisoned(self.logged.lock()).clone();
        crate::log::check_events(logged.iter().flat_map(|schema| schema.events.iter().copied()))
    }

    /// Checks that each view has found its metric. Call it once all surfaces are registered: a name with a
    /// typo changes nothing.
    ///
    /// Without a back end or a program that reads the registry, views have no effect, and this returns no
    /// error.
    ///
    /// # Errors
    ///
    /// Returns the error of [`Registry::check_views`].
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::metrics;
    /// use telemetry::pipeline::{Config, Pipeline};
    ///
    /// #[metrics(namespace = "mailer")]
    /// pub trait Metrics {
    ///     /// Mails handed to the server.
    ///     #[counter]
    ///     fn sent(&self);
    /// }
    ///
    /// let config = Config::from_vars([("TELEMETRY_VIEWS", "mailer_send=off")])?.with_own_reader();
    /// let pipeline = Pipeline::start(&config)?;
    /// let metrics = pipeline.register::<dyn Metrics>()?;
    /// assert_eq!(
    ///     pipeline.check_views().unwrap_err().to_string(),
    ///     "a view names `mailer_send`, which no registered surface has; did you mean `mailer_sent`?",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check_views(&self) -> Result<(), ViewError> {
        if self.is_read { self.registry.check_views() } else { Ok(()) }
    }

    /// Returns a layer that writes the log's lines in the configured format, if the log is selected.
    ///
    /// Add it to the program's subscriber with the filter [`is_metric`](crate::log::is_metric). Do not add a
    /// filter for all layers, which would reject the lines: see [`check_log`](Self::check_log).
    ///
    /// # Examples
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

    /// Returns the registry that the exporters read: for `on_collect`, for collectors, and to join other
    /// metrics crates.
    ///
    /// A program that reads it itself, such as with a `prometheus::Handler`, calls
    /// [`Config::with_own_reader`]. Otherwise surfaces record in it only if a selected back end reads it.
    ///
    /// # Examples
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
    /// // `None` if no back end reads the registry.
    /// if let (Some(instruments), _) = &recorder {
    ///     pipeline.registry().on_collect(instruments, |metrics| metrics.set_queue_depth(3));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Returns the address of the Prometheus endpoint, if it is served.
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

    /// Exports now, and waits for the delivery. The log reports the calls that its policies suppressed, if it
    /// is configured to.
    ///
    /// # Errors
    ///
    /// Returns the error of [`Guard::flush`].
    pub fn flush(&self, timeout: Duration) -> Result<(), ExportError> {
        self.summarize();
        self.guard.flush(timeout)
    }

    fn summarize(&self) {
        if let Some((log, _)) = &self.log {
            log.summarize();
        }
    }

    /// Exports once more, ends the exporters and then the server, and returns whether the export was
    /// delivered.
    ///
    /// Pending responses of the server get one more second. Recording afterwards is harmless and has no
    /// effect. The log continues; it reports suppressed calls now and once more when the pipeline is dropped.
    ///
    /// # Errors
    ///
    /// Returns the error of [`Guard::shutdown`]. Later calls return the first result.
    pub fn shutdown(&self, timeout: Duration) -> Result<(), ExportError> {
        self.summarize();
        let result = self.guard.shutdown(timeout);
        #[cfg(feature = "prometheus-server")]
        {
            // The lock is released before the pending responses end.
            let server = unpoisoned(self.server.lock()).take();
            drop(server);
        }
        result
    }
}

impl Drop for Pipeline {
    /// Reports suppressed calls. The guard and the server end themselves.
    fn drop(&mut self) {
        self.summarize();
    }
}
