//! Code that was written against a surface compiles, and its tests pass, after its methods got a guard and a
//! count of what is in flight.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use telemetry::{Event, Label, Sink, SinkAdapter, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Failed,
}

mod v1 {
    use super::*;

    #[metrics]
    pub trait Metrics {
        /// Jobs done.
        #[counter]
        #[histogram(name = "job_duration")]
        fn jobs(&self, #[label(cap = 16)] queue: &str, outcome: Outcome, took: Duration);

        /// Rows deleted.
        #[counter(value = count)]
        fn rows_deleted(&self, count: u64);
    }
}

mod v2 {
    use super::*;

    #[metrics]
    pub trait Metrics {
        /// Jobs done.
        #[counter]
        #[histogram(name = "job_duration")]
        #[up_down_counter(in_flight, name = "jobs_running")]
        #[guard(start_job)]
        fn jobs(
            &self,
            #[label(cap = 16)] queue: &str,
            #[end(default = Outcome::Failed)] outcome: Outcome,
            took: Duration,
        );

        /// Rows deleted.
        #[counter(value = count)]
        #[up_down_counter(in_flight, name = "deletions_running")]
        fn rows_deleted(&self, #[end(default = 0)] count: u64);
    }
}

/// A back end of another crate, which knows neither surface.
#[derive(Default)]
struct Foreign(AtomicU64);

impl Sink for Foreign {
    fn record(&self, event: &Event<'_>) {
        // What is in flight is no part of the call.
        assert_eq!(event.measurements().count(), if event.schema().name == "jobs" { 2 } else { 1 });
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The code that was there before.
macro_rules! old_code {
    ($version:ident) => {
        use super::$version::{Metrics, MetricsCall, RecordingMetrics};
        use super::*;

        /// Overrides some methods, and discards the rest on purpose.
        #[derive(Default)]
        pub struct Jobs(pub AtomicU64);

        impl Metrics for Jobs {
            fn jobs(&self, _queue: &str, _outcome: Outcome, _took: Duration) {
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

        fn code_under_test(metrics: &dyn Metrics) {
            metrics.jobs("mail", Outcome::Done, Duration::from_secs(1));
            metrics.rows_deleted(3);
        }

        pub fn tests() {
            let (jobs, foreign) = (Jobs::default(), Foreign::default());
            code_under_test(&jobs);
            code_under_test(&SinkAdapter(&foreign));
            assert_eq!((jobs.0.into_inner(), foreign.0.into_inner()), (1, 2));

            let recording = RecordingMetrics::default();
            code_under_test(&Wrapped(recording.clone()));
            recording.jobs_calls().queue("mail").outcome(Outcome::Done).assert_once();
            assert_eq!(
                recording.calls()[0],
                MetricsCall::jobs("mail", Outcome::Done, Duration::from_secs(1))
            );
            assert_eq!(recording.take().len(), 2);
            recording.rows_deleted(4);
            recording.assert_only([MetricsCall::rows_deleted(4)]);
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

    // An implementation from before sees the end of a guard as a call, and what wraps it has a clock.
    use v2::{Metrics as _, MetricsGuards as _};
    let jobs = old_code_on_v2::Jobs::default();
    (&jobs).start_job("mail").end(Outcome::Done);
    let foreign = Foreign::default();
    drop((&old_code_on_v2::Wrapped(SinkAdapter(&foreign))).start_job(String::from("mail")));
    jobs.rows_deleted(1);
    assert_eq!((jobs.0.into_inner(), foreign.0.into_inner()), (1, 1));
}
