//! Serves a registry over HTTP from a thread of its own.

mod accept;
mod connection;
mod rendering;

use super::handler::{self, Paths};
use crate::registry::Registry;
use crate::setting::{Given, SettingError, limit};
use accept::Listener;
use rendering::Rendering;
use std::borrow::Cow;
use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::runtime::{self, Runtime};
use tokio::sync::oneshot;

/// Serves the registry at `/metrics` of this address, and a page for people at `/`, until the [`Server`] is
/// dropped.
///
/// `127.0.0.1` is reachable from this machine only, `0.0.0.0` from everywhere. With port 0 the system chooses
/// a port, which [`Server::local_addr`] returns. See [`Config`] for the limits.
///
/// # Errors
///
/// Returns an error if the address cannot be resolved or bound (such as when another process has the port),
/// or if the system has no thread or descriptor left.
///
/// # Examples
///
/// ```no_run
/// use telemetry::registry::Registry;
///
/// let registry = Registry::new();
/// let server = telemetry::prometheus::serve("127.0.0.1:9464", &registry)?;
/// println!("http://{}/metrics", server.local_addr());
/// # Ok::<(), telemetry::prometheus::ServeError>(())
/// ```
pub fn serve(address: impl ToSocketAddrs + fmt::Debug, registry: &Registry) -> Result<Server, ServeError> {
    Config::default().serve(address, registry)
}

/// Paths and limits of a server, which [`serve`](Self::serve) starts. The defaults suit a Prometheus that
/// scrapes every 15 s.
///
/// | limit | default | beyond it |
/// |---|---|---|
/// | [`max_connections`](Self::max_connections) | 64 | 503, then closed immediately |
/// | size of a request's head | 16 KiB | 431; bodies are never read |
/// | [`header_timeout`](Self::header_timeout) | 5 s | the connection is closed |
/// | [`render_timeout`](Self::render_timeout) | 5 s | 503 |
/// | [`deadline`](Self::deadline) | 10 s | the connection is closed |
/// | [`stop_timeout`](Self::stop_timeout) | 1 s | the connections are closed |
///
/// A connection serves one request and is then closed: idle connections would take the permits of the next
/// scraper. Rendering has a thread of its own, so an `on_collect` callback that hangs costs scrapers a 503
/// and nothing else. Slow scrapers that arrived before a render began share its body; at worst each holds one
/// body until the deadline. If the process is out of descriptors, the server pauses for 100 ms at a time and
/// warns through `tracing` at most once a minute, and once more when it works again: see
/// [`export`](crate::export).
///
/// # Examples
///
/// ```no_run
/// use std::time::Duration;
/// use telemetry::prometheus::Config;
/// use telemetry::registry::Registry;
///
/// let registry = Registry::new();
/// let server = Config::default()
///     .path("/internal/metrics")
///     .deadline(Duration::from_secs(5))
///     .serve("127.0.0.1:9464", &registry)?;
/// # Ok::<(), telemetry::prometheus::ServeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    paths: Paths,
    created_samples: bool,
    header_timeout: Duration,
    render_timeout: Duration,
    deadline: Duration,
    stop_timeout: Duration,
    max_connections: usize,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            paths: Paths { page: Some(Cow::Borrowed("/")), ..Paths::default() },
            created_samples: true,
            header_timeout: Duration::from_secs(5),
            render_timeout: Duration::from_secs(5),
            deadline: Duration::from_secs(10),
            stop_timeout: Duration::from_secs(1),
            max_connections: 64,
        }
    }
}

/// Returns a duration that can be added to any instant.
const fn at_most_a_year(time: Duration) -> Duration {
    const YEAR: u64 = 365 * 24 * 60 * 60;
    if time.as_secs() < YEAR { time } else { Duration::from_secs(YEAR) }
}

impl Config {
    /// Sets the path of the metrics, compared byte by byte; `/metrics` by default. It must begin with `/`,
    /// have no query, and be percent-encoded where URLs are.
    #[must_use]
    pub fn path(mut self, path: impl Into<Cow<'static, str>>) -> Self {
        self.paths.metrics = path.into();
        self
    }

    /// Sets whether `/` serves a page for people; `true` by default.
    ///
    /// The page shows each metric with its kind, unit, labels, help and current values; of a metric with more
    /// than 12 series, the 12 largest. It is one HTML document that loads nothing, has no script, and cannot
    /// be framed. The limits of a scrape hold for it too, and it shares a scrape's render. Joined sources are
    /// in the scrape only.
    #[must_use]
    pub fn page(mut self, page: bool) -> Self {
        self.paths.page = page.then_some(Cow::Borrowed("/"));
        self
    }

    /// Sets whether OpenMetrics has `_created` samples; `true` by default. See
    /// [`Renderer::with_created_samples`](super::Renderer::with_created_samples).
    #[must_use]
    pub const fn created_samples(mut self, created: bool) -> Self {
        self.created_samples = created;
        self
    }

    /// Sets the time for a client to send its request's head before it is disconnected; 5 s by default.
    #[must_use]
    pub const fn header_timeout(mut self, timeout: Duration) -> Self {
        self.header_timeout = at_most_a_year(timeout);
        self
    }

    /// Sets the time that a request waits for its render before it gets a 503; 5 s by default.
    #[must_use]
    pub const fn render_timeout(mut self, timeout: Duration) -> Self {
        self.render_timeout = at_most_a_year(timeout);
        self
    }

