//! Counts operations in flight: up at a guard's start, and down at its end in the same series.
//!
//! The row is found once, at the start. The guard keeps it, so that an operation which started as `other`
//! also ends there.

use super::call::{EventPlan, Recorder};
use super::instruments::Instruments;
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
use std::hint::cold_path;
use std::marker::PhantomData;
use std::ptr;
use std::sync::Arc;

#[doc(hidden)]
impl<S: Surface + ?Sized> Instruments<S> {
    /// Returns the index of the edge's event. Rejects an event of another surface, which has none.
    #[inline]
    #[must_use]
    pub fn event_of(&self, edge: &GuardEdge<'_>) -> usize {
        let index = edge.index();
        match S::SCHEMA.events.get(index) {
            Some(event) if ptr::eq(*event, edge.schema()) => index,
            _ => {
                if edge.is_start() {
                    reject(self.registration());
                }
                usize::MAX
            }
        }
    }

    /// Counts an edge of the event with index `E` in its instrument with index `I`: in this thread's shard,
    /// or else by the general path. `L` is the number of the edge's labels.
    ///
    /// Not inlined, so that the rest of an edge is.
    #[inline(never)]
    pub fn in_flight<const E: usize, const I: usize, const L: usize>(&self, edge: &mut GuardEdge<'_>) {
        let registration = self.registration();
        let owner = registration.id;
        let Ok(values) = <&[LabelValue<'_>; L]>::try_from(edge.label_values()) else {
            debug_assert!(false, "the expansion says how many labels it passes");
            return;
        };
        let words = EventPlan::<S, E>::LAYOUT.dense;
        let plan = EdgePlan::<S, E, I, L>::PLAN;
        if edge.is_start() {
            let start = Start::<S, E, I, L> { registration, values, surface: PhantomData };
            let row = thread::with(registration, registration.id, words, start).unwrap_or_else(|| {
                cold_path();
                let labels = EdgePlan::<S, E, I, L>::LABELS;
                change_far(registration, words, start, Change::Start { plan, labels, values })
            });
            edge.hold(Hold { owner, instrument: I, row });
        } else if let Some(row) = edge.release(owner, I) {
            let end = End::<S, E, I, L> { registration, row, surface: PhantomData };
            if thread::with(registration, registration.id, words, end).is_none() {
                cold_path();
                change_far(registration, words, end, Change::End { plan, row });
            }
        }
    }
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

/// Makes the change by `visit` if this thread has many registrations, or else by the general path.
#[inline(never)]
fn change_far(
    registration: &Arc<Registration>,
    words: usize,
    visit: impl Visit<u64>,
    change: Change<'_>,
) -> u64 {
    thread::with_far(registration, registration.id, words, visit)
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
