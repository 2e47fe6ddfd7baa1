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

/// Serves the registry at `/metrics` of this address, and a page for people at `/`, until the [`Server`] is dropped.
///
/// The address is yours to choose: `127.0.0.1` is reached from this machine alone, `0.0.0.0` from everywhere.
/// With port 0 the system chooses; [`Server::local_addr`] says which. See [`Config`] for the limits.
///
/// ```no_run
/// use telemetry::registry::Registry;
///
/// let registry = Registry::new();
/// let server = telemetry::prometheus::serve("127.0.0.1:9464", &registry)?;
/// println!("http://{}/metrics", server.local_addr());
/// # Ok::<(), telemetry::prometheus::ServeError>(())
/// ```
///
/// # Errors
///
/// If the address cannot be resolved or bound (another process has the port), or if the system has no thread
/// or descriptor left.
pub fn serve(address: impl ToSocketAddrs + fmt::Debug, registry: &Registry) -> Result<Server, ServeError> {
    Config::default().serve(address, registry)
}

/// The limits of a server, for [`serve`](Self::serve). The defaults suit a Prometheus that scrapes each 15 s.
///
/// A connection is for one request and is then closed: if connections stayed open, idle ones would hold the
/// places of a scraper that comes. A request's body is never read, its head may have 16 KiB (else 431).
/// Rendering has a thread of its own, so that an `on_collect` callback that hangs costs scrapers a 503 and
/// nothing else. Scrapers that read slowly or not at all share the body of one render, if they came before it
/// began; at the worst each holds one body until the [deadline](Self::deadline). If the process is out of
/// descriptors, the server pauses for 100 ms at a time, warns through `tracing` once a minute at the most, and
/// goes on as soon as it can, which it tells too: see [`export`](crate::export).
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
            header_timeout: Duration::from_secs(5),
            render_timeout: Duration::from_secs(5),
            deadline: Duration::from_secs(10),
            stop_timeout: Duration::from_secs(1),
            max_connections: 64,
        }
    }
}

/// A time that can be added to any instant.
const fn at_most_a_year(time: Duration) -> Duration {
    const YEAR: u64 = 365 * 24 * 60 * 60;
    if time.as_secs() < YEAR { time } else { Duration::from_secs(YEAR) }
}

impl Config {
    /// Sets the path that is answered, compared byte by byte; `/metrics` by default. It begins with `/`, has no query,
    /// and is percent-encoded where URLs are.
    #[must_use]
    pub fn path(mut self, path: impl Into<Cow<'static, str>>) -> Self {
        self.paths.metrics = path.into();
        self
    }

    /// Whether `/` is answered with a page for people; it is by default.
    ///
    /// The page shows each metric with its kind, unit, labels and help, and its current values: of a metric with
    /// more than 12 series, the 12 largest. It is one HTML document that loads nothing, has no script, and may
    /// not be framed. It is subject to the same limits as a scrape, and shares its render. What joined sources
    /// say is in the scrape alone.
    #[must_use]
    pub fn page(mut self, page: bool) -> Self {
        self.paths.page = page.then_some(Cow::Borrowed("/"));
        self
    }

    /// How long a client may take for its request's head, before it is disconnected; 5 s by default.
    #[must_use]
    pub const fn header_timeout(mut self, timeout: Duration) -> Self {
        self.header_timeout = at_most_a_year(timeout);
        self
    }

    /// How long a request waits for its render, before it is answered 503; 5 s by default.
    #[must_use]
    pub const fn render_timeout(mut self, timeout: Duration) -> Self {
        self.render_timeout = at_most_a_year(timeout);
        self
    }

