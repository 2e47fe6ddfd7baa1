//! The parts of a generated guard: its state from start to end, and the labels that it keeps.

use super::GuardEdge;
use super::hold::Holds;
use crate::event::Site;
use crate::label::{Closed, LabelValue};
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
    phase: Phase,
}

/// How far a guard is.
#[derive(Clone, Copy, Debug)]
enum Phase {
    New,
    Open,
    Ended,
}

impl GuardState {
    /// Creates the state of a guard that the caller's caller starts.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        GuardState { location: Location::caller(), started: None, holds: Holds::new(), phase: Phase::New }
    }

    pub(super) const fn location(&self) -> &'static Location<'static> {
        self.location
    }

    /// Passes the next edge to the back end: the start, then the end. Returns the elapsed time at the end; `None`
    /// at the start and after the end.
    #[inline]
    pub fn pass_edge(
        &mut self,
        site: &'static Site,
        index: usize,
        labels: &[LabelValue<'_>],
        pass: impl FnOnce(&mut GuardEdge<'_>),
    ) -> Option<Duration> {
        let is_start = match self.phase {
            Phase::New => true,
            Phase::Open => false,
            Phase::Ended => return None,
        };
        // Before the back end sees it: one that panics has seen it.
        self.phase = if is_start { Phase::Open } else { Phase::Ended };
        let mut edge = GuardEdge::new(site, index, labels, self, is_start);
        pass(&mut edge);
        let time = edge.time();
        if is_start {
            self.started = time;
            return None;
        }
        let elapsed = time.zip(self.started).map(|(ended, started)| ended.saturating_duration_since(started));
        Some(elapsed.unwrap_or_default())
    }

    /// Prints a guard of this type.
    pub fn fmt(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let location = format_args!("{}", self.location);
        f.debug_struct(name).field("started_at", &location).finish_non_exhaustive()
    }
}

/// For expansions: a label that a guard keeps from start to end.
///
/// `derive(Label)` implements it. `'a` is the lifetime of the kept value, which the restored label borrows.
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
impl<L: Closed + 'static> Restore<'_> for L {
    type Kept = L;

    #[inline]
    fn keep(&self) -> L {
        self.again()
    }

    #[inline]
    fn restore(kept: &L) -> L {
        kept.again()
    }
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

/// For expansions: a handle that a guard can own a clone of.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be cloned, and a guard owns a clone of what it is started on",
    label = "cannot be cloned",
    note = "start it on a reference, `(&metrics).start_job()`, or hold the back end in an `Arc`"
)]
pub trait CloneHandle: Clone {}

#[diagnostic::do_not_recommend]
impl<T: Clone> CloneHandle for T {}
