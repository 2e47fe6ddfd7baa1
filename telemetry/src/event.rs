//! The interface between declarations and back ends: one call of a metric method.

mod site;

#[doc(hidden)]
pub use site::{CALLSITE_NAME, Site, field_names};

use crate::context::ContextValue;
use crate::label::{LabelValue, NONE};
use crate::schema::{
    ContextSchema, EventSchema, InstrumentLabel, InstrumentSchema, LabelSchema, Measure, Removal, ValueSchema,
};
use crate::value::Number;
use std::borrow::Cow;
use std::fmt;

/// One call of a metric method: its declaration, and the labels, values and context of this call.
///
/// An event borrows from the call and allocates nothing. Label text is cut to the declared length; the text
/// of context is not, see [`ContextValue`]. Caps are not applied to it. Back ends that keep series apply
/// them. An event is not `Send`, since context may borrow what is not.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    site: &'static Site,
    labels: &'a [LabelValue<'a>],
    values: &'a [Option<Number>],
    context: &'a [ContextValue<'a>],
    registration: &'a [LabelValue<'a>],
}

/// One label of an [`Event`].
#[derive(Clone, Copy, Debug)]
pub struct EventLabel<'a> {
    /// The declaration.
    pub schema: &'static LabelSchema,
    /// The value of this call.
    pub value: LabelValue<'a>,
}

/// One context parameter of an [`Event`].
#[derive(Clone, Copy, Debug)]
pub struct EventContext<'a> {
    /// The declaration.
    pub schema: &'static ContextSchema,
    /// The value of this call.
    pub value: ContextValue<'a>,
}

/// One value of an [`Event`].
#[derive(Clone, Copy, Debug)]
pub struct EventValue {
    /// The declaration.
    pub schema: &'static ValueSchema,
    /// The number of this call; `None` if the parameter is an `Option` and was `None`.
    pub number: Option<Number>,
}

impl<'a> Event<'a> {
    /// For expansions: creates an event without context. `labels` and `values` are in the order of the
    /// schema.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(
        site: &'static Site,
        labels: &'a [LabelValue<'a>],
        values: &'a [Option<Number>],
    ) -> Self {
        Event { site, labels, values, context: &[], registration: &[] }
    }

    /// For expansions: adds the context, in the order of the schema.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_context(mut self, context: &'a [ContextValue<'a>]) -> Self {
        self.context = context;
        self
    }

    /// Returns the declaration.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::{Event, Sink, SinkAdapter, metrics};
    ///
    /// #[metrics(namespace = "api")]
    /// pub trait Metrics {
    ///     /// Requests served.
    ///     #[counter]
    ///     fn requests(&self);
    /// }
    ///
    /// struct Check;
    ///
    /// impl Sink for Check {
    ///     fn record(&self, event: &Event<'_>) {
    ///         assert_eq!(event.schema().name, "requests");
    ///         assert_eq!(event.schema().help, "Requests served.");
    ///     }
    /// }
    ///
    /// SinkAdapter(Check).requests();
    /// ```
    #[must_use]
    pub const fn schema(&self) -> &'static EventSchema {
        self.site.schema()
    }

    pub(crate) const fn site(&self) -> &'static Site {
        self.site
    }

    /// Returns the labels in declaration order.
    #[must_use]
    pub fn labels(&self) -> impl ExactSizeIterator<Item = EventLabel<'a>> + use<'a> {
        let schema = self.schema().labels;
        schema.iter().zip(self.labels).map(|(schema, value)| EventLabel { schema, value: *value })
    }

    /// Returns the call with the labels of a registration, in the order of the schema.
    pub(crate) const fn with_registration<'b>(&self, labels: &'b [LabelValue<'b>]) -> Event<'b>
    where
        'a: 'b,
    {
        Event {
            site: self.site,
            labels: self.labels,
            values: self.values,
            context: self.context,
            registration: labels,
        }
    }

    /// Returns the values of the labels that were given at registration, or none.
    pub(crate) const fn registration_values(&self) -> &'a [LabelValue<'a>] {
        self.registration
    }

    /// Returns the labels that were given at registration, in declaration order; none if the back end was
    /// made without them.
    #[must_use]
    pub fn registration_labels(&self) -> impl ExactSizeIterator<Item = EventLabel<'a>> + use<'a> {
        let schema = self.schema().registration_labels;
        schema.iter().zip(self.registration).map(|(schema, value)| EventLabel { schema, value: *value })
    }

    /// Returns the values of the labels in declaration order.
    pub(crate) const fn label_values(&self) -> &'a [LabelValue<'a>] {
        self.labels
    }

    /// Returns the numbers of the values in declaration order.
    pub(crate) const fn numbers(&self) -> &'a [Option<Number>] {
        self.values
    }

    /// Returns the values in declaration order.
    #[must_use]
    pub fn values(&self) -> impl ExactSizeIterator<Item = EventValue> + use<'a> {
        let schema = self.schema().values;
        schema.iter().zip(self.values).map(|(schema, number)| EventValue { schema, number: *number })
    }

    /// Returns the context in declaration order: what the log line has and no series.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::fmt::Display;
    /// use telemetry::{Event, Sink, SinkAdapter, metrics};
    ///
    /// #[metrics]
    /// pub trait Metrics {
    ///     /// Failed jobs.
    ///     #[counter]
    ///     fn failures(&self, #[context] error: &dyn Display);
    /// }
    ///
    /// struct Check;
    ///
    /// impl Sink for Check {
    ///     fn record(&self, event: &Event<'_>) {
    ///         let context = event.context().next().unwrap();
    ///         assert_eq!((context.schema.param, context.value.to_string()), ("error", "timeout".to_owned()));
    ///     }
    /// }
    ///
    /// SinkAdapter(Check).failures(&"timeout");
    /// ```
    #[must_use]
    pub fn context(&self) -> impl ExactSizeIterator<Item = EventContext<'a>> + use<'a> {
        let schema = self.schema().context;
        schema.iter().zip(self.context).map(|(schema, value)| EventContext { schema, value: *value })
    }

    /// Returns the values of the context in declaration order.
    pub(crate) const fn context_values(&self) -> &'a [ContextValue<'a>] {
        self.context
    }
}

