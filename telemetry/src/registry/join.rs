//! Other metrics crates that join a scrape, as text.

use super::own::Refusal;
use super::{Registry, unless_nested};
use crate::contain::contained;
use crate::sync::{Mutex, lock};
use std::collections::HashSet;
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
    ///   leave out all it has.) So is a source with the same series twice, and one with a sample of more than 1000
    ///   labels. What an encoder forgot to escape and reads as sound lines all the same, nobody can tell.
    /// - A family is left out if a strict reader would refuse the whole page for it: a histogram of which a series lacks
    ///   the bucket `+Inf`, or its sum or count alone, whose buckets fall, or whose count is another than that bucket's;
    ///   a counter, a bucket or a count that is negative or NaN; a count that is not whole; a quantile outside of 0 to 1;
    ///   an info that is not 1; a state that is neither 0 nor 1, or lacks its label; samples of one series with different
    ///   times; labels that begin with `__`.
    /// - A family is left out if its name, or a name that its samples have in either format, is taken: by a
    ///   surface of the registry, or by an earlier source or family. So a metric that has moved is here once,
    ///   even if its old declaration is still there.
    ///
    /// These are counted in `telemetry_foreign_refused_total`, as `syntax`, `malformed` and `clash`, from the next
    /// scrape on: once for a source or a family, until it is sound again or gone, however many scrapes there are. A
    /// warning of `tracing` with the target `telemetry` then names the family, the line and what is wrong with it. A
    /// family of which a surface exports all sample names has moved there: nothing is lost, and nothing is counted. What
    /// the old code still adds to it is in no scrape, so move a metric's calls together. A source that panics is left
    /// out too, and counted in `telemetry_collect_panics_total`, from the next scrape on.
    ///
    /// # What is changed
    ///
    /// Label texts and finite numbers are copied byte for byte: a bucket `le="1"` does not become `le="1.0"`.
    /// Samples are put together by family and series, buckets stand in the order of their bounds, families without samples
    /// are left out, and the registry's constant labels are **not** added.
    ///
    /// - From text to OpenMetrics: the family of a counter `x_total` is `x`, a counter without `_total`
    ///   becomes `unknown`, as does `untyped`; times become seconds. What OpenMetrics does not allow is left out there: sum
    ///   and count of a histogram with negative bounds or a negative sum, quantiles below 0 and negative sums of a summary.
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

    /// The texts of the sources, in their order, without those of sources that panic. `None` if a source asks.
    pub(crate) fn foreign_texts(&self) -> Option<Vec<Option<String>>> {
        let mut texts = None;
        unless_nested(|| {
            let sources = lock(&self.inner.state).sources.clone();
            texts = Some(sources.iter().map(|source| self.contained(&**source)).collect());
        });
        texts
    }

    /// Takes what is wrong with the sources now, counts what was not wrong at the last scrape, and warns of it. A source
    /// that gave no text is as it was.
    pub(crate) fn complain(&self, complaints: Vec<Complaint>, texts: &[Option<String>]) {
        let mut news = Vec::new();
        {
            let mut refused = lock(&self.inner.refused.0);
            let mut earlier = std::mem::take(&mut *refused);
            for complaint in complaints {
                let Complaint { source, reason, name, text } = complaint;
                let key = (source, reason, name);
                if !earlier.remove(&key) && !refused.contains(&key) {
                    news.push((source, reason, text));
                }
                refused.insert(key);
            }
            let is_silent = |source: usize| texts.get(source).is_some_and(Option::is_none);
            refused.extend(earlier.into_iter().filter(|(source, ..)| is_silent(*source)));
        }
        for (source, reason, text) in news {
            let Some(reason) = reason else {
                contained(
                    || tracing::debug!(target: "telemetry", source, "a joined metric has moved: {text}"),
                );
                continue;
            };
            self.inner.own.refused(reason);
            // A subscriber's panic is not the caller's.
            contained(|| {
                tracing::warn!(target: "telemetry", source, "joined metrics are left out of each scrape: {text}");
            });
        }
    }

    /// Whether a surface of this registry has this name for itself.
    pub(crate) fn has_sample(&self, name: &str) -> bool {
        lock(&self.inner.state).names.has(name)
    }

    /// Whether a surface of this registry exports samples of this name: counters and histograms have none of their
    /// family's name.
    pub(crate) fn serves(&self, name: &str) -> bool {
        let state = lock(&self.inner.state);
        let has = |suffix: &str| state.names.has(&format!("{name}{suffix}"));
        has("") && !has("_total") && !has("_bucket")
    }
}

/// What is wrong with a source, or with a family of it.
pub(crate) struct Complaint {
    /// Its place among the sources.
    pub(crate) source: usize,
    /// `None` if nothing is: the family has moved to a surface.
    pub(crate) reason: Option<Refusal>,
    /// The family's name, empty for the whole source.
    pub(crate) name: String,
    /// The same for people, with the line.
    pub(crate) text: String,
}

/// What was wrong at the last scrape, so that each loss counts once.
#[derive(Default)]
pub(super) struct Refused(Mutex<HashSet<(usize, Option<Refusal>, String)>>);
