//! errors: 1

use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy)]
#[label(cap = 16)]
pub struct Name<'a>(pub &'a str);

#[metrics(labels(pool: Name))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(&self);
}

fn main() {}
