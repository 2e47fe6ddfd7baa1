//! `fast-telemetry` 0.10. Its histograms take integers, so seconds become microseconds in the loop; it
//! escapes nothing.

use crate::row::{Class, Row, each, first_uses, pairs, render, repeat};
use crate::workload::Workload;
use crate::workload::input::{self, BUCKETS, Method};
use fast_telemetry::{
    Counter, CounterSet, CounterSetBuffer, DynamicCounter, DynamicHistogram, GaugeF64, LabelEnum,
    LabeledCounter, LabeledHistogram, PrometheusExport,
};
use std::sync::Arc;

const WHO: &str = "fast-telemetry";

/// Operations after which a buffer flushes itself.
const FLUSH: usize = 64;

impl LabelEnum for Method {
    const CARDINALITY: usize = 4;
    const LABEL_NAME: &'static str = "method";

    fn as_index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> Self {
        Self::ALL[index]
    }

    fn variant_name(self) -> &'static str {
        self.text()
    }
}

pub fn rows(workload: Workload) -> Vec<Row> {
    match workload {
        Workload::Texts(_)
        | Workload::NativeHistogram
        | Workload::LogCall
        | Workload::LogLine
        | Workload::LogTimed => vec![],
        Workload::Counter => vec![
            Row::new(WHO, "`Counter::inc`", Class::Fast, || {
                let counter = Arc::new(Counter::new(shards()));
                Ok(move || {
                    let counter = counter.clone();
                    repeat(move || counter.inc())
                })
            }),
            Row::new(WHO, "`CounterSetBuffer`", Class::Local, || {
                Ok(|| {
                    let mut buffer = buffer(1);
                    repeat(move || {
                        buffer.inc(0);
                        buffer.finish_op();
                    })
                })
            }),
        ],
        Workload::ClosedLabel => closed_label(),
        Workload::CappedText => vec![Row::new(WHO, "`DynamicCounter::inc`", Class::Ordinary, || {
            let counter = Arc::new(DynamicCounter::new(shards()));
            Ok(move || {
                let counter = counter.clone();
                each(input::paths(), move |path| counter.inc(&[("path", path)]))
            })
        })],
        Workload::Gauge => vec![Row::new(WHO, "`GaugeF64::set`", Class::Fast, || {
            let gauge = Arc::new(GaugeF64::new());
            Ok(move || {
                let gauge = gauge.clone();
                each(input::seconds(), move |value| gauge.set(value))
            })
        })],
        Workload::Histogram => vec![Row::new(WHO, "`LabeledHistogram::record`", Class::Ordinary, || {
            let histogram = Arc::new(LabeledHistogram::<Method>::new(&bounds(), shards()));
            Ok(move || {
                let histogram = histogram.clone();
                pairs(input::methods(), input::seconds(), move |method, value| {
                    histogram.record(method, microseconds(value));
                })
            })
        })],
        Workload::ScrapeCounters => vec![scrape(
            "bench_items_total",
            "Items by path.",
            || DynamicCounter::with_max_series(shards(), 2 * input::COUNTERS),
            |counter| {
                for (path, value) in input::counted() {
                    counter.add(&[("path", path)], isize::try_from(value).unwrap_or_default());
                }
            },
        )],
        Workload::ScrapeHistograms => vec![scrape(
            "bench_took_seconds",
            "Time by path.",
            || DynamicHistogram::with_limits(&bounds(), shards(), 2 * input::HISTOGRAMS),
            |histogram| {
                for (path, value) in input::observed() {
                    histogram.record(&[("path", path)], microseconds(value));
                }
            },
        )],
        Workload::Heap => vec![Row::new(WHO, "`DynamicCounter`", Class::Ordinary, || {
            let counter = Arc::new(DynamicCounter::with_max_series(shards(), 2 * input::MANY));
            Ok(move || {
                let counter = counter.clone();
                first_uses(input::many_paths(), move |path| counter.inc(&[("path", path)]))
            })
        })],
    }
}

/// As its documentation advises: the number of cores.
fn shards() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn microseconds(seconds: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "what its users must write")]
    let microseconds = (seconds * 1e6) as u64;
    microseconds
}

fn bounds() -> Vec<u64> {
    BUCKETS.into_iter().map(microseconds).collect()
}

fn buffer(counters: usize) -> CounterSetBuffer<'static> {
    CounterSetBuffer::new(Box::leak(Box::new(CounterSet::new(shards(), counters))), FLUSH)
}

fn closed_label() -> Vec<Row> {
    vec![
        Row::new(WHO, "`LabeledCounter::inc`", Class::Ordinary, || {
            let counter = Arc::new(LabeledCounter::<Method>::new(shards()));
            Ok(move || {
                let counter = counter.clone();
                each(input::methods(), move |method| counter.inc(method))
            })
        }),
        Row::new(WHO, "`CounterSet::inc`", Class::Fast, || {
            let counters = Arc::new(CounterSet::new(shards(), 4));
            Ok(move || {
                let counters = counters.clone();
                each(input::methods(), move |method: Method| counters.inc(method as usize))
            })
        }),
        Row::new(WHO, "`CounterSetBuffer`", Class::Local, || {
            Ok(|| {
                let mut buffer = buffer(4);
                each(input::methods(), move |method: Method| {
                    buffer.inc(method as usize);
                    buffer.finish_op();
                })
            })
        }),
    ]
}

fn scrape<M>(name: &'static str, help: &'static str, make: fn() -> M, record: fn(&M)) -> Row
where
    M: PrometheusExport + Send + Sync + 'static,
{
    Row::new(WHO, "`export_prometheus`", Class::Ordinary, move || {
        let metric = Arc::new(make());
        Ok(move || {
            let (metric, recorded) = (metric.clone(), metric.clone());
            render(move |text: &mut String| {
                text.clear();
                metric.export_prometheus(text, name, help);
                text.len()
            })
            .between(move || record(&recorded))
        })
    })
}
