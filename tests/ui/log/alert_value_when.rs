//! errors: 2

use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    Failed,
    Timeout,
}

#[metrics]
pub trait Metrics {
    /// Jobs finished.
    #[counter]
    #[log("job.finished")]
    #[log(level = warn, when(outcome = "Failed"))]
    fn jobs(&self, outcome: Outcome);

    /// Attempts.
    #[counter]
    #[log(when(attempt = ["1", "9"]))]
    fn attempts(&self, #[label(range = 0..=3)] attempt: u32);
}

fn main() {}
