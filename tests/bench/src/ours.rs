//! This library: by static dispatch, as a surface's user writes first, and behind `Arc<dyn Metrics>`.

mod log;

use crate::peers::statsd::address;
use crate::row::{Class, Fallible, Loop, Record, Row, each, first_uses, pairs, render, repeat};
use crate::target::{DYN, RENDER, STATIC};
use crate::workload::input::{self, BUCKETS};
use crate::workload::{Texts, Workload};
use std::sync::Arc;
use telemetry::prometheus::{Format, Renderer};
use telemetry::registry::{Instruments, View};
use telemetry::{Label, Registry, TraceContext, metrics, statsd};

pub const WHO: &str = "telemetry";

/// The closed label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Label)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl From<input::Method> for Method {
    fn from(method: input::Method) -> Self {
        [Self::Get, Self::Post, Self::Put, Self::Delete][method as usize]
    }
}

/// What is recorded.
#[metrics(namespace = "bench")]
pub trait Metrics {
    /// Calls.
    #[counter]
    fn plain(&self);

    /// Calls by method.
    #[counter]
    fn by_method(&self, method: Method);

    /// Calls by path.
    #[counter]
    fn by_path(&self, #[label(cap = 64)] path: &str);

    /// Calls by a long path.
    #[counter]
    fn by_long_path(&self, #[label(cap = 64, max_len = 256)] path: &str);

    /// Calls by one of many paths.
    #[counter]
    fn by_many_paths(&self, #[label(cap = 1_000)] path: &str);

    /// Calls by path and peer.
    #[counter]
    fn by_path_and_peer(&self, #[label(cap = 1_000)] path: &str, #[label(cap = 16)] peer: &str);

    /// Depth.
    #[gauge]
    fn set_depth(&self, depth: f64);

    /// Time by method.
    #[histogram(unit = seconds, buckets = BUCKETS)]
    fn took(&self, method: Method, seconds: f64);

    /// Time by method, as a native histogram too.
    #[histogram(unit = seconds, buckets = BUCKETS, native)]
    fn took_native(&self, method: Method, seconds: f64);
}

/// What is scraped as counters.
#[metrics(namespace = "bench")]
pub trait Counters {
    /// Items by path.
    #[counter(value = count)]
    fn items(&self, #[label(cap = 10_000)] path: &str, count: u64);
}

/// What is scraped as histograms.
#[metrics(namespace = "bench")]
pub trait Histograms {
    /// Time by path.
    #[histogram(unit = seconds, buckets = BUCKETS)]
    fn took(&self, #[label(cap = 1_000)] path: &str, seconds: f64);
}

/// What has many series.
#[metrics(namespace = "bench")]
pub trait Many {
    /// Items by path.
    #[counter]
    fn items(&self, #[label(cap = 60_000)] path: &str);
}

type Static = Instruments<dyn Metrics>;
type Dyn = Arc<dyn Metrics>;

pub fn rows(workload: Workload) -> Vec<Row> {
    match workload {
        Workload::Counter => vec![
            by_static(|metrics| repeat(move || metrics.plain())),
            by_dyn(|metrics| repeat(move || metrics.plain())),
        ],
        Workload::ClosedLabel => vec![
            by_static(|metrics| each(input::methods(), move |method| metrics.by_method(method))),
            by_dyn(|metrics| each(input::methods(), move |method| metrics.by_method(method))),
            by_statsd(|metrics| each(input::methods(), move |method| metrics.by_method(method))),
            with_exemplars(|metrics| each(input::methods(), move |method| metrics.by_method(method))),
        ],
        Workload::CappedText => vec![
            by_static(|metrics| each(input::paths(), move |path| metrics.by_path(path))),
            by_dyn(|metrics| each(input::paths(), move |path| metrics.by_path(path))),
        ],
        Workload::Texts(texts) => texts_rows(texts),
        Workload::Gauge => vec![
            by_static(|metrics| each(input::seconds(), move |value| metrics.set_depth(value))),
            by_dyn(|metrics| each(input::seconds(), move |value| metrics.set_depth(value))),
        ],
        Workload::Histogram => vec![
            by_static(|metrics| {
                pairs(input::methods(), input::seconds(), move |method, value| metrics.took(method, value))
            }),
            by_dyn(|metrics| {
                pairs(input::methods(), input::seconds(), move |method, value| metrics.took(method, value))
            }),
            by_statsd(|metrics| {
                pairs(input::methods(), input::seconds(), move |method, value| metrics.took(method, value))
            }),
            with_exemplars(|metrics| {
                pairs(input::methods(), input::seconds(), move |method, value| metrics.took(method, value))
            }),
        ],
        Workload::NativeHistogram => vec![
            by_static(|metrics| {
                pairs(input::methods(), input::seconds(), move |method, value| {
                    metrics.took_native(method, value);
                })
            }),
            by_dyn(|metrics| {
                pairs(input::methods(), input::seconds(), move |method, value| {
                    metrics.took_native(method, value);
                })
            }),
        ],
        Workload::ScrapeCounters => {
            let of_another = viewed(OF_ANOTHER, counters, || ("bench_took_seconds", View::off()));
            let merged = viewed("`Renderer::render`, text, all merged into one by a view", counters, || {
                ("bench_items", View::without(["path"]))
            });
            scrapes(counters).into_iter().chain([of_another, merged]).collect()
        }
        Workload::ScrapeHistograms => {
            let of_another = viewed(OF_ANOTHER, histograms, || ("bench_items", View::off()));
            let half = viewed("`Renderer::render`, text, half of the buckets by a view", histograms, || {
                ("bench_took_seconds", View::buckets(BUCKETS.iter().copied().step_by(2)))
            });
            scrapes(histograms).into_iter().chain([of_another, half]).collect()
        }
        Workload::LogCall => log::calls(),
        Workload::LogLine => log::lines(),
        Workload::LogTimed => log::timed(),
        Workload::Heap => vec![Row::new(WHO, STATIC, Class::Ours, || {
            let metrics = Registry::new().register::<dyn Many>()?;
            Ok(move || {
                let metrics = metrics.clone();
                first_uses(input::many_paths(), move |path| metrics.items(path))
            })
        })],
    }
}

/// The surface of the recording rows, in a registry of its own.
pub fn instruments() -> Fallible<Static> {
    instruments_in(&Registry::new())
}

/// The same, in this one.
pub fn instruments_in(registry: &Registry) -> Fallible<Static> {
    Ok(registry.register::<dyn Metrics>()?)
}

/// 10,000 counters.
pub fn counters(registry: &Registry) -> Fallible<Record> {
    let metrics = registry.register::<dyn Counters>()?;
    Ok(Box::new(move || input::counted().for_each(|(path, count)| metrics.items(path, count))))
}

/// As many histograms as there are paths.
fn histograms(registry: &Registry) -> Fallible<Record> {
    let metrics = registry.register::<dyn Histograms>()?;
    Ok(Box::new(move || input::observed().for_each(|(path, value)| metrics.took(path, value))))
}

fn texts_rows(texts: Texts) -> Vec<Row> {
    vec![by_static(move |metrics| match texts {
        Texts::Of48 => each(input::texts(64, 48, false), move |path| metrics.by_long_path(path)),
        Texts::Of100 => each(input::texts(64, 100, false), move |path| metrics.by_long_path(path)),
        Texts::Of256 => each(input::texts(64, 256, false), move |path| metrics.by_long_path(path)),
        Texts::Many => each(input::texts(1_000, 20, false), move |path| metrics.by_many_paths(path)),
        Texts::Two => {
            pairs(input::texts(1_000, 20, false), input::texts(16, 20, false), move |path, peer| {
                metrics.by_path_and_peer(path, peer);
            })
        }
        Texts::TwoZipf => {
            pairs(input::texts(1_000, 20, true), input::texts(16, 20, true), move |path, peer| {
                metrics.by_path_and_peer(path, peer);
            })
        }
    })]
}

fn by_static(make: impl Fn(Static) -> Loop + Copy + Send + Sync + 'static) -> Row {
    Row::new(WHO, STATIC, Class::Ours, move || {
        let metrics = instruments()?;
        Ok(move || make(metrics.clone()))
    })
}

/// In a registry with exemplars, of which each thread has its own after the first calls.
fn with_exemplars(make: fn(Static) -> Loop) -> Row {
    Row::new(WHO, "static dispatch, with exemplars", Class::Ours, move || {
        let registry = Registry::builder().exemplars(|| TraceContext::new([1; 16], [1; 8])).build()?;
        let metrics = registry.register::<dyn Metrics>()?;
        Ok(move || make(metrics.clone()))
    })
}

/// While a statsd exporter is at work. Its rings have room for all samples of a slice.
fn by_statsd(make: fn(Static) -> Loop) -> Row {
    Row::new(WHO, "static dispatch, with statsd at work", Class::Ours, move || {
        let registry = Registry::new();
        let metrics = registry.register::<dyn Metrics>()?;
        let config = statsd::Config::default().target(format!("udp://{}", address()?)).ring(1 << 20);
        let guard = config.start(&registry)?;
        Ok(move || {
            // It works as long as this is there.
            let _ = &guard;
            make(metrics.clone())
        })
    })
}

fn by_dyn(make: fn(Dyn) -> Loop) -> Row {
    Row::new(WHO, DYN, Class::Ours, move || {
        let metrics: Dyn = Arc::new(instruments()?);
        Ok(move || make(metrics.clone()))
    })
}

const OF_ANOTHER: &str = "`Renderer::render`, text, with a view of another metric";

/// Scrapes in text that find each number changed, of a registry with this view.
fn viewed(
    how: &'static str,
    register: fn(&Registry) -> Fallible<Record>,
    view: fn() -> (&'static str, View),
) -> Row {
    Row::new(WHO, how, Class::Ours, move || {
        let (name, view) = view();
        let registry = Registry::builder().view(name, view).build()?;
        let record = Arc::new(register(&registry)?);
        record();
        Ok(move || {
            let (mut renderer, record) = (Renderer::new(&registry), record.clone());
            let text = render(move |buffer: &mut Vec<u8>| {
                renderer.render(Format::Text, buffer);
                buffer.len()
            });
            text.between(move || record())
        })
    })
}

/// Scrapes that find each number changed, as all other rows do; and one that finds none, since lines whose
/// number is the same are not written again.
fn scrapes(register: fn(&Registry) -> Fallible<Record>) -> Vec<Row> {
    let row = |how, format: Option<Format>, is_new: bool| {
        Row::new(WHO, how, Class::Ours, move || {
            let registry = Registry::new();
            let record = Arc::new(register(&registry)?);
            record();
            Ok(move || {
                let (mut renderer, record) = (Renderer::new(&registry), record.clone());
                let text = render(move |buffer: &mut Vec<u8>| {
                    match format {
                        Some(format) => renderer.render(format, buffer),
                        None => renderer.render_protobuf(buffer),
                    }
                    buffer.len()
                });
                if is_new { text.between(move || record()) } else { text }
            })
        })
    };
    vec![
        row(RENDER, Some(Format::Text), true),
        row("`Renderer::render`, OpenMetrics", Some(Format::OpenMetrics), true),
        row("`Renderer::render_protobuf`", None, true),
        row("`Renderer::render`, text, no new number", Some(Format::Text), false),
    ]
}
