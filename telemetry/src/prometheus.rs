//! Exposes a registry to Prometheus: as text, as OpenMetrics, and over HTTP.
//!
//! | | feature |
//! |---|---|
//! | [`render`], [`Renderer`] | `prometheus` |
//! | [`Handler`], for a server that you have | `prometheus-http` |
//! | [`serve`], a server of its own, with a page for people at `/` | `prometheus-server` |
//!
//! # What is written
//!
//! A family is named `namespace_name_unit`. Counters have `_total` behind it; an up-down counter is a gauge to
//! Prometheus. The registry's constant labels come first, then the series'. Label values are escaped where the
//! format wants it (`\`, `"` and newline) and otherwise written as they are, control characters included; what
//! is one series here is one series there, since nothing is normalised. A label whose value is empty is the
//! same to Prometheus as no label.
//!
//! Unsigned integers are written exactly. (Prometheus keeps floats, and rounds above 2⁵³.) Durations are
//! seconds, in counters and gauges exact to the nanosecond; the sum of a histogram is a float, of durations too,
//! so that 42 ms and 10 ms make `0.052000000000000005`. Bucket bounds have OpenMetrics' canonical form in both formats (`1.0`,
//! `0.005`, `1e+06`), so that a series keeps its identity whichever format a server takes; Prometheus 3 writes
//! the others in that form too. A family without a series (a gauge that nobody set) is left out.
//!
//! OpenMetrics has two more things: the unit, and `_created`, the time since when a counter or a histogram
//! counts. A histogram that takes negative numbers has no `_sum` and no `_count` there, as the format demands:
//! such a sum can fall, which would read as a restart. The text format keeps both.
//!
//! A metric that had another name before (`was = "..."`) is written under both, one family behind the other, and
//! the help of the old one begins with `Deprecated`.
//!
//! Behind the registry's own families come those of the sources that [joined](Registry::join) it.
//!
//! # Coming from another client
//!
//! A dashboard finds the same series under another text of `le`. The crates `prometheus` and
//! `metrics-exporter-prometheus`, and Go's client, write a whole bound without its fraction (`le="1"`); this crate and
//! `prometheus-client` write `le="1.0"`. Prometheus 3 stores the second form, whatever a client writes; Prometheus 2
//! stores what it reads. A query that names a whole bound, as Apdex does, reads both while a service moves:
//! `http_request_duration_seconds_bucket{le=~"1|1.0"}`. `histogram_quantile` reads `le` as a number and needs no change.

#![cfg_attr(
    not(feature = "prometheus-server"),
    allow(rustdoc::broken_intra_doc_links, reason = "to what is a feature of its own")
)]

mod family;
mod foreign;
#[cfg(feature = "prometheus-http")]
mod handler;
mod lines;
mod negotiate;
mod number;
mod output;
#[cfg(feature = "prometheus-http")]
mod page;
mod renderer;
#[cfg(feature = "prometheus-http")]
mod response;
#[cfg(feature = "prometheus-server")]
mod server;
#[cfg(feature = "prometheus-http")]
mod single_flight;
mod template;

#[cfg(feature = "prometheus-http")]
pub use crate::setting::SettingError;
#[cfg(feature = "prometheus-http")]
pub use handler::Handler;
pub use renderer::Renderer;
#[cfg(feature = "prometheus-server")]
pub use server::{Config, ServeError, Server, serve};

use crate::registry::Registry;

/// A text format that Prometheus reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Prometheus' [text format] 0.0.4, which everything reads.
    ///
    /// [text format]: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
    Text,
    /// [OpenMetrics] 1.0.0, which Prometheus asks for first.
    ///
    /// [OpenMetrics]: https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
    OpenMetrics,
}

impl Format {
    /// The `Content-Type` of an answer in this format.
    ///
    /// ```
    /// use telemetry::prometheus::Format;
    ///
    /// assert_eq!(Format::Text.content_type(), "text/plain; version=0.0.4; charset=utf-8");
    /// ```
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Format::Text => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// The registry's state as text, once. Who asks again and again takes a [`Renderer`], which keeps what does
/// not change.
///
/// ```
/// use telemetry::metrics;
/// use telemetry::prometheus::{Format, render};
/// use telemetry::registry::Registry;
///
/// #[metrics(namespace = "mailer")]
/// pub trait Metrics {
///     /// Mails handed to the server.
///     #[counter]
///     fn sent(&self, urgent: bool);
/// }
///
/// let registry = Registry::new();
/// let metrics = registry.register::<dyn Metrics>()?;
/// metrics.sent(true);
///
/// let text = render(&registry, Format::Text);
/// let lines: Vec<&str> = text.lines().collect();
/// assert!(lines.ends_with(&[
///     "# HELP mailer_sent_total Mails handed to the server.",
///     "# TYPE mailer_sent_total counter",
///     "mailer_sent_total{urgent=\"false\"} 0",
///     "mailer_sent_total{urgent=\"true\"} 1",
/// ]));
/// # Ok::<(), telemetry::registry::RegisterError>(())
/// ```
#[must_use]
pub fn render(registry: &Registry, format: Format) -> String {
    let mut out = Vec::new();
    Renderer::new(registry).render(format, &mut out);
    // It is all made of `str`; were it not, a scrape with a replacement character would be better than none.
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
