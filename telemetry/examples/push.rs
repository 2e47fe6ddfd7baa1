//! Pushes a registry to a statsd server and to an OpenTelemetry collector, whose addresses the environment
//! names: `cargo run -p telemetry --example push --features otlp,statsd`. Neither has to run.

use std::thread::sleep;
use std::time::Duration;
use telemetry::{Registry, metrics, otlp, statsd};

#[metrics(namespace = "mailer")]
trait Metrics {
    /// Mails handed to the server.
    #[counter]
    fn sent(&self, urgent: bool);

    /// Time until the server responded.
    #[histogram(buckets = [0.01, 0.1, 1.0])]
    fn server_took(&self, took: Duration);
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>()?;
    let to_collector = otlp::Config::from_env()?.service_name("mailer").start(&registry)?;
    let to_statsd = statsd::Config::from_env()?.start(&registry)?;
    for mail in 0_u32..100 {
        metrics.sent(mail % 10 == 0);
        metrics.server_took(Duration::from_millis(u64::from(mail)));
        sleep(Duration::from_millis(10));
    }
    // The last push. Its error names what did not arrive, and the reason.
    for exports in [to_collector, to_statsd] {
        if let Err(error) = exports.shutdown(Duration::from_secs(1)) {
            eprintln!("{error}");
        }
    }
    Ok(())
}
