//! Parameters of a call that is made by the schema: how it ends if a parameter has no such value.

use std::panic;

/// What such a call unwinds with. A result would cost the compiler a branch per parameter of every surface.
struct NoArgument;

/// For expansions: ends the call. No panic hook runs.
#[doc(hidden)]
#[cold]
pub fn no_argument() -> ! {
    panic::resume_unwind(Box::new(NoArgument))
}

/// Whether a call ended so.
#[cfg(feature = "catalog")]
pub(crate) fn is_no_argument(payload: &(dyn std::any::Any + Send)) -> bool {
    payload.is::<NoArgument>()
}
