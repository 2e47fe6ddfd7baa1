//! errors: 1
//! M16

use telemetry::Label;

#[derive(Label, Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
    Insert(String),
}

fn main() {
    let _ = [Stage::Lease, Stage::Insert("webhooks".to_owned())];
}
