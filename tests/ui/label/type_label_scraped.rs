//! errors: 1
//! M15

use telemetry::label::{LabelSet, LabelValue};
use telemetry::{Label, metrics};

/// A step, by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage;

impl Label for Stage {
    const NAME: Option<&'static str> = Some("instance");
    const SET: LabelSet = LabelSet::Closed(&["lease"]);
    type Owned = Self;

    fn value(&self) -> LabelValue<'_> {
        LabelValue::Closed(0)
    }

    fn again(&self) -> Self {
        *self
    }

    fn from_value(_: &LabelValue<'_>) -> Option<Self> {
        Some(Stage)
    }
}

#[metrics]
pub trait Metrics {
    /// Failed steps.
    #[counter]
    fn failures(&self, stage: Stage);
}

fn main() {}
