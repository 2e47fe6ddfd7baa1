//! `prometheus` 0.14.

use crate::row::{Class, Fallible, Record, Row, each, first_uses, pairs, render, repeat};
use crate::workload::Workload;
use crate::workload::input::{self, BUCKETS, Method};
use prometheus::{
    Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry, TextEncoder,
};
use std::sync::{Arc, LazyLock};

const WHO: &str = "prometheus";

pub fn rows(workload: Workload) -> Vec<Row> {
    match workload {
        Workload::Texts(_)
        | Workload::NativeHistogram
        | Workload::LogCall
        | Workload::LogLine
        | Workload::LogTimed => vec![],
        Workload::Counter => counter(),
        Workload::ClosedLabel => closed_label(),
        Workload::CappedText => text(),
        Workload::Gauge => vec![Row::new(WHO, "`Gauge::set`", Class::Fast, || {
            let gauge = Gauge::new("depth", "Depth.")?;
            Ok(move || {
                let gauge = gauge.clone();
                each(input::seconds(), move |value| gauge.set(value))
            })
        })],
        Workload::Histogram => histogram(),
        Workload::ScrapeCounters => vec![scrape(|registry| {
            let counters = counters("path")?;
            registry.register(Box::new(counters.clone()))?;
            Ok(Box::new(move || {
                for (path, value) in input::counted() {
                    counters.with_label_values(&[path]).inc_by(value);
                }
            }))
        })],
        Workload::ScrapeHistograms => vec![scrape(|registry| {
            let histograms = histograms("path")?;
            registry.register(Box::new(histograms.clone()))?;
            Ok(Box::new(move || {
                for (path, value) in input::observed() {
                    histograms.with_label_values(&[path]).observe(value);
                }
            }))
        })],
        Workload::Heap => vec![Row::new(WHO, "`IntCounterVec`", Class::Ordinary, || {
            let counters = counters("path")?;
            Ok(move || {
                let counters = counters.clone();
                first_uses(input::many_paths(), move |path| counters.with_label_values(&[path]).inc())
            })
        })],
    }
}

fn counters(label: &str) -> Fallible<IntCounterVec> {
    Ok(IntCounterVec::new(Opts::new("bench_items_total", "Items."), &[label])?)
}

pub fn histograms(label: &str) -> Fallible<HistogramVec> {
    let options = HistogramOpts::new("bench_took_seconds", "Time.").buckets(BUCKETS.to_vec());
    Ok(HistogramVec::new(options, &[label])?)
}

fn counter() -> Vec<Row> {
    static COUNTER: LazyLock<Option<IntCounter>> = LazyLock::new(|| IntCounter::new("items", "Items.").ok());
    vec![
        Row::new(WHO, "a static `IntCounter`", Class::Ordinary, || {
            Ok(|| {
                repeat(|| {
                    if let Some(counter) = &*COUNTER {
                        counter.inc();
                    }
                })
            })
        }),
        Row::new(WHO, "`IntCounter::inc`", Class::Fast, || {
            let counter = IntCounter::new("items", "Items.")?;
            Ok(move || {
                let counter = counter.clone();
                repeat(move || counter.inc())
            })
        }),
        Row::new(WHO, "`LocalIntCounter`", Class::Local, || {
            let counter = IntCounter::new("items", "Items.")?;
            Ok(move || {
                let counter = counter.local();
                repeat(move || counter.inc())
            })
        }),
    ]
}

fn closed_label() -> Vec<Row> {
    vec![
        Row::new(WHO, "`with_label_values`", Class::Ordinary, || {
            let counters = counters("method")?;
            Ok(move || {
                let counters = counters.clone();
                each(input::methods(), move |method: Method| {
                    counters.with_label_values(&[method.text()]).inc();
                })
            })
        }),
        Row::new(WHO, "4 handles in an array", Class::Fast, || {
            let counters = counters("method")?;
            let handles = Method::ALL.map(|method| counters.with_label_values(&[method.text()]));
            Ok(move || {
                let handles = handles.clone();
                each(input::methods(), move |method: Method| handles[method as usize].inc())
            })
        }),
    ]
}

fn text() -> Vec<Row> {
    vec![
        Row::new(WHO, "`with_label_values`", Class::Ordinary, || {
            let counters = counters("path")?;
            Ok(move || {
                let counters = counters.clone();
                each(input::paths(), move |path| counters.with_label_values(&[path]).inc())
            })
        }),
        Row::new(WHO, "`LocalIntCounterVec`", Class::Local, || {
            let counters = counters("path")?;
            Ok(move || {
                let mut counters = counters.local();
                each(input::paths(), move |path| counters.with_label_values(&[path]).inc())
            })
        }),
    ]
}

fn histogram() -> Vec<Row> {
    vec![
        Row::new(WHO, "`with_label_values`", Class::Ordinary, || {
            let histograms = histograms("method")?;
            Ok(move || {
                let histograms = histograms.clone();
                pairs(input::methods(), input::seconds(), move |method: Method, value| {
                    histograms.with_label_values(&[method.text()]).observe(value);
                })
            })
        }),
        Row::new(WHO, "4 handles in an array", Class::Fast, || {
            let histograms = histograms("method")?;
            let handles: [Histogram; 4] =
                Method::ALL.map(|method| histograms.with_label_values(&[method.text()]));
            Ok(move || {
                let handles = handles.clone();
                pairs(input::methods(), input::seconds(), move |method: Method, value| {
                    handles[method as usize].observe(value);
                })
            })
        }),
    ]
}

fn scrape(register: fn(&Registry) -> Fallible<Record>) -> Row {
    Row::new(WHO, "`gather` and `encode_utf8`", Class::Ordinary, move || {
        let registry = Registry::new();
        let record = Arc::new(register(&registry)?);
        Ok(move || {
            let record = record.clone();
            gather(registry.clone()).between(move || record())
        })
    })
}

/// A loop that renders the registry's text.
pub fn gather(registry: Registry) -> crate::row::Loop {
    render(move |text: &mut String| {
        text.clear();
        // It fails only for families without samples.
        _ = TextEncoder::new().encode_utf8(&registry.gather(), text);
        text.len()
    })
}
