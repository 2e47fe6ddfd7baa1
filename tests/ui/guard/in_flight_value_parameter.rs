//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter(value = rows)]
    #[up_down_counter(in_flight, name = "rows_running", value = rows)]
    fn jobs(&self, rows: u64);
}

fn main() {
    (&NoOp).start_jobs(7).end();
}
