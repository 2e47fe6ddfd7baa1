//! errors: 1

use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "type", cap = 64)]
pub struct EventType<'a>(pub &'a str);

#[metrics(max_series = 100)]
pub trait Metrics {
    /// Events published.
    #[counter]
    fn published(&self, event_type: EventType<'_>, ok: bool);
}

fn main() {}
