//! One counter, rendered for Prometheus: `cargo run -p telemetry --example quickstart --features prometheus`.

use telemetry::prometheus::{Format, render};
use telemetry::{Registry, metrics};

#[metrics(namespace = "mailer")]
trait Metrics {
    /// Mails handed to the server.
    #[counter]
    fn sent(&self, urgent: bool);
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>()?;
    metrics.sent(true);
    print!("{}", render(&registry, Format::Text));
    Ok(())
}
