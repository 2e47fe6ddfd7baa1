//! Renders a registry repeatedly, and keeps the text that did not change.

use super::Format;
use super::external::External;
use super::family::CachedFamily;
use super::negotiate::Encoding;
use super::output::Output;
use super::protobuf::Protobuf;
use super::style::Style;
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
    protobuf: Protobuf,
}

impl Renderer {
    /// Creates a renderer with an empty cache.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Renderer {
            registry: registry.clone(),
            snapshot: Snapshot::default(),
            external: External::default(),
            text: Exposition::new(Style::of(Format::Text)),
            open_metrics: Exposition::new(Style::of(Format::OpenMetrics)),
            protobuf: Protobuf::new(),
        }
    }

    /// Sets whether OpenMetrics has `_created` samples, and protobuf the same times, those of
    /// [joined](Registry::join) sources included; `true` by default.
    ///
    /// They are a sample more for each counter and histogram. A Prometheus that does not take them for the
    /// start of a sum stores them as series.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::prometheus::{Format, Renderer};
    /// use telemetry::registry::Registry;
    ///
    /// let mut renderer = Renderer::new(&Registry::new()).with_created_samples(false);
    /// let mut body = Vec::new();
    /// renderer.render(Format::OpenMetrics, &mut body);
    /// assert!(!String::from_utf8(body)?.contains("_created"));
    /// # Ok::<(), std::string::FromUtf8Error>(())
    /// ```
    #[must_use]
    pub fn with_created_samples(mut self, created: bool) -> Self {
        self.set_created_samples(created);
        self
    }

    pub(super) fn set_created_samples(&mut self, created: bool) {
        self.open_metrics = Exposition::new(Style::of(Format::OpenMetrics).with_created(created));
        self.protobuf = Protobuf::with_created(created);
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
        self.collect(false);
        self.write(Encoding::Text(format), out);
    }

    /// Renders the registry into the buffer, which is cleared first, in Prometheus' [protobuf format].
    ///
    /// It is the only format in which Prometheus reads native histograms. A server that keeps them prefers
    /// it. Costs as much as [`render`](Self::render).
    ///
    /// [protobuf format]: https://prometheus.io/docs/instrumenting/exposition_formats/#protobuf-format
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::prometheus::Renderer;
    /// use telemetry::registry::Registry;
    ///
    /// let mut renderer = Renderer::new(&Registry::new());
    /// let mut body = Vec::new();
    /// renderer.render_protobuf(&mut body);
    /// assert!(!body.is_empty());
    /// ```
    pub fn render_protobuf(&mut self, out: &mut Vec<u8>) {
        self.collect(true);
        self.write(Encoding::Protobuf, out);
    }

    /// Renders the registry into the buffer, which is cleared first, in the format that a scrape prefers.
    /// Returns the `Content-Type` of the response.
    ///
    /// `accept` is the request's `Accept` header; `None` is a request without one. The formats are those of
    /// [`Format::negotiate`] and protobuf, which must be named and have the highest `q`.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::prometheus::{PROTOBUF_CONTENT_TYPE, Renderer};
    /// use telemetry::registry::Registry;
    ///
    /// // Prometheus 3 with native histograms:
    /// let accept = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;\
    ///     encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1";
    /// let mut renderer = Renderer::new(&Registry::new());
    /// let mut body = Vec::new();
    /// assert_eq!(renderer.render_for(Some(accept), &mut body), PROTOBUF_CONTENT_TYPE);
    /// assert_eq!(renderer.render_for(None, &mut body), "text/plain; version=0.0.4; charset=utf-8");
    /// ```
    pub fn render_for(&mut self, accept: Option<&str>, out: &mut Vec<u8>) -> &'static str {
        let encoding = Encoding::negotiate(accept);
        self.collect(encoding == Encoding::Protobuf);
        self.write(encoding, out);
        encoding.content_type()
    }

    /// Collects the state that [`write`](Self::write) writes, in protobuf only if it `is_protobuf_wanted`.
    pub(super) fn collect(&mut self, is_protobuf_wanted: bool) {
        self.registry.collect(&mut self.snapshot);
        self.external.collect(&self.registry, self.open_metrics.style, is_protobuf_wanted);
    }

    /// Returns the last collected state.
    #[cfg(feature = "prometheus-http")]
    pub(super) const fn collected(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Clears the buffer and writes the last collected state.
    pub(super) fn write(&mut self, encoding: Encoding, out: &mut Vec<u8>) {
        let (format, exposition) = match encoding {
            Encoding::Text(Format::Text) => (Format::Text, &mut self.text),
            Encoding::Text(Format::OpenMetrics) => (Format::OpenMetrics, &mut self.open_metrics),
            Encoding::Protobuf => {
                out.clear();
                self.protobuf.write(&self.snapshot, out);
                out.extend_from_slice(self.external.in_protobuf());
                return;
            }
        };
        exposition.write(&self.snapshot, self.external.in_format(format), out);
    }
}

/// Renders a snapshot into an empty buffer, without a cache.
pub(super) fn write_once(snapshot: &Snapshot, format: Format, out: &mut Vec<u8>) {
    Exposition::new(Style::of(format)).write(snapshot, &[], out);
}

/// The cached text of one format.
struct Exposition {
    style: Style,
    /// In the snapshot's order, without families that have no series.
    families: Vec<CachedFamily>,
}

impl Exposition {
    const fn new(style: Style) -> Self {
        Exposition { style, families: Vec::new() }
    }

