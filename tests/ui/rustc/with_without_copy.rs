//! errors: 2

use telemetry::{Label, metrics};

/// Of another crate.
#[derive(Clone, Debug)]
pub enum Method {
    Get,
    Extension(String),
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodLabel {
    Get,
    Other,
}

impl From<Method> for MethodLabel {
    fn from(method: Method) -> Self {
        if let Method::Get = method { MethodLabel::Get } else { MethodLabel::Other }
    }
}

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self, #[label(with = MethodLabel)] method: Method);

    /// Requests refused.
    #[counter]
    fn refused(&self, #[label(with = MethodLabel)] method: Method, urgent: bool);
}

fn main() {}
