//! Appends exemplars to the lines of their buckets and counters, in OpenMetrics.

use super::lines::seconds_since_epoch;
use super::number::Digits;
use super::output::Output;
use super::style::Style;
use crate::registry::{Exemplar, Family};
use crate::value::Number;

/// The exemplars of a group of series at the last scrape.
#[derive(Default)]
pub(super) struct CachedExemplars {
    /// Empty in the text format.
    exemplars: Vec<Exemplar>,
    /// Memory for the lines without exemplars.
    lines: Vec<u8>,
}

/// The exemplars of neighbouring series.
#[derive(Clone, Copy)]
pub(super) struct BlockExemplars<'a> {
    exemplars: &'a [Exemplar],
    /// The rows of the series.
    rows: &'a [u64],
    pub(super) is_changed: bool,
}

/// Returns whether the lines of a family show exemplars: OpenMetrics has them for the buckets of histograms
/// and the totals of counters, and refuses them for a counter without `_total`, which is `unknown`.
pub(super) fn are_shown(family: Family<'_>, style: Style) -> bool {
    style.is_open_metrics() && matches!(family.names().open_metrics_type(), "counter" | "histogram")
}

impl CachedExemplars {
    /// Returns those of the block of series with these rows. `shown` are the current ones.
    pub(super) fn of_block<'a>(&self, shown: &'a [Exemplar], rows: &'a [u64]) -> BlockExemplars<'a> {
        let exemplars = of_rows(shown, rows);
        BlockExemplars { exemplars, rows, is_changed: exemplars != of_rows(&self.exemplars, rows) }
    }

    /// Keeps the current exemplars for the next scrape.
    pub(super) fn keep(&mut self, shown: &[Exemplar]) {
        self.exemplars.clear();
        self.exemplars.extend_from_slice(shown);
    }

    /// Appends exemplars to the lines of a block, which stand at the end of the text from `start` on.
    /// `lines_of_series` is the number of lines of each series, of which the buckets come first.
    pub(super) fn append(
        &mut self,
        block: BlockExemplars<'_>,
        lines_of_series: usize,
        start: usize,
        out: &mut Output,
    ) {
        if block.exemplars.is_empty() {
            return;
        }
        self.lines.clear();
        self.lines.extend_from_slice(out.since(start));
        out.truncate(start);
        let mut left = block.exemplars.iter().peekable();
        let lines = self.lines.split_inclusive(|byte| *byte == b'\n').enumerate();
        for (at, line) in lines {
            let row = block.rows.get(at / lines_of_series).copied();
            let is_of_line = |of: &&Exemplar| row == Some(of.row()) && of.bucket() == at % lines_of_series;
            match left.next_if(is_of_line) {
                Some(exemplar) => {
                    out.push(line.strip_suffix(b"\n").unwrap_or(line));
                    push(exemplar, out);
                }
                None => out.push(line),
            }
        }
        debug_assert!(left.peek().is_none(), "each exemplar is of a line of the block");
    }
}

/// Returns the exemplars of adjacent series.
fn of_rows<'a>(exemplars: &'a [Exemplar], rows: &[u64]) -> &'a [Exemplar] {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return &[] };
    let start = exemplars.partition_point(|exemplar| exemplar.row() < *first);
    let rest = &exemplars[start..];
    &rest[..rest.partition_point(|exemplar| exemplar.row() <= *last)]
}

/// Writes an exemplar and the end of its line. The ids and their keys have 63 of the 128 characters that the
/// format allows.
fn push(exemplar: &Exemplar, out: &mut Output) {
    let trace = exemplar.trace();
    out.push(b" # {trace_id=\"");
    out.push(&hexadecimal::<16, 32>(trace.trace_id()));
    out.push(b"\",span_id=\"");
    out.push(&hexadecimal::<8, 16>(trace.span_id()));
    out.push(b"\"} ");
    out.push(Digits::new().of(Number::F64(exemplar.value())));
    out.push(b" ");
    out.push(seconds_since_epoch(exemplar.time()).as_bytes());
    out.push(b"\n");
}

