//! errors: 3

use std::fmt::Display;
use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// An object without a reference.
    #[counter]
    fn objects(&self, #[context] error: dyn Display, #[context] row: str);

    /// A method for each type.
    #[counter]
    fn types(&self, #[context] error: impl Display);
}

fn main() {}
