//! errors: 1

use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "type", cap = 64)]
pub struct EventType<'a>(pub &'a str);

#[metrics]
pub trait Metrics {
    /// Events published.
    #[counter]
    #[log(every = 60)]
    fn published(&self, event_type: EventType<'_>);
}

fn main() {}
