//! errors: 1

use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 64)]
pub struct EventType<'a> {
    pub name: &'a str,
}

#[metrics]
pub trait Metrics {
    /// Failed steps.
    #[counter]
    fn failures(&self, event_type: EventType<'_>);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failures(EventType { name: "email.sent" });
    }
    recording.failures_calls().event_type(EventType { name: "email.sent" }).assert_once();
}
