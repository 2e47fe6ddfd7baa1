//! Private traits, traits of a crate, and traits inside of functions.

#![deny(warnings)]

use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Lease,
}

#[metrics]
trait Private {
    /// Failed steps.
    #[counter]
    fn failures(&self, stage: Stage);
}

mod inner {
    use super::{Label, metrics};

    #[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Phase {
        Start,
    }

    #[metrics]
    pub(crate) trait OfCrate {
        /// Phases entered.
        #[counter]
        fn phases(&self, phase: Phase);
    }

    #[metrics]
    pub(in crate::inner) trait InPath {
        /// Phases entered.
        #[counter]
        fn phases(&self, phase: Phase);
    }

    pub(crate) fn test() {
        let recording = RecordingInPath::default();
        recording.phases(Phase::Start);
        recording.phases_calls().phase(Phase::Start).assert_once();
    }
}

fn main() {
    #[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
    enum Local {
        Here,
    }

    #[metrics]
    trait InFunction {
        /// Calls.
        #[counter]
        fn requests(&self, local: Local);
    }

    let recording = RecordingInFunction::default();
    for metrics in [&NoOp as &dyn InFunction, &recording] {
        metrics.requests(Local::Here);
    }
    recording.requests_calls().local(Local::Here).assert_once();

    let recording = RecordingPrivate::default();
    recording.failures(Stage::Lease);
    recording.failures_calls().stage(Stage::Lease).assert_once();

    use inner::{OfCrate, Phase, RecordingOfCrate};
    let recording = RecordingOfCrate::default();
    recording.phases(Phase::Start);
    recording.phases_calls().phase(Phase::Start).assert_once();
    inner::test();
}
