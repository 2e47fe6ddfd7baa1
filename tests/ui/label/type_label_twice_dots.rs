//! errors: 1

use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "http.method")]
pub enum Method {
    Get,
    Put,
}

#[metrics]
pub trait Metrics {
    /// Requests.
    #[counter]
    fn requests(&self, #[label(cap = 9)] http_method: &str, method: Method);
}

fn main() {}
