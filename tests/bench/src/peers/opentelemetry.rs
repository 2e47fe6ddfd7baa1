//! `opentelemetry_sdk` 0.33, with and without bound instruments (a released feature, `experimental_...`).

use super::prometheus::gather;
use crate::row::{Class, Record, Row, each, first_uses, pairs, repeat};
use crate::workload::Workload;
use crate::workload::input::{self, BUCKETS, Method};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, Meter, MeterProvider};
use opentelemetry_sdk::metrics::{
    Aggregation, Instrument, ManualReader, MeterProviderBuilder, SdkMeterProvider, Stream,
};
use prometheus::Registry;
use std::sync::Arc;

const WHO: &str = "opentelemetry";

pub fn rows(workload: Workload) -> Vec<Row> {
    match workload {
        Workload::Texts(_) | Workload::LogCall | Workload::LogLine | Workload::LogTimed => vec![],
        Workload::Counter => counter(),
        Workload::ClosedLabel => closed_label(),
        Workload::CappedText => vec![Row::new(WHO, "`add(1, &[KeyValue(String)])`", Class::Ordinary, || {
            let counter = meter().u64_counter("text").build();
            Ok(move || {
                let counter = counter.clone();
                each(input::paths(), move |path| {
                    counter.add(1, &[KeyValue::new("path", path.to_owned())]);
                })
            })
        })],
        Workload::Gauge => gauge(),
        Workload::Histogram => histogram(),
        Workload::NativeHistogram => native(),
        Workload::ScrapeCounters => vec![scrape(|meter| {
            let counter = meter.u64_counter("bench_items").with_description("Items by path.").build();
            Box::new(move || {
                for (path, value) in input::counted() {
                    counter.add(value, &[KeyValue::new("path", path)]);
                }
            })
        })],
        Workload::ScrapeHistograms => vec![scrape(|meter| {
            let histogram = build_histogram(meter, "bench_took_seconds");
            Box::new(move || {
                for (path, value) in input::observed() {
                    histogram.record(value, &[KeyValue::new("path", path)]);
                }
            })
        })],
        Workload::Heap => vec![Row::new(WHO, "`add(1, &[KeyValue(String)])`", Class::Ordinary, || {
            let reader = ManualReader::builder().build();
            let provider = unlimited(SdkMeterProvider::builder().with_reader(reader));
            let counter = kept(provider).u64_counter("text").build();
            Ok(move || {
                let counter = counter.clone();
                first_uses(input::many_paths(), move |path| {
                    counter.add(1, &[KeyValue::new("path", path.to_owned())]);
                })
            })
        })],
    }
}

pub fn meter() -> Meter {
    // Without a reader the instruments would do nothing.
    kept(SdkMeterProvider::builder().with_reader(ManualReader::builder().build()))
}

/// A meter whose provider is never dropped: the instruments of a dropped one do nothing either.
fn kept(provider: MeterProviderBuilder) -> Meter {
    let provider = provider.build();
    let meter = provider.meter("bench");
    std::mem::forget(provider);
    meter
}

/// Past 2,000 label sets all others would be one series.
fn unlimited(provider: MeterProviderBuilder) -> MeterProviderBuilder {
    provider.with_view(|_: &Instrument| Stream::builder().with_cardinality_limit(input::MANY).build().ok())
}

fn build_histogram(meter: &Meter, name: &'static str) -> Histogram<f64> {
    meter.f64_histogram(name).with_description("Time.").with_boundaries(BUCKETS.to_vec()).build()
}

fn attributes(method: Method) -> [KeyValue; 1] {
    [KeyValue::new("method", method.text())]
}

fn counter() -> Vec<Row> {
    vec![
        Row::new(WHO, "`add(1, &[])`", Class::Ordinary, || {
            let counter = meter().u64_counter("plain").build();
            Ok(move || {
                let counter = counter.clone();
                repeat(move || {
                    counter.add(1, &[]);
                })
            })
        }),
        Row::new(WHO, "bound", Class::Fast, || {
            let counter = meter().u64_counter("plain").build().bind(&[]);
            Ok(move || {
                let counter = counter.clone();
                repeat(move || {
                    counter.add(1);
                })
            })
        }),
    ]
}

