//! M17: modules and types that shadow what an expansion names.

mod std {}
mod core {}
mod alloc {}
mod telemetry {}
mod tracing {}

#[derive(Clone, Copy)]
pub struct Vec;
#[derive(Clone, Copy)]
pub struct String;
#[derive(Clone, Copy)]
pub struct Box;
#[derive(Clone, Copy)]
pub struct Arc;
#[allow(non_camel_case_types)]
pub struct str;

use ::telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
    #[label(other)]
    Unknown,
}

#[metrics]
pub trait Metrics {
    /// Failed steps.
    #[counter]
    fn failures(&self, stage: Stage);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failures(Stage::Lease);
    }
    recording.failures_calls().stage(Stage::Lease).assert_once();
    assert_eq!(Stage::from_str_lossy("?"), Stage::Unknown);
}
