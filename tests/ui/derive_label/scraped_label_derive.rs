//! errors: 1

use telemetry::Label;

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "job")]
pub enum Job {
    Mail,
    Cleanup,
}

fn main() {}