fn closed_label() -> Vec<Row> {
    vec![
        Row::new(WHO, "`add(1, &[KeyValue::new(..)])`", Class::Ordinary, || {
            let counter = meter().u64_counter("closed").build();
            Ok(move || {
                let counter = counter.clone();
                each(input::methods(), move |method| {
                    counter.add(1, &attributes(method));
                })
            })
        }),
        Row::new(WHO, "`add(1, ..)`, attributes made before", Class::Fast, || {
            let counter = meter().u64_counter("closed").build();
            Ok(move || {
                let counter = counter.clone();
                let made = Method::ALL.map(attributes);
                each(input::methods(), move |method: Method| {
                    counter.add(1, &made[method as usize]);
                })
            })
        }),
        Row::new(WHO, "4 bound in an array", Class::Fast, || {
            let counter = meter().u64_counter("closed").build();
            let bound = Method::ALL.map(|method| counter.bind(&attributes(method)));
            Ok(move || {
                let bound = bound.clone();
                each(input::methods(), move |method: Method| {
                    bound[method as usize].add(1);
                })
            })
        }),
    ]
}

fn gauge() -> Vec<Row> {
    vec![
        Row::new(WHO, "`record(value, &[])`", Class::Ordinary, || {
            let gauge = meter().f64_gauge("depth").build();
            Ok(move || {
                let gauge = gauge.clone();
                each(input::seconds(), move |value| {
                    gauge.record(value, &[]);
                })
            })
        }),
        Row::new(WHO, "bound", Class::Fast, || {
            let gauge = meter().f64_gauge("depth").build().bind(&[]);
            Ok(move || {
                let gauge = gauge.clone();
                each(input::seconds(), move |value| {
                    gauge.record(value);
                })
            })
        }),
    ]
}

/// A meter whose histograms have exponential buckets, and no others: an instrument has one kind.
fn native_histogram() -> Histogram<f64> {
    let aggregation =
        || Aggregation::Base2ExponentialHistogram { max_size: 160, max_scale: 20, record_min_max: false };
    let view = move |_: &Instrument| Stream::builder().with_aggregation(aggregation()).build().ok();
    let reader = ManualReader::builder().build();
    kept(SdkMeterProvider::builder().with_reader(reader).with_view(view)).f64_histogram("took").build()
}

fn native() -> Vec<Row> {
    vec![
        Row::new(WHO, "`record(value, &[KeyValue::new(..)])`", Class::Ordinary, || {
            let histogram = native_histogram();
            Ok(move || {
                let histogram = histogram.clone();
                pairs(input::methods(), input::seconds(), move |method, value| {
                    histogram.record(value, &attributes(method));
                })
            })
        }),
        Row::new(WHO, "4 bound in an array", Class::Fast, || {
            let histogram = native_histogram();
            let bound = Method::ALL.map(|method| histogram.bind(&attributes(method)));
            Ok(move || {
                let bound = bound.clone();
                pairs(input::methods(), input::seconds(), move |method: Method, value| {
                    bound[method as usize].record(value);
                })
            })
        }),
    ]
}

fn histogram() -> Vec<Row> {
    vec![
        Row::new(WHO, "`record(value, &[KeyValue::new(..)])`", Class::Ordinary, || {
            let histogram = build_histogram(&meter(), "took");
            Ok(move || {
                let histogram = histogram.clone();
                pairs(input::methods(), input::seconds(), move |method, value| {
                    histogram.record(value, &attributes(method));
                })
            })
        }),
        Row::new(WHO, "4 bound in an array", Class::Fast, || {
            let histogram = build_histogram(&meter(), "took");
            let bound = Method::ALL.map(|method| histogram.bind(&attributes(method)));
            Ok(move || {
                let bound = bound.clone();
                pairs(input::methods(), input::seconds(), move |method: Method, value| {
                    bound[method as usize].record(value);
                })
            })
        }),
    ]
}

fn scrape(instrument: fn(&Meter) -> Record) -> Row {
    Row::new(WHO, "`opentelemetry-prometheus`", Class::Ordinary, move || {
        let registry = Registry::new();
        let exporter = opentelemetry_prometheus::exporter().with_registry(registry.clone()).build()?;
        let meter = kept(unlimited(SdkMeterProvider::builder().with_reader(exporter)));
        let record = Arc::new(instrument(&meter));
        Ok(move || {
            let record = record.clone();
            gather(registry.clone()).between(move || record())
        })
    })
}
