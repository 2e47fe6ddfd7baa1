//! `measured` 0.0.25. Every release after it needs a newer compiler.

use crate::row::{Class, Loop, Row, each, first_uses, pairs, render, repeat};
use crate::workload::Workload;
use crate::workload::input::{self, BUCKETS, Method};
use lasso::ThreadedRodeo;
use measured::metric::histogram::Thresholds;
use measured::text::BufferedTextEncoder;
use measured::{
    Counter, CounterVec, FixedCardinalityLabel, FloatGauge, HistogramVec, LabelGroup, MetricGroup,
};
use paracord::ParaCord;
use std::sync::Arc;

const WHO: &str = "measured";

#[derive(Clone, Copy, FixedCardinalityLabel)]
enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

impl From<Method> for Verb {
    fn from(method: Method) -> Self {
        [Self::Get, Self::Post, Self::Put, Self::Delete][method as usize]
    }
}

#[derive(LabelGroup)]
#[label(set = ClosedSet)]
struct Closed {
    method: Verb,
}

#[derive(LabelGroup)]
#[label(set = CordSet)]
struct Cord<'a> {
    #[label(dynamic_with = ParaCord, default)]
    path: &'a str,
}

#[derive(LabelGroup)]
#[label(set = RodeoSet)]
struct Rodeo<'a> {
    #[label(dynamic_with = ThreadedRodeo, default)]
    path: &'a str,
}

#[derive(MetricGroup)]
struct Counters {
    /// Items by path.
    bench_items_total: CounterVec<CordSet>,
}

#[derive(MetricGroup)]
struct Histograms {
    /// Time by path.
    bench_took_seconds: HistogramVec<CordSet, { BUCKETS.len() }>,
}

pub fn rows(workload: Workload) -> Vec<Row> {
    match workload {
        Workload::Texts(_)
        | Workload::NativeHistogram
        | Workload::LogCall
        | Workload::LogLine
        | Workload::LogTimed => vec![],
        Workload::Counter => vec![Row::new(WHO, "`Counter::inc`", Class::Fast, || {
            let counter = Arc::new(Counter::new());
            Ok(move || {
                let counter = counter.clone();
                repeat(move || counter.inc())
            })
        })],
        Workload::ClosedLabel => closed_label(),
        Workload::CappedText => text(),
        Workload::Gauge => vec![Row::new(WHO, "`FloatGauge::set`", Class::Fast, || {
            let gauge = Arc::new(FloatGauge::new());
            Ok(move || {
                let gauge = gauge.clone();
                each(input::seconds(), move |value| gauge.get_metric().set(value))
            })
        })],
        Workload::Histogram => histogram(),
        Workload::ScrapeCounters => vec![Row::new(WHO, "`BufferedTextEncoder`", Class::Ordinary, || {
            let counters = Counters { bench_items_total: CounterVec::with_label_set(CordSet::default()) };
            Ok(scrape(counters, |counters| {
                for (path, value) in input::counted() {
                    counters.bench_items_total.inc_by(Cord { path }, value);
                }
            }))
        })],
        Workload::ScrapeHistograms => vec![Row::new(WHO, "`BufferedTextEncoder`", Class::Ordinary, || {
            let histograms = HistogramVec::with_label_set_and_metadata(CordSet::default(), thresholds());
            Ok(scrape(Histograms { bench_took_seconds: histograms }, |histograms| {
                for (path, value) in input::observed() {
                    histograms.bench_took_seconds.observe(Cord { path }, value);
                }
            }))
        })],
        Workload::Heap => vec![Row::new(WHO, "`CounterVec<ParaCord>`", Class::Ordinary, || {
            let counters = Arc::new(CounterVec::with_label_set(CordSet::default()));
            Ok(move || {
                let counters = counters.clone();
                first_uses(input::many_paths(), move |path| counters.inc(Cord { path }))
            })
        })],
    }
}

fn thresholds() -> Thresholds<{ BUCKETS.len() }> {
    Thresholds::with_buckets(BUCKETS)
}

fn closed_label() -> Vec<Row> {
    vec![
        Row::new(WHO, "`CounterVec<enum>::inc`", Class::Ordinary, || {
            let counters = Arc::new(CounterVec::with_label_set(ClosedSet::new()));
            Ok(move || {
                let counters = counters.clone();
                each(input::methods(), move |method| counters.inc(Closed { method }))
            })
        }),
        Row::new(WHO, "4 `LabelId`s in an array", Class::Fast, || {
            let counters = CounterVec::with_label_set(ClosedSet::new());
            let labels = Method::ALL.map(|method| counters.with_labels(Closed { method: method.into() }));
            let shared = Arc::new((counters, labels));
            Ok(move || {
                let shared = shared.clone();
                each(input::methods(), move |method: Method| {
                    let (counters, labels) = &*shared;
                    counters.get_metric(labels[method as usize]).inc();
                })
            })
        }),
    ]
}

fn text() -> Vec<Row> {
    vec![
        Row::new(WHO, "`CounterVec<ParaCord>::inc`", Class::Ordinary, || {
            let counters = Arc::new(CounterVec::with_label_set(CordSet::default()));
            Ok(move || {
                let counters = counters.clone();
                each(input::paths(), move |path| counters.inc(Cord { path }))
            })
        }),
        Row::new(WHO, "`CounterVec<ThreadedRodeo>::inc`", Class::Ordinary, || {
            let counters = Arc::new(CounterVec::with_label_set(RodeoSet::default()));
            Ok(move || {
                let counters = counters.clone();
                each(input::paths(), move |path| counters.inc(Rodeo { path }))
            })
        }),
    ]
}

fn histogram() -> Vec<Row> {
    vec![
        Row::new(WHO, "`HistogramVec<enum>::observe`", Class::Ordinary, || {
            let histograms =
                Arc::new(HistogramVec::with_label_set_and_metadata(ClosedSet::new(), thresholds()));
            Ok(move || {
                let histograms = histograms.clone();
                pairs(input::methods(), input::seconds(), move |method, value| {
                    histograms.observe(Closed { method }, value);
                })
            })
        }),
        Row::new(WHO, "4 `LabelId`s in an array", Class::Fast, || {
            let histograms = HistogramVec::with_label_set_and_metadata(ClosedSet::new(), thresholds());
            let labels = Method::ALL.map(|method| histograms.with_labels(Closed { method: method.into() }));
            let shared = Arc::new((histograms, labels));
            Ok(move || {
                let shared = shared.clone();
                pairs(input::methods(), input::seconds(), move |method: Method, value| {
                    let (histograms, labels) = &*shared;
                    histograms.get_metric(labels[method as usize]).observe(value);
                })
            })
        }),
    ]
}

fn scrape<G>(group: G, record: fn(&G)) -> impl Fn() -> Loop + Send + Sync
where
    G: MetricGroup<BufferedTextEncoder> + Send + Sync + 'static,
{
    let group = Arc::new(group);
    move || {
        let (group, recorded) = (group.clone(), group.clone());
        render(move |encoder: &mut BufferedTextEncoder| match group.collect_group_into(encoder) {
            Ok(()) => encoder.finish().len(),
            Err(never) => match never {},
        })
        .between(move || record(&recorded))
    }
}
