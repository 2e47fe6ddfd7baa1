//! M17: the crate under another name, or re-exported by another.

extern crate telemetry as renamed;

pub mod ours {
    pub mod deps {
        pub use renamed::*;
    }
}

mod by_path {
    use crate::ours::deps::{Label, NoOp, metrics};

    #[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
    #[label(crate = crate::ours::deps)]
    pub enum Stage {
        Lease,
    }

    #[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
    #[label(crate = crate::ours::deps, cap = 64)]
    pub struct EventType<'a>(pub &'a str);

    #[metrics(crate = crate::ours::deps)]
    pub trait Metrics {
        /// Failed steps.
        #[counter]
        fn failures(&self, stage: Stage, event_type: EventType<'_>, #[label(cap = 9)] queue: &str);

        /// Rows deleted.
        #[counter(value = count)]
        fn rows_deleted(&self, count: u64);
    }

    pub fn test() {
        let recording = RecordingMetrics::default();
        for metrics in [&NoOp as &dyn Metrics, &recording] {
            metrics.rows_deleted(3);
        }
        recording.rows_deleted_calls().assert_sum(3);
    }
}

mod by_name {
    use renamed::{NoOp, metrics};

    #[metrics(crate = ::renamed)]
    pub trait Metrics {
        /// Requests served.
        #[counter]
        fn requests(&self);
    }

    pub fn test() {
        NoOp.requests();
        RecordingMetrics::default().requests_calls().assert_never();
    }
}

fn main() {
    by_path::test();
    by_name::test();
}
