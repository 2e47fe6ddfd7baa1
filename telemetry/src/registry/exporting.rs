//! The part of a registry that exporters use: names, samples, and the text of other crates.

use super::Registry;
use super::claims::NameClaim;
use super::external::RejectedExposition;
#[cfg(feature = "samples")]
use super::stream::SampleStream;
use crate::sync::lock;

/// For exporters.
impl Registry {
    /// Claims a name for a running exporter: the first of `names` that nobody holds, or else the last. The
    /// claim holds it as long as it lives.
    ///
    /// An exporter that reports on itself takes the name as a label's value, so that two of them are told
    /// apart.
    ///
    /// # Examples
    ///
    /// ```
    /// let registry = telemetry::Registry::new();
    /// let first = registry.claim_name(&["push", "push-2"]);
    /// let second = registry.claim_name(&["push", "push-2"]);
    /// assert_eq!((first.name(), second.name()), ("push", "push-2"));
    /// ```
    #[must_use]
    pub fn claim_name(&self, names: &'static [&'static str]) -> NameClaim {
        self.inner.claims.claim(names)
    }

    /// Opens the stream of histogram samples. Returns `None` if another stream of this registry is open.
    /// Needs the feature `samples`.
    ///
    /// From now on each thread that records in histograms keeps up to `capacity` samples between two
    /// readings, rounded up to a power of two from 16 to 2²⁰, and the share `rate` of them, chosen at random;
    /// 1 keeps all. A call that records a histogram takes some 10 ns longer while a stream is open.
    ///
    /// `name` stands for what is sent to: a later stream of the same name knows what earlier ones
    /// [delivered](SampleStream::delivered).
    #[cfg(feature = "samples")]
    #[must_use]
    pub fn sample_stream(&self, name: &'static str, capacity: usize, rate: f64) -> Option<SampleStream> {
        SampleStream::open(self, &self.inner.surfaces, name, capacity, rate)
    }

    /// Adds the exposition of another metrics crate to each scrape, so that a service can move one metric at
    /// a time.
    ///
    /// `source` returns text in Prometheus' format 0.0.4, or OpenMetrics if it ends in a line `# EOF`. An
    /// exporter takes the texts by [`expositions`](Self::expositions); that of the module
    /// [`prometheus`](crate::prometheus) converts them to the format of the scrape, and leaves out what would
    /// break it.
    ///
    /// | crate | source |
    /// |---|---|
    /// | `prometheus` | `move \|\| TextEncoder::new().encode_to_string(&registry.gather()).unwrap_or_default()` |
    /// | `prometheus-client` | `encoding::text::encode(&mut text, &registry)` into a new `String` |
    /// | `metrics` | `move \|\| handle.render()`, of the `PrometheusHandle` of `metrics-exporter-prometheus` |
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::Registry;
    ///
    /// let registry = Registry::new();
    /// registry.join(|| "# TYPE jobs_total counter\njobs_total{queue=\"mail\"} 3\n".to_owned());
    /// let texts = registry.expositions().unwrap();
    /// assert!(texts[0].as_ref().unwrap().contains("jobs_total"));
    /// ```
    pub fn join(&self, source: impl Fn() -> String + Send + Sync + 'static) {
        self.inner.sources.add(source);
    }

    /// Calls the sources that were [joined](Self::join), and returns their texts in that order.
    ///
    /// Runs them on this thread, under no lock of ours. A source that panics has no text, and is counted in
    /// `telemetry_collect_panics_total`. Returns `None` if this thread is inside a source or a callback: a
    /// scrape that a source takes itself calls no source.
    #[must_use]
    pub fn expositions(&self) -> Option<Vec<Option<String>>> {
        self.inner.sources.expositions(&self.inner.metrics)
    }

    /// Reports the external expositions that were left out of a scrape, given the texts of that scrape.
    ///
    /// Each fault counts once in `telemetry_rejected_expositions_total`, and `tracing` has one warning for it
    /// under the target `telemetry`, until the source or the family is sound again or gone. A source that
    /// gave no text keeps its faults. Exporters judge by their own formats: the report of one `reporter`
    /// changes nothing for another.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::Registry;
    /// use telemetry::registry::{ExpositionFault, RejectedExposition};
    ///
    /// let registry = Registry::new();
    /// registry.join(|| "not an exposition".to_owned());
    /// let texts = registry.expositions().unwrap();
    /// let rejected = RejectedExposition {
    ///     source: 0,
    ///     fault: Some(ExpositionFault::Syntax),
    ///     family: String::new(),
    ///     message: "line 1: a sample without a value".to_owned(),
    /// };
    /// registry.report_rejected("mine", vec![rejected], &texts);
    /// ```
    pub fn report_rejected(
        &self,
        reporter: &'static str,
        rejected: Vec<RejectedExposition>,
        texts: &[Option<String>],
    ) {
        self.inner.sources.report(reporter, rejected, texts, &self.inner.metrics);
    }

    /// Returns whether a surface has this name for itself in Prometheus or OpenMetrics: a name of samples, or
    /// one that only OpenMetrics knows, such as a counter's without `_total`.
    ///
    /// # Examples
    ///
    /// ```
    /// let registry = telemetry::Registry::new();
    /// assert!(registry.has_sample_name("telemetry_collect_panics_total"), "the registry's own");
    /// assert!(!registry.has_sample_name("jobs_total"));
    /// ```
    #[must_use]
    pub fn has_sample_name(&self, name: &str) -> bool {
        lock(&self.inner.surfaces).names.has(name)
    }

    /// Returns whether a surface exports samples of this very name to Prometheus. A histogram has samples
    /// with a suffix alone, and so has a counter, unless it has `suffixes = off`.
    #[must_use]
    pub fn exports_sample_name(&self, name: &str) -> bool {
        lock(&self.inner.surfaces).names.exports(name)
    }
}