    fn write(&mut self, snapshot: &Snapshot, external: &[u8], out: &mut Vec<u8>) {
        let mut text = Output::over(out);
        let style = self.style;
        let all = snapshot.families().filter(|family| family.series().next().is_some());
        let mut count = 0;
        for family in all {
            self.family(count, family, style).write(snapshot, family, style, &mut text);
            count += 1;
        }
        self.families.truncate(count);
        text.push(external);
        if style.is_open_metrics() {
            text.push(b"# EOF\n");
        }
        *out = text.into_bytes();
    }

    /// Returns the cached family at this index, which is a new one if the family was not there before. Drops
    /// those before it, whose last series is gone.
    fn family(&mut self, index: usize, family: Family<'_>, style: Style) -> &mut CachedFamily {
        let gone = self.families.iter().skip(index).take_while(|cached| cached.id() < family.id()).count();
        self.families.drain(index..index + gone);
        if self.families.get(index).is_none_or(|cached| cached.id() != family.id()) {
            self.families.insert(index, CachedFamily::new(family, style));
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

    #[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
    #[label(cap = 200)]
    struct Queue<'a>(&'a str);

    #[metrics(namespace = "app", mock(cfg(any())))]
    trait Queues {
        /// Jobs.
        #[counter]
        fn jobs(&self, queue: Queue<'_>);

        /// Sizes.
        #[histogram(buckets = [10])]
        fn size(&self, queue: Queue<'_>, size: f64);

        /// A queue is gone.
        #[remove(jobs, size)]
        fn queue_gone(&self, queue: Queue<'_>);
    }

    /// The `_created` samples of a text, sorted.
    fn created(text: &str) -> Vec<String> {
        let lines = text.lines().filter(|line| line.starts_with("app_") && line.contains("_created"));
        let mut lines: Vec<_> = lines.map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    }

    #[test]
    fn a_series_that_came_back_shows_its_own_start() {
        let Ok(registry) = Registry::builder().keep_removed(Duration::ZERO).build() else { unreachable!() };
        let Ok(metrics) = registry.register::<dyn Queues>() else { unreachable!("one surface") };
        let names: Vec<String> = (0..150).map(|number| format!("q{number}")).collect();
        let record = |name: &String| {
            metrics.jobs(Queue(name));
            metrics.size(Queue(name), 1.0);
        };
        names.iter().for_each(record);
        let mut renderer = Renderer::new(&registry);
        let mut out = Vec::new();
        renderer.render(Format::OpenMetrics, &mut out);
        let mut earlier = created(&String::from_utf8_lossy(&out));
        assert_eq!(earlier.len(), 300);
        let back: Vec<&String> = names.iter().step_by(3).collect();
        // The texts that come back get places that none had before, and then freed ones.
        for _ in 0..2 {
            // A start is written in milliseconds.
            std::thread::sleep(Duration::from_millis(2));
            for name in &back {
                metrics.queue_gone(Queue(name));
            }
            // Their readers have the final values, and then their end.
            (0..3).for_each(|_| renderer.render(Format::OpenMetrics, &mut out));
            assert_eq!(created(&String::from_utf8_lossy(&out)).len(), 200);
            for name in &back {
                record(name);
            }
            renderer.render(Format::OpenMetrics, &mut out);
            let found = created(&String::from_utf8_lossy(&out));
            assert_eq!(found, starts(&registry));
            assert_eq!(found.iter().filter(|line| !earlier.contains(line)).count(), 2 * back.len());
            assert_eq!(String::from_utf8_lossy(&out), render(&registry, Format::OpenMetrics));
            earlier = found;
        }
    }

    /// The `_created` samples of all series, sorted.
    fn starts(registry: &Registry) -> Vec<String> {
        let snapshot = registry.snapshot();
        let all = snapshot.families().filter(|family| family.namespace() == "app");
        let series = all.flat_map(|family| family.series().map(move |series| (family.name(), series)));
        let mut lines: Vec<String> = series
            .map(|(name, series)| {
                let since = series.start().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                let (seconds, millis) = (since.as_secs(), since.subsec_millis());
                let seconds = Duration::new(seconds, millis * 1_000_000).as_secs_f64();
                let queue = series.labels().next().unwrap_or_default().1;
                format!("app_{name}_created{{queue=\"{queue}\"}} {seconds}")
            })
            .collect();
        lines.sort_unstable();
        lines
    }

    #[test]
    fn created_samples_can_be_turned_off_and_nothing_else_goes() {
        let registry = labelled();
        let Ok(metrics) = registry.register::<dyn Metrics>() else { unreachable!("one surface") };
        metrics.failures(Stage::Insert);
        registry.join(|| "# TYPE old counter\nold_total 3\nold_created 5\n# EOF\n".to_owned());
        let with = render(&registry, Format::OpenMetrics);
        let mut without = Vec::new();
        let mut renderer = Renderer::new(&registry).with_created_samples(false);
        for _ in 0..2 {
            renderer.render(Format::OpenMetrics, &mut without);
            let expected: Vec<&str> = with.lines().filter(|line| !line.contains("_created")).collect();
            assert_eq!(String::from_utf8_lossy(&without).lines().collect::<Vec<_>>(), expected);
        }
        assert!(with.contains("\nold_created 5\n") && created(&with).len() > 1, "{with}");
        renderer.render(Format::Text, &mut without);
        assert_eq!(String::from_utf8_lossy(&without), render(&registry, Format::Text));
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