    /// Sets the longest time of a connection, including a client that does not read; 10 s by default, which
    /// is Prometheus' own `scrape_timeout`.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = at_most_a_year(deadline);
        self
    }

    /// Sets the time for pending responses when the server stops; 1 s by default.
    #[must_use]
    pub const fn stop_timeout(mut self, timeout: Duration) -> Self {
        self.stop_timeout = at_most_a_year(timeout);
        self
    }

    /// Sets the number of connections that are served at a time, from 1 to 1,048,576; 64 by default. The same
    /// number again is answered with 503; further connections are closed immediately.
    #[must_use]
    pub const fn max_connections(mut self, max: usize) -> Self {
        self.max_connections = max;
        self
    }

    /// Checks the settings.
    fn check(&self) -> Result<(), SettingError> {
        handler::checked_path("Prometheus path", &self.paths.metrics)?;
        limit("Prometheus header_timeout", self.header_timeout)?;
        limit("Prometheus render_timeout", self.render_timeout)?;
        limit("Prometheus deadline", self.deadline)?;
        // Tokio's semaphore can count to 2⁶¹ and more; a system has far fewer descriptors.
        Given::new("Prometheus max_connections", &self.max_connections.to_string())?.whole(&(1..=1 << 20))?;
        Ok(())
    }

    /// Serves the registry with these settings: see [`serve`].
    ///
    /// # Errors
    ///
    /// Returns the errors of [`serve`], and an error for a setting that cannot be used: a path that no
    /// request can have, a timeout of 0, or a number of connections that is out of range.
    pub fn serve(
        self,
        address: impl ToSocketAddrs + fmt::Debug,
        registry: &Registry,
    ) -> Result<Server, ServeError> {
        self.check()?;
        let listener = bind(address)?;
        let address = listener.local_addr().map_err(not_started)?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(not_started)?;
        let listener = {
            let _context = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(not_started)?
        };
        let rendering = Rendering::start(registry, self.paths.metrics.clone(), self.created_samples);
        let rendering = rendering.map_err(not_started)?;
        let stop_timeout = self.stop_timeout;
        let listener = Listener::new(listener, Arc::new(self), rendering);
        let (stop, stopped) = oneshot::channel();
        let run = move || run(&runtime, listener, stopped, stop_timeout);
        let thread =
            thread::Builder::new().name("metrics-http".to_owned()).spawn(run).map_err(not_started)?;
        Ok(Server { address, stop: Some(stop), thread: Some(thread) })
    }
}

fn not_started(cause: io::Error) -> ServeError {
    ServeError::Start { cause }
}

fn bind(address: impl ToSocketAddrs + fmt::Debug) -> Result<std::net::TcpListener, ServeError> {
    let unresolved = |cause| ServeError::Address { address: format!("{address:?}"), cause };
    let addresses: Vec<SocketAddr> = address.to_socket_addrs().map_err(unresolved)?.collect();
    let unbound = |cause| ServeError::Bind { addresses: addresses.clone(), cause };
    let listener = std::net::TcpListener::bind(addresses.as_slice()).map_err(unbound)?;
    listener.set_nonblocking(true).map_err(unbound)?;
    Ok(listener)
}

/// Runs the server's thread: accepts until the [`Server`] stops or is gone, then waits for pending responses.
fn run(runtime: &Runtime, listener: Listener, stopped: oneshot::Receiver<()>, stop_timeout: Duration) {
    runtime.block_on(async {
        let connections = listener.connections();
        let accepting = tokio::spawn(listener.accept());
        let _ = stopped.await;
        accepting.abort();
        let _ = tokio::time::timeout(stop_timeout, connections.ended()).await;
    });
    // Remaining connections are dropped with the runtime, at the end of the thread.
}

/// A running server. Dropping it stops it.
#[derive(Debug)]
#[must_use = "the server stops when this is dropped"]
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Returns the address that the server listens on, with the port that the system chose for port 0.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops the server, as dropping it does.
    ///
    /// The server accepts no further connection and gives pending responses
    /// [`stop_timeout`](Config::stop_timeout) to end. Blocks until the server's thread has ended, which takes
    /// no longer than that. The rendering thread ends as soon as no callback blocks it.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The panic hook has reported a panic of the thread; the caller can do nothing about it.
            let _ = thread.join();
        }
    }
}

/// The reason why a server did not start. `Debug` prints the same text as `Display`.
#[non_exhaustive]
pub enum ServeError {
    /// A setting cannot be used.
    Setting(SettingError),
    /// The address does not name a socket.
    #[non_exhaustive]
    Address {
        /// The given address.
        address: String,
        /// The resolver's error.
        cause: io::Error,
    },
    /// None of the addresses could be bound: another process has the port, or the address is not of this
    /// machine.
    #[non_exhaustive]
    Bind {
        /// The resolved addresses.
        addresses: Vec<SocketAddr>,
        /// The system's error.
        cause: io::Error,
    },
    /// The system had no thread or descriptor left.
    #[non_exhaustive]
    Start {
        /// The system's error.
        cause: io::Error,
    },
}

impl From<SettingError> for ServeError {
    fn from(error: SettingError) -> Self {
        ServeError::Setting(error)
    }
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServeError::Setting(error) => error.fmt(f),
            ServeError::Address { address, cause } => {
                write!(f, "cannot resolve {address}: {cause}; write `host:port`, such as `127.0.0.1:9464`")
            }
            ServeError::Bind { addresses, cause } => {
                let addresses: Vec<_> = addresses.iter().map(SocketAddr::to_string).collect();
                write!(f, "cannot listen on {}: {cause}", addresses.join(" or "))
            }
            ServeError::Start { cause } => write!(f, "cannot start the metrics server: {cause}"),
        }
    }
}

crate::error::debug_as_display!(ServeError);

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ServeError::Setting(error) => Some(error),
            ServeError::Address { cause, .. }
            | ServeError::Bind { cause, .. }
            | ServeError::Start { cause } => Some(cause),
        }
    }
}
