//! errors: 2

use telemetry::{Label, metrics};

#[derive(Label, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
    Insert,
}

#[derive(Label, Clone, Debug, PartialEq, Eq)]
#[label(cap = 8)]
pub struct Name<'a>(&'a str);

#[metrics]
pub trait Metrics {
    /// Failed steps.
    #[counter]
    fn failures(&self, stage: Stage);

    /// Steps that took long.
    #[counter]
    fn slow(&self, stage: Option<Stage>, name: Name<'_>);

    /// Steps.
    #[counter]
    fn steps(&self, from: Stage, to: Stage);
}

fn main() {
    let recording = RecordingMetrics::default();
    recording.failures(Stage::Lease);
    recording.failures_calls().stage(Stage::Lease).assert_once();
}
