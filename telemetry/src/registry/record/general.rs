//! Records a call by its event's schema at run time: for the hook, a thread's first call, calls that have no
//! thread, and those that meet a removal.

use super::call::Recorder;
use super::observed;
use super::registration::Registration;
use super::removal::Removals;
use super::state::ThreadState;
use super::thread;
use crate::label::LabelValue;
use crate::registry::layout::cell::Rejection;
use crate::registry::layout::plan::LABELS_MAX;
use crate::registry::store::cell::{Exclusive, Shared, Traced, Writer};
use crate::schema::EventSchema;
use crate::value::Number;
use std::sync::Arc;

/// The number of times that a call begins again because of removals.
const TRIES: usize = 8;

/// A call, by the index of its event.
#[derive(Clone, Copy)]
pub struct PlainCall<'a> {
    pub event: usize,
    pub labels: &'a [LabelValue<'a>],
    pub numbers: &'a [Option<Number>],
}

/// Records in this thread's shard, or, where that is impossible, in the shared one.
#[cold]
#[inline(never)]
pub fn record(
    registration: &Arc<Registration>,
    event: &'static EventSchema,
    labels: &[LabelValue<'_>],
    numbers: &[Option<Number>],
) {
    let events = registration.schema.events;
    let Some(index) = events.iter().position(|own| std::ptr::eq(*own, event)) else {
        return reject(registration);
    };
    if !events[index].removes.is_empty() {
        return registration.remove(index, labels);
    }
    if events[index].is_observed() {
        return observed::record(registration, index, labels, numbers);
    }
    let call = PlainCall { event: index, labels, numbers };
    if thread::attached(registration, |state| call.record_in_thread(registration, state)) != Some(true) {
        call.record_without_thread(registration);
    }
}

/// Counts a call of another surface.
fn reject(registration: &Arc<Registration>) {
    let gauges = &registration.gauges;
    let rejected = thread::attached(registration, |state| {
        let dense = &state.shard.dense;
        Recorder::<Exclusive>::new(registration, gauges, Some(state), dense).reject(Rejection::Foreign);
    });
    if rejected.is_none() {
        let dense = &registration.shards.shared.dense;
        Recorder::<Shared>::new(registration, gauges, None, dense).reject(Rejection::Foreign);
    }
}

impl PlainCall<'_> {
    /// Records in the shared shard.
    pub fn record_without_thread(self, registration: &Arc<Registration>) {
        let _excluded = registration.removals.as_ref().map(|removals| removals.exclude());
        let dense = &registration.shards.shared.dense;
        let recorder = Recorder::<Shared>::new(registration, &registration.gauges, None, dense);
        self.record_at(recorder, registration, &self.indexes(recorder, registration));
    }

    /// Records in this thread's shard. Returns false if a removal has to be acknowledged and cannot be.
    pub fn record_in_thread(self, registration: &Arc<Registration>, state: &ThreadState) -> bool {
        let dense = &state.shard.dense;
        let recorder = Recorder::<Traced>::new(registration, &registration.gauges, Some(state), dense);
        let _setting = registration.removals.as_ref().map(|removals| removals.begin_setting(&state.shard));
        let indexes = match &registration.removals {
            None => Some(self.indexes(recorder, registration)),
            Some(removals) => self.indexes_between_removals(recorder, registration, removals, state),
        };
        let Some(indexes) = indexes else { return false };
        self.record_at(recorder, registration, &indexes);
        true
    }

    /// Finds the labels' indexes in a surface that removes series. Returns `None` if a removal has to be
    /// acknowledged and cannot be.
    fn indexes_between_removals(
        self,
        recorder: Recorder<'_, Traced>,
        registration: &Registration,
        removals: &Removals,
        state: &ThreadState,
    ) -> Option<Indexes> {
        let mut tries = 0..TRIES;
        loop {
            if !removals.acknowledge(registration.memory(), &state.shard, |seen| state.forget_freed(seen)) {
                return None;
            }
            let indexes = self.indexes(recorder, registration);
            let can_find_more = indexes.past_cap != 0
                && (removals.is_stale(&state.shard) || self.make_room(registration, removals, &indexes));
            // Nothing is counted yet, so the call can begin again.
            if !can_find_more || tries.next().is_none() {
                return Some(indexes);
            }
        }
    }

    /// Makes room for a text that is past its cap. Returns whether that succeeds.
    fn make_room(self, registration: &Registration, removals: &Removals, indexes: &Indexes) -> bool {
        let labels = registration.labels[self.event].iter().enumerate();
        let mut past_cap = labels.filter(|(at, _)| indexes.past_cap & 1 << at != 0);
        past_cap.any(|(_, plan)| removals.make_room(registration.memory(), plan.slot))
    }

    /// Finds the labels' indexes, and counts nothing.
    fn indexes<W: Writer>(self, recorder: Recorder<'_, W>, registration: &Registration) -> Indexes {
        let mut indexes = Indexes { by_label: [0; LABELS_MAX], past_cap: 0 };
        let labels = registration.labels[self.event].iter().zip(self.labels).zip(&mut indexes.by_label);
        for (at, ((plan, value), index)) in labels.enumerate().filter(|(_, ((plan, _), _))| plan.used) {
            *index = recorder.own_index(plan, value).unwrap_or_else(|| {
                indexes.past_cap |= 1 << at;
                plan.index.other()
            });
        }
        indexes
    }

    fn record_at<W: Writer>(self, recorder: Recorder<'_, W>, registration: &Registration, indexes: &Indexes) {
        for (at, plan) in registration.labels[self.event].iter().enumerate() {
            if indexes.past_cap & 1 << at != 0 {
                recorder.overflow(plan);
            }
        }
        for plan in &registration.plans[self.event] {
            recorder.record(plan, None, &indexes.by_label, self.numbers);
        }
    }
}

/// The indexes of a call's labels.
struct Indexes {
    by_label: [u64; LABELS_MAX],
    /// A bit per label whose value becomes `other`.
    past_cap: u32,
}
