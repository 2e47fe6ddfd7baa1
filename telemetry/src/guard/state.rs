//! The parts of a generated guard: its state from start to end, and the labels that it keeps.

use super::GuardEdge;
use super::hold::Holds;
use crate::contain::contained;
use crate::event::Site;
use crate::label::LabelValue;
use crate::schema::EventSchema;
use std::fmt;
use std::panic::Location;
use std::time::{Duration, Instant};

/// For expansions: the state of a guard, which starts once and ends once.
#[derive(Debug)]
pub struct GuardState<M> {
    /// The handle from the start to the end. `None` after it, and from the beginning if nobody listens.
    handle: Option<M>,
    pub(super) started: Started,
}

/// For expansions: what a guard keeps of its start.
#[derive(Debug)]
pub struct Started {
    pub(super) location: &'static Location<'static>,
    /// The time; `None` if no back end wants to know the elapsed time.
    time: Option<Instant>,
    pub(super) holds: Holds,
}

/// For expansions: who takes the edges of a handle's guards, and its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listeners {
    /// Nobody: [`NoOp`](crate::NoOp) alone.
    None,
    /// One registry, of which a start does not panic.
    Registry,
    /// Back ends of any sort and number.
    Any,
}

impl Listeners {
    /// Returns the listeners of two handles.
    #[inline]
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Listeners::None, one) | (one, Listeners::None) => one,
            _ => Listeners::Any,
        }
    }
}

/// For expansions: the start of a guard, while a back end takes it.
#[derive(Debug)]
pub struct GuardStart<'a>(GuardEdge<'a>);

impl<'a> GuardStart<'a> {
    /// Begins the start. `labels` are those of what is in flight, with nothing in place of the others; none
    /// if nothing is in flight, or without labels.
    #[inline]
    #[must_use]
    pub const fn new(
        started: &'a mut Started,
        event: &'a GuardedEvent,
        labels: &'a [LabelValue<'a>],
    ) -> Self {
        GuardStart(GuardEdge {
            event,
            labels,
            registration: None,
            started,
            is_start: true,
            time: None,
            is_set: false,
        })
    }

    /// Returns the edge, for a back end of which a start does not panic.
    #[inline]
    pub const fn edge(&mut self) -> &mut GuardEdge<'a> {
        &mut self.0
    }

    /// Passes the edge to the back ends. If one of them panics, nothing is recorded, and those that took the
    /// start take the end.
    #[inline]
    pub fn pass(&mut self, pass: impl Fn(&mut GuardEdge<'_>)) {
        let passing = Passing { edge: &mut self.0, pass };
        (passing.pass)(passing.edge);
        #[allow(clippy::mem_forget, reason = "owns nothing; its drop is for a panic")]
        std::mem::forget(passing);
    }

    /// Ends the start, and returns its time; `None` if no back end wants to know the elapsed time.
    #[inline]
    #[must_use]
    pub const fn finish(self) -> Option<Instant> {
        self.0.time
    }
}

/// A start that back ends are taking.
struct Passing<'a, 'e, P: Fn(&mut GuardEdge<'_>)> {
    edge: &'a mut GuardEdge<'e>,
    pass: P,
}

/// Passes the end after a panic. Contains further panics, since the first one is still unwinding.
impl<P: Fn(&mut GuardEdge<'_>)> Drop for Passing<'_, '_, P> {
    #[cold]
    fn drop(&mut self) {
        let Passing { edge, pass } = self;
        (edge.is_start, edge.time, edge.is_set) = (false, None, false);
        contained(|| pass(edge));
    }
}

/// For expansions: the end of a guard, while a back end takes it.
#[derive(Debug)]
pub struct GuardEnd<'a>(GuardEdge<'a>);

impl<'a> GuardEnd<'a> {
    /// Returns the edge, for the back end.
    #[inline]
    pub fn edge(&mut self) -> &mut GuardEdge<'a> {
        &mut self.0
    }

    /// Ends the end, and returns the elapsed time.
    #[inline]
    #[must_use]
    pub fn finish(self) -> Duration {
        let elapsed = self.0.time.zip(self.0.started.time);
        elapsed.map(|(ended, started)| ended.saturating_duration_since(started)).unwrap_or_default()
    }
}

