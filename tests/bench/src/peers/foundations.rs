//! `foundations-metrics` 0.1.0-beta: what the `#[metrics]` of `foundations` expands to.

use crate::row::{Class, Row, each, first_uses, pairs, render, repeat};
use crate::workload::Workload;
use crate::workload::input::{self, BUCKETS, Method};
use foundations_metrics::metrics::HistogramBuilder;
use foundations_metrics::{
    Counter, EncodeMetric, EncodeMetricValue, Family, Gauge, Histogram, LowCardinalityFamily,
    LowCardinalityLabel, NamedMetric, ThreadLocalCounter, encode_to_text,
};
use serde::Serialize;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

const WHO: &str = "foundations-metrics";

#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize)]
struct Closed {
    method: Verb,
}

impl From<Method> for Closed {
    fn from(method: Method) -> Self {
        Self { method: [Verb::Get, Verb::Post, Verb::Put, Verb::Delete][method as usize] }
    }
}

impl LowCardinalityLabel for Closed {
    const CARDINALITY: NonZeroUsize = NonZeroUsize::new(4).expect("four");

    fn index(&self) -> usize {
        self.method as usize
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
struct Open {
    path: String,
}

impl From<&str> for Open {
    fn from(path: &str) -> Self {
        Self { path: path.to_owned() }
    }
}

type Histograms<S> = Family<S, Histogram, HistogramBuilder>;

pub fn rows(workload: Workload) -> Vec<Row> {
    match workload {
        Workload::Texts(_)
        | Workload::NativeHistogram
        | Workload::LogCall
        | Workload::LogLine
        | Workload::LogTimed => vec![],
        Workload::Counter => vec![
            Row::new(WHO, "`Counter::inc`", Class::Fast, || {
                let counter = Counter::<u64>::default();
                Ok(move || {
                    let counter = counter.clone();
                    repeat(move || _ = counter.inc())
                })
            }),
            Row::new(WHO, "`ThreadLocalCounter::inc`", Class::Fast, || {
                let counter = ThreadLocalCounter::<u64>::default();
                Ok(move || {
                    let counter = counter.clone();
                    repeat(move || counter.inc())
                })
            }),
        ],
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
        Workload::ScrapeCounters => {
            vec![scrape("bench_items", "Items by path.", Family::<Open, Counter>::default, |family| {
                for (path, value) in input::counted() {
                    family.get_or_create(&path.into()).inc_by(value);
                }
            })]
        }
        Workload::ScrapeHistograms => vec![scrape(
            "bench_took_seconds",
            "Time by path.",
            || Histograms::<Open>::new_with_constructor(builder()),
            |family| {
                for (path, value) in input::observed() {
                    family.get_or_create(&path.into()).observe(value);
                }
            },
        )],
        Workload::Heap => vec![
            heap("`Family<{String}, Counter>`", |path, family: &Family<Open, Counter>| {
                family.get_or_create(&path.into()).inc();
            }),
            heap(
                "`Family<{String}, ThreadLocalCounter>`",
                |path, family: &Family<Open, ThreadLocalCounter>| {
                    family.get_or_create(&path.into()).inc();
                },
            ),
        ],
    }
}

fn builder() -> HistogramBuilder {
    HistogramBuilder { buckets: &BUCKETS }
}

fn closed_label() -> Vec<Row> {
    vec![
        Row::new(WHO, "`Family<enum>::get_or_create`", Class::Ordinary, || {
            let family = Family::<Closed, Counter>::default();
            Ok(move || {
                let family = family.clone();
                each(input::methods(), move |closed: Closed| _ = family.get_or_create(&closed).inc())
            })
        }),
        Row::new(WHO, "`LowCardinalityFamily<Counter>`", Class::Fast, || {
            let family = LowCardinalityFamily::<Closed, Counter>::default();
            Ok(move || {
                let family = family.clone();
                each(input::methods(), move |closed: Closed| _ = family.get_or_create(&closed).inc())
            })
        }),
        Row::new(WHO, "`LowCardinalityFamily<ThreadLocalCounter>`", Class::Fast, || {
            let family = LowCardinalityFamily::<Closed, ThreadLocalCounter>::default();
            Ok(move || {
                let family = family.clone();
                each(input::methods(), move |closed: Closed| family.get_or_create(&closed).inc())
            })
        }),
        Row::new(WHO, "4 handles in an array", Class::Fast, || {
            let family = Family::<Closed, Counter>::default();
            let handles = Method::ALL.map(|method| family.get_or_create_owned(&method.into()));
            Ok(move || {
                let handles = handles.clone();
                each(input::methods(), move |method: Method| _ = handles[method as usize].inc())
            })
        }),
    ]
}

fn histogram() -> Vec<Row> {
    vec![
        Row::new(WHO, "`Family<enum>::get_or_create`", Class::Ordinary, || {
            let family = Histograms::<Closed>::new_with_constructor(builder());
            Ok(move || {
                let family = family.clone();
                pairs(input::methods(), input::seconds(), move |closed: Closed, value| {
                    family.get_or_create(&closed).observe(value);
                })
            })
        }),
        Row::new(WHO, "`LowCardinalityFamily<Histogram>`", Class::Fast, || {
            let family =
                LowCardinalityFamily::<Closed, Histogram, HistogramBuilder>::new_with_constructor(builder());
            Ok(move || {
                let family = family.clone();
                pairs(input::methods(), input::seconds(), move |closed: Closed, value| {
                    family.get_or_create(&closed).observe(value);
                })
            })
        }),
        Row::new(WHO, "4 handles in an array", Class::Fast, || {
            let family = Histograms::<Closed>::new_with_constructor(builder());
            let handles = Method::ALL.map(|method| family.get_or_create_owned(&method.into()));
            Ok(move || {
                let handles = handles.clone();
                pairs(input::methods(), input::seconds(), move |method: Method, value| {
                    handles[method as usize].observe(value);
                })
            })
        }),
    ]
}

/// Its registry is the process's; what that collects of one metric is this.
fn scrape<M>(name: &'static str, help: &'static str, make: fn() -> M, record: fn(&M)) -> Row
where
    M: EncodeMetricValue + Clone,
{
    Row::new(WHO, "`encode` and `encode_to_text`", Class::Ordinary, move || {
        let recorded = make();
        let metric = Arc::new(NamedMetric::new(name, help, recorded.clone()));
        Ok(move || {
            let (metric, recorded) = (metric.clone(), recorded.clone());
            render(move |text: &mut String| {
                *text = encode_to_text(&metric.encode());
                text.len()
            })
            .between(move || record(&recorded))
        })
    })
}

fn heap<M>(how: &'static str, first_use: fn(&'static str, &Family<Open, M>)) -> Row
where
    M: Default + Send + Sync + 'static,
{
    Row::new(WHO, how, Class::Ordinary, move || {
        let family = Family::<Open, M>::default();
        Ok(move || {
            let family = family.clone();
            first_uses(input::many_paths(), move |path| first_use(path, &family))
        })
    })
}
