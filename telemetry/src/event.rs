//! The seam between declarations and back ends: one call of a metric method, and who takes it.

mod site;

#[doc(hidden)]
pub use site::{CALLSITE_NAME, Site, field_names};

use crate::label::LabelValue;
use crate::schema::{EventSchema, LabelSchema, ValueSchema};
use crate::value::Number;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// One call of a metric method: what was declared, and the labels and values of this call.
///
/// It borrows from the call, costs no allocation, and is bounded: label text is cut to the declared length.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    site: &'static Site,
    labels: &'a [LabelValue<'a>],
    values: &'a [Option<Number>],
}

/// One label of an [`Event`].
#[derive(Clone, Copy, Debug)]
pub struct EventLabel<'a> {
    /// What was declared.
    pub schema: &'static LabelSchema,
    /// The value of this call.
    pub value: LabelValue<'a>,
}

/// One value of an [`Event`].
#[derive(Clone, Copy, Debug)]
pub struct EventValue {
    /// What was declared.
    pub schema: &'static ValueSchema,
    /// The number of this call; `None` if the parameter is an `Option` and was `None`.
    pub number: Option<Number>,
}

impl<'a> Event<'a> {
    /// For expansions: `labels` and `values` are in the order of the schema.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(
        site: &'static Site,
        labels: &'a [LabelValue<'a>],
        values: &'a [Option<Number>],
    ) -> Self {
        Event { site, labels, values }
    }

    /// What was declared.
    #[must_use]
    pub const fn schema(&self) -> &'static EventSchema {
        self.site.schema()
    }

    pub(crate) const fn site(&self) -> &'static Site {
        self.site
    }

    /// The labels, in declaration order.
    #[must_use]
    pub fn labels(&self) -> impl ExactSizeIterator<Item = EventLabel<'a>> + use<'a> {
        let schema = self.schema().labels;
        schema.iter().zip(self.labels).map(|(schema, value)| EventLabel { schema, value: *value })
    }

    /// The values, in declaration order.
    #[must_use]
    pub fn values(&self) -> impl ExactSizeIterator<Item = EventValue> + use<'a> {
        let schema = self.schema().values;
        schema.iter().zip(self.values).map(|(schema, number)| EventValue { schema, number: *number })
    }
}

impl EventLabel<'_> {
    /// The value's text; `None` if the label is absent. Allocates for integers and cut text only.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'_, str>> {
        self.schema.set.text(&self.value)
    }
}

/// Prints the call: `outbox_failures(stage="lease")`.
impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.schema().fmt_call(
            self.labels().map(|label| label.value),
            self.values().map(|value| value.number),
            f,
        )
    }
}

/// A back end that takes one event per call: one type with one method, for every surface of every crate.
///
/// `impl Trait for dyn Sink` and `impl Trait for Via<S>` come with every `#[metrics]` trait. A call must
/// not panic, block, or allocate without bound; it happens in the caller's thread, perhaps while that thread
/// ends.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use telemetry::{Event, Sink, Via, metrics};
///
/// #[metrics]
/// pub trait Metrics {
///     /// Requests served.
///     #[counter]
///     fn requests(&self, cached: bool);
/// }
///
/// #[derive(Default)]
/// struct Calls(AtomicU64);
///
/// impl Sink for Calls {
///     fn record(&self, event: &Event<'_>) {
///         assert_eq!(format!("{event:?}"), r#"requests(cached="true")"#);
///         self.0.fetch_add(1, Ordering::Relaxed);
///     }
/// }
///
/// let calls = Arc::new(Calls::default());
/// let metrics: Arc<dyn Metrics> = Arc::new(Via(calls.clone()));
/// metrics.requests(true);
/// assert_eq!(calls.0.load(Ordering::Relaxed), 1);
/// ```
pub trait Sink: Send + Sync {
    /// Takes one event.
    fn record(&self, event: &Event<'_>);
}

impl<S: Sink + ?Sized> Sink for &S {
    fn record(&self, event: &Event<'_>) {
        (**self).record(event);
    }
}

impl<S: Sink + ?Sized> Sink for Box<S> {
    fn record(&self, event: &Event<'_>) {
        (**self).record(event);
    }
}

impl<S: Sink + ?Sized> Sink for Arc<S> {
    fn record(&self, event: &Event<'_>) {
        (**self).record(event);
    }
}

/// Implements every surface by one [`Sink`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Via<S>(pub S);

impl<S: Sink> Sink for Via<S> {
    fn record(&self, event: &Event<'_>) {
        self.0.record(event);
    }
}
