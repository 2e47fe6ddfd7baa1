//! errors: 1

use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy)]
#[label(name = "pool", cap = 16)]
pub struct Name<'a>(pub &'a str);

#[metrics(labels(name: Name<'_>))]
pub trait Metrics {
    /// Checkouts.
    #[counter(labels(pool = "orders"))]
    fn checkouts(&self);
}

fn main() {}
