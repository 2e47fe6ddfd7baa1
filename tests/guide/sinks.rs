//! The page `telemetry::guide::sinks`: its code runs here, each sink against the registry.

#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a panic is how a test fails; counts are small"
)]

mod facade;
mod meter;
mod series;

use crate::ports::scrape;
use facade::Facade;
use meter::ToMeter;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{SdkMeterProvider, Temporality};
use series::{Labels, Series};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use telemetry::prometheus::{Format, render};
use telemetry::registry::Point;
use telemetry::{Event, Label, Registry, Sink, SinkAdapter, metrics};

const PAGE: &str = include_str!("../../telemetry/src/guide/sinks.md");

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Sent,
    Failed,
}

#[metrics(namespace = "mailer", initial = none)]
trait Mails {
    /// Mails that ended.
    #[counter]
    #[histogram(name = "send_duration", labels(outcome), buckets = [0.5, 1.0])]
    #[up_down_counter(in_flight, name = "sends_active", labels())]
    fn mails(
        &self,
        #[label(cap = 2, known = ["internal"])] domain: &str,
        #[end(default = Outcome::Failed)] outcome: Outcome,
        took: Duration,
    );

    /// Time asleep.
    #[counter(value = seconds, unit = seconds)]
    fn asleep(&self, seconds: f64);

    /// Bytes that the kernel counted.
    #[counter(total = bytes, unit = bytes)]
    fn set_wire(&self, bytes: u64);

    /// Depth of a queue.
    #[gauge]
    fn set_depth(&self, #[label(cap = 1)] queue: Option<&str>, mails: u64);
}

/// Records more domains and queues than there is room for. Returns an operation that goes on.
fn run<M: Mails + Clone>(metrics: &M) -> impl Sized + use<M> {
    for (domain, outcome) in [("a", Outcome::Sent), ("internal", Outcome::Sent), ("b", Outcome::Failed)] {
        metrics.mails(domain, outcome, Duration::from_millis(700));
        metrics.mails(domain, Outcome::Sent, Duration::from_millis(1_500));
    }
    metrics.start_mails("c").discard();
    metrics.asleep(0.25);
    metrics.asleep(0.5);
    metrics.asleep(f64::NAN);
    for total in [100, 250] {
        metrics.set_wire(total);
    }
    metrics.set_depth(Some("in"), 4);
    metrics.set_depth(None, 5);
    metrics.set_depth(Some("out"), 6);
    metrics.start_mails("a")
}

#[test]
fn the_facade_is_told_what_a_registry_counts() -> Result<(), Box<dyn Error>> {
    let duration = Matcher::Full("mailer_send_duration_seconds".to_owned());
    let recorder = PrometheusBuilder::new().set_buckets_for_metric(duration, &[0.5, 1.0])?.build_recorder();
    let facade = Arc::new(SinkAdapter(Facade::default()));
    let registry = Registry::new();
    let _open =
        (metrics::with_local_recorder(&recorder, || run(&facade)), run(&registry.register::<dyn Mails>()?));
    let samples = |text: &str| -> BTreeSet<String> {
        let lines = scrape::lines(text).into_iter().filter(|line| line.starts_with("mailer_"));
        lines.map(|line| line.replace("le=\"1.0\"", "le=\"1\"")).collect()
    };
    assert_eq!(samples(&recorder.handle().render()), samples(&render(&registry, Format::Text)));
    Ok(())
}

/// A name, and its attributes in alphabetical order.
type Name = (String, Vec<(String, String)>);

/// What an export has: numbers, and the buckets and the sum of histograms.
#[derive(Clone, Default)]
struct Exported(Arc<Mutex<BTreeMap<Name, Vec<f64>>>>);

impl PushMetricExporter for Exported {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let mut all = self.0.lock().map_err(|error| OTelSdkError::InternalFailure(error.to_string()))?;
        for metric in metrics.scope_metrics().flat_map(ScopeMetrics::metrics) {
            let mut add = |attributes: Vec<(String, String)>, numbers: Vec<f64>| {
                all.insert((metric.name().to_owned(), sorted(attributes)), numbers);
            };
            match metric.data() {
                AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                    sum.data_points()
                        .for_each(|point| add(texts(point.attributes()), vec![point.value() as f64]));
                }
                AggregatedMetrics::F64(MetricData::Sum(sum)) => {
                    sum.data_points().for_each(|point| add(texts(point.attributes()), vec![point.value()]));
                }
                AggregatedMetrics::F64(MetricData::Gauge(gauge)) => {
                    gauge.data_points().for_each(|point| add(texts(point.attributes()), vec![point.value()]));
                }
                AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                    histogram.data_points().for_each(|point| {
                        let counts = point.bucket_counts().map(|count| count as f64);
                        add(texts(point.attributes()), counts.chain([point.sum()]).collect());
                    });
                }
                other => return Err(OTelSdkError::InternalFailure(format!("{other:?}"))),
            }
        }
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

