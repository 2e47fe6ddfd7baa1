//! errors: 2

use telemetry::Label;

const ROUTES: &[&str] = &["/", "/health"];

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(values = ROUTES, other = "/")]
pub struct Page<'a>(pub &'a str);

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 1, known = ROUTES)]
pub struct Route<'a>(pub &'a str);

fn main() {}
