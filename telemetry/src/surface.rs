//! The trait that a declaration implements: it binds a schema to the calls of its events.

use crate::argument::no_argument;
use crate::context::ContextValue;
use crate::event::{Event, Site};
use crate::guard::GuardEdge;
use crate::label::LabelValue;
use crate::schema::Schema;
use crate::value::Number;
use std::fmt;

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

/// A surface without labels that are given at registration. `#[metrics] trait Metrics` implements it for
/// `dyn Metrics`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be registered without labels",
    label = "not a surface without labels",
    note = "a surface with `labels(..)` takes them: `register_with::<{Self}>(..)` with the `..Labels` struct beside the trait",
    note = "a surface is a trait with `#[metrics]`, and is named as `dyn Metrics`"
)]
pub trait UnlabeledSurface: Surface {}

/// A surface with labels that are given at registration. `#[metrics(labels(..))] trait Metrics` implements it
/// for `dyn Metrics`.
///
/// # Examples
///
/// ```
/// use telemetry::{LabeledSurface, Surface, metrics};
///
/// #[metrics(namespace = "pool", labels(#[label(cap = 16)] pool: &str))]
/// pub trait Metrics {
///     /// Checkouts.
///     #[counter]
///     fn checkouts(&self);
/// }
///
/// fn label_of(labels: <dyn Metrics as LabeledSurface>::Labels<'_>) -> &str {
///     labels.pool
/// }
///
/// assert_eq!(label_of(MetricsLabels { pool: "orders" }), "orders");
/// assert_eq!(<dyn Metrics as Surface>::SCHEMA.labels[0].key, "pool");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be registered with labels",
    label = "not a surface with labels",
    note = "a surface without `labels(..)` takes none: `register::<{Self}>()`",
    note = "declare them on the trait to give them: `#[metrics(labels(#[label(cap = 16)] pool: &str))]`"
)]
pub trait LabeledSurface: Surface {
    /// The struct of the labels, beside the trait: `MetricsLabels` for `Metrics`.
    type Labels<'a>: RegistrationLabels;
}

/// The labels of one registration: a struct that `#[metrics(labels(..))]` generates.
pub trait RegistrationLabels: Sized {
    /// The declaration of the surface.
    #[doc(hidden)]
    const __SCHEMA: &'static Schema;

    /// Calls `f` with the values in declaration order, cut to their declared length.
    #[doc(hidden)]
    fn __with<R>(self, f: impl FnOnce(&[LabelValue<'_>]) -> R) -> R;

    /// Prints the struct with its values: `MetricsLabels { pool: "orders" }`.
    #[doc(hidden)]
    fn __fmt(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schema = Self::__SCHEMA;
        self.__with(|values| {
            let mut shown = f.debug_struct(&format!("{}Labels", schema.name));
            for (label, value) in schema.labels.iter().zip(values) {
                shown.field(label.param, &format_args!("{}", label.set.display(value)));
            }
            shown.finish()
        })
    }
}
