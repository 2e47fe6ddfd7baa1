//! Counts operations in flight: up at a guard's start, and down at its end in the same series.
//!
//! The row is found once, at the start. The guard keeps it, so that an operation which started as `other`
//! also ends there.

use super::call::{EventPlan, Recorder};
use super::instruments::{Handle, Instruments};
use super::registration::Registration;
use super::state::{ThreadState, Visit};
use super::thread;
use crate::guard::{GuardEdge, Hold};
use crate::label::LabelValue;
use crate::label::index::Found;
use crate::registry::layout::cell::Rejection;
use crate::registry::layout::plan::{LabelPlan, Plan};
use crate::registry::store::cell::{Exclusive, Shared, Writer};
use crate::surface::Surface;
use crate::sync::AtomicU64;
use std::marker::PhantomData;
use std::ptr;
use std::sync::Arc;

#[doc(hidden)]
impl<S: Surface + ?Sized> Instruments<S> {
    /// Returns the index of the edge's event. Rejects the start of an event of another surface, which has
    /// none; of its end, there is no record of this registration.
    #[inline]
    #[must_use]
    pub fn event_of(&self, edge: &GuardEdge<'_>) -> usize {
        let index = edge.index();
        if edge.is_start() && S::SCHEMA.events.get(index).is_none_or(|own| !ptr::eq(*own, edge.schema())) {
            reject(self.registration());
            return usize::MAX;
        }
        index
    }

    /// Counts an edge of the event with index `E` in its instrument with index `I`: in this thread's shard,
    /// or else by the general path. `L` is the number of the edge's labels.
    #[inline]
    pub fn in_flight<const E: usize, const I: usize, const L: usize>(&self, edge: &mut GuardEdge<'_>) {
        let owner = self.id();
        if !edge.is_start() {
            if let Some(row) = edge.release(owner, I) {
                self.end_in_flight::<E, I, L>(row);
            }
        } else if let Ok(values) = <&[LabelValue<'_>; L]>::try_from(edge.label_values()) {
            let row = self.start_in_flight::<E, I, L>(values);
            edge.hold(Hold { owner, instrument: I, row });
        } else {
            debug_assert!(false, "the expansion says how many labels it passes");
        }
    }

    /// Counts a start, and returns its row. Not inlined, as the end is not, so that the rest of an edge is:
    /// the edge itself then needs no place in memory.
    #[inline(never)]
    fn start_in_flight<const E: usize, const I: usize, const L: usize>(
        &self,
        values: &[LabelValue<'_>; L],
    ) -> u64 {
        let registration = self.registration();
        let start = Start::<S, E, I, L> { registration, values, surface: PhantomData };
        match thread::with(registration, self.id(), EventPlan::<S, E>::LAYOUT.dense, start) {
            Some(row) => row,
            None => start_far(start),
        }
    }

    /// Counts an end.
    #[inline(never)]
    fn end_in_flight<const E: usize, const I: usize, const L: usize>(&self, row: u64) {
        let registration = self.registration();
        let end = End::<S, E, I, L> { registration, row, surface: PhantomData };
        if thread::with(registration, self.id(), EventPlan::<S, E>::LAYOUT.dense, end).is_none() {
            end_far(end);
        }
    }
}

/// Out of line, so that the fast path needs no stack.
#[cold]
#[inline(never)]
fn start_far<S: Surface + ?Sized, const E: usize, const I: usize, const L: usize>(
    start: Start<'_, S, E, I, L>,
) -> u64 {
    let (plan, labels) = (EdgePlan::<S, E, I, L>::PLAN, EdgePlan::<S, E, I, L>::LABELS);
    let change = Change::Start { plan, labels, values: start.values };
    change_far(start.registration, EventPlan::<S, E>::LAYOUT.dense, start, change)
}

#[cold]
#[inline(never)]
fn end_far<S: Surface + ?Sized, const E: usize, const I: usize, const L: usize>(end: End<'_, S, E, I, L>) {
    let change = Change::End { plan: EdgePlan::<S, E, I, L>::PLAN, row: end.row };
    change_far(end.registration, EventPlan::<S, E>::LAYOUT.dense, end, change);
}

/// The constants of an edge of the event with index `E` and its instrument with index `I`.
struct EdgePlan<S: ?Sized, const E: usize, const I: usize, const L: usize>(PhantomData<fn(&S)>);

impl<S: Surface + ?Sized, const E: usize, const I: usize, const L: usize> EdgePlan<S, E, I, L> {
    const PLAN: &'static Plan = &Plan::of(S::SCHEMA, EventPlan::<S, E>::LAYOUT, E, I);
    const LABELS: &'static [LabelPlan; L] = &LabelPlan::all(S::SCHEMA, EventPlan::<S, E>::LAYOUT, E);
}

/// A start in the shard of the calling thread. All of its plan is constant.
struct Start<'a, S: ?Sized, const E: usize, const I: usize, const L: usize> {
    registration: &'a Arc<Registration>,
    values: &'a [LabelValue<'a>; L],
    surface: PhantomData<fn(&S)>,
}

impl<S: ?Sized, const E: usize, const I: usize, const L: usize> Copy for Start<'_, S, E, I, L> {}

