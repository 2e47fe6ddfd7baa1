//! errors: 3

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Requests.
    #[counter(name = ".requests")]
    fn requests(&self);

    /// Replies.
    #[counter(name = "http..replies")]
    fn replies(&self);

    /// Errors.
    #[counter(name = "http.errors_.seen")]
    fn errors(&self);
}

fn main() {}
