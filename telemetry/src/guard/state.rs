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
pub struct GuardState {
    location: &'static Location<'static>,
    /// The time of the start; `None` if no back end wants to know the elapsed time.
    started: Option<Instant>,
    pub(super) holds: Holds,
    /// True from the end of the start to the beginning of the end.
    is_open: bool,
}

/// A start that a back end is taking.
struct Starting<'a, F: Fn(&mut GuardEdge<'_>)> {
    state: &'a mut GuardState,
    event: &'a GuardedEvent,
    labels: &'a [LabelValue<'a>],
    pass: &'a F,
    has_started: bool,
}

/// Passes an end to the back ends if one of them panicked: nothing is recorded, and those that took the start
/// take the end. Contains further panics, since this one is still unwinding.
impl<F: Fn(&mut GuardEdge<'_>)> Drop for Starting<'_, F> {
    #[inline]
    fn drop(&mut self) {
        if self.has_started {
            return;
        }
        let Starting { state, event, labels, pass, .. } = self;
        let mut edge = GuardEdge { event, labels, state, is_start: false, time: None, is_set: false };
        contained(|| pass(&mut edge));
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

impl GuardState {
    /// Creates the state of a guard that the caller's caller starts.
    #[inline]
    #[must_use]
    #[track_caller]
    #[allow(clippy::new_without_default, reason = "a default has no caller")]
    pub fn new() -> Self {
        GuardState { location: Location::caller(), started: None, holds: Holds::new(), is_open: false }
    }

    pub(super) const fn location(&self) -> &'static Location<'static> {
        self.location
    }

    /// Passes the start to the back end. `labels` are those of what is in flight, with nothing in place of
    /// the others; none if nothing is in flight, or without labels.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "a back end's part folds away only where the event is a constant"
    )]
    pub fn start(
        &mut self,
        event: &GuardedEvent,
        labels: &[LabelValue<'_>],
        pass: impl Fn(&mut GuardEdge<'_>),
    ) {
        let mut starting = Starting { state: self, event, labels, pass: &pass, has_started: false };
        let state = &mut *starting.state;
        let mut edge = GuardEdge { event, labels, state, is_start: true, time: None, is_set: false };
        pass(&mut edge);
        let started = edge.time;
        starting.has_started = true;
        drop(starting);
        self.started = started;
        self.is_open = true;
    }

    /// Passes the end to the back end, and returns the elapsed time; `None` if the guard has ended before.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "a back end's part folds away only where the event is a constant"
    )]
    pub fn end(
        &mut self,
        event: &GuardedEvent,
        labels: &[LabelValue<'_>],
        pass: impl Fn(&mut GuardEdge<'_>),
    ) -> Option<Duration> {
        // Set before the back end sees it: one that panics has seen it.
        if !std::mem::replace(&mut self.is_open, false) {
            return None;
        }
        let started = self.started;
        let mut edge = GuardEdge { event, labels, state: self, is_start: false, time: None, is_set: false };
        pass(&mut edge);
        let elapsed = edge.time.zip(started).map(|(ended, started)| ended.saturating_duration_since(started));
        Some(elapsed.unwrap_or_default())
    }

    /// Returns whether the guard has started and has not ended.
    #[inline]
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.is_open
    }

    /// Prints a guard of this type.
    ///
    /// # Errors
    ///
    /// Returns the formatter's error.
    pub fn fmt(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let location = format_args!("{}", self.location);
        f.debug_struct(name).field("started_at", &location).finish_non_exhaustive()
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
