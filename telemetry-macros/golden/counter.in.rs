use telemetry::metrics;

/// What a cache counts.
#[metrics(namespace = "cache")]
pub trait Metrics {
    /// Look-ups.
    #[counter]
    fn lookups(&self, hit: bool);
}
