//! `prometric` 0.2: a struct of metrics by a macro, over `prometheus`.

use super::prometheus::gather;
use crate::row::{Class, Row, each, first_uses, pairs, repeat};
use crate::workload::Workload;
use crate::workload::input::{self, BUCKETS, Method};
use prometric::prometheus::Registry;
use prometric::{Counter, Gauge, Histogram};
use prometric_derive::metrics;
use std::sync::Arc;

const WHO: &str = "prometric";

#[metrics(scope = "bench")]
struct Metrics {
    /// Calls.
    #[metric]
    plain: Counter,

    /// Calls by method.
    #[metric(labels = ["method"])]
    by_method: Counter,

    /// Calls by path.
    #[metric(rename = "items_total", labels = ["path"])]
    by_path: Counter,

    /// Depth.
    #[metric]
    depth: Gauge<f64>,

    /// Time by method.
    #[metric(labels = ["method"], buckets = BUCKETS.to_vec())]
    took: Histogram,

    /// Time by path.
    #[metric(rename = "took_seconds", labels = ["path"], buckets = BUCKETS.to_vec())]
    took_by_path: Histogram,
}

pub fn rows(workload: Workload) -> Vec<Row> {
    match workload {
        Workload::Texts(_)
        | Workload::NativeHistogram
        | Workload::LogCall
        | Workload::LogLine
        | Workload::LogTimed => vec![],
        Workload::Counter => vec![row("`m.plain().inc()`", |metrics| repeat(move || metrics.plain().inc()))],
        Workload::ClosedLabel => vec![row("`m.by_method(text).inc()`", |metrics| {
            each(input::methods(), move |method: Method| metrics.by_method(method.text()).inc())
        })],
        Workload::CappedText => vec![row("`m.by_path(text).inc()`", |metrics| {
            each(input::paths(), move |path| metrics.by_path(path).inc())
        })],
        Workload::Gauge => vec![row("`m.depth().set(value)`", |metrics| {
            each(input::seconds(), move |value: f64| metrics.depth().set(value))
        })],
        Workload::Histogram => vec![row("`m.took(text).observe(value)`", |metrics| {
            pairs(input::methods(), input::seconds(), move |method: Method, value: f64| {
                metrics.took(method.text()).observe(value);
            })
        })],
        Workload::ScrapeCounters => vec![scrape(|metrics| {
            for (path, value) in input::counted() {
                metrics.by_path(path).inc_by(value);
            }
        })],
        Workload::ScrapeHistograms => vec![scrape(|metrics| {
            for (path, value) in input::observed() {
                metrics.took_by_path(path).observe(value);
            }
        })],
        Workload::Heap => vec![row("`m.by_path(text).inc()`", |metrics| {
            first_uses(input::many_paths(), move |path| metrics.by_path(path).inc())
        })],
    }
}

fn row(how: &'static str, make: fn(Arc<Metrics>) -> crate::row::Loop) -> Row {
    Row::new(WHO, how, Class::Ordinary, move || {
        let metrics = Arc::new(Metrics::builder().with_registry(&Registry::new()).build());
        Ok(move || make(metrics.clone()))
    })
}

fn scrape(record: fn(&Metrics)) -> Row {
    Row::new(WHO, "`gather` and `encode_utf8`", Class::Ordinary, move || {
        let registry = Registry::new();
        let metrics = Arc::new(Metrics::builder().with_registry(&registry).build());
        Ok(move || {
            let metrics = metrics.clone();
            gather(registry.clone()).between(move || record(&metrics))
        })
    })
}
