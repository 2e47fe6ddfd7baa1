//! The parts of a generated guard: its state from start to end, and the labels that it keeps.

use super::GuardEdge;
use super::hold::Holds;
use crate::event::Site;
use crate::label::{Closed, LabelValue};
use std::panic::Location;
use std::time::{Duration, Instant};

/// For expansions: the state of a guard. `end` succeeds once.
#[derive(Debug)]
pub struct GuardState {
    location: &'static Location<'static>,
    /// The time of the start; `None` if no back end wants to know the elapsed time.
    started: Option<Instant>,
    pub(super) holds: Holds,
    is_open: bool,
}

impl GuardState {
    /// Creates the state of a guard that the caller's caller starts.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        GuardState { location: Location::caller(), started: None, holds: Holds::new(), is_open: true }
    }

    pub(super) const fn location(&self) -> &'static Location<'static> {
        self.location
    }

    /// Passes the start to the back end.
    #[inline]
    pub fn start(
        &mut self,
        site: &'static Site,
        index: usize,
        labels: &[LabelValue<'_>],
        pass: impl FnOnce(&mut GuardEdge<'_>),
    ) {
        let mut edge = GuardEdge::new(site, index, labels, self, true);
        pass(&mut edge);
        self.started = edge.time();
    }

    /// Passes the end to the back end, and returns the elapsed time; `None` if the guard has ended before.
    #[inline]
    #[must_use = "the call that ends the operation is still to be made"]
    pub fn end(
        &mut self,
        site: &'static Site,
        index: usize,
        labels: &[LabelValue<'_>],
        pass: impl FnOnce(&mut GuardEdge<'_>),
    ) -> Option<Duration> {
        if !std::mem::replace(&mut self.is_open, false) {
            return None;
        }
        let mut edge = GuardEdge::new(site, index, labels, self, false);
        pass(&mut edge);
        let elapsed = match (edge.time(), self.started) {
            (Some(ended), Some(started)) => ended.saturating_duration_since(started),
            _ => Duration::ZERO,
        };
        Some(elapsed)
    }

    /// Returns whether the guard has not ended.
    #[inline]
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.is_open
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
