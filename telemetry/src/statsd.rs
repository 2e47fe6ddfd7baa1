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
//! A name is the prefix, the namespace and the instrument's name, with dots between. Units are not in it.
//! What had another name before (`was = "..."`) is sent under both, samples too: in one datagram, if two
//! lines have room in it.
//!
//! - **`DogStatsD`** has tags: `e2a.http_requests:1|c|#method:get,status:2xx`. In a value all but letters,
//!   digits and `_-:/.` becomes `_`, as in Datadog's client for Python; an empty value is `_`; a tag has 200
//!   characters at the most, by Datadog's rules. A key comes once, without regard to case, which Datadog has
//!   none of: a label of the call goes before a constant label of the registry, and that before a
//!   [tag](Config::tag), of which the last one of a key counts; those of `DD_ENV` and the like are the first.
//!   What is nearer to the call knows more of it.
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
//! A counter's delta is forgotten only when the kernel took the datagram that carries it; until then it
//! grows. So a server that is away for an hour gets all of that hour's counts when it is back. On the
//! loopback the kernel says at once that nobody listened, and such a datagram counts as not taken. From
//! another machine that news comes with the next datagram, and the one before is lost, as is one that a
//! network or a full receive buffer drops: statsd has no receipts. The next exporter of a registry goes on
//! where the last one stopped.
//!
//! Samples wait in a ring per thread (see [`Config::ring`]) and, while the server is away, in as large a
//! queue of the exporter. One that finds its ring full is lost, and recording never waits. The registry's
//! buckets and sums have it all the same. So in `DogStatsD` the samples of its series that did come stand for
//! it, by their sample rate: two that are sent as `|@0.25` count as eight. In the plain dialect, where
//! servers do not agree on what a sample's rate means, with a [rate](Config::sample_rate) of your own, and if
//! no sample of the series came, it is counted in
//! `telemetry_export_dropped_total{exporter="statsd",reason="overrun"}`. The other reasons are `oversize`,
//! for a line that is longer than a datagram, said once per name in a `tracing` warning; and `rejected`, for
//! NaN, infinities and negative milliseconds, which servers refuse. Each counts what is lost, and not how
//! often it was tried: a sample or a counter's delta once, a gauge once until it can be sent.
//!
//! # Where it is sent
//!
//! `start` succeeds whether or not anyone is there; a server that cannot be reached is told of as [`export`]
//! says. A host's name is looked up from the exporter's thread each interval until it has an address, again
//! after errors and each minute; if it has several addresses and one refuses, the next is tried. A Unix
//! socket that went away is opened anew each interval. Looking up may block for as long as the system's
//! resolver does: that delays the exporter, not the guard, which waits no longer than its time. A datagram
//! that the system says is too long is halved between lines, and so is the limit, until the exporter ends.
//!
//! # Servers
//!
//! Tried with etsy's `statsd` 0.9.0, collectd 5.12 and, byte by byte, Datadog's client for Python 0.56. Of
//! those, collectd keeps whole milliseconds and whole counts, leaves out timers of 0, and divides a timer by
//! its sample rate where etsy's multiplies the count; it refuses `|h`, `|d` and tags. Etsy's reads tags, and
//! takes `|h` and `|d` for counters: give both [`Histograms::Milliseconds`], the default of
//! [`Dialect::Plain`].
//!
//! # Why no client crate
//!
//! The clients there are, `cadence` for one, send what they are told when they are told, from the caller's
//! thread or a queue; none says which counts were in a datagram that the kernel refused, and so none can keep
//! them. The wire format itself is a line.

mod config;
mod environment;
mod error;
mod exporter;
mod format;
mod packet;
mod start;
mod target;
#[cfg(test)]
mod tests;
mod text;
mod transport;
mod weight;

pub use crate::setting::SettingError;
pub use config::Config;
pub use error::StartError;
pub use format::{Dialect, Histograms};
#[cfg(feature = "pipeline")]
pub(crate) use target::check_target;
#[cfg(feature = "pipeline")]
pub(crate) use text::{check_tag, prefix};
