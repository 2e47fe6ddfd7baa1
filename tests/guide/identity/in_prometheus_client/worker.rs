//! A worker that takes over shards and gives them up, in `prometheus-client`.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    shard: String,
}

/// The number of shards under the cap, as nothing else bounds the labels.
const SHARDS_MAX: usize = 64;

pub struct Metrics {
    batches: Family<Labels, Counter>,
    duration: Family<Labels, Histogram>,
    offset: Family<Labels, Gauge>,
    shards: BTreeSet<String>,
}

fn histogram() -> Histogram {
    Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
}

impl Metrics {
    pub fn new(registry: &mut Registry) -> Self {
        let metrics = Metrics {
            batches: Family::default(),
            duration: Family::new_with_constructor(histogram),
            offset: Family::default(),
            shards: BTreeSet::new(),
        };
        let registry = registry.sub_registry_with_prefix("worker");
        let help = "Batches processed";
        registry.register("batches", help, metrics.batches.clone());
        registry.register_with_unit("batch_duration", help, Unit::Seconds, metrics.duration.clone());
        registry.register("offset", help, metrics.offset.clone());
        metrics
    }

    fn batch(&mut self, shard: &str, took: Duration, offset: u64) {
        let has_place = self.shards.contains(shard) || self.shards.len() < SHARDS_MAX;
        if has_place {
            self.shards.insert(shard.to_owned());
        }
        let labels = Labels { shard: if has_place { shard } else { "other" }.to_owned() };
        self.batches.get_or_create(&labels).inc();
        self.duration.get_or_create(&labels).observe(took.as_secs_f64());
        if has_place {
            self.offset.get_or_create(&labels).set(i64::try_from(offset).unwrap_or(i64::MAX));
        }
    }

    fn shard_gone(&mut self, shard: &str) {
        if self.shards.remove(shard) {
            let labels = Labels { shard: shard.to_owned() };
            self.batches.remove(&labels);
            self.duration.remove(&labels);
            self.offset.remove(&labels);
        }
    }
}

pub struct Worker {
    offsets: BTreeMap<String, u64>,
    metrics: Metrics,
}

impl Worker {
    pub fn new(metrics: Metrics) -> Self {
        Worker { offsets: BTreeMap::new(), metrics }
    }

    pub fn process(&mut self, shard: &str, messages: u64, took: Duration) {
        let offset = self.offsets.entry(shard.to_owned()).or_default();
        *offset += messages;
        let offset = *offset;
        self.metrics.batch(shard, took, offset);
    }

    pub fn give_up(&mut self, shard: &str) {
        if self.offsets.remove(shard).is_some() {
            self.metrics.shard_gone(shard);
        }
    }
}