impl<S: ?Sized, const E: usize, const I: usize, const L: usize> Clone for Start<'_, S, E, I, L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Surface + ?Sized, const E: usize, const I: usize, const L: usize> Visit<u64>
    for Start<'_, S, E, I, L>
{
    #[inline(always)]
    fn visit(self, state: Option<&ThreadState>, dense: &[AtomicU64]) -> Option<u64> {
        let plan = EdgePlan::<S, E, I, L>::PLAN;
        let gauges = &self.registration.gauges;
        let recorder = Recorder::<Exclusive>::new(self.registration, gauges, state, dense);
        let mut indexes = [0; L];
        let labels = EdgePlan::<S, E, I, L>::LABELS.iter().zip(self.values);
        for ((index, (label, value)), stride) in indexes.iter_mut().zip(labels).zip(&plan.strides) {
            if *stride != 0 {
                *index = match label.index.find(value) {
                    Found::At(index) => index,
                    _ => open_index(recorder, label, value),
                };
            }
        }
        let row = plan.row(&indexes);
        recorder.add_in_flight(plan, row, 1);
        Some(row)
    }
}

/// Returns the index of an open label's value. Not inlined: made for each guard, it would double the time
/// that a release build takes for it.
#[inline(never)]
fn open_index(recorder: Recorder<'_, Exclusive>, label: &LabelPlan, value: &LabelValue<'_>) -> u64 {
    index(recorder, label, value)
}

/// Returns the index of a label's value. A call counts a value that becomes `other` in its own labels, so the
/// start counts it in the others.
fn index<W: Writer>(recorder: Recorder<'_, W>, label: &LabelPlan, value: &LabelValue<'_>) -> u64 {
    if label.used { recorder.uncounted_index(label, value) } else { recorder.label_index(label, value) }
}

/// An end in the shard of the calling thread.
struct End<'a, S: ?Sized, const E: usize, const I: usize, const L: usize> {
    registration: &'a Arc<Registration>,
    row: u64,
    surface: PhantomData<fn(&S)>,
}

impl<S: ?Sized, const E: usize, const I: usize, const L: usize> Copy for End<'_, S, E, I, L> {}

impl<S: ?Sized, const E: usize, const I: usize, const L: usize> Clone for End<'_, S, E, I, L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Surface + ?Sized, const E: usize, const I: usize, const L: usize> Visit<u64> for End<'_, S, E, I, L> {
    #[inline(always)]
    fn visit(self, state: Option<&ThreadState>, dense: &[AtomicU64]) -> Option<u64> {
        let gauges = &self.registration.gauges;
        let recorder = Recorder::<Exclusive>::new(self.registration, gauges, state, dense);
        recorder.add_in_flight(EdgePlan::<S, E, I, L>::PLAN, self.row, -1);
        Some(self.row)
    }
}

impl Handle {
    /// Counts the start or the end of an operation by the general path.
    pub fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
        change(&self.registration, edge);
    }
}

/// Counts an edge by its event's schema at run time, for the hook and the mock.
#[cold]
fn change(registration: &Arc<Registration>, edge: &mut GuardEdge<'_>) {
    let event = edge.index();
    if registration.schema.events.get(event).is_none_or(|own| !ptr::eq(*own, edge.schema())) {
        if edge.is_start() {
            reject(registration);
        }
        return;
    }
    let plans = registration.plans[event].iter().enumerate().filter(|(_, plan)| plan.is_in_flight());
    for (instrument, plan) in plans {
        if edge.is_start() {
            let labels = &registration.labels[event];
            let row =
                change_generally(registration, Change::Start { plan, labels, values: edge.label_values() });
            edge.hold(Hold { owner: registration.id, instrument, row });
        } else if let Some(row) = edge.release(registration.id, instrument) {
            change_generally(registration, Change::End { plan, row });
        }
    }
}

/// Counts an edge of another surface.
#[cold]
#[inline(never)]
fn reject(registration: &Arc<Registration>) {
    change_generally(registration, Change::Reject);
}

/// One change of one count, on the general path.
#[derive(Clone, Copy)]
enum Change<'a> {
    Start {
        plan: &'a Plan,
        labels: &'a [LabelPlan],
        values: &'a [LabelValue<'a>],
    },
    End {
        plan: &'a Plan,
        row: u64,
    },
    /// The event is of another surface.
    Reject,
}

/// Makes the change by `visit` if this thread has many registrations or the registry has exemplars, or else
/// by the general path.
#[inline(never)]
fn change_far(
    registration: &Arc<Registration>,
    words: usize,
    visit: impl Visit<u64>,
    change: Change<'_>,
) -> u64 {
    thread::with_any(registration, registration.id, words, visit)
        .unwrap_or_else(|| change_generally(registration, change))
}

/// Makes the change on a thread's first call, and where there is no thread. Returns the row.
#[cold]
#[inline(never)]
fn change_generally(registration: &Arc<Registration>, change: Change<'_>) -> u64 {
    let gauges = &registration.gauges;
    let attached = thread::attached(registration, |state| {
        let dense = &state.shard.dense;
        change.make(Recorder::<Exclusive>::new(registration, gauges, Some(state), dense))
    });
    attached.unwrap_or_else(|| {
        let dense = &registration.shards.shared.dense;
        change.make(Recorder::<Shared>::new(registration, gauges, None, dense))
    })
}

impl Change<'_> {
    fn make<W: Writer>(self, recorder: Recorder<'_, W>) -> u64 {
        match self {
            Change::Start { plan, labels, values } => {
                let mut row = 0;
                for ((label, value), stride) in labels.iter().zip(values).zip(&plan.strides) {
                    if *stride != 0 {
                        row += index(recorder, label, value) * stride;
                    }
                }
                recorder.add_in_flight(plan, row, 1);
                row
            }
            Change::End { plan, row } => {
                recorder.add_in_flight(plan, row, -1);
                row
            }
            Change::Reject => {
                recorder.reject(Rejection::Foreign);
                0
            }
        }
    }
}
