//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics(mock(cfg(any())))]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self);
}

fn main() {
    NoOp.requests();
    let _ = RecordingMetrics::default();
}
