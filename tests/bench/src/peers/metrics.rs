//! `metrics` 0.24 with `metrics-exporter-prometheus` 0.18.

use crate::row::{Class, Fallible, Row, each, first_uses, pairs, render, repeat};
use crate::workload::Workload;
use crate::workload::input::{self, BUCKETS, Method};
use metrics::{counter, gauge, histogram, with_local_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use std::sync::{Arc, OnceLock};

const WHO: &str = "metrics + exporter";

/// Samples after which the exporter's upkeep is due, which its own thread runs every 5 seconds.
const UPKEEP: usize = 65_536;

pub fn rows(workload: Workload) -> Vec<Row> {
    match workload {
        Workload::Texts(_)
        | Workload::NativeHistogram
        | Workload::LogCall
        | Workload::LogLine
        | Workload::LogTimed => vec![],
        Workload::Counter => vec![
            Row::new(WHO, "`counter!()`", Class::Ordinary, || {
                installed()?;
                Ok(|| repeat(|| counter!("plain").increment(1)))
            }),
            Row::new(WHO, "a handle", Class::Fast, || {
                installed()?;
                let counter = counter!("plain_handle");
                Ok(move || {
                    let counter = counter.clone();
                    repeat(move || counter.increment(1))
                })
            }),
        ],
        Workload::ClosedLabel => vec![
            Row::new(WHO, "`counter!(label => text)`", Class::Ordinary, || {
                installed()?;
                Ok(|| {
                    each(input::methods(), |method: Method| {
                        counter!("closed", "method" => method.text()).increment(1);
                    })
                })
            }),
            Row::new(WHO, "4 handles in an array", Class::Fast, || {
                installed()?;
                let handles = Method::ALL.map(|method| counter!("closed_handle", "method" => method.text()));
                Ok(move || {
                    let handles = handles.clone();
                    each(input::methods(), move |method: Method| handles[method as usize].increment(1))
                })
            }),
        ],
        Workload::CappedText => vec![Row::new(WHO, "`counter!(label => String)`", Class::Ordinary, || {
            installed()?;
            Ok(|| each(input::paths(), |path| counter!("text", "path" => path.to_owned()).increment(1)))
        })],
        Workload::Gauge => vec![
            Row::new(WHO, "`gauge!()`", Class::Ordinary, || {
                installed()?;
                Ok(|| each(input::seconds(), |value: f64| gauge!("depth").set(value)))
            }),
            Row::new(WHO, "a handle", Class::Fast, || {
                installed()?;
                let gauge = gauge!("depth_handle");
                Ok(move || {
                    let gauge = gauge.clone();
                    each(input::seconds(), move |value: f64| gauge.set(value))
                })
            }),
        ],
        Workload::Histogram => histograms(),
        Workload::ScrapeCounters => vec![scrape(|| {
            for (path, value) in input::counted() {
                counter!("bench_items_total", "path" => path).increment(value);
            }
        })],
        Workload::ScrapeHistograms => vec![scrape(|| {
            for (path, value) in input::observed() {
                histogram!("bench_took_seconds", "path" => path).record(value);
            }
        })],
        Workload::Heap => vec![Row::new(WHO, "`counter!(label => String)`", Class::Ordinary, || {
            let recorder = Arc::new(recorder()?);
            Ok(move || {
                let recorder = recorder.clone();
                first_uses(input::many_paths(), move |path| {
                    with_local_recorder(&*recorder, || {
                        counter!("text", "path" => path.to_owned()).increment(1);
                    });
                })
            })
        })],
    }
}

fn histograms() -> Vec<Row> {
    vec![
        Row::new(WHO, "`histogram!(label => text)`", Class::Ordinary, || {
            let handle = installed()?;
            Ok(move || {
                let mut upkeep = Upkeep { handle, samples: 0 };
                pairs(input::methods(), input::seconds(), move |method: Method, value: f64| {
                    histogram!("took", "method" => method.text()).record(value);
                    upkeep.sample();
                })
            })
        }),
        Row::new(WHO, "4 handles in an array", Class::Fast, || {
            let handle = installed()?;
            let handles = Method::ALL.map(|method| histogram!("took_handle", "method" => method.text()));
            Ok(move || {
                let handles = handles.clone();
                let mut upkeep = Upkeep { handle, samples: 0 };
                pairs(input::methods(), input::seconds(), move |method: Method, value: f64| {
                    handles[method as usize].record(value);
                    upkeep.sample();
                })
            })
        }),
    ]
}

/// A sample is only kept until it is drained into the buckets: without that the samples would grow without
/// end.
struct Upkeep {
    handle: &'static PrometheusHandle,
    samples: usize,
}

impl Upkeep {
    fn sample(&mut self) {
        self.samples += 1;
        if self.samples == UPKEEP {
            self.samples = 0;
            self.handle.run_upkeep();
        }
    }
}

/// The recorder of the whole process, as a program has it.
pub fn installed() -> Fallible<&'static PrometheusHandle> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle);
    }
    let recorder = recorder()?;
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|_| "another recorder is installed")?;
    Ok(HANDLE.get_or_init(|| handle))
}

fn recorder() -> Fallible<PrometheusRecorder> {
    Ok(PrometheusBuilder::new().set_buckets(&BUCKETS)?.build_recorder())
}

fn scrape(record: fn()) -> Row {
    Row::new(WHO, "`render_to_write`", Class::Ordinary, move || {
        let recorder = Arc::new(recorder()?);
        Ok(move || {
            let (recorder, handle) = (recorder.clone(), recorder.handle());
            render(move |buffer: &mut Vec<u8>| {
                buffer.clear();
                // Writing to a `Vec` does not fail.
                _ = handle.render_to_write(buffer);
                buffer.len()
            })
            .between(move || with_local_recorder(&*recorder, record))
        })
    })
}
