//! errors: 3

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[guard]
    fn jobs(
        &self,
        #[end] cached: bool,
        #[end]
        #[label(cap = 16)]
        queue: &str,
        #[end]
        #[label(range = 0..=9)]
        tries: u8,
    );
}

fn main() {
    (&NoOp).start_jobs().end(true, "mail", 1);
}