/// For expansions: the event that a guard records.
#[derive(Debug)]
pub struct GuardedEvent {
    pub(super) schema: &'static EventSchema,
    pub(super) site: &'static Site,
    /// The event's index in its surface.
    pub(super) index: usize,
}

impl GuardedEvent {
    /// Creates the event with this index in its surface.
    #[must_use]
    pub const fn new(schema: &'static EventSchema, site: &'static Site, index: usize) -> Self {
        GuardedEvent { schema, site, index }
    }

    /// Returns the declaration of the event.
    #[cfg(feature = "catalog")]
    pub(crate) const fn schema(&self) -> &'static EventSchema {
        self.schema
    }
}

impl<M> GuardState<M> {
    /// Creates the state of a guard to which nobody listens. The caller's caller starts it.
    #[inline]
    #[must_use]
    #[track_caller]
    pub const fn unheard() -> Self {
        GuardState { handle: None, started: Started::here() }
    }

    /// Creates the state of a guard that the caller's caller has started at this time.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn new(handle: M, started: Started, time: Option<Instant>) -> Self {
        let started = Started { location: Location::caller(), time, holds: started.holds.moved() };
        GuardState { handle: Some(handle), started }
    }

    /// Begins the end, and returns the handle too; `None` if the guard has ended before. A back end that
    /// panics has seen the end.
    #[inline]
    #[must_use]
    pub fn end<'a>(
        &'a mut self,
        event: &'a GuardedEvent,
        labels: &'a [LabelValue<'a>],
    ) -> Option<(M, GuardEnd<'a>)> {
        let handle = self.handle.take()?;
        let started = &mut self.started;
        let edge = GuardEdge {
            event,
            labels,
            registration: None,
            started,
            is_start: false,
            time: None,
            is_set: false,
        };
        Some((handle, GuardEnd(edge)))
    }

    /// Returns whether the guard has started and has not ended.
    #[inline]
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.handle.is_some()
    }

    /// Prints a guard of this type.
    ///
    /// # Errors
    ///
    /// Returns the formatter's error.
    pub fn fmt(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let location = format_args!("{}", self.started.location);
        f.debug_struct(name).field("started_at", &location).finish_non_exhaustive()
    }
}

impl Started {
    /// Returns what a guard keeps before its start. The caller's caller starts it.
    #[inline]
    #[must_use]
    #[track_caller]
    pub const fn here() -> Self {
        Started { location: Location::caller(), time: None, holds: Holds::new() }
    }
}

/// For expansions: a label that borrows, and that a guard keeps from start to end.
///
/// `derive(Label)` implements it for a type with a lifetime. `'a` is the lifetime of the kept value, which
/// the restored label borrows.
#[diagnostic::on_unimplemented(
    message = "a guard cannot keep the label type `{Self}` until its end",
    label = "known at the start, and cannot be kept",
    note = "derive `Label` for it, or take `#[label(cap = 64)] name: &str`, which a guard owns as any string",
    note = "or give it at the end: `#[end(default = ..)]`"
)]
pub trait Restore<'a>: Sized {
    /// The type in which it is kept.
    type Kept: 'static;

    /// Returns the label as it is kept.
    #[must_use]
    fn keep(&self) -> Self::Kept;

    /// Returns the label.
    #[must_use]
    fn restore(kept: &'a Self::Kept) -> Self;
}

#[diagnostic::do_not_recommend]
impl<'a, L: Restore<'a>> Restore<'a> for Option<L> {
    type Kept = Option<L::Kept>;

    #[inline]
    fn keep(&self) -> Self::Kept {
        self.as_ref().map(L::keep)
    }

    #[inline]
    fn restore(kept: &'a Self::Kept) -> Self {
        kept.as_ref().map(L::restore)
    }
}

/// For expansions: what a function returns for an argument of this type.
pub trait Returns<A> {
    /// The type.
    type Type;
}

impl<F: Fn(A) -> R, A, R> Returns<A> for F {
    type Type = R;
}

/// For expansions: says that a guard of the event with this index has these types.
pub trait Mentions<const EVENT: usize, Types> {}

/// For expansions: a handle that a guard can own a clone of.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be cloned, and a guard owns a clone of what it is started on",
    label = "cannot be cloned",
    note = "start it on a reference, `(&metrics).start_job()`, or hold the back end in an `Arc`"
)]
pub trait CloneHandle: Clone {}

#[diagnostic::do_not_recommend]
impl<T: Clone> CloneHandle for T {}
