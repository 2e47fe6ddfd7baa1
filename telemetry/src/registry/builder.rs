//! What a registry is made from: constant labels, views, exemplars, and how long final values stay.

use super::error::{BuildError, RegisterError};
use super::view::View;
use super::view::set::Views;
use super::{Registry, names, readers, self_metrics};
use crate::trace::TraceContext;
use std::time::Duration;

/// A builder of a [`Registry`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
    constant_labels: Vec<(String, String)>,
    keep_removed: Option<Duration>,
    pub(super) views: Vec<(String, View)>,
    exemplars: Option<fn() -> Option<TraceContext>>,
}

impl Builder {
    /// Adds a label that every series of the registry has, such as `region` or `build`.
    #[must_use]
    pub fn constant_label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.constant_labels.push((key.into(), value.into()));
        self
    }

    /// Sets how long the final values of counters and histograms that have ended stay in what is read without
    /// a [`Reader`](super::Reader), as Prometheus does: 5 minutes by default.
    ///
    /// The default is as far as Prometheus looks back. With a longer interval between two scrapes, set a
    /// longer time here.
    #[must_use]
    pub fn keep_removed(mut self, time: Duration) -> Self {
        self.keep_removed = Some(time);
        self
    }

    /// Keeps exemplars of histograms and counters: a number of a call, and the trace of that call. A graph
    /// then leads from a spike to the trace behind it.
    ///
    /// `source` returns the ids of the calling thread's span. Traces that are [not
    /// sampled](TraceContext::is_sampled) become no exemplars. A thread asks once for each bucket of a
    /// histogram, or series of a counter, and collection: in the first call that adds to it after the
    /// registry was collected. All others take a few instructions more than in a registry without exemplars.
    ///
    /// OpenMetrics has the exemplars of `_bucket` and `_total` samples, which Prometheus stores with
    /// `--enable-feature=exemplar-storage`. OTLP has each of them once. [`Series::exemplars`] returns them
    /// for other exporters. [Exemplars](crate::registry#exemplars) has more.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::{Registry, TraceContext, metrics};
    ///
    /// #[metrics(namespace = "api")]
    /// pub trait Metrics {
    ///     /// Time that requests took.
    ///     #[histogram(buckets = [0.1, 1.0])]
    ///     fn request(&self, seconds: f64);
    /// }
    ///
    /// /// A program asks its tracing library.
    /// fn current() -> Option<TraceContext> {
    ///     TraceContext::new([0xab; 16], [0xcd; 8])
    /// }
    ///
    /// let registry = Registry::builder().exemplars(current).build()?;
    /// let metrics = registry.register::<dyn Metrics>()?;
    /// metrics.request(0.5);
    ///
    /// let snapshot = registry.snapshot();
    /// let series = snapshot.families().last().unwrap().series().next().unwrap();
    /// let exemplar = series.exemplars()[0];
    /// assert_eq!((exemplar.bucket(), exemplar.value()), (1, 0.5));
    /// assert_eq!(exemplar.trace().trace_id(), [0xab; 16]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// With OpenTelemetry, whose current context `tracing-opentelemetry` sets too when a span is entered. The
    /// same function serves the [ids on log lines](crate::log::Layer::with_trace_context).
    ///
    /// ```ignore
    /// use opentelemetry::Context;
    /// use opentelemetry::trace::TraceContextExt;
    ///
    /// fn current() -> Option<TraceContext> {
    ///     Context::map_current(|context| {
    ///         let span = context.span();
    ///         let ids = span.span_context();
    ///         let trace = TraceContext::new(ids.trace_id().to_bytes(), ids.span_id().to_bytes())?;
    ///         Some(trace.with_sampled(ids.is_sampled()))
    ///     })
    /// }
    /// ```
    ///
    /// With `tracing-opentelemetry` whose `with_context_activation(false)` leaves that context alone:
    ///
    /// ```ignore
    /// use opentelemetry::trace::TraceContextExt;
    /// use tracing_opentelemetry::OpenTelemetrySpanExt;
    ///
    /// fn current_span() -> Option<TraceContext> {
    ///     let context = tracing::Span::current().context();
    ///     let span = context.span();
    ///     let ids = span.span_context();
    ///     let trace = TraceContext::new(ids.trace_id().to_bytes(), ids.span_id().to_bytes())?;
    ///     Some(trace.with_sampled(ids.is_sampled()))
    /// }
    /// ```
    ///
    /// [`Series::exemplars`]: super::Series::exemplars
    #[must_use]
    pub fn exemplars(mut self, source: fn() -> Option<TraceContext>) -> Self {
        self.exemplars = Some(source);
        self
    }

    /// Builds the registry.
    ///
    /// # Errors
    ///
    /// If a key is not a label name, is reserved, or is given twice; if a value is longer than 256 bytes.
    /// Reserved are `job` and `instance`, which a scrape adds, `le`, `quantile` and `__...`, and `reason` and
    /// `label`, which the registry's own metrics have. A program that pushes says what it is in the resource
    /// of OTLP: Prometheus makes `job` of `service.name`, and `instance` of `service.instance.id`.
    ///
    /// If two views have one name, or a view cannot be applied to the registry's own metrics.
    pub fn build(self) -> Result<Registry, BuildError> {
        names::check_constant_labels(&self.constant_labels)?;
        if let Err(RegisterError::ConstantLabel { key, .. }) =
            names::check_surface(self_metrics::schema(), &self.constant_labels)
        {
            return Err(BuildError::Reserved(key));
        }
        let views = Views::new(self.views)?;
        views.of_surface(self_metrics::schema())?;
        let keep_removed = self.keep_removed.unwrap_or(readers::KEEP);
        Ok(Registry::with(self.constant_labels, keep_removed, views, self.exemplars))
    }
}
