//! Pushes a registry to an OpenTelemetry collector by [OTLP]: gRPC, or Protobuf over HTTP.
//!
//! # Examples
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
//! // At the end of `main`: sends the last values, and returns an error if they did not arrive.
//! if let Err(error) = exports.shutdown(Duration::from_millis(200)) {
//!     eprintln!("{error}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Config::from_env`] reads the `OTEL_*` variables instead. [`export`](crate::export) describes the thread
//! that exports, its own metrics and its end.
//!
//! # Data
//!
//! | declared | sent as |
//! |---|---|
//! | counter | `Sum`, monotonic |
//! | up-down counter | `Sum`, not monotonic, always cumulative |
//! | gauge | `Gauge` |
//! | histogram | `Histogram` with its bounds; without a sum if it is `signed`, as the [data model] requires |
//! | histogram that is `native` | `ExponentialHistogram`, or as above with [`Config::exponential_histograms`]`(false)` |
//!
//! - The name is `namespace.name`. The unit is a field of its own, in [UCUM]. An instrument without a unit is
//!   sent without one: the code `1` is for ratios, and readers take it for that.
//! - The description is the first paragraph of the help text.
//! - An instrument that had another name before (`was = "..."`) is a metric under both names, unless
//!   they differ in suffixes of Prometheus alone.
//! - Integers are sent as integers up to `i64::MAX`, and above it as floats, which are rounded. All points of
//!   an instrument that records floats or durations are floats; durations are seconds.
//! - Each label is an attribute of the point, a string of the same bytes. An absent label has its `none`
//!   text, and is left out if that is empty. The registry's constant labels are attributes of the point too,
//!   so that a reader need not join the resource.
//! - The scope is the package that declares the surface, with its version.
//! - The time of a point is the time of the snapshot. Its start is the time of the surface's registration, or
//!   with [`Temporality::Delta`] the time of the last delivery.
//! - The resource has `service.name` (`unknown_service:` and the program's name by default),
//!   `service.instance.id` (a random UUID of the process by default, which tells replicas apart),
//!   `telemetry.sdk.name`, `.language` and `.version`, and the configured attributes. Prometheus makes `job`
//!   of `service.name`, and `instance` of `service.instance.id`.
//!
//! # Metrics of other crates
//!
//! What [joined](crate::Registry::join) the registry is sent too, after the registry's own metrics, in
//! requests of its own and in the scope `telemetry.external`. A metric that a surface has as well is sent
//! from the surface alone. The types are mapped as the [compatibility] specification says:
//!
//! | text | sent as |
//! |---|---|
//! | counter | `Sum`, monotonic |
//! | gauge, unknown | `Gauge` |
//! | histogram | `Histogram`; without a sum if it or a bound is negative |
//! | summary | `Summary`, always cumulative |
//! | info, stateset | `Sum`, not monotonic |
//! | gaugehistogram | not at all: counted once as dropped with the reason `rejected`, with a warning that names it |
//!
//! - The name is the one in Prometheus, a counter's `_total` and an info's `_info` included. Numbers are
//!   floats. Units that OpenMetrics states become UCUM.
//! - The start of a sum is its `_created` sample. Without it, the start is 0, which means unknown. With
//!   [`Temporality::Delta`], counters and histograms are sent as changes since their last delivery; if a
//!   total fell, it began again. With [`Temporality::LowMemory`] they are sent as totals, as asynchronous
//!   instruments.
//! - Exemplars, times of samples and the registry's constant labels are left out. A series that is gone is no
//!   longer sent, and its end is not marked.
//!
//! [compatibility]: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
//!
//! # Delivery
//!
//! Each push takes a new snapshot of the registry, so nothing queues while the collector is away: memory
//! stays flat, and the totals are right with the next push that arrives. A delta is forgotten when the
//! collector has accepted it. Until then it grows and keeps its start. If a response is lost on its way, the
//! delta is sent again as part of a larger one.
//!
//! **Success.** The status alone decides if the collector accepted a request: any success of HTTP (200, 202,
//! 204), or status 0 of gRPC, in the trailers or in headers without them, whatever the HTTP status. `200 OK`
//! without a gRPC status is not a delivery, by [gRPC's
//! rules](https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md). The body of a success is
//! read for `partial_success`, for at most one second and 4 MiB. If it is something else, or does not end, a
//! warning is logged and nothing is sent again.
//!
//! **Size.** A large registry goes in several requests, each of at most 10,000 points
//! ([`Config::batch_points`]) and 3 MiB, which stays below the 4 MiB that gRPC servers accept by default.
//! Each is sent after the response to the one before. A request that is too large for the server (413, or an
//! error that says so, also if it comes before the request was read) is halved until it fits. Requests then
//! stay that small, though not below 64 KiB, until the exporter ends. A series that is too large on its own
//! is left out from then on, and counted as dropped with the reason `oversize`.
//!
//! **Connection.** All requests of a push share a connection, which is closed afterwards. The next push looks
//! the name up again, and no idle connection goes stale. Redirects are not followed, so headers with
//! credentials go to the endpoint and nowhere else.
//!
//! **Time.** A push has [`export_timeout`](Config::export_timeout) in all, and each attempt has
//! [`timeout`](Config::timeout), which covers the connection, TLS and the body of the response.
//!
//! **Retries.** An attempt is repeated if the [protocol](https://opentelemetry.io/docs/specs/otlp/) allows
//! it: after half a second, then after twice as long each time, with jitter, or after the delay that the
//! response names (`Retry-After`, `RetryInfo`; at most five minutes, beyond the end of the push if need be).
//! Every other failure is final, and the next interval sends the values of its own time. A failed request
//! does not hold up the next one: a request that is repeated has half of the push's remaining time, and the
//! others the rest. Without a connection, or if the server asks for a pause, the other requests wait for the
//! next push. It begins with the first request that was not sent, or with the last one if the time ran out in
//! it.
//!
//! **Reports.** Failures are counted by reason and logged as [`export`](crate::export) describes. Points that
//! a collector rejects while it accepts others (`partial_success`) are counted as dropped. Events of the
//! transport do not reach the program's subscriber: at the level `TRACE` they would be many times the size of
//! the data.
//!
//! # Proxies
//!
//! [`Config::proxy`] and [`Config::no_proxy`] name an HTTP proxy and the hosts that are reached without it. A
//! program that sets neither gets those of the environment:
//!
//! | variable | |
//! |---|---|
//! | `https_proxy`, `HTTPS_PROXY` | the proxy for `https://` endpoints |
//! | `http_proxy`, `HTTP_PROXY` | the proxy for `http://` endpoints; `HTTP_PROXY` is ignored in a CGI script, where it is a header of the request |
//! | `all_proxy`, `ALL_PROXY` | the proxy for those that the others do not name |
//! | `no_proxy`, `NO_PROXY` | the hosts that are reached without a proxy |
//!
//! Lower case counts first, as in curl. `localhost` and loopback addresses are always reached directly, as in
//! Go: the default endpoint is one. Variables are read at the start, and only those that count for the
//! endpoint.
//!
//! - A proxy is written `http://host:3128`, or `http://user:password@host:3128` with escapes such as `%40`.
//!   The scheme is optional, and port 80 the default. User and password go to the proxy alone, by
//!   `Proxy-Authorization: Basic`, and are in no error and no output. Proxies with TLS (`https://`) and
//!   `socks5://` are errors at the start.
//! - The list has names, which stand for all names below them too (`internal`, `.internal`, `*.internal`),
//!   addresses, networks (`10.0.0.0/8`), or `*` for all, between commas or spaces. A name or an address can
//!   have a port. A name is not looked up to compare its addresses.
//! - An endpoint with TLS, and gRPC with or without it, go through a tunnel (`CONNECT`): the proxy sees host
//!   and port. A request in plain HTTP is sent to the proxy with its whole URL, as curl and Go do, and the
//!   proxy can read it.
//! - The proxy looks the endpoint's name up. Time and size of its response are limited as the collector's.
//! - An error names the proxy. 407, another refusal and a redirect are final; 429, 502, 503 and 504 are tried
//!   again.
//!
//! [OTLP]: https://opentelemetry.io/docs/specs/otlp/
//! [UCUM]: https://ucum.org/ucum
//! [data model]: https://opentelemetry.io/docs/specs/otel/metrics/data-model/#histogram

mod backoff;
mod client;
mod config;
mod connection;
mod data_point;
mod delivered;
mod encode;
mod ended;
mod endpoint;
mod environment;
mod error;
mod exemplars;
mod exponential;
mod exporter;
mod external;
mod failure;
mod format;
mod grpc;
mod headers;
mod http;
mod ignored;
mod no_proxy;
mod proto;
mod proxy;
mod resolve;
mod resource;
mod response;
mod start;
mod status;
mod stream;
mod time;
mod tls;
mod tunnel;

pub use crate::setting::SettingError;
pub use config::Config;
pub use error::StartError;
pub use format::{Compression, Protocol, Temporality};
#[cfg(feature = "pipeline")]
pub(crate) use headers::check_headers;
#[cfg(feature = "pipeline")]
pub(crate) use proxy::{check_no_proxy, check_proxy};
