//! A worker that takes over shards and gives them up, quoted by the page.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use telemetry::metrics;

#[metrics(namespace = "worker")]
pub trait Metrics {
    /// Batches processed.
    #[counter]
    #[histogram(name = "batch_duration", value = took)]
    #[gauge(name = "offset", value = offset)]
    fn batches(&self, #[label(cap = 64)] shard: &str, took: Duration, offset: u64);

    /// The shard belongs to another worker now.
    #[remove(batches, batch_duration, offset)]
    fn shard_gone(&self, shard: &str);
}

pub struct Worker {
    offsets: BTreeMap<String, u64>,
    metrics: Arc<dyn Metrics>,
}

impl Worker {
    pub fn new(metrics: Arc<dyn Metrics>) -> Self {
        Worker { offsets: BTreeMap::new(), metrics }
    }

    pub fn process(&mut self, shard: &str, messages: u64, took: Duration) {
        let offset = self.offsets.entry(shard.to_owned()).or_default();
        *offset += messages;
        self.metrics.batches(shard, took, *offset);
    }

    pub fn give_up(&mut self, shard: &str) {
        if self.offsets.remove(shard).is_some() {
            self.metrics.shard_gone(shard);
        }
    }
}
