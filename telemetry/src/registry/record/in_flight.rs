//! Counts operations in flight: up at a guard's start, and down at its end in the same series.
//!
//! The row is found once, at the start. The guard keeps it, so that an operation which started as `other` also
//! ends there.

use super::call::Recorder;
use super::registration::Registration;
use super::state::{ThreadState, Visit};
use super::thread;
use crate::guard::{GuardEdge, Hold};
use crate::label::LabelValue;
use crate::registry::layout::cell::Rejection;
use crate::registry::layout::plan::{LABELS_MAX, LabelPlan, Plan};
use crate::registry::store::cell::{Exclusive, Shared, Writer};
use crate::sync::AtomicU64;
use crate::value::Number;
use std::sync::Arc;

/// Counts one edge in this thread's shard, or, where that is impossible, in the shared one.
#[inline(never)]
pub fn count(registration: &Arc<Registration>, edge: &mut GuardEdge<'_>) {
    let owner = Arc::as_ptr(registration).addr();
    let Some(plans) = plans_of(registration, edge) else {
        if edge.is_start() {
            step(registration, &Step::Reject);
        }
        return;
    };
    if edge.is_start() {
        let labels = &registration.labels[edge.index()];
        for (instrument, plan) in plans.iter().enumerate().filter(|(_, plan)| plan.is_in_flight()) {
            let start = Step::Start { plan, labels, values: edge.label_values() };
            let row = step(registration, &start);
            edge.hold(Hold { owner, instrument, row });
        }
    } else {
        while let Some(hold) = edge.release(owner) {
            let plan = plans.get(hold.instrument);
            debug_assert!(plan.is_some(), "the guard holds instruments of its event");
            if let Some(plan) = plan {
                step(registration, &Step::End { plan, row: hold.row });
            }
        }
    }
}

/// Returns the plans of the edge's event; `None` if it is an event of another surface.
fn plans_of<'r>(registration: &'r Registration, edge: &GuardEdge<'_>) -> Option<&'r [Plan]> {
    let event = registration.schema.events.get(edge.index())?;
    std::ptr::eq(*event, edge.schema()).then(|| &*registration.plans[edge.index()])
}

/// One change of one count.
#[derive(Clone, Copy)]
enum Step<'a> {
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

/// Makes the change, and returns the row.
fn step(registration: &Arc<Registration>, step: &Step<'_>) -> u64 {
    let words = registration.shards.shared.dense.len();
    let at_hand = InShard { registration, step };
    if let Some(row) = thread::with(registration, registration.id, words, at_hand) {
        return row;
    }
    step_generally(registration, step)
}

/// Makes the change on a thread's first call, and where there is no thread.
#[cold]
#[inline(never)]
fn step_generally(registration: &Arc<Registration>, step: &Step<'_>) -> u64 {
    let attached = thread::attached(registration, |state| {
        step.make(Recorder::<Exclusive>::new(
            registration,
            &registration.gauges,
            Some(state),
            &state.shard.dense,
        ))
    });
    attached.unwrap_or_else(|| {
        let dense = &registration.shards.shared.dense;
        step.make(Recorder::<Shared>::new(registration, &registration.gauges, None, dense))
    })
}

/// A change in the shard of the calling thread.
struct InShard<'a> {
    registration: &'a Arc<Registration>,
    step: &'a Step<'a>,
}

impl Visit<u64> for InShard<'_> {
    #[inline(always)]
    fn visit(self, state: Option<&ThreadState>, dense: &[AtomicU64]) -> Option<u64> {
        let recorder = Recorder::<Exclusive>::new(self.registration, &self.registration.gauges, state, dense);
        Some(self.step.make(recorder))
    }
}

impl Step<'_> {
    #[inline(always)]
    fn make<W: Writer>(&self, recorder: Recorder<'_, W>) -> u64 {
        match *self {
            Step::Start { plan, labels, values } => {
                let row = row(recorder, plan, labels, values);
                recorder.add(plan, None, row, Number::I64(1));
                row
            }
            Step::End { plan, row } => {
                recorder.add(plan, None, row, Number::I64(-1));
                row
            }
            Step::Reject => {
                recorder.reject(Rejection::Foreign);
                0
            }
        }
    }
}

/// Returns the row of the labels' values. Counts a value that becomes `other`.
#[inline(always)]
fn row<W: Writer>(
    recorder: Recorder<'_, W>,
    plan: &Plan,
    labels: &[LabelPlan],
    values: &[LabelValue<'_>],
) -> u64 {
    let mut indexes = [0; LABELS_MAX];
    let mut len = 0;
    for (at, (label, value)) in labels.iter().zip(values).enumerate() {
        if plan.strides[at] != 0 {
            indexes[at] = recorder.label_index(label, value);
        }
        len = at + 1;
    }
    plan.row(&indexes[..len])
}
