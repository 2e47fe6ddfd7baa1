//! The parts of a generated guard: its state from start to end, and the labels that it keeps.

use super::GuardEdge;
use super::hold::Holds;
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
    has_ended: bool,
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
        GuardState { location: Location::caller(), started: None, holds: Holds::new(), has_ended: false }
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
        pass: impl FnOnce(&mut GuardEdge<'_>),
    ) {
        let mut edge = GuardEdge { event, labels, state: self, is_start: true, time: None, is_set: false };
        pass(&mut edge);
        self.started = edge.time;
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
        pass: impl FnOnce(&mut GuardEdge<'_>),
    ) -> Option<Duration> {
        // Before the back end sees it: one that panics has seen it.
        if std::mem::replace(&mut self.has_ended, true) {
            return None;
        }
        let started = self.started;
        let mut edge = GuardEdge { event, labels, state: self, is_start: false, time: None, is_set: false };
        pass(&mut edge);
        let elapsed = edge.time.zip(started).map(|(ended, started)| ended.saturating_duration_since(started));
        Some(elapsed.unwrap_or_default())
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
