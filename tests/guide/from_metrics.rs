//! A service that is half moved, quoted by the page.

use metrics_exporter_prometheus::PrometheusBuilder;
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
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();

    let registry = Registry::new();
    registry.join(move || handle.render());

    let metrics = registry.register::<dyn Metrics>()?;
    metrics.sent("mx1"); // moved
    // Not yet. A service calls `metrics::set_global_recorder` once instead.
    ::metrics::with_local_recorder(&recorder, || {
        ::metrics::counter!("mailer_bounced_total", "server" => "mx1").increment(1);
    });
    Ok(registry)
}
