//! The choices of how metrics are written into requests.

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
