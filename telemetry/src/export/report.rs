//! The metrics that exporters report on themselves, in the registry that they read.

use crate::registry::{Instruments, NameClaim, RegisterError, Registry};
use crate::sync::unpoisoned;
use crate::{Label, metrics};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// The reason why an export, or a part of one, was not delivered.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The name of the target has no address.
    Resolve,
    /// The target is not reachable, or the connection broke.
    Connect,
    /// The TLS certificate was not trusted.
    Tls,
    /// There was no response in time.
    Timeout,
    /// The target is reachable and cannot accept it now.
    Unavailable,
    /// The target will never accept it.
    Rejected,
    /// The response was not valid.
    Protocol,
    /// The system has no room for it.
    System,
    /// The exporter panicked.
    Panic,
}

/// The reason why something is lost for good.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dropped {
    /// The target will never accept it.
    Rejected,
    /// It is longer than the transport allows.
    Oversize,
    /// It came faster than it could be sent.
    Overrun,
}

/// Self-metrics of exporters.
#[metrics(namespace = "telemetry", mock(cfg(any())))]
trait Exports {
    /// Exports that were delivered.
    #[counter(value = count)]
    #[log(off)]
    fn exports(&self, #[label(cap = 16)] exporter: &str, count: u64);

    /// Exports, or parts of one, that were not delivered.
    #[counter(value = count)]
    #[log(off)]
    fn export_failures(&self, #[label(cap = 16)] exporter: &str, reason: Reason, count: u64);

    /// Attempts after the first one of an export.
    #[counter(value = count)]
    #[log(off)]
    fn export_retries(&self, #[label(cap = 16)] exporter: &str, count: u64);

    /// Points and samples that are lost for good.
    #[counter(value = count)]
    #[log(off)]
    fn export_dropped(&self, #[label(cap = 16)] exporter: &str, reason: Dropped, count: u64);

    /// Time since the last delivery, or since the start if there was none.
    #[gauge(unit = seconds)]
    #[log(off)]
    fn set_export_last_success_age(&self, #[label(cap = 16)] exporter: &str, seconds: f64);
}

/// The names of the exporters of one kind that read a registry at the same time, in the order in which they
/// start.
pub(crate) type Names = &'static [&'static str];

#[cfg(feature = "otlp")]
pub(crate) const OTLP: Names =
    &["otlp", "otlp-2", "otlp-3", "otlp-4", "otlp-5", "otlp-6", "otlp-7", "otlp-8"];

/// A registry has one statsd exporter at a time.
#[cfg(feature = "statsd")]
pub(crate) const STATSD: Names = &["statsd"];

/// The self-metrics of one exporter.
pub(crate) struct Report {
    exporter: &'static str,
    /// Reserves the name while it lives.
    _claim: NameClaim,
    metrics: Instruments<dyn Exports>,
    last: Arc<Mutex<Instant>>,
}

impl Report {
    /// Creates the report of an exporter that starts.
    ///
    /// # Errors
    ///
    /// Returns an error if a surface of the registry has a metric of the same name.
    pub(crate) fn new(registry: &Registry, names: Names) -> Result<Self, RegisterError> {
        let metrics = registry.register_or_get::<dyn Exports>()?;
        let claim = registry.claim_name(names);
        let exporter = claim.name();
        let last = Arc::new(Mutex::new(Instant::now()));
        // From the start, so that a rate has a first value.
        metrics.exports(exporter, 0);
        metrics.export_retries(exporter, 0);
        let since = Arc::downgrade(&last);
        registry.on_collect_for(&last, &metrics, move |metrics| {
            if let Some(since) = since.upgrade() {
                let last = *unpoisoned(since.lock());
                metrics.set_export_last_success_age(exporter, last.elapsed().as_secs_f64());
            }
        });
        Ok(Report { exporter, _claim: claim, metrics, last })
    }

    /// Returns the name of the exporter.
    pub(super) const fn exporter(&self) -> &'static str {
        self.exporter
    }

    pub(super) fn delivered(&self) {
        *unpoisoned(self.last.lock()) = Instant::now();
        self.metrics.exports(self.exporter, 1);
    }

    pub(crate) fn failed(&self, reason: Reason) {
        self.metrics.export_failures(self.exporter, reason, 1);
    }

    pub(crate) fn retried(&self) {
        self.metrics.export_retries(self.exporter, 1);
    }

    pub(crate) fn dropped(&self, reason: Dropped, count: u64) {
        self.metrics.export_dropped(self.exporter, reason, count);
    }
}
