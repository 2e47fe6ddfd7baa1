use telemetry::metrics;

/// What a cache counts.
#[metrics(namespace = "cache")]
pub trait Metrics {
    /// Look-ups.
    #[counter(stability = stable, was = "cache_lookups", until = "1.4")]
    fn lookups(&self, hit: bool);
}
