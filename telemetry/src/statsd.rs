//! Pushes a registry to a statsd server: etsy's protocol or Datadog's, over UDP or a Unix socket.
//!
//! # Examples
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
//! # Lines
//!
//! The registry adds up sums, so a counter costs the same with statsd and without, and makes one line per
//! series and interval. Counters and gauges are sent once per interval, histogram samples every 100 ms.
//!
//! | kind | line | |
//! |---|---|---|
//! | counter | `name:delta\|c` | the growth since the last line, durations in seconds; no line if it has not grown |
//! | up-down counter | `name:total\|g` | once per interval |
//! | gauge | `name:value\|g` | once per interval even if unchanged, since servers forget; NaN and infinities are not sent |
//! | histogram | `name:sample\|ms`, `\|h` or `\|d` | each sample, see [`Histograms`] |
//!
//! The plain dialect reads a sign as a change. A negative gauge is therefore `name:0|g` and `name:-5|g` in
//! one datagram there; `DogStatsD` gets the value alone. Integers and durations are exact. Floats are the
//! shortest number that reads back as the same value.
//!
//! # Names
//!
//! A name is the prefix, the namespace and the instrument's name, with dots between. It has no unit. An
//! instrument that had another name before (`was = "..."`) is sent under both names, samples included: in one
//! datagram, if two lines fit. It is sent once if the names differ in suffixes of Prometheus alone.
//!
//! - **`DogStatsD`** has tags: `e2a.http_requests:1|c|#method:get,status:2xx`. All characters of a value
//!   except letters, digits and `_-:/.` become `_`, as in Datadog's client for Python. An empty value is `_`.
//!   A tag has at most 200 characters, by Datadog's rules. Each key appears once, compared without regard to
//!   case, because Datadog ignores case. The source that is nearest to the call has precedence, in this
//!   order, which is also the order on the line: labels of the call, constant labels of the registry,
//!   [tags](Config::tag) of the program or a file, tags of the [environment](Config::from_env). Of each list,
//!   the last tag of a key counts.
//! - **Plain** statsd has no tags. The values of the labels follow the name in the order of their
//!   declaration, as in `e2a.http_requests.get.2xx`. All characters of a value except `A-Z`, `a-z`, `0-9`,
//!   `_` and `-` become `_`, and an empty value is `_`. Constant labels of the registry and tags are not
//!   sent: use [`Config::prefix`] to tell programs apart.
//!
//! Two series can thus have the same name. Then the server adds up counters and samples, the exporter adds up
//! up-down counters, and of several gauges the last one in the order of the registry counts.
//!
//! # Metrics of other crates
//!
//! What [joined](crate::Registry::join) the registry is sent too, once per interval. A metric that a surface
//! has as well is sent from the surface alone. Names are those of Prometheus, after the prefix, with `_` in
//! place of `:`; labels are as above, in the order of the text.
//!
//! | text | lines |
//! |---|---|
//! | counter | `name_total:delta\|c` |
//! | gauge, unknown, info, stateset | `name:value\|g` |
//! | histogram | `name_bucket:delta\|c` with the label `le`, `name_count:delta\|c`, `name_sum:delta\|c`; its samples are not known |
//! | summary | `name:value\|g` with the label `quantile`, `name_count:delta\|c`, `name_sum:delta\|c` |
//! | gaugehistogram | as a histogram, with `\|g`, `_gcount` and `_gsum` |
//!
//! The first delta of a series is its whole total, since the other crate began in this process. A delta is
//! forgotten when the kernel accepted it, also by the next exporter of the registry. A total that fell began
//! again. NaN, infinities and negative sums are counted once as `rejected`, with a warning that names them.
//! `_created`, exemplars and times of samples are left out.
//!
//! # Origin detection
//!
//! In `DogStatsD`, each line tells Datadog's agent where it comes from, in fields after the tags and in the
//! order of Datadog's clients. The agent adds the tags of the container, if its own origin detection is on.
//!
//! | field | | agent |
//! |---|---|---|
//! | `\|c:ci-ID`, `\|c:in-INODE` | the container: [`Config::container_id`], or the one that the exporter finds | 7.51 |
//! | `\|e:it-false,cn-NAME,pu-UID` | the pod, as Kubernetes knows it: [`Config::external_data`] | 7.57 |
//! | `\|card:low` | how many of its own tags the agent adds: [`Config::cardinality`] | 7.64 |
//!
//! The exporter looks for the container once, at its start, and on Linux alone: for an id in
//! `/proc/self/cgroup` and `/proc/self/mountinfo`, as Datadog's clients for Go, Ruby and Java do, then for
//! the inode of the control group, unless the process is in the host's namespace of control groups. If it
//! finds neither, it sends no such field. [`Config::origin_detection`] or
//! `DD_ORIGIN_DETECTION_ENABLED=false` turns this off, and the external data with it.
//!
//! `DD_ENTITY_ID` becomes the tag `dd.internal.entity_id`. The agent prefers it to the container.
//!
//! # Losses
//!
//! A counter's delta is forgotten only when the kernel accepted the datagram that carries it. Until then it
//! grows: a server that was away for an hour gets the counts of that hour when it is back. On the loopback,
//! the kernel reports at once that nobody listened, and such a datagram counts as not accepted. For another
//! machine this report comes with the next datagram, and the one before is lost. A datagram that a network or
//! a full receive buffer drops is lost too, since statsd has no receipts. The next exporter of a registry
//! continues where the last one stopped.
//!
//! Samples wait in a ring per thread (see [`Config::ring`]) and, while the server is away, in a queue of the
//! exporter of the same size. A sample that finds its ring full is lost; recording never blocks. The
//! registry's buckets and sums still include it. In `DogStatsD` the other samples of its series then
//! represent it, by their sample rate: two samples that are sent as `|@0.25` count as eight.
//!
//! A lost sample is counted in `telemetry_export_dropped_total{exporter="statsd",reason="overrun"}` instead
//! in the plain dialect, whose servers disagree on the meaning of a sample rate, with a [sample
//! rate](Config::sample_rate) of your own, and if no sample of the series is left. So is a sample whose
//! series [was removed](crate::registry#series-that-are-removed) and whose place went to another one before
//! it could be sent. The other reasons are:
//!
//! - `oversize`: a line is longer than a datagram. A `tracing` warning names it once per series.
//! - `rejected`: NaN, infinities and negative milliseconds, which servers do not take.
//!
//! Each loss is counted once, however often it was tried: a sample or a counter's delta once, a gauge once
//! until it can be sent again.
//!
//! # Connections
//!
//! An unreachable server is not an error of `start`: the exporter keeps trying, and reports failures as
//! [`export`](crate::export) says. It looks up a host's name in its own thread: each interval until the name
//! has an address, after errors, and each minute. If the name has several addresses and one of them rejects a
//! datagram, the next one is tried. A Unix socket that went away is opened again each interval.
//!
//! In a stream, each packet of lines follows its length in bytes, a `u32` in little endian, as Datadog's
//! agent reads it. A packet counts as accepted when the kernel took all of it. One that it took in part when
//! the time of a push is over, or when the server goes, is sent whole in the next stream, since the agent
//! forgets the part. Connecting to a server that accepts nobody may block, which delays the exporter alone.
//!
//! A look-up may block for as long as the system's resolver does. That delays the exporter and not the guard,
//! which waits no longer than its timeout. A datagram that is too long for the system is halved between
//! lines, and the limit with it, until the exporter ends.
//!
//! # Servers
//!
//! Tested with etsy's `statsd` 0.9.0 and collectd 5.12, and byte by byte against Datadog's client for Python
//! 0.56, in the same environment and by both types of socket. Unlike that client, the exporter
//!
//! - sends each key once, and trims tags;
//! - reads `DD_TAGS` too, and `DD_CARDINALITY`, as other clients of Datadog do;
//! - sends no external data if origin detection is off, as the clients for Go and Java;
//! - finds containers by `/proc/self/mountinfo` too, and control groups whose path is not `/`;
//! - rejects values that it cannot send, at the start, where the client warns or sends them raw;
//! - does not read `DD_DOGSTATSD_DISABLE` and `DD_TELEMETRY_HOST`: start no exporter, and see [`export`] for
//!   its own metrics.
//!
//! [`export`]: crate::export
//!
//! collectd keeps whole milliseconds and whole counts, leaves out timers of 0, and divides a timer by
//! its sample rate, while etsy's multiplies the count; it rejects `|h`, `|d` and tags. Etsy's reads tags, and
//! takes `|h` and `|d` for counters. Use [`Histograms::Milliseconds`] for both, which is the default of
//! [`Dialect::Plain`].
//!
//! # Why not a client crate
//!
//! Client crates such as `cadence` send each call when it is made, from the caller's thread or a queue. None
//! reports which counts were in a datagram that the kernel rejected, so none can keep them. The wire format
//! itself is one line.

mod config;
mod environment;
mod error;
mod exporter;
mod format;
mod origin;
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
pub use origin::Cardinality;
#[cfg(feature = "pipeline")]
pub(crate) use origin::check_field;
#[cfg(feature = "pipeline")]
pub(crate) use target::check_target;
#[cfg(feature = "pipeline")]
pub(crate) use text::{check_tag, prefix};