/// Returns an id in lower-case hexadecimal digits.
pub(super) fn hexadecimal<const BYTES: usize, const DIGITS: usize>(id: [u8; BYTES]) -> [u8; DIGITS] {
    let mut digits = [0; DIGITS];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(id) {
        pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
        pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
    }
    digits
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use crate::prometheus::{Format, Renderer, render};
    use crate::registry::Instruments;
    use crate::{Registry, TraceContext, metrics};
    use std::cell::Cell;

    #[metrics(namespace = "app", mock(cfg(any())))]
    trait Metrics {
        /// Calls.
        #[counter(value = n)]
        #[log(off)]
        fn calls(&self, #[label(range = 0..=199)] shard: u8, n: f64);

        /// Bytes.
        #[counter(suffixes = off)]
        #[log(off)]
        fn bytes(&self);

        /// Old calls.
        #[counter(was = "app_hits_total")]
        #[log(off)]
        fn hit(&self);

        /// Time taken.
        #[histogram(unit = seconds, buckets = [0.1, 1.0])]
        #[log(off)]
        fn took(&self, #[label(cap = 8)] route: &str, seconds: f64);

        /// Drift.
        #[histogram(signed, buckets = [0.0])]
        #[log(off)]
        fn drift(&self, seconds: f64);

        /// Depth.
        #[gauge]
        #[log(off)]
        fn set_depth(&self, n: u64);
    }

    thread_local! {
        static TRACE: Cell<u8> = const { Cell::new(1) };
    }

    fn current() -> Option<TraceContext> {
        let n = TRACE.get();
        TraceContext::new([n; 16], [n; 8])
    }

    fn registry() -> (Registry, Instruments<dyn Metrics>) {
        let registry =
            Registry::builder().constant_label("a", "\"# {x\n").exemplars(current).build().unwrap();
        let metrics = registry.register::<dyn Metrics>().unwrap();
        (registry, metrics)
    }

    /// The lines with an exemplar, without its time, which is one of today.
    fn shown(text: &str) -> Vec<&str> {
        let lines = text.lines().filter(|line| line.starts_with("app_") && line.contains(" # {trace_id"));
        lines
            .map(|line| {
                let (line, time) = line.rsplit_once(' ').unwrap();
                let seconds: f64 = time.parse().unwrap();
                assert!(seconds > 1_700_000_000.0 && time.len() <= 14, "{time}");
                line
            })
            .collect()
    }

    #[test]
    fn buckets_and_totals_have_exemplars() {
        let (registry, metrics) = registry();
        metrics.calls(7, 2.5);
        metrics.bytes();
        metrics.hit();
        TRACE.set(0xab);
        metrics.took("/", 0.5);
        metrics.took("/", 3.0);
        metrics.drift(-1.5);
        metrics.set_depth(3);
        let text = render(&registry, Format::OpenMetrics);
        let a = r##"a="\"# {x\n""##;
        let one = "01";
        let ab = "ab";
        let of = |byte: &str| format!(r#"# {{trace_id="{}",span_id="{}"}}"#, byte.repeat(16), byte.repeat(8));
        let expected = [
            format!(r#"app_calls_total{{{a},shard="7"}} 2.5 {} 2.5"#, of(one)),
            format!(r"app_hit_total{{{a}}} 1 {} 1", of(one)),
            format!(r"app_hits_total{{{a}}} 1 {} 1", of(one)),
            format!(r#"app_took_seconds_bucket{{{a},route="/",le="1.0"}} 1 {} 0.5"#, of(ab)),
            format!(r#"app_took_seconds_bucket{{{a},route="/",le="+Inf"}} 2 {} 3"#, of(ab)),
            format!(r#"app_drift_bucket{{{a},le="0.0"}} 1 {} -1.5"#, of(ab)),
        ];
        assert_eq!(shown(&text), expected);
        assert!(text.ends_with("\n# EOF\n"));
        let text = render(&registry, Format::Text);
        assert!(!text.contains("trace_id"), "the text format has none");
    }

    #[test]
    fn the_rest_of_the_text_is_as_without_exemplars() {
        let plain = Registry::builder().constant_label("a", "\"# {x\n").build().unwrap();
        let without = plain.register::<dyn Metrics>().unwrap();
        let (registry, with) = registry();
        for metrics in [&with, &without] {
            (0..200).for_each(|shard| metrics.calls(shard, 1.0));
            for route in ["a", "b", "c"] {
                metrics.took(route, 0.5);
            }
        }
        let lines = |registry: &Registry| -> Vec<String> {
            let text = render(registry, Format::OpenMetrics);
            let lines = text.lines().filter(|line| !line.contains("_created"));
            lines.map(|line| line.split(" # {trace").next().unwrap().to_owned()).collect()
        };
        assert_eq!(lines(&registry), lines(&plain));
    }

    #[test]
    fn a_renderer_that_kept_text_writes_what_a_new_one_writes() {
        let (registry, metrics) = registry();
        let mut renderer = Renderer::new(&registry);
        let mut out = Vec::new();
        let mut same = || {
            for format in [Format::OpenMetrics, Format::Text] {
                renderer.render(format, &mut out);
                let text = String::from_utf8_lossy(&out).into_owned();
                assert_eq!(text, render(&registry, format));
            }
            shown(&render(&registry, Format::OpenMetrics)).len()
        };
        assert_eq!(same(), 0);
        (0..200).for_each(|shard| metrics.calls(shard, 1.0));
        // Two of them alike: the first may be kept.
        assert_eq!([same(), same(), same()], [200; 3]);
        for n in 2..6 {
            TRACE.set(n);
            metrics.calls(n * 40 - 1, 1.0);
            metrics.took(["a", "b"][usize::from(n) % 2], f64::from(n));
            let count = same();
            assert_eq!([same(), same()], [count; 2]);
        }
        assert_eq!(same(), 202);
    }
}