/// The number that one call records in one instrument; see [`Event::measurements`].
#[derive(Clone, Copy, Debug)]
pub struct Measurement<'a> {
    /// The declaration.
    pub instrument: &'static InstrumentSchema,
    /// The number to record.
    pub number: Number,
    event: Event<'a>,
}

impl<'a> Event<'a> {
    /// Returns a measurement for each instrument that the call records in. Skips instruments whose value is
    /// absent, and those that count operations in flight: see [`GuardEdge::in_flight`](crate::GuardEdge).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use std::sync::Mutex;
    /// use telemetry::{Event, Sink, SinkAdapter, metrics};
    ///
    /// #[metrics(namespace = "api")]
    /// pub trait Metrics {
    ///     /// Requests served.
    ///     #[counter]
    ///     #[counter(name = "response", unit = bytes, value = size, labels(), help = "Bytes sent.")]
    ///     fn requests(&self, cached: bool, size: Option<u64>);
    /// }
    ///
    /// #[derive(Default)]
    /// struct Sums(Mutex<HashMap<String, f64>>);
    ///
    /// impl Sink for Sums {
    ///     fn record(&self, event: &Event<'_>) {
    ///         for measurement in event.measurements() {
    ///             let mut series = measurement.instrument.name.to_owned();
    ///             for (key, text) in measurement.labels() {
    ///                 series += &format!(" {key}={text}");
    ///             }
    ///             *self.0.lock().unwrap().entry(series).or_default() += measurement.number.as_f64();
    ///         }
    ///     }
    /// }
    ///
    /// let sums = Sums::default();
    /// SinkAdapter(&sums).requests(true, Some(100));
    /// SinkAdapter(&sums).requests(false, None);
    /// let sums = sums.0.into_inner().unwrap();
    /// assert_eq!((sums["requests cached=true"], sums["requests cached=false"]), (1.0, 1.0));
    /// assert_eq!(sums["response"], 100.0);
    /// ```
    pub fn measurements(&self) -> impl Iterator<Item = Measurement<'a>> + use<'a> {
        let event = *self;
        self.schema().instruments.iter().filter_map(move |instrument| {
            let number = match instrument.measure {
                Measure::Calls => Number::U64(1),
                Measure::Value(index) => event.values.get(index).copied().flatten()?,
                Measure::Constant(number) => number,
                Measure::InFlight => return None,
            };
            Some(Measurement { instrument, number, event })
        })
    }

    /// Returns this number as a measurement for each instrument with that measure.
    pub(crate) fn measurements_of(
        self,
        measure: Measure,
        number: Number,
    ) -> impl Iterator<Item = Measurement<'a>> + use<'a> {
        let instruments = self.schema().instruments.iter();
        let measured = instruments.filter(move |instrument| instrument.measure == measure);
        measured.map(move |instrument| Measurement { instrument, number, event: self })
    }
}

/// The series that one call of a method with `#[remove(..)]` removes; see [`Event::removals`].
#[derive(Clone, Copy, Debug)]
pub struct RemovedSeries<'a> {
    /// The declaration of the instrument that loses them.
    pub instrument: &'static InstrumentSchema,
    removal: &'static Removal,
    event: Event<'a>,
}

