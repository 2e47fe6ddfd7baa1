//! Ends a call that is made by the schema if a parameter cannot have the given value.

use std::panic;

/// The payload of the unwinding. A `Result` would cost a branch for each parameter of every surface to
/// compile.
struct NoArgument;

/// For expansions: ends the call by unwinding. No panic hook runs.
#[doc(hidden)]
#[cold]
pub fn no_argument() -> ! {
    panic::resume_unwind(Box::new(NoArgument))
}

/// Returns whether a call was ended by [`no_argument`].
#[cfg(feature = "catalog")]
pub(crate) fn is_no_argument(payload: &(dyn std::any::Any + Send)) -> bool {
    payload.is::<NoArgument>()
}
