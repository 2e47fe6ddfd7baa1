//! errors: 1

use telemetry::Label;

#[derive(Label, Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
}

fn main() {
    let _ = Stage::Lease;
}
