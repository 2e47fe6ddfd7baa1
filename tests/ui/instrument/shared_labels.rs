//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// A lookup that found something.
    #[counter(name = "lookups", labels(result = "hit"))]
    fn hit(&self, warm: bool);

    /// A lookup that found nothing.
    #[counter(name = "lookups", labels(result = "miss"))]
    fn miss(&self);
}

fn main() {}
