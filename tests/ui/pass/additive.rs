//! Code that was written against a surface compiles, and its tests pass, after a method, a label value and an
//! instrument were added.

use std::sync::atomic::{AtomicU64, Ordering};
use telemetry::{Event, Label, Sink, SinkAdapter, metrics};

mod v1 {
    use super::*;

    #[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Stage {
        Lease,
    }

    #[metrics]
    pub trait Metrics {
        /// Failed steps.
        #[counter]
        fn failures(&self, stage: Stage);

        /// Rows deleted.
        #[counter(value = count)]
        fn rows_deleted(&self, count: u64);
    }
}

mod v2 {
    use super::*;

    #[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Stage {
        Lease,
        Insert,
    }

    #[metrics]
    pub trait Metrics {
        /// Failed steps.
        #[counter]
        fn failures(&self, stage: Stage);

        /// Rows deleted.
        #[counter(value = count)]
        #[histogram(name = "rows_per_deletion", buckets = [1, 10, 100])]
        fn rows_deleted(&self, count: u64);

        /// Deletions that found nothing.
        #[counter]
        fn nothing_deleted(&self, stage: Stage);

        /// Deletions that failed.
        #[counter]
        fn deletions_failed(&self, stage: Stage, #[context] error: Option<&dyn std::fmt::Display>);
    }
}

/// A back end of another crate, which knows neither surface.
#[derive(Default)]
struct Foreign(AtomicU64);

impl Sink for Foreign {
    fn record(&self, event: &Event<'_>) {
        assert!(event.measurements().count() > 0);
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The code that was there before.
macro_rules! old_code {
    ($version:ident) => {
        use super::$version::{Metrics, MetricsCall, RecordingMetrics, Stage};
        use super::*;

        /// Overrides some methods, and discards the rest on purpose.
        #[derive(Default)]
        pub struct Failures(pub AtomicU64);

        impl Metrics for Failures {
            fn failures(&self, _stage: Stage) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }

            fn event(&self, _: &Event<'_>) {}
        }

        /// Wraps another and overrides one of its methods.
        pub struct Wrapped<M>(pub M);

        impl<M: Metrics> Metrics for Wrapped<M> {
            fn rows_deleted(&self, count: u64) {
                self.0.rows_deleted(count);
            }

            fn event(&self, event: &Event<'_>) {
                self.0.event(event);
            }
        }

        /// Overrides the hook.
        #[derive(Default)]
        pub struct Events(pub AtomicU64);

        impl Metrics for Events {
            fn event(&self, event: &Event<'_>) {
                assert!(!event.schema().name.is_empty());
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }

        fn code_under_test(metrics: &dyn Metrics) {
            metrics.failures(Stage::Lease);
            metrics.rows_deleted(3);
        }

        pub fn tests() {
            let (failures, events, foreign) = (Failures::default(), Events::default(), Foreign::default());
            code_under_test(&failures);
            code_under_test(&events);
            code_under_test(&SinkAdapter(&foreign));
            assert_eq!(foreign.0.into_inner(), 2);
            assert_eq!(failures.0.into_inner(), 1);
            assert_eq!(events.0.into_inner(), 2);

            let recording = RecordingMetrics::default();
            code_under_test(&Wrapped(recording.clone()));
            recording.failures_calls().stage(Stage::Lease).assert_once();
            recording.rows_deleted_calls().assert_sum(3);
            assert_eq!(
                recording.calls(),
                [MetricsCall::failures(Stage::Lease), MetricsCall::rows_deleted(3)]
            );
        }
    };
}

mod old_code_on_v1 {
    old_code!(v1);
}

mod old_code_on_v2 {
    old_code!(v2);
}

fn main() {
    old_code_on_v1::tests();
    old_code_on_v2::tests();

    // What takes events by the hook, what wraps it, and a sink, see the new metric at once.
    let (events, foreign) = (old_code_on_v2::Events::default(), Foreign::default());
    v2::Metrics::nothing_deleted(&old_code_on_v2::Wrapped(&events), v2::Stage::Insert);
    v2::Metrics::nothing_deleted(&SinkAdapter(&foreign), v2::Stage::Insert);
    v2::Metrics::deletions_failed(&old_code_on_v2::Wrapped(&events), v2::Stage::Insert, Some(&"busy"));
    assert_eq!((events.0.into_inner(), foreign.0.into_inner()), (2, 1));
}
