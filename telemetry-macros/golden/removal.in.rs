use telemetry::metrics;

#[metrics(namespace = "queue")]
pub trait Metrics {
    /// Age of the oldest job.
    #[gauge(unit = seconds)]
    fn set_age(&self, #[label(cap = 64)] queue: &str, seconds: f64);

    /// The queue was deleted.
    #[remove(age)]
    fn queue_gone(&self, queue: &str);
}
