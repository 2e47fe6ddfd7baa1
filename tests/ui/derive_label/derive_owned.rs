//! errors: 1
//! M16

use telemetry::Label;

#[derive(Label, Clone, Debug, PartialEq, Eq)]
#[label(cap = 64)]
pub struct Route(pub String);

fn main() {
    let _ = Route("/".to_owned());
}
