//! errors: 1

use std::cell::Cell;
use telemetry::{Event, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self);
}

struct Mine(Cell<u64>);

impl Metrics for Mine {
    fn requests(&self) {
        self.0.set(self.0.get() + 1);
    }

    fn event(&self, _: &Event<'_>) {}
}

fn main() {
    let _ = Mine(Cell::new(0));
}