impl<'a> Event<'a> {
    /// Returns the series that the call removes, by instrument; nothing for a call that records.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use std::sync::Mutex;
    /// use telemetry::{Event, Sink, SinkAdapter, metrics};
    ///
    /// #[metrics(namespace = "queue")]
    /// pub trait Metrics {
    ///     /// Jobs that wait.
    ///     #[gauge]
    ///     fn set_waiting(&self, #[label(cap = 16)] queue: &str, urgent: bool, jobs: u64);
    ///
    ///     /// A queue was deleted.
    ///     #[remove(waiting)]
    ///     fn queue_deleted(&self, queue: &str);
    /// }
    ///
    /// type Labels = Vec<(&'static str, String)>;
    ///
    /// #[derive(Default)]
    /// struct Gauges(Mutex<HashMap<(&'static str, Labels), f64>>);
    ///
    /// impl Sink for Gauges {
    ///     fn record(&self, event: &Event<'_>) {
    ///         let mut gauges = self.0.lock().unwrap();
    ///         for one in event.measurements() {
    ///             let labels: Labels = one.labels().map(|(key, text)| (key, text.into_owned())).collect();
    ///             gauges.insert((one.instrument.name, labels), one.number.as_f64());
    ///         }
    ///         for removed in event.removals() {
    ///             gauges.retain(|(name, labels), _| {
    ///                 let has = |(key, text)| labels.iter().any(|own| own.0 == key && own.1 == text);
    ///                 *name != removed.instrument.name || !removed.labels().all(has)
    ///             });
    ///         }
    ///     }
    /// }
    ///
    /// let gauges = Gauges::default();
    /// let metrics = SinkAdapter(&gauges);
    /// metrics.set_waiting("mail", true, 3);
    /// metrics.set_waiting("mail", false, 5);
    /// metrics.set_waiting("push", false, 1);
    /// metrics.queue_deleted("mail");
    /// assert_eq!(gauges.0.lock().unwrap().len(), 1);
    /// ```
    pub fn removals(&self) -> impl Iterator<Item = RemovedSeries<'a>> + use<'a> {
        let event = *self;
        let removed = move |removal: &'static Removal| RemovedSeries {
            instrument: removal.instrument(),
            removal,
            event,
        };
        self.schema().removes.iter().map(removed)
    }
}

impl<'a> RemovedSeries<'a> {
    /// Returns the labels that a series of the instrument has if it is removed, as keys and texts: those of
    /// the registration, constant labels, and those of the call. It may have more.
    pub fn labels(&self) -> impl Iterator<Item = (&'static str, Cow<'a, str>)> + use<'a> {
        let RemovedSeries { instrument, removal, event } = *self;
        instrument.labels.iter().filter_map(move |label| {
            let value = match *label {
                InstrumentLabel::Constant { key, value } => return Some((key, Cow::Borrowed(value))),
                InstrumentLabel::Registration(index) => event.registration.get(index)?,
                InstrumentLabel::Param(index) => {
                    let given = removal.labels.iter().position(|label| *label == index)?;
                    event.labels.get(given)?
                }
            };
            Some(text_of(removal.feeds.label_of(*label)?, value))
        })
    }
}

impl<'a> Measurement<'a> {
    /// Returns the instrument's labels as keys and texts, constant labels included, those of the registration
    /// first. An absent label has the text that the declaration gives it, `none` by default.
    pub fn labels(&self) -> impl Iterator<Item = (&'static str, Cow<'a, str>)> + use<'a> {
        let event = self.event;
        self.instrument.labels.iter().filter_map(move |label| {
            let value = match *label {
                InstrumentLabel::Constant { key, value } => return Some((key, Cow::Borrowed(value))),
                InstrumentLabel::Registration(index) => event.registration.get(index)?,
                InstrumentLabel::Param(index) => event.labels.get(index)?,
            };
            Some(text_of(event.schema().label_of(*label)?, value))
        })
    }
}

/// Returns a label's key and the text of its value.
fn text_of<'a>(schema: &'static LabelSchema, value: &'a LabelValue<'a>) -> (&'static str, Cow<'a, str>) {
    // An edge of a guard has whole text. That of a call is cut already, and stays as it is.
    let text = match schema.set.limit(*value) {
        LabelValue::Text(text) if text.as_whole().is_none() => Some(Cow::Owned(text.to_string())),
        _ => schema.set.text(value),
    };
    (schema.key, text.unwrap_or(Cow::Borrowed(schema.none.unwrap_or(NONE))))
}

impl EventLabel<'_> {
    /// Returns the text of the value, or `None` if the label is absent. Allocates only for integers and cut
    /// text.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'_, str>> {
        self.schema.set.text(&self.value)
    }
}

/// Prints the call: `failures(stage="lease")`.
impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.schema().fmt_call(
            self.registration_labels().map(|label| label.value),
            self.labels().map(|label| label.value),
            self.values().map(|value| value.number),
            self.context().map(|context| context.value),
            f,
        )
    }
}
