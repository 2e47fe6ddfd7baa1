//! The trait that a declaration implements: it binds a schema to the calls of its events.

use crate::argument::no_argument;
use crate::context::ContextValue;
use crate::event::{Event, Site};
use crate::guard::GuardEdge;
use crate::label::LabelValue;
use crate::schema::Schema;
use crate::value::Number;

/// A metrics surface. `#[metrics] trait Metrics` implements it for `dyn Metrics`.
///
/// # Examples
///
/// ```
/// use telemetry::{Surface, metrics};
///
/// /// What the mailer counts.
/// #[metrics(namespace = "mailer", max_series = 10)]
/// pub trait Metrics {
///     /// Mails handed to the server.
///     #[counter]
///     fn sent(&self, urgent: bool);
/// }
///
/// let schema = <dyn Metrics as Surface>::SCHEMA;
/// assert_eq!(schema.namespace, "mailer");
/// assert_eq!(schema.events[0].instruments[0].name, "sent");
/// assert_eq!(schema.series(), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a metrics surface",
    label = "not a surface",
    note = "a surface is a trait with `#[metrics]`, and is named as `dyn Metrics`"
)]
pub trait Surface {
    /// The declaration.
    const SCHEMA: &'static Schema;

    /// The callsite of each event; empty where the mock is not compiled. This and the functions below are for
    /// expansions.
    #[doc(hidden)]
    const __SITES: &'static [&'static Site] = &[];

    /// Calls the method of this name. Unwinds by `no_argument` if it has no parameters of these labels,
    /// values and context.
    #[doc(hidden)]
    fn __call(
        _on: &Self,
        _method: &str,
        _labels: &[LabelValue<'static>],
        _values: &[Option<Number>],
        _context: &[ContextValue<'static>],
    ) {
        no_argument();
    }

    /// Calls the hook.
    #[doc(hidden)]
    fn __hook(_on: &Self, _event: &Event<'_>) {}

    /// Passes an edge of a guard, if the surface has guards.
    #[doc(hidden)]
    fn __guard_edge(_on: &Self, _edge: &mut GuardEdge<'_>) {}
}
