//! The function that knows the current trace, as a setting that only the program can have.

use crate::trace::TraceContext;

/// A function that returns the current trace.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExemplarSource(pub(super) fn() -> Option<TraceContext>);

impl PartialEq for ExemplarSource {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::fn_addr_eq(self.0, other.0)
    }
}
