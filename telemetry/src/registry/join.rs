//! Other metrics crates that join a scrape, as text.

use super::own::Refusal;
use super::primitive::lock;
use super::{Registry, unless_nested};
use std::sync::Arc;

/// Gives the exposition of another metrics crate.
pub(super) type Source = Arc<dyn Fn() -> String + Send + Sync>;

/// For services that come from another metrics crate.
impl Registry {
    /// Appends to each Prometheus exposition what `source` gives: the text of another metrics crate, so that
    /// a service can move one metric at a time.
    ///
    /// The text is Prometheus' format 0.0.4, or OpenMetrics if it ends in a line `# EOF`, and is converted to
    /// what the scraper asked for. Needs the feature `prometheus`.
    ///
    /// | crate | source |
    /// |---|---|
    /// | `prometheus` | `move \|\| TextEncoder::new().encode_to_string(&registry.gather()).unwrap_or_default()` |
    /// | `prometheus-client` | `encoding::text::encode(&mut text, &registry)` into a new `String` |
    /// | `metrics` | `move \|\| handle.render()`, of the `PrometheusHandle` of `metrics-exporter-prometheus` |
    ///
    /// ```
    /// use telemetry::Registry;
    /// use telemetry::prometheus::{Format, render};
    ///
    /// let registry = Registry::new();
    /// registry.join(|| "# TYPE jobs_total counter\njobs_total{queue=\"mail\"} 3\n".to_owned());
    ///
    /// assert!(render(&registry, Format::Text).ends_with(
    ///     "# TYPE jobs_total counter\njobs_total{queue=\"mail\"} 3\n"
    /// ));
    /// assert!(render(&registry, Format::OpenMetrics).ends_with(
    ///     "# TYPE jobs counter\njobs_total{queue=\"mail\"} 3\n# EOF\n"
    /// ));
    /// ```
    ///
    /// # What is left out
    ///
    /// A source can not break the samples of the registry or of another source:
    ///
    /// - Text that does not parse is left out as a whole, since a label that was not escaped may have forged
    ///   the rest. (`prometheus-client` before 0.25.2 escapes no label value, so that one `"` in a value can
    ///   leave out all it has.) So is a source with the same series twice. An event of `tracing` at debug
    ///   level says which line was wrong. What an encoder forgot to escape and reads as sound lines all the
    ///   same, nobody can tell.
    /// - A family is left out if its name, or a name that its samples have in either format, is taken: by a
    ///   surface of the registry, or by an earlier source or family. So a metric that has moved is here once,
    ///   even if its old declaration is still there.
    ///
    /// Both are counted in `telemetry_foreign_refused_total`, as `syntax` and `clash`, from the next scrape
    /// on. A source that panics is left out too, and counted in `telemetry_collect_panics_total`, as well
    /// from the next scrape on.
    ///
    /// # What is changed
    ///
    /// Label texts and finite numbers are copied byte for byte: a bucket `le="1"` does not become `le="1.0"`.
    /// Samples are put together by family and series, families without samples are left out, and the
    /// registry's constant labels are **not** added. Whether a histogram's buckets rise is not looked at.
    ///
    /// - From text to OpenMetrics: the family of a counter `x_total` is `x`, a counter without `_total`
    ///   becomes `unknown`, as does `untyped`; times become seconds.
    /// - From OpenMetrics to text: units, exemplars and `_created` are dropped, `unknown` becomes `untyped`,
    ///   `info` and `stateset` become gauges, times become milliseconds. A `gaugehistogram` is left out:
    ///   there is nothing like it.
    /// - From OpenMetrics to OpenMetrics: an exemplar with labels of more than 128 characters is dropped.
    ///
    /// # Cost
    ///
    /// Each scrape calls the source, in its own thread and under no lock of ours, parses the text and writes
    /// it in both formats: one to three microseconds a line. A scrape that the source takes itself asks no
    /// source.
    pub fn join(&self, source: impl Fn() -> String + Send + Sync + 'static) {
        let mut state = lock(&self.inner.state);
        Arc::make_mut(&mut state.sources).push(Arc::new(source));
    }

    /// What the sources say, without those that panic; nothing if a source asks.
    pub(crate) fn foreign_texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        unless_nested(|| {
            let sources = lock(&self.inner.state).sources.clone();
            texts.extend(sources.iter().filter_map(|source| self.contained(&**source)));
        });
        texts
    }

    pub(crate) fn refuse_foreign(&self, reason: Refusal) {
        self.inner.own.refused(reason);
    }

    /// Whether a surface of this registry exports samples of this name.
    pub(crate) fn has_sample(&self, name: &str) -> bool {
        lock(&self.inner.state).names.has(name)
    }
}
