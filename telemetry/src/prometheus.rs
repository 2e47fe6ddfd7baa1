//! Exposes a registry to Prometheus: as text, as OpenMetrics, as protobuf, and over HTTP.
//!
//! | | feature |
//! |---|---|
//! | [`render`], [`Renderer`], [`write_textfile`] | `prometheus` |
//! | [`Handler`], for a server that the program has | `prometheus-http` |
//! | [`serve`], a separate server with a page for people at `/` | `prometheus-server` |
//!
//! # Output
//!
//! A family is named `namespace_name_unit`. A counter's name ends in `_total`; an up-down counter is a gauge
//! to Prometheus. With `suffixes = off` the name has neither unit nor `_total`. OpenMetrics demands `_total`
//! of a counter, so it shows such a counter as `unknown` ([names](macro@crate::metrics#names)).
//!
//! The registry's constant labels come first, then the labels of the series. Label values are escaped where
//! the format demands it (`\`, `"` and newline) and otherwise copied, control characters included. Nothing is
//! normalised, so different series stay different. An empty label value is the same to Prometheus as no
//! label.
//!
//! | value | text |
//! |---|---|
//! | unsigned integer | exact; Prometheus stores floats, and rounds above 2⁵³ |
//! | duration | seconds, in counters and gauges exact to the nanosecond |
//! | sum of a histogram | a float, of durations too: 42 ms and 10 ms make `0.052000000000000005` |
//! | bucket bound | OpenMetrics' canonical form in both formats: `1.0`, `0.005`, `1e+06` |
//! | family without a series, such as a gauge that was never set | left out |
//!
//! The one form of bucket bounds keeps the identity of a series whichever format a server requests.
//! Prometheus 3 converts other forms to it.
//!
//! OpenMetrics also has the unit, and `_created`, the time at which a series of a counter or a histogram
//! began to count. [`Config::created_samples`], [`Handler::with_created_samples`] or
//! [`Renderer::with_created_samples`] turns these samples off. Prometheus stores them as series of their own,
//! unless its feature `created-timestamp-zero-ingestion` reads them as starts.
//!
//! A histogram that takes negative numbers has no `_sum` and no `_count` there, as the format demands: such a
//! sum can fall, which would look like a restart. The text format keeps both.
//!
//! The protobuf format has the same families as the text format, with their units and the times at which sums
//! began. It is the only one in which Prometheus reads native histograms, and it is sent to a server that
//! prefers it: one that keeps native histograms. It has no empty labels, and no bucket `+Inf`, which servers
//! make of the count.
//!
//! A renamed metric (`was = "..."`) is written under both names, one family after the other. The old one has
//! exactly the stated name, and its help begins with `Deprecated`.
//!
//! # Expositions of other metrics crates
//!
//! [`Registry::join`] adds the text of another metrics crate to each scrape, converted to the format of the
//! scrape. OTLP and statsd send it too, by the same rules:
//!
//! ```
//! use telemetry::Registry;
//! use telemetry::prometheus::{Format, render};
//!
//! let registry = Registry::new();
//! registry.join(|| "# TYPE jobs_total counter\njobs_total{queue=\"mail\"} 3\n".to_owned());
//!
//! assert!(render(&registry, Format::Text).ends_with(
//!     "# TYPE jobs_total counter\njobs_total{queue=\"mail\"} 3\n"
//! ));
//! assert!(render(&registry, Format::OpenMetrics).ends_with(
//!     "# TYPE jobs counter\njobs_total{queue=\"mail\"} 3\n# EOF\n"
//! ));
//! ```
//!
//! A source cannot break the samples of the registry or of another source. Left out, and counted in
//! `telemetry_rejected_expositions_total` by this reason, are:
//!
//! - `syntax`: a whole source whose text does not parse, since a label that was not escaped may have forged
//!   the rest. (`prometheus-client` before 0.25.2 escapes no label value, so that one `"` in a value can
//!   leave out the whole source.) So is a source with the same series twice, and one with a sample of more
//!   than 1000 labels. If an encoder forgot to escape a value and the result reads as sound lines, nobody can
//!   notice.
//! - `malformed`: a family for which a strict reader would reject the whole page. Examples: a histogram with
//!   a series that lacks the bucket `+Inf`, or only its sum or its count, whose buckets fall, or whose count
//!   differs from that bucket; a counter, a bucket or a count that is negative or NaN; a count that is not
//!   whole; a quantile outside of 0 to 1; an info that is not 1; a state that is neither 0 nor 1, or lacks
//!   its label; samples of one series with different times; labels that begin with `__`.
//! - `clash`: a family whose name, or a name that its samples have in either format, is taken: by a surface
//!   of the registry, or by an earlier source or family. So a metric that has moved is here once, even if its
//!   old declaration is still there.
//!
//! - `too_large`: a whole source whose text has more than 32 MiB or 500,000 samples.
//!
//! A loss counts once, however many exporters read it, from the next scrape on, until the source or the
//! family is sound again or gone. A warning of `tracing` with the target `telemetry` has the
//! [`ExpositionError`]: the line, the column, the metric and the reason. [`check_exposition`] returns the
//! same error in a test. If a surface exports all sample names of a family, be it as a former name (`was`),
//! the family has moved there: the surface wins, nothing is lost, and nothing is counted. An event of the
//! level `DEBUG` names the family. So does a summary that became a histogram of the same name. The numbers
//! that the old code still adds to it are in no scrape, so move a metric's calls together. A source that
//! panics is left out too, and counted in `telemetry_collect_panics_total`, from the next scrape on.
//!
//! Label texts and finite numbers are copied byte for byte: a bucket `le="1"` does not become `le="1.0"`.
//! Samples are put together by family and series, buckets stand in the order of their bounds, families
//! without samples are left out, and the registry's constant labels are **not** added.
//!
//! - From text to OpenMetrics, the family of a counter `x_total` is `x`. A counter without `_total` becomes
//!   `unknown`, as does `untyped`. Times become seconds. Parts that OpenMetrics forbids are left out: sum and
//!   count of a histogram with negative bounds or a negative sum, quantiles below 0 and negative sums of a
//!   summary.
//! - From OpenMetrics to text, units, exemplars and `_created` are dropped. `unknown` becomes `untyped`,
//!   `info` and `stateset` become gauges, times become milliseconds. A `gaugehistogram` is left out: the
//!   format has nothing like it.
//! - From either to protobuf, `info` and `stateset` become gauges. Exemplars and times stay.
//! - From OpenMetrics to OpenMetrics or protobuf, an exemplar with labels of more than 128 characters is
//!   dropped.
//!
//! Each scrape calls the source on its own thread, under no lock of ours, parses the text and writes it in
//! both text formats, and in protobuf for a scrape that asks for it: one to three microseconds a line. A
//! scrape that the source takes itself calls no source.
//!
//! # Coming from another client
//!
//! The bucket label `le` of a whole bound has two spellings:
//!
//! | client | `le` |
//! |---|---|
//! | the crates `prometheus` and `metrics-exporter-prometheus`, Go's client | `le="1"` |
//! | this crate and `prometheus-client` | `le="1.0"` |
//!
//! Prometheus 3 stores the second form, whatever a client writes; Prometheus 2 stores what it reads. A query
//! that names a whole bound, as Apdex does, can match both while a service moves:
//! `http_request_duration_seconds_bucket{le=~"1|1.0"}`. `histogram_quantile` reads `le` as a number and needs
//! no change.

