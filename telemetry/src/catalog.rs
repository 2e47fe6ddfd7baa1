//! What is made of a declaration and kept beside it, checked by tests.

mod fresh;

pub use fresh::{UPDATE, assert_fresh};

/// The one place where an assertion fails, at the caller's line.
#[track_caller]
#[allow(clippy::panic, reason = "a failing assertion of a test")]
fn fail(message: &str) -> ! {
    panic!("{message}")
}
