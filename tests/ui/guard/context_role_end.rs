//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[guard]
    fn jobs(
        &self,
        #[end]
        #[context]
        #[label(cap = 9)]
        error: Option<&str>,
    );
}

fn main() {
    (&NoOp).start_jobs().end(None);
}
