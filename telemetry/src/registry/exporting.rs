//! The part of a registry that exporters use: names, samples, and the text of other crates.

use super::Registry;
use super::claims::NameClaim;
use super::exposition::metric::{ExternalFamily, ExternalMetrics};
use super::external::RejectedExposition;
#[cfg(feature = "samples")]
use super::stream::SampleStream;
use crate::sync::lock;
#[cfg(feature = "statsd")]
use crate::value::Number;
#[cfg(feature = "statsd")]
use std::collections::HashMap;

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

    /// Adds the metrics of another crate to all that is exported, so that a service can move one metric at a
    /// time.
    ///
    /// `source` returns text in Prometheus' format 0.0.4, or OpenMetrics if it ends in a line `# EOF`. Every
    /// exporter of the registry sends it: Prometheus, OTLP and statsd. A metric that a surface of the
    /// registry has too is sent once, from the surface, and is not counted as a fault.
    ///
    /// Each scrape and each push calls the source once on its own thread and parses the text: one to three
    /// microseconds a line. Recording costs the same. A text of more than 32 MiB or 500,000 samples is left
    /// out, and so is what a strict reader would reject: see the modules
    /// [`prometheus`](crate::prometheus#expositions-of-other-metrics-crates), `otlp` and `statsd`. A source
    /// has no time limit: one that blocks holds up the scrape or the push that called it.
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

    /// Calls the sources that were [joined](Self::join), and returns their metrics, checked: for exporters
    /// that do not write Prometheus' formats.
    ///
    /// Call it after [`collect`](Self::collect), so that a metric is in one of both readings. What is left
    /// out is counted and logged as for a scrape. Returns no family if this thread is inside a source or a
    /// callback.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::Registry;
    /// use telemetry::registry::{ExternalKind, ExternalPoint};
    ///
    /// let registry = Registry::new();
    /// registry.join(|| "# TYPE jobs_total counter\njobs_total{queue=\"mail\"} 3\n".to_owned());
    /// let metrics = registry.external_metrics();
    /// let jobs = &metrics.families[0];
    /// assert_eq!((&*jobs.name, jobs.kind), ("jobs_total", ExternalKind::Counter));
    /// assert_eq!(jobs.series[0].attributes, [("queue".to_owned(), "mail".to_owned())]);
    /// assert_eq!(jobs.series[0].point, ExternalPoint::Number(3.0));
    /// ```
    #[must_use]
    pub fn external_metrics(&self) -> ExternalMetrics {
        let mut families = Vec::new();
        let is_complete =
            super::exposition::read(self, |source, family| families.push(ExternalFamily::of(source, family)));
        ExternalMetrics { families, is_complete }
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

    /// Keeps the external sums that an exporter has sent, for the next one of its name.
    #[cfg(feature = "statsd")]
    pub(crate) fn carry(&self, name: &'static str, sent: HashMap<String, Number>) {
        self.inner.sources.carry(name, sent);
    }

    /// Takes the external sums that the last exporter of a name has left.
    #[cfg(feature = "statsd")]
    pub(crate) fn take_carried(&self, name: &str) -> HashMap<String, Number> {
        self.inner.sources.take_carried(name)
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
