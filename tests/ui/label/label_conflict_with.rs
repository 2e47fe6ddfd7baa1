//! errors: 1

use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
    Insert,
}

#[derive(Clone, Copy)]
pub struct StageOfTheirs;

impl From<StageOfTheirs> for Stage {
    fn from(_: StageOfTheirs) -> Self {
        Stage::Lease
    }
}

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self, #[label(with = Stage, cap = 64)] stage: StageOfTheirs);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests(StageOfTheirs);
    }
    recording.requests_calls().assert_once();
}
