//! A service that is half moved, quoted by the page.

use prometheus::{IntCounterVec, Opts, TextEncoder};
use std::error::Error;
use telemetry::{Registry, metrics};

#[metrics(namespace = "mailer")]
pub trait Metrics {
    /// Mails handed to the server.
    #[counter]
    fn sent(&self, #[label(cap = 64)] server: &str);
}

pub fn half_moved() -> Result<Registry, Box<dyn Error>> {
    // The old registry keeps the metrics that have not moved yet.
    let old = prometheus::Registry::new();
    let bounced =
        IntCounterVec::new(Opts::new("mailer_bounced_total", "Mails that came back."), &["server"])?;
    old.register(Box::new(bounced.clone()))?;

    let registry = Registry::new();
    registry.join(move || TextEncoder::new().encode_to_string(&old.gather()).unwrap_or_default());

    let metrics = registry.register::<dyn Metrics>()?;
    metrics.sent("mx1"); // moved
    bounced.with_label_values(&["mx1"]).inc(); // not yet
    Ok(registry)
}
