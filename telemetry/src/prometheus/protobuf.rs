//! Writes a registry in Prometheus' protobuf format, the only one that Prometheus reads native histograms in.
//!
//! The messages are those of [`metrics.proto`], each after its length.
//!
//! [`metrics.proto`]: https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto

mod external;
mod family;
mod native;
mod wire;

use crate::registry::{FamilyId, Snapshot};
use family::CachedFamily;
use std::collections::HashMap;

/// The `Content-Type` of the protobuf format, which [`Renderer::render_protobuf`](super::Renderer) writes.
pub const PROTOBUF_CONTENT_TYPE: &str =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

/// The fields of `MetricFamily`.
mod metric_family {
    pub(super) const NAME: u32 = 1;
    pub(super) const HELP: u32 = 2;
    pub(super) const TYPE: u32 = 3;
    pub(super) const METRIC: u32 = 4;
    pub(super) const UNIT: u32 = 5;
}

/// The fields of `Metric`, with one for each type.
mod metric {
    pub(super) const LABEL: u32 = 1;
    pub(super) const GAUGE: u32 = 2;
    pub(super) const COUNTER: u32 = 3;
    pub(super) const SUMMARY: u32 = 4;
    pub(super) const UNTYPED: u32 = 5;
    pub(super) const HISTOGRAM: u32 = 7;
    pub(super) const TIMESTAMP_MS: u32 = 6;
}

/// The values of `MetricType`.
mod metric_type {
    pub(super) const COUNTER: u64 = 0;
    pub(super) const GAUGE: u64 = 1;
    pub(super) const SUMMARY: u64 = 2;
    pub(super) const UNTYPED: u64 = 3;
    pub(super) const HISTOGRAM: u64 = 4;
    pub(super) const GAUGE_HISTOGRAM: u64 = 5;
}

/// The cached parts of a protobuf exposition.
pub(super) struct Protobuf {
    families: HashMap<FamilyId, CachedFamily>,
    /// True if sums have the time at which they began.
    created: bool,
}

impl Protobuf {
    pub(super) fn new() -> Self {
        Protobuf { families: HashMap::new(), created: true }
    }

    /// Creates an empty cache, whose sums have the time at which they began if `created` is true.
    pub(super) fn with_created(created: bool) -> Self {
        Protobuf { created, ..Protobuf::new() }
    }

    /// Appends the families of a snapshot.
    pub(super) fn write(&mut self, snapshot: &Snapshot, out: &mut Vec<u8>) {
        self.families.values_mut().for_each(CachedFamily::begin);
        for family in snapshot.families().filter(|family| family.series().next().is_some()) {
            let cached = self.families.entry(family.id()).or_insert_with(|| CachedFamily::new(family));
            wire::delimited(out, |out| cached.write(snapshot, family, self.created, out));
        }
        self.families.retain(|_, cached| cached.is_written());
    }
}

/// Appends the sound families of all joined sources.
pub(super) use external::write as write_external;

#[cfg(all(test, feature = "otlp"))]
#[allow(clippy::cast_precision_loss, reason = "numbers of tests are small")]
mod tests;
