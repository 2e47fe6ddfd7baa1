//! The back end that does nothing.

use crate::event::Event;
use crate::guard::GuardEdge;
use crate::sink::Sink;

/// The back end that records nothing. Every surface implements its trait for it, with empty methods.
///
/// A call with static dispatch compiles to nothing, a call through `dyn` to a call of an empty function.
///
/// # Examples
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

    #[inline]
    fn guard_edge(&self, _: &mut GuardEdge<'_>) {}
}
