//! An exporter that sends changes: how much sums grew, and each sample of a histogram.

use std::sync::Arc;
use telemetry::registry::{FamilyId, NameClaim, Point, Sample, SampleStream, Series, SeriesId, Snapshot};
use telemetry::value::Number;
use telemetry::{Registry, metrics};

/// The names of exporters that run at the same time.
pub const NAMES: &[&str] = &["push", "push-2"];

/// The metrics of the exporter itself.
#[metrics(namespace = "push")]
trait Reports {
    /// Collections that this exporter was asked in.
    #[counter]
    #[log(off)]
    fn exporter_reports(&self, #[label(cap = 4)] exporter: &str);
}

/// A push exporter.
pub struct Push {
    registry: Registry,
    stream: SampleStream,
    snapshot: Snapshot,
    name: NameClaim,
    lost: u64,
    /// Its callback ends with it.
    _alive: Arc<()>,
}

impl Push {
    /// Starts the exporter. Returns `None` if one is running.
    pub fn start(registry: &Registry, ring: usize) -> Option<Self> {
        let stream = registry.sample_stream("push", ring, 1.0)?;
        let metrics = registry.register_or_get::<dyn Reports>().unwrap();
        let name = registry.claim_name(NAMES);
        let alive = Arc::new(());
        let exporter = name.name();
        registry.on_collect_for(&alive, &metrics, move |metrics| metrics.exporter_reports(exporter));
        let registry = registry.clone();
        Some(Push { registry, stream, snapshot: Snapshot::default(), name, lost: 0, _alive: alive })
    }

    pub fn name(&self) -> &'static str {
        self.name.name()
    }

    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Returns a line for each change in one namespace since the last call.
    pub fn lines(&mut self, namespace: &str) -> Vec<String> {
        let mut samples = Vec::new();
        self.lost += self.stream.drain(&mut samples, usize::MAX);
        // After the samples: each is in this snapshot.
        self.registry.collect(&mut self.snapshot);
        let mut lines = Vec::new();
        for family in self.snapshot.families().filter(|family| family.namespace() == namespace) {
            for series in family.series() {
                let name = name(family.name(), &series);
                match series.point() {
                    Point::Sum(Number::U64(sum)) => {
                        let sent = self.stream.delivered(family.id(), series.id());
                        let sent = sent.map_or(0, |number| if let Number::U64(n) = number { n } else { 0 });
                        if sum > sent {
                            lines.push(format!("{name} +{}", sum - sent));
                            self.stream.set_delivered(family.id(), series.id(), Number::U64(sum));
                        }
                    }
                    Point::Histogram(_) => {
                        let own = samples.iter().filter(|sample| is_of(sample, family.id(), series.id()));
                        lines.extend(own.map(|sample| format!("{name} {}", sample.value)));
                    }
                    _ => {}
                }
            }
        }
        lines
    }
}

fn is_of(sample: &Sample, family: FamilyId, series: SeriesId) -> bool {
    (sample.family, sample.series) == (family, series)
}

fn name(family: &str, series: &Series<'_>) -> String {
    let labels = series.labels().map(|(key, value)| format!(" {key}={value}"));
    family.to_owned() + &labels.collect::<String>()
}
