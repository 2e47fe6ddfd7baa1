//! errors: 1
//! M15

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
    #[log(level = warn)]
    fn jobs(&self, outcome: Outcome);
}

fn main() {}
