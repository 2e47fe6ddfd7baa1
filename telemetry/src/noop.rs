//! The back end that does nothing.

use crate::event::{Event, Sink};

/// Records nothing. Every surface implements itself for this type, each method with an empty body: a call
/// by static dispatch compiles to nothing, one through `dyn` to a call of an empty function.
///
/// ```
/// use telemetry::{NoOp, metrics};
///
/// #[metrics]
/// pub trait Metrics {
///     /// Requests served.
///     #[counter]
///     fn requests(&self);
/// }
///
/// NoOp.requests();
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoOp;

impl Sink for NoOp {
    fn record(&self, _: &Event<'_>) {}
}