#![cfg_attr(
    not(feature = "prometheus-server"),
    allow(rustdoc::broken_intra_doc_links, reason = "to what is a feature of its own")
)]

mod exemplars;
mod external;
mod family;
#[cfg(feature = "prometheus-http")]
mod handler;
mod lines;
mod negotiate;
mod number;
mod output;
#[cfg(feature = "prometheus-http")]
mod page;
mod protobuf;
mod renderer;
#[cfg(feature = "prometheus-http")]
mod response;
#[cfg(feature = "prometheus-server")]
mod server;
#[cfg(feature = "prometheus-http")]
mod single_flight;
mod style;
mod template;
mod textfile;

#[cfg(feature = "prometheus-http")]
pub use crate::setting::SettingError;
pub use external::{ExpositionError, check_exposition};
#[cfg(feature = "prometheus-http")]
pub use handler::Handler;
pub use protobuf::PROTOBUF_CONTENT_TYPE;
pub use renderer::Renderer;
#[cfg(feature = "prometheus-server")]
pub use server::{Config, ServeError, Server, serve};
pub use textfile::write_textfile;

use crate::registry::{Registry, Snapshot};

/// A text format that Prometheus reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Prometheus' [text format] 0.0.4, which all servers read.
    ///
    /// [text format]: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
    Text,
    /// [OpenMetrics] 1.0.0, which Prometheus prefers.
    ///
    /// [OpenMetrics]: https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
    OpenMetrics,
}

impl Format {
    /// Returns the `Content-Type` of a response in this format.
    ///
    /// # Examples
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

/// Renders the registry once. For repeated scrapes use [`Renderer`], which caches unchanged text.
///
/// # Examples
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
    into_text(out)
}

/// Renders a snapshot, such as the totals of a recording mock for a golden file.
///
/// # Examples
///
/// ```
/// use telemetry::metrics;
/// use telemetry::prometheus::{Format, render_snapshot};
///
/// #[metrics(namespace = "mailer")]
/// pub trait Metrics {
///     /// Mails handed to the server.
///     #[counter]
///     fn sent(&self);
/// }
///
/// let metrics = RecordingMetrics::default();
/// metrics.sent();
/// assert_eq!(
///     render_snapshot(&metrics.totals(), Format::Text),
///     "# HELP mailer_sent_total Mails handed to the server.\n# TYPE mailer_sent_total counter\nmailer_sent_total 1\n",
/// );
/// ```
#[must_use]
pub fn render_snapshot(snapshot: &Snapshot, format: Format) -> String {
    let mut out = Vec::new();
    renderer::write_once(snapshot, format, &mut out);
    into_text(out)
}

fn into_text(out: Vec<u8>) -> String {
    let text = String::from_utf8(out);
    debug_assert!(text.is_ok(), "all parts are strings");
    text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