fn texts<'k>(attributes: impl Iterator<Item = &'k KeyValue>) -> Vec<(String, String)> {
    attributes.map(|pair| (pair.key.to_string(), pair.value.to_string())).collect()
}

fn sorted(mut attributes: Vec<(String, String)>) -> Vec<(String, String)> {
    attributes.sort();
    attributes
}

/// What a registry holds, in the same form.
fn held(registry: &Registry) -> BTreeMap<Name, Vec<f64>> {
    let snapshot = registry.snapshot();
    let ours = snapshot.families().filter(|family| family.namespace() == "mailer");
    let series = ours.flat_map(|family| {
        let name = family.names().dotted;
        family.series().map(move |series| (name.clone(), series)).collect::<Vec<_>>()
    });
    let held = series.map(|(name, series)| {
        let labels = series.labels().map(|(key, text)| (key.to_owned(), text.into_owned())).collect();
        let numbers = match series.point() {
            Point::Sum(number) | Point::Gauge(number) => vec![number.as_f64()],
            Point::Histogram(histogram) => {
                let counts = histogram.counts.iter().map(|count| *count as f64);
                counts.chain([histogram.sum]).collect()
            }
            other => panic!("{other:?}"),
        };
        ((name, sorted(labels)), numbers)
    });
    held.collect()
}

#[test]
fn a_meter_is_told_what_a_registry_counts() -> Result<(), Box<dyn Error>> {
    let exported = Exported::default();
    let provider = SdkMeterProvider::builder().with_periodic_exporter(exported.clone()).build();
    let to_meter = Arc::new(SinkAdapter(ToMeter::new(provider.meter("mailer"))));
    let registry = Registry::new();
    let _open = (run(&to_meter), run(&registry.register::<dyn Mails>()?));
    provider.force_flush()?;
    let exported = exported.0.lock().map_err(|error| error.to_string())?;
    assert_eq!(*exported, held(&registry));
    Ok(())
}

/// A sink to whose first call another thread is faster.
#[derive(Default)]
struct Overtaken {
    series: Series<AtomicU64>,
    counts: Mutex<Vec<u64>>,
}

impl Sink for Overtaken {
    fn record(&self, event: &Event<'_>) {
        let count = |handle: &AtomicU64| {
            let before = handle.fetch_add(1, Ordering::Relaxed);
            self.counts.lock().expect("no thread panicked").push(before);
        };
        for measurement in event.measurements() {
            let schema = event.schema();
            let overtaken = |_: &Labels| {
                self.series.with(schema, &measurement, |_| Some(AtomicU64::new(0)), count);
                Some(AtomicU64::new(0))
            };
            self.series.with(schema, &measurement, overtaken, count);
        }
    }
}

#[test]
fn a_series_has_one_handle_whoever_is_faster() {
    let sink = SinkAdapter(Overtaken::default());
    sink.set_wire(1);
    sink.set_wire(2);
    assert_eq!(*sink.0.counts.lock().expect("no thread panicked"), [0, 1, 2]);
}

#[test]
fn the_page_shows_the_code_that_ran() {
    let sources =
        [include_str!("sinks/series.rs"), include_str!("sinks/facade.rs"), include_str!("sinks/meter.rs")];
    for source in sources {
        assert!(PAGE.contains(source), "the page lacks\n{source}");
    }
}
