//! Pushes a registry to an OpenTelemetry collector, by [OTLP]: gRPC, or protobuf over HTTP.
//!
//! ```
//! use std::time::Duration;
//! use telemetry::otlp::{Config, Protocol};
//! use telemetry::{Registry, metrics};
//!
//! #[metrics(namespace = "mailer")]
//! pub trait Metrics {
//!     /// Mails handed to the server.
//!     #[counter]
//!     fn sent(&self, urgent: bool);
//! }
//!
//! let registry = Registry::new();
//! let metrics = registry.register::<dyn Metrics>()?;
//! let exports = Config::default()
//!     .endpoint("http://127.0.0.1:4317")
//!     .protocol(Protocol::Grpc)
//!     .service_name("mailer")
//!     .start(&registry)?;
//! metrics.sent(true);
//!
//! // At the end of `main`: sends what is there, and says whether it arrived.
//! if let Err(error) = exports.shutdown(Duration::from_millis(200)) {
//!     eprintln!("{error}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Config::from_env`] reads the `OTEL_*` variables instead. For the thread that exports, what it tells of
//! itself and how it ends, see [`export`](crate::export).
//!
//! # What is sent
//!
//! | declared | sent as |
//! |---|---|
//! | counter | `Sum`, monotonic |
//! | up-down counter | `Sum`, not monotonic, always cumulative |
//! | gauge | `Gauge` |
//! | histogram | `Histogram` with its bounds; without a sum if it is `signed`, as the [data model] wants it |
//!
//! - The name is `namespace.name`; the unit is told apart, in [UCUM]. What has no unit is sent without one:
//!   the code `1` is for ratios, and readers take it for that.
//! - The description is the first paragraph of the help text.
//! - What had another name before (`was = "..."`) is a metric under each of the two.
//! - Integers are sent as integers up to `i64::MAX`, and as floats above, where they are rounded. All points
//!   of an instrument that takes floats or durations are floats; durations are seconds.
//! - Every label is an attribute of the point, as text, byte for byte; an absent one has its `none` text. The
//!   registry's constant labels are attributes of the point too, so that a reader need not join the resource.
//! - The scope is the package that declares the surface, with its version.
//! - The time of a point is when the registry was read; its start is when the surface was registered. With
//!   [`Temporality::Delta`] it is the time of the last delivery instead.
//! - The resource has `service.name` (`unknown_service:` and the program's name by default),
//!   `service.instance.id` (a random UUID of the process by default, so that replicas are told apart),
//!   `telemetry.sdk.name`, `.language` and `.version`, and what the configuration adds.
//!
//! # Delivery
//!
//! Each push reads the registry anew, so nothing queues while the collector is away: memory stays flat, and
//! the totals are right with the next push that arrives. A delta is forgotten when the collector has taken
//! it, and not before: until then it grows, with the start that it had. If an answer is lost on its way, a
//! delta is sent again as part of a larger one.
//!
//! The status alone says whether the collector has taken a request: any success of HTTP (200, 202, 204), and
//! status 0 of gRPC, in the trailers or in headers without them, whatever the HTTP status. `200 OK` without a
//! gRPC status is no delivery, by [gRPC's
//! rules](https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md). The body of a success is
//! read for `partial_success`, one second and 4 MiB at the most. If it is something else, cut, or does not
//! end, that is a warning, and nothing is sent again.
//!
//! A large registry goes in several requests, of 10,000 points ([`Config::batch_points`]) and 3 MiB at the
//! most, which stays below the 4 MiB that gRPC servers take by default; each is sent when the one before is
//! answered. All of a push goes over one connection, which is closed behind it: the next push looks the name
//! up again, and no idle connection goes stale.
//!
//! A request that fails does not keep the next one from being sent. One that may be tried again has half of
//! the time that the push has left, so that the others have the rest. If there is no connection at all, or
//! the server has asked for a pause, the others wait for the next push, which begins with the first request
//! that was not sent, or with the last one if the time has ended in that.
//!
//! A request that is too large for the server (413, or a refusal that says so) is halved until it fits, and
//! requests stay so small (64 KiB at the least) until the exporter ends. A series that is too large alone is
//! left out from then on, and counted as dropped with the reason `oversize`.
//!
//! A push has [`export_timeout`](Config::export_timeout) in all, and each attempt
//! [`timeout`](Config::timeout), whatever the other side does: connecting, TLS and the answer's body count.
//! What the [protocol](https://opentelemetry.io/docs/specs/otlp/) allows to try again is tried again, after
//! half a second and then twice as long each time, with jitter, or after what the answer says (`Retry-After`,
//! `RetryInfo`; five minutes at the most), and that also over the end of the push. Everything else has
//! failed, and the next interval sends what is there then. Redirects are not followed, so headers with
//! credentials go to the endpoint and nowhere else, and proxy variables are not read.
//!
//! Failures are counted by reason and told as [`export`](crate::export) says. Points that a collector refuses
//! while it takes others (`partial_success`) are counted as dropped. The transport's own events are kept from
//! the program's subscriber: at the level of `TRACE` they would be many times what is sent.
//!
//! [OTLP]: https://opentelemetry.io/docs/specs/otlp/
//! [UCUM]: https://ucum.org/ucum
//! [data model]: https://opentelemetry.io/docs/specs/otel/metrics/data-model/#histogram

mod backoff;
mod client;
mod config;
mod connection;
mod delivered;
mod encode;
mod endpoint;
mod environment;
mod error;
mod exporter;
mod failure;
mod format;
mod grpc;
mod headers;
mod http;
mod proto;
mod resolve;
mod resource;
mod response;
mod start;
mod status;
mod tls;

pub use crate::setting::SettingError;
pub use config::Config;
pub use error::StartError;
pub use format::{Compression, Protocol, Temporality};
#[cfg(feature = "pipeline")]
pub(crate) use headers::check_headers;
