//! errors: 2

use std::fmt::Display;
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
        tries: u32,
        #[end]
        #[context]
        error: &dyn Display,
    );
}

fn main() {
    (&NoOp).start_jobs().end(1, &"late");
}
