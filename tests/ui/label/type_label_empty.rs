//! errors: 1

use telemetry::label::{LabelSet, LabelValue};
use telemetry::{Label, metrics};

#[derive(Clone, Copy)]
pub enum Never {}

impl Label for Never {
    const SET: LabelSet = LabelSet::Closed(&[]);
    type Owned = Never;
    fn value(&self) -> LabelValue<'_> {
        match *self {}
    }
    fn again(&self) -> Self {
        *self
    }
    fn from_value(_: &LabelValue<'_>) -> Option<Never> {
        None
    }
}

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self, never: Option<Never>);
}

fn main() {}
