//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Lookups in the cache.
    #[counter(name = "lookups", labels(result = "hit"))]
    #[alert(ratio_below = 0.8, matching(result = "hits"))]
    fn hit(&self);

    /// Lookups in the cache.
    #[counter(name = "lookups", labels(result = "miss"))]
    fn miss(&self);
}

fn main() {}
