//! `prometheus-client` 0.25.

use crate::row::{Class, Record, Row, each, first_uses, pairs, render, repeat};
use crate::workload::Workload;
use crate::workload::input::{self, BUCKETS, Method};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, NativeHistogramConfig};
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

const WHO: &str = "prometheus-client";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
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

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Closed {
    method: Verb,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Open {
    path: String,
}

impl From<&str> for Open {
    fn from(path: &str) -> Self {
        Self { path: path.to_owned() }
    }
}

#[derive(Clone)]
struct Buckets;

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(BUCKETS)
    }
}

pub fn rows(workload: Workload) -> Vec<Row> {
    match workload {
        Workload::Texts(_) | Workload::LogCall | Workload::LogLine | Workload::LogTimed => vec![],
        Workload::Counter => vec![Row::new(WHO, "`Counter::inc`", Class::Fast, || {
            let counter = Counter::<u64>::default();
            Ok(move || {
                let counter = counter.clone();
                repeat(move || _ = counter.inc())
            })
        })],
        Workload::ClosedLabel => closed_label(),
        Workload::CappedText => {
            vec![Row::new(WHO, "`Family<{String}>::get_or_create`", Class::Ordinary, || {
                let family = Family::<Open, Counter>::default();
                Ok(move || {
                    let family = family.clone();
                    each(input::paths(), move |path| _ = family.get_or_create(&path.into()).inc())
                })
            })]
        }
        Workload::Gauge => vec![Row::new(WHO, "`Gauge<f64>::set`", Class::Fast, || {
            let gauge = Gauge::<f64, AtomicU64>::default();
            Ok(move || {
                let gauge = gauge.clone();
                each(input::seconds(), move |value| _ = gauge.set(value))
            })
        })],
        Workload::Histogram => histogram(),
        Workload::NativeHistogram => native(),
        Workload::ScrapeCounters => vec![scrape(|registry| {
            let family = Family::<Open, Counter>::default();
            registry.register("bench_items", "Items by path", family.clone());
            Box::new(move || {
                for (path, value) in input::counted() {
                    family.get_or_create(&path.into()).inc_by(value);
                }
            })
        })],
        Workload::ScrapeHistograms => vec![scrape(|registry| {
            let family = Family::<Open, Histogram, Buckets>::new_with_constructor(Buckets);
            registry.register("bench_took_seconds", "Time by path", family.clone());
            Box::new(move || {
                for (path, value) in input::observed() {
                    family.get_or_create(&path.into()).observe(value);
                }
            })
        })],
        Workload::Heap => vec![Row::new(WHO, "`Family<{String}>`", Class::Ordinary, || {
            let family = Family::<Open, Counter>::default();
            Ok(move || {
                let family = family.clone();
                first_uses(input::many_paths(), move |path| _ = family.get_or_create(&path.into()).inc())
            })
        })],
    }
}

fn closed_label() -> Vec<Row> {
    vec![
        Row::new(WHO, "`Family<enum>::get_or_create`", Class::Ordinary, || {
            let family = Family::<Closed, Counter>::default();
            Ok(move || {
                let family = family.clone();
                each(input::methods(), move |method| _ = family.get_or_create(&Closed { method }).inc())
            })
        }),
        Row::new(WHO, "4 handles in an array", Class::Fast, || {
            let family = Family::<Closed, Counter>::default();
            let handles =
                Method::ALL.map(|method| family.get_or_create_owned(&Closed { method: method.into() }));
            Ok(move || {
                let handles = handles.clone();
                each(input::methods(), move |method: Method| _ = handles[method as usize].inc())
            })
        }),
    ]
}

#[derive(Clone)]
struct Native;

impl MetricConstructor<Histogram> for Native {
    fn new_metric(&self) -> Histogram {
        Histogram::new_classic_and_native(BUCKETS, NativeHistogramConfig::with_schema(3).max_buckets(160))
    }
}

fn native() -> Vec<Row> {
    let family = || Family::<Closed, Histogram, Native>::new_with_constructor(Native);
    vec![
        Row::new(WHO, "`Family<enum>::get_or_create`, both kinds", Class::Ordinary, move || {
            let family = family();
            Ok(move || {
                let family = family.clone();
                pairs(input::methods(), input::seconds(), move |method, value| {
                    family.get_or_create(&Closed { method }).observe(value);
                })
            })
        }),
        Row::new(WHO, "4 handles in an array, both kinds", Class::Fast, move || {
            let family = family();
            let handles =
                Method::ALL.map(|method| family.get_or_create_owned(&Closed { method: method.into() }));
            Ok(move || {
                let handles = handles.clone();
                pairs(input::methods(), input::seconds(), move |method: Method, value| {
                    handles[method as usize].observe(value);
                })
            })
        }),
    ]
}

fn histogram() -> Vec<Row> {
    vec![
        Row::new(WHO, "`Family<enum>::get_or_create`", Class::Ordinary, || {
            let family = Family::<Closed, Histogram, Buckets>::new_with_constructor(Buckets);
            Ok(move || {
                let family = family.clone();
                pairs(input::methods(), input::seconds(), move |method, value| {
                    family.get_or_create(&Closed { method }).observe(value);
                })
            })
        }),
        Row::new(WHO, "4 handles in an array", Class::Fast, || {
            let family = Family::<Closed, Histogram, Buckets>::new_with_constructor(Buckets);
            let handles =
                Method::ALL.map(|method| family.get_or_create_owned(&Closed { method: method.into() }));
            Ok(move || {
                let handles = handles.clone();
                pairs(input::methods(), input::seconds(), move |method: Method, value| {
                    handles[method as usize].observe(value);
                })
            })
        }),
    ]
}

fn scrape(register: fn(&mut Registry) -> Record) -> Row {
    Row::new(WHO, "`text::encode`", Class::Ordinary, move || {
        let mut registry = Registry::default();
        let record = Arc::new(register(&mut registry));
        let registry = Arc::new(registry);
        Ok(move || {
            let (registry, record) = (registry.clone(), record.clone());
            render(move |buffer: &mut String| {
                buffer.clear();
                // It fails only where writing to a `String` does.
                _ = text::encode(buffer, &registry);
                buffer.len()
            })
            .between(move || record())
        })
    })
}
