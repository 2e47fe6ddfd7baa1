//! errors: 4

use telemetry::label::{LabelSet, LabelValue};
use telemetry::{Label, NoOp, metrics};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region<'a>(pub &'a str);

impl Label for Region<'_> {
    const SET: LabelSet = LabelSet::Closed(&["eu", "us"]);
    type Owned = &'static str;

    fn value(&self) -> LabelValue<'_> {
        LabelValue::Closed(u32::from(self.0 == "us"))
    }

    fn again(&self) -> Self {
        *self
    }

    fn from_value(value: &LabelValue<'_>) -> Option<&'static str> {
        match value {
            LabelValue::Closed(0) => Some("eu"),
            LabelValue::Closed(_) => Some("us"),
            _ => None,
        }
    }
}

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self, region: Region<'_>);
}

fn main() {
    NoOp.start_jobs(Region("eu")).end();
}
