//! Renders a registry repeatedly, and keeps the text that did not change.

use super::Format;
use super::external::External;
use super::family::CachedFamily;
use super::output::Output;
use crate::registry::{Family, Registry, Snapshot};

/// Renders a registry repeatedly, and caches unchanged text.
///
/// A repeated scrape copies the cached text and rewrites only the blocks, of some 64 lines each, in which a
/// number changed. It does this in one pass and without reading labels.
///
/// | cost | |
/// |---|---|
/// | memory | one exposition per requested format; per series its cells, labels and some 20 bytes |
/// | a new series | the series of its label set at registration are rendered from scratch |
/// | a scrape without new series | allocates nothing once all blocks are cached |
/// | [joined](Registry::join) sources | parsed and converted at each scrape |
///
/// # Examples
///
/// ```
/// use telemetry::prometheus::{Format, Renderer};
/// use telemetry::registry::Registry;
///
/// let registry = Registry::new();
/// let mut renderer = Renderer::new(&registry);
/// let mut body = Vec::new();
/// renderer.render(Format::OpenMetrics, &mut body);
/// assert!(body.ends_with(b"# EOF\n"));
/// ```
pub struct Renderer {
    registry: Registry,
    snapshot: Snapshot,
    external: External,
    text: Exposition,
    open_metrics: Exposition,
}

impl Renderer {
    /// Creates a renderer with an empty cache.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Renderer {
            registry: registry.clone(),
            snapshot: Snapshot::default(),
            external: External::default(),
            text: Exposition::new(Format::Text),
            open_metrics: Exposition::new(Format::OpenMetrics),
        }
    }

    /// Renders the registry into the buffer, which is cleared first. The text is valid UTF-8.
    ///
    /// Runs the registry's `on_collect` callbacks and joined sources on this thread, and takes as long as
    /// they do.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::prometheus::{Format, Renderer};
    /// use telemetry::registry::Registry;
    ///
    /// let mut renderer = Renderer::new(&Registry::new());
    /// let mut body = b"an earlier scrape".to_vec();
    /// renderer.render(Format::Text, &mut body);
    /// assert!(body.starts_with(b"# HELP "));
    /// ```
    pub fn render(&mut self, format: Format, out: &mut Vec<u8>) {
        self.collect();
        self.write(format, out);
    }

    /// Collects the state that [`write`](Self::write) writes.
    pub(super) fn collect(&mut self) {
        self.registry.collect(&mut self.snapshot);
        self.external.collect(&self.registry);
    }

    /// Returns the last collected state.
    #[cfg(feature = "prometheus-http")]
    pub(super) const fn collected(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Clears the buffer and writes the last collected state.
    pub(super) fn write(&mut self, format: Format, out: &mut Vec<u8>) {
        let exposition = match format {
            Format::Text => &mut self.text,
            Format::OpenMetrics => &mut self.open_metrics,
        };
        exposition.write(&self.snapshot, self.external.in_format(format), out);
    }
}

/// Renders a snapshot into an empty buffer, without a cache.
pub(super) fn write_once(snapshot: &Snapshot, format: Format, out: &mut Vec<u8>) {
    Exposition::new(format).write(snapshot, &[], out);
}

/// The cached text of one format.
struct Exposition {
    format: Format,
    /// In the snapshot's order, without families that have no series.
    families: Vec<CachedFamily>,
}

impl Exposition {
    const fn new(format: Format) -> Self {
        Exposition { format, families: Vec::new() }
    }

    fn write(&mut self, snapshot: &Snapshot, external: &[u8], out: &mut Vec<u8>) {
        let mut text = Output::over(out);
        let format = self.format;
        let all = snapshot.families().filter(|family| family.series().next().is_some());
        let mut count = 0;
        for family in all {
            self.family(count, family, format).write(snapshot, family, format, &mut text);
            count += 1;
        }
        self.families.truncate(count);
        text.push(external);
        if format == Format::OpenMetrics {
            text.push(b"# EOF\n");
        }
        *out = text.into_bytes();
    }

