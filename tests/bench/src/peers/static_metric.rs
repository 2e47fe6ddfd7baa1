//! `prometheus-static-metric` 0.5, over `prometheus`.
// The macros' output is theirs.
#![allow(
    dead_code,
    elided_lifetimes_in_paths,
    missing_docs,
    non_camel_case_types,
    unsafe_code,
    unused_imports,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used
)]

use crate::row::{Class, Row, each, pairs};
use crate::workload::Workload;
use crate::workload::input::{self, BUCKETS, Method};
use prometheus::local::{LocalHistogram, LocalIntCounter};
use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts};
use prometheus_static_metric::{auto_flush_from, make_auto_flush_static_metric, make_static_metric};
use std::sync::LazyLock;

const WHO: &str = "prometheus-static-metric";

make_static_metric! {
    pub label_enum Methods {
        get,
        post,
        put,
        delete,
    }

    pub struct SharedCounters: IntCounter {
        "method" => Methods,
    }

    pub struct LocalCounters: LocalIntCounter {
        "method" => Methods,
    }

    pub struct SharedHistograms: Histogram {
        "method" => Methods,
    }

    pub struct LocalHistograms: LocalHistogram {
        "method" => Methods,
    }
}

mod flushed {
    use super::*;

    make_auto_flush_static_metric! {
        pub label_enum FlushedMethods {
            get,
            post,
            put,
            delete,
        }

        pub struct FlushedCounters: LocalIntCounter {
            "method" => FlushedMethods,
        }

        pub struct FlushedHistograms: LocalHistogram {
            "method" => FlushedMethods,
        }
    }

    pub static COUNTERS: LazyLock<FlushedCounters> =
        LazyLock::new(|| auto_flush_from!(super::COUNTERS, FlushedCounters));
    pub static HISTOGRAMS: LazyLock<FlushedHistograms> =
        LazyLock::new(|| auto_flush_from!(super::HISTOGRAMS, FlushedHistograms));
}

use flushed::FlushedMethods;

static COUNTERS: LazyLock<IntCounterVec> =
    LazyLock::new(|| IntCounterVec::new(Opts::new("items", "Items."), &["method"]).unwrap());
static HISTOGRAMS: LazyLock<HistogramVec> = LazyLock::new(|| {
    HistogramVec::new(HistogramOpts::new("took", "Time.").buckets(BUCKETS.to_vec()), &["method"]).unwrap()
});

impl From<Method> for Methods {
    fn from(method: Method) -> Self {
        [Self::get, Self::post, Self::put, Self::delete][method as usize]
    }
}

impl From<Method> for FlushedMethods {
    fn from(method: Method) -> Self {
        [Self::get, Self::post, Self::put, Self::delete][method as usize]
    }
}

pub fn rows(workload: Workload) -> Vec<Row> {
    match workload {
        Workload::ClosedLabel => vec![
            Row::new(WHO, "`get(enum)`", Class::Ordinary, || {
                Ok(|| {
                    let counters = SharedCounters::from(&COUNTERS);
                    each(input::methods(), move |method: Methods| counters.get(method).inc())
                })
            }),
            Row::new(WHO, "auto-flush", Class::Fast, || {
                Ok(|| each(input::methods(), |method: FlushedMethods| flushed::COUNTERS.get(method).inc()))
            }),
            Row::new(WHO, "`LocalIntCounter`", Class::Local, || {
                Ok(|| {
                    let counters = LocalCounters::from(&COUNTERS);
                    each(input::methods(), move |method: Methods| counters.get(method).inc())
                })
            }),
        ],
        Workload::Histogram => vec![
            Row::new(WHO, "`get(enum)`", Class::Ordinary, || {
                Ok(|| {
                    let histograms = SharedHistograms::from(&HISTOGRAMS);
                    pairs(input::methods(), input::seconds(), move |method: Methods, value| {
                        histograms.get(method).observe(value);
                    })
                })
            }),
            Row::new(WHO, "auto-flush", Class::Fast, || {
                Ok(|| {
                    pairs(input::methods(), input::seconds(), |method: FlushedMethods, value| {
                        flushed::HISTOGRAMS.get(method).observe(value);
                    })
                })
            }),
            Row::new(WHO, "`LocalHistogram`", Class::Local, || {
                Ok(|| {
                    let histograms = LocalHistograms::from(&HISTOGRAMS);
                    pairs(input::methods(), input::seconds(), move |method: Methods, value| {
                        histograms.get(method).observe(value);
                    })
                })
            }),
        ],
        _ => vec![],
    }
}
