//! errors: 1
//! M15

use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "event-type", cap = 64)]
pub struct EventType<'a>(pub &'a str);

#[metrics]
pub trait Metrics {
    /// Failed steps.
    #[counter]
    fn failures(&self, event_type: EventType<'_>);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failures(EventType("email.sent"));
    }
    recording.failures_calls().event_type(EventType("email.sent")).assert_once();
}
