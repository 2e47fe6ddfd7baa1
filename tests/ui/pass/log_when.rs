//! Log lines for some calls only: one `#[log]` or several, over labels of each kind.

use telemetry::{Label, Log, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    Failed,
    Timeout,
}

macro_rules! surface {
    ($failed:literal) => {
        #[metrics]
        pub trait Metrics {
            /// One for some calls, with other policies.
            #[counter]
            #[log("job.failed", level = warn, every = 2, when(outcome = [$failed, "timeout"]))]
            fn failed(&self, outcome: Outcome);

            /// Three, with the common one in front.
            #[counter]
            #[counter(name = "size", value = size, labels(), help = "Sizes.")]
            #[log("job.finished", every = 1_000)]
            #[log(level = error, when(outcome = "timeout", retried = "true",))]
            #[log(level = warn, target = "jobs", or_above = 10, skip_zero, when(outcome = $failed))]
            fn finished(&self, outcome: Outcome, retried: bool, size: u64);

            /// Two, and none for all other calls. Labels are named by their parameters.
            #[counter]
            #[log(level = debug, when(r#type = ["a", "b"]))]
            #[log(when(attempt = ["2", "other"], zone = ["none", "eu"]))]
            fn kept(
                &self,
                #[label(name = "kind", cap = 4)] r#type: &str,
                #[label(range = 0..=2)] attempt: u8,
                #[label(cap = 4)] zone: Option<&str>,
            );

            /// Under a `cfg` that is off.
            #[counter]
            #[cfg(any())]
            #[log(when(absent = "5xx"))]
            #[log(level = warn, when(absent = "4xx"))]
            fn absent(&self, absent: Absent);
        }
    };
}

surface!("failed");

fn main() {
    let recording = RecordingMetrics::default();
    let log = Log::default();
    for metrics in [&NoOp as &dyn Metrics, &recording, &log] {
        metrics.failed(Outcome::Failed);
        metrics.finished(Outcome::Ok, true, 5);
        metrics.kept("a", 9, None);
    }
    recording.finished_calls().assert_once();
}
