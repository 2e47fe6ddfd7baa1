//! errors: 1

use std::io;
use std::time::Duration;
use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Late,
    #[label(other)]
    Else,
}

impl From<&io::Error> for Class {
    fn from(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::TimedOut { Class::Late } else { Class::Else }
    }
}

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[histogram(name = "job_duration")]
    #[guard]
    fn jobs(&self, #[label(with = Class)] error: Option<&io::Error>, took: Duration);
}

fn main() {
    (&NoOp).start_jobs(None).end();
}
