//! A service that is half moved, quoted by the page.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::{counter::Counter, family::Family};
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
    let mut old = prometheus_client::registry::Registry::default();
    let bounced = Family::<Vec<(String, String)>, Counter>::default();
    old.register("mailer_bounced", "Mails that came back", bounced.clone());

    let registry = Registry::new();
    registry.join(move || {
        let mut text = String::new();
        encode(&mut text, &old).map_or_else(|_| String::new(), |()| text)
    });

    let metrics = registry.register::<dyn Metrics>()?;
    metrics.sent("mx1"); // moved
    bounced.get_or_create(&vec![("server".to_owned(), "mx1".to_owned())]).inc(); // not yet
    Ok(registry)
}