    /// How long a connection may last in all, with a client that does not read too; 10 s by default, which is
    /// Prometheus' own `scrape_timeout`.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = at_most_a_year(deadline);
        self
    }

    /// How long answers under way may take when the server is stopped; 1 s by default.
    #[must_use]
    pub const fn stop_timeout(mut self, timeout: Duration) -> Self {
        self.stop_timeout = at_most_a_year(timeout);
        self
    }

    /// Sets how many connections are served at a time, from 1 to 1,048,576; 64 by default. As many more are answered 503
    /// without a look at what they ask, and what comes beyond is closed at once.
    #[must_use]
    pub const fn max_connections(mut self, max: usize) -> Self {
        self.max_connections = max;
        self
    }

    /// Checks what the setters were given.
    fn check(&self) -> Result<(), SettingError> {
        handler::checked_path("Prometheus path", &self.paths.metrics)?;
        limit("Prometheus header_timeout", self.header_timeout)?;
        limit("Prometheus render_timeout", self.render_timeout)?;
        limit("Prometheus deadline", self.deadline)?;
        // The bound of tokio's semaphore is 2⁶¹ and more; a system has far fewer descriptors than this.
        Given::new("Prometheus max_connections", &self.max_connections.to_string())?.whole(&(1..=1 << 20))?;
        Ok(())
    }

    /// Serves the registry within these limits: see [`serve`].
    ///
    /// # Errors
    ///
    /// Those of [`serve`], and a setting that cannot be used: a path that no request can ask for, a timeout of 0, or a
    /// number of connections that is out of range.
    pub fn serve(
        self,
        address: impl ToSocketAddrs + fmt::Debug,
        registry: &Registry,
    ) -> Result<Server, ServeError> {
        self.check()?;
        let listener = bind(address)?;
        let start = |cause| ServeError::Start { cause };
        let address = listener.local_addr().map_err(start)?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(start)?;
        let listener = {
            let _context = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(start)?
        };
        let rendering = Rendering::start(registry, self.paths.metrics.clone()).map_err(start)?;
        let stop_timeout = self.stop_timeout;
        let listener = Listener::new(listener, Arc::new(self), rendering);
        let (stop, stopped) = oneshot::channel();
        let run = move || run(&runtime, listener, stopped, stop_timeout);
        let thread = thread::Builder::new().name("metrics-http".to_owned()).spawn(run).map_err(start)?;
        Ok(Server { address, stop: Some(stop), thread: Some(thread) })
    }
}

fn bind(address: impl ToSocketAddrs + fmt::Debug) -> Result<std::net::TcpListener, ServeError> {
    let unresolved = |cause| ServeError::Address { address: format!("{address:?}"), cause };
    let addresses: Vec<SocketAddr> = address.to_socket_addrs().map_err(unresolved)?.collect();
    let unbound = |cause| ServeError::Bind { addresses: addresses.clone(), cause };
    let listener = std::net::TcpListener::bind(addresses.as_slice()).map_err(unbound)?;
    listener.set_nonblocking(true).map_err(unbound)?;
    Ok(listener)
}

/// The server's thread: accepts until it is told to stop or the [`Server`] is gone, then lets the answers
/// under way end.
fn run(runtime: &Runtime, listener: Listener, stopped: oneshot::Receiver<()>, stop_timeout: Duration) {
    runtime.block_on(async {
        let connections = listener.connections();
        let accepting = tokio::spawn(listener.accept());
        let _ = stopped.await;
        accepting.abort();
        let _ = tokio::time::timeout(stop_timeout, connections.ended()).await;
    });
    // What is still connected is dropped with the runtime, at the end of the thread.
}

/// A server that runs. To drop it is to stop it.
#[derive(Debug)]
#[must_use = "the server stops when this is dropped"]
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// The address that it listens on, with the port that the system chose if it was 0.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops, as dropping does. No connection is accepted any more, answers under way have
    /// [`stop_timeout`](Config::stop_timeout) to end, and then the server's thread has ended. (The one that
    /// renders ends as soon as no callback holds it.) Blocks for that long at the most.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there has been reported by the panic hook; whoever stops has nothing to do about it.
            let _ = thread.join();
        }
    }
}

/// Why a server did not start. `Debug` prints what `Display` does.
#[non_exhaustive]
pub enum ServeError {
    /// A setting cannot be used.
    Setting(SettingError),
    /// The address does not name a socket.
    #[non_exhaustive]
    Address {
        /// As it was given.
        address: String,
        /// What the resolver says.
        cause: io::Error,
    },
    /// None of the addresses could be bound: another process has the port, or it is not this machine's.
    #[non_exhaustive]
    Bind {
        /// What the address was resolved to.
        addresses: Vec<SocketAddr>,
        /// What the system says.
        cause: io::Error,
    },
    /// The system had no thread or descriptor left.
    #[non_exhaustive]
    Start {
        /// What the system says.
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
