//! The choices of how metrics are written into requests.

use crate::registry::Family;
use crate::schema::Kind;

/// The protocol that requests use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// gRPC over HTTP/2; port 4317 by default.
    Grpc,
    /// Protobuf over HTTP/1.1; port 4318 by default. This is the specification's default.
    #[default]
    HttpProtobuf,
}

/// The interval that the numbers of counters and histograms cover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Temporality {
    /// Totals since the start. If a push is lost, the next one makes up for it.
    #[default]
    Cumulative,
    /// Changes since the last delivery. Series without changes are left out. Up-down counters stay totals.
    Delta,
    /// Like [`Delta`](Self::Delta), but counters whose total somebody else keeps (`#[counter(total = n)]`)
    /// stay totals too, as OpenTelemetry's preference `lowmemory` has asynchronous counters.
    LowMemory,
}

/// The compression of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// No compression.
    #[default]
    None,
    /// Gzip.
    Gzip,
}

/// The choices that decide which points a series gets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    pub temporality: Temporality,
    /// Histograms that are declared `native` are sent with exponential buckets.
    pub exponential: bool,
}

impl Format {
    /// Returns true if changes are sent instead of totals. For up-down counters, the preferences `delta` and
    /// `lowmemory` of the [specification] mean totals too, and `lowmemory` for asynchronous counters.
    ///
    /// [specification]:
    /// https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/#additional-environment-variable-configuration
    pub(super) fn is_delta(self, family: Family<'_>) -> bool {
        let can_be = matches!(family.kind(), Kind::Counter | Kind::Histogram);
        match self.temporality {
            Temporality::Cumulative => false,
            Temporality::Delta => can_be,
            Temporality::LowMemory => can_be && !family.instrument().total,
        }
    }

    /// Returns true if the points of a family have exponential buckets.
    pub(super) fn is_exponential(self, family: Family<'_>) -> bool {
        self.exponential && family.instrument().native
    }
}
