//! errors: 2

use telemetry::{Label, metrics};

#[derive(Label)]
#[label(cap = 16)]
pub struct Name<'a>(pub &'a str);

#[metrics(labels(pool: Name<'_>))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(&self);
}

fn main() {}
