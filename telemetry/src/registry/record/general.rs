//! Records a call by its event's schema at run time: for the hook, a thread's first call, and calls that have
//! no thread.

use super::call::Recorder;
use super::registration::Registration;
use super::thread;
use crate::event::Event;
use crate::registry::layout::cell::Rejection;
use crate::registry::layout::plan::LABELS_MAX;
use crate::registry::store::cell::{Exclusive, Shared, Writer};
use std::sync::Arc;

/// Records in this thread's shard, or, where that is impossible, in the shared one.
#[cold]
#[inline(never)]
pub fn record(registration: &Arc<Registration>, event: &Event<'_>) {
    let gauges = &registration.gauges;
    let recorded = thread::attached(registration, |state| {
        let recorder = Recorder::<Exclusive>::new(registration, gauges, Some(state), &state.shard.dense);
        record_in(recorder, registration, event);
    });
    if recorded.is_none() {
        let dense = &registration.shards.shared.dense;
        record_in(Recorder::<Shared>::new(registration, gauges, None, dense), registration, event);
    }
}

fn record_in<W: Writer>(recorder: Recorder<'_, W>, registration: &Registration, event: &Event<'_>) {
    let events = registration.schema.events;
    let Some(index) = events.iter().position(|own| std::ptr::eq(*own, event.schema())) else {
        return recorder.reject(Rejection::Foreign);
    };
    let mut indexes = [0; LABELS_MAX];
    for ((label, plan), index) in event.labels().zip(&registration.labels[index]).zip(&mut indexes) {
        if plan.used {
            *index = recorder.label_index(plan, &label.value);
        }
    }
    for plan in &registration.plans[index] {
        recorder.record(plan, None, &indexes, event.numbers());
    }
}
