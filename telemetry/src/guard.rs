//! Guards: how back ends see the start and the end of an operation.

mod hold;
mod state;

pub(crate) use hold::{Hold, new_owner};
#[doc(hidden)]
pub use state::{
    CloneHandle, GuardEnd, GuardStart, GuardState, GuardedEvent, Listeners, Mentions, Restore, Returns,
    Started,
};

use crate::event::{Event, Measurement};
use crate::label::LabelValue;
use crate::schema::{EventSchema, Measure};
use crate::value::Number;
use std::fmt;
use std::panic::Location;
use std::time::Instant;

/// The start or the end of one guarded operation, for back ends that read the clock or count operations in
/// flight.
///
/// A guard passes one edge at its start and one at its end to the `guard_edge` method of the surface. The
/// event itself is one ordinary call, which follows the end. An edge does two things:
///
/// - It takes the time from the back end. [`read_clock`](Self::read_clock) reads the system's monotonic
///   clock; [`set_clock`](Self::set_clock) overrides it, as the recording mock does. Without either, the
///   operation takes no time, and [`NoOp`](crate::NoOp) reads no clock.
/// - It carries what is [`in_flight`](Self::in_flight): +1 at the start, -1 at the end.
///
/// A decorator that passes the edge on gives its guards the clock and the in-flight counts of what it wraps:
///
/// ```
/// use telemetry::{Event, GuardEdge, metrics};
///
/// #[metrics]
/// pub trait Metrics {
///     /// Jobs done.
///     #[counter]
///     #[up_down_counter(in_flight, name = "jobs_running")]
///     fn jobs(&self);
/// }
///
/// struct Decorator<M>(M);
///
/// impl<M: Metrics> Metrics for Decorator<M> {
///     fn event(&self, event: &Event<'_>) {
///         self.0.event(event);
///     }
///
///     fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
///         self.0.guard_edge(edge);
///     }
/// }
///
/// let mock = RecordingMetrics::default();
/// let decorated = Decorator(&mock);
/// let job = (&decorated).start_jobs();
/// assert_eq!(mock.in_flight(), 1);
/// job.end();
/// mock.assert_none_in_flight();
/// ```
pub struct GuardEdge<'a> {
    event: &'a GuardedEvent,
    /// The labels of the event that its in-flight instruments have. The others are absent.
    labels: &'a [LabelValue<'a>],
    /// The labels of the registration, if the back end has any.
    registration: Option<&'a &'a [LabelValue<'a>]>,
    started: &'a mut Started,
    is_start: bool,
    time: Option<Instant>,
    /// True if the time was set: the recording mock's has precedence.
    is_set: bool,
}

impl<'a> GuardEdge<'a> {
    /// Returns the declaration of the event that the guard records at its end.
    #[must_use]
    pub const fn schema(&self) -> &'static EventSchema {
        self.event.schema
    }

    /// Returns `true` at the start and `false` at the end.
    #[must_use]
    pub const fn is_start(&self) -> bool {
        self.is_start
    }

    /// Returns the source location at which the guard was started.
    #[must_use]
    pub const fn started_at(&self) -> &'static Location<'static> {
        self.started.location
    }

    /// Returns a measurement of +1 or -1 for each instrument that counts operations in flight.
    ///
    /// A back end that keeps series by text must count the end in the series that it chose at the start.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicI64, Ordering};
    /// use telemetry::{Event, GuardEdge, Sink, SinkAdapter, metrics};
    ///
    /// #[metrics]
    /// pub trait Metrics {
    ///     /// Jobs done.
    ///     #[counter]
    ///     #[up_down_counter(in_flight, name = "jobs_running")]
    ///     fn jobs(&self);
    /// }
    ///
    /// #[derive(Default)]
    /// struct Running(AtomicI64);
    ///
    /// impl Sink for Running {
    ///     fn record(&self, _: &Event<'_>) {}
    ///
    ///     fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
    ///         edge.read_clock();
    ///         for measurement in edge.in_flight() {
    ///             self.0.fetch_add(measurement.number.as_f64() as i64, Ordering::Relaxed);
    ///         }
    ///     }
    /// }
    ///
    /// let running = SinkAdapter(Running::default());
    /// let job = (&running).start_jobs();
    /// assert_eq!(running.0.0.load(Ordering::Relaxed), 1);
    /// job.end();
    /// assert_eq!(running.0.0.load(Ordering::Relaxed), 0);
    /// ```
    pub fn in_flight(&self) -> impl Iterator<Item = Measurement<'a>> + use<'a> {
        let number = Number::I64(if self.is_start { 1 } else { -1 });
        let registration = self.registration.copied().unwrap_or_default();
        let event = Event::new(self.event.site, self.labels, &[]).with_registration(registration);
        event.measurements_of(Measure::InFlight, number)
    }

    /// Reads the system's monotonic clock, if the event records the elapsed time and no other back end has
    /// read or set it.
    #[inline]
    pub fn read_clock(&mut self) {
        if self.time.is_none() && self.event.schema.is_timed() {
            self.time = Some(Instant::now());
        }
    }

    /// Sets the time of the edge. It has precedence over a time that was read; of several, the first counts.
    #[inline]
    pub fn set_clock(&mut self, now: Instant) {
        if !self.is_set {
            self.time = Some(now);
            self.is_set = true;
        }
    }

    /// Returns the time of the edge; `None` if no back end has read or set it.
    #[must_use]
    pub const fn time(&self) -> Option<Instant> {
        self.time
    }

    /// Passes the same edge on with the labels of a registration. Takes the time from it.
    pub(crate) fn with_registration(
        &mut self,
        labels: &&[LabelValue<'_>],
        pass: impl FnOnce(&mut GuardEdge<'_>),
    ) {
        let mut edge = GuardEdge {
            event: self.event,
            labels: self.labels,
            registration: Some(labels),
            started: &mut *self.started,
            is_start: self.is_start,
            time: self.time,
            is_set: self.is_set,
        };
        pass(&mut edge);
        (self.time, self.is_set) = (edge.time, edge.is_set);
    }

    /// Returns the event's index among those of its surface.
    #[inline]
    pub(crate) const fn index(&self) -> usize {
        self.event.index
    }

    /// Returns the values of the labels, those of the in-flight instruments alone.
    pub(crate) const fn label_values(&self) -> &'a [LabelValue<'a>] {
        self.labels
    }

    /// Keeps the back end's own record of what it started, for the end.
    #[inline]
    pub(crate) fn hold(&mut self, hold: Hold) {
        self.started.holds.push(hold);
    }

    /// Removes and returns the record that the back end with this id kept of the event's instrument with
    /// this index.
    #[inline]
    pub(crate) fn release(&mut self, owner: u64, instrument: usize) -> Option<u64> {
        self.started.holds.take(owner, instrument)
    }
}

impl fmt::Debug for GuardEdge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edge = if self.is_start { "start" } else { "end" };
        write!(f, "{edge} of {}, started at {}", self.schema().name, self.started_at())
    }
}