    /// Returns the cached family at this index, which is a new one if the family was not there before. Drops
    /// those before it, whose last series is gone.
    fn family(&mut self, index: usize, family: Family<'_>, format: Format) -> &mut CachedFamily {
        let gone = self.families.iter().skip(index).take_while(|cached| cached.id() < family.id()).count();
        self.families.drain(index..index + gone);
        if self.families.get(index).is_none_or(|cached| cached.id() != family.id()) {
            self.families.insert(index, CachedFamily::new(family, format));
        }
        &mut self.families[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prometheus::render;
    use crate::{Label, metrics};
    use std::time::Duration;

    #[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
    enum Stage {
        Lease,
        Insert,
    }

    #[metrics(namespace = "app", mock(cfg(any())))]
    trait Metrics {
        /// Failed "steps".
        #[counter]
        fn failures(&self, stage: Stage);

        /// Rows.
        #[counter(value = count)]
        fn rows(&self, #[label(cap = 8)] table: &str, count: u64);

        /// Time worked.
        #[counter(value = took)]
        #[histogram(name = "step", buckets = [0.005, 1.0, 1e6])]
        fn worked(&self, took: Duration);

        /// Open connections.
        #[up_down_counter(name = "connections", value = -1)]
        fn closed(&self);

        /// Age of the oldest row.
        #[gauge(name = "lag", unit = seconds)]
        fn set_lag(&self, seconds: f64);

        /// Drift of the clock.
        #[histogram(buckets = [-0.5, 0.5], signed)]
        fn drift(&self, seconds: f64);
    }

    /// The registry's exposition, without what it says of itself and of times.
    fn lines(registry: &Registry, format: Format) -> Vec<String> {
        let text = render(registry, format);
        assert!(text.ends_with('\n'));
        let lines = text.lines().filter(|line| line.contains("app_") && !line.contains("_created"));
        lines.map(str::to_owned).collect()
    }

    fn labelled() -> Registry {
        Registry::builder().constant_label("region", "eu \"1\"").build().unwrap_or_default()
    }

    #[test]
    fn text_is_as_prometheus_reads_it() {
        let registry = labelled();
        let Ok(metrics) = registry.register::<dyn Metrics>() else { unreachable!("one surface") };
        metrics.failures(Stage::Insert);
        metrics.rows("a\"b", u64::MAX);
        metrics.worked(Duration::from_millis(1_500));
        metrics.closed();
        metrics.drift(-0.75);
        let expected = r#"
# HELP app_failures_total Failed "steps".
# TYPE app_failures_total counter
app_failures_total{region="eu \"1\"",stage="lease"} 0
app_failures_total{region="eu \"1\"",stage="insert"} 1
# HELP app_rows_total Rows.
# TYPE app_rows_total counter
app_rows_total{region="eu \"1\"",table="a\"b"} 18446744073709551615
# HELP app_worked_seconds_total Time worked.
# TYPE app_worked_seconds_total counter
app_worked_seconds_total{region="eu \"1\""} 1.5
# HELP app_step_seconds Time worked.
# TYPE app_step_seconds histogram
app_step_seconds_bucket{region="eu \"1\"",le="0.005"} 0
app_step_seconds_bucket{region="eu \"1\"",le="1.0"} 0
app_step_seconds_bucket{region="eu \"1\"",le="1e+06"} 1
app_step_seconds_bucket{region="eu \"1\"",le="+Inf"} 1
app_step_seconds_sum{region="eu \"1\""} 1.5
app_step_seconds_count{region="eu \"1\""} 1
# HELP app_connections Open connections.
# TYPE app_connections gauge
app_connections{region="eu \"1\""} -1
# HELP app_drift Drift of the clock.
# TYPE app_drift histogram
app_drift_bucket{region="eu \"1\"",le="-0.5"} 1
app_drift_bucket{region="eu \"1\"",le="0.5"} 1
app_drift_bucket{region="eu \"1\"",le="+Inf"} 1
app_drift_sum{region="eu \"1\""} -0.75
app_drift_count{region="eu \"1\""} 1
"#;
        assert_eq!(lines(&registry, Format::Text), expected.trim().lines().collect::<Vec<_>>());
    }

    #[test]
    fn open_metrics_has_units_starts_and_an_end() {
        let registry = Registry::new();
        let Ok(metrics) = registry.register::<dyn Metrics>() else { unreachable!("one surface") };
        metrics.set_lag(f64::NAN);
        metrics.drift(-0.75);
        let expected = r#"
# TYPE app_failures counter
# HELP app_failures Failed \"steps\".
app_failures_total{stage="lease"} 0
app_failures_total{stage="insert"} 0
# TYPE app_worked_seconds counter
# UNIT app_worked_seconds seconds
# HELP app_worked_seconds Time worked.
app_worked_seconds_total 0
# TYPE app_step_seconds histogram
# UNIT app_step_seconds seconds
# HELP app_step_seconds Time worked.
app_step_seconds_bucket{le="0.005"} 0
app_step_seconds_bucket{le="1.0"} 0
app_step_seconds_bucket{le="1e+06"} 0
app_step_seconds_bucket{le="+Inf"} 0
app_step_seconds_sum 0
app_step_seconds_count 0
# TYPE app_connections gauge
# HELP app_connections Open connections.
app_connections 0
# TYPE app_lag_seconds gauge
# UNIT app_lag_seconds seconds
# HELP app_lag_seconds Age of the oldest row.
app_lag_seconds NaN
# TYPE app_drift histogram
# HELP app_drift Drift of the clock.
app_drift_bucket{le="-0.5"} 1
app_drift_bucket{le="0.5"} 1
app_drift_bucket{le="+Inf"} 1
"#;
        assert_eq!(lines(&registry, Format::OpenMetrics), expected.trim().lines().collect::<Vec<_>>());

        let text = render(&registry, Format::OpenMetrics);
        assert!(text.ends_with("\n# EOF\n"));
        let created = |name: &str| text.lines().filter(|line| line.starts_with(name)).count();
        assert_eq!(created("app_failures_created{stage="), 2);
        assert_eq!(created("app_step_seconds_created "), 1);
        assert_eq!(created("app_connections_created"), 0);
        assert_eq!(text, render(&registry, Format::OpenMetrics), "a start never moves");
    }

    #[test]
    fn a_renderer_that_kept_text_writes_what_a_new_one_writes() {
        let registry = labelled();
        let Ok(metrics) = registry.register::<dyn Metrics>() else { unreachable!("one surface") };
        let mut renderer = Renderer::new(&registry);
        let mut out = Vec::new();
        let mut same = || {
            for format in [Format::Text, Format::OpenMetrics] {
                renderer.render(format, &mut out);
                assert_eq!(String::from_utf8_lossy(&out), render(&registry, format));
            }
        };
        same();
        for table in ["m", "z", "a", "m", "\n"] {
            metrics.rows(table, 10);
            same();
        }
        metrics.set_lag(1.0);
        same();
        metrics.worked(Duration::from_secs(1));
        metrics.set_lag(2.0);
        same();
    }

    #[metrics(namespace = "app", mock(cfg(any())))]
    trait Wide {
        /// Items.
        #[counter(value = count)]
        fn items(&self, #[label(cap = 300)] name: &str, count: u64);

        /// Sizes.
        #[histogram(buckets = [0.5])]
        fn size(&self, #[label(cap = 300)] name: &str, size: f64);
    }

    #[test]
    fn lines_of_any_length_keep_their_numbers_whatever_changes_next_to_them() {
        const COUNTS: [u64; 7] = [0, 9, 10, 9_999, 99_999_999, 1, u64::MAX / 8];
        let registry = Registry::new();
        let Ok(metrics) = registry.register::<dyn Wide>() else { unreachable!("one surface") };
        let names: Vec<String> = (0..=250).map(|len| "x".repeat(len)).collect();
        let mut sums = vec![(0, 0_u64); names.len()];
        let mut renderer = Renderer::new(&registry);
        let mut out = b"what was there before".to_vec();
        for round in 0..6 {
            for (at, (name, (count, calls))) in names.iter().zip(&mut sums).enumerate() {
                // All of them, every 100th, none.
                if (round != 2 && round != 4) || (round == 2 && at % 100 == 0) {
                    let n = COUNTS[(at + round) % COUNTS.len()];
                    *count += n;
                    *calls += 1;
                    metrics.items(name, n);
                    metrics.size(name, 1.0);
                }
            }
            let expected = |(name, (count, calls)): (&String, &(u64, u64))| {
                format!(
                    "app_items_total{{name=\"{name}\"}} {count}\n\
                     app_size_bucket{{name=\"{name}\",le=\"0.5\"}} 0\n\
                     app_size_bucket{{name=\"{name}\",le=\"+Inf\"}} {calls}\n\
                     app_size_sum{{name=\"{name}\"}} {calls}\n\
                     app_size_count{{name=\"{name}\"}} {calls}\n"
                )
            };
            let expected: String = names.iter().zip(&sums).map(expected).collect();
            let mut expected: Vec<&str> = expected.lines().collect();
            expected.sort_unstable();
            for format in [Format::Text, Format::OpenMetrics] {
                renderer.render(format, &mut out);
                let text = String::from_utf8_lossy(&out);
                let is_sample = |line: &&str| line.starts_with("app_") && !line.contains("_created{");
                let mut found: Vec<&str> = text.lines().filter(is_sample).collect();
                found.sort_unstable();
                assert_eq!(found, expected, "round {round}");
            }
        }
    }
}
