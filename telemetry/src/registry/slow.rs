//! Records a call by what its event says at run time: for the hook, a thread's first call, and calls that
//! have no thread to add to.

use super::cell::{Anyone, Owner, Refused, Writer, bucket};
use super::cells::Target;
use super::layout::LABELS_MAX;
use super::local::Local;
use super::place::{Numbers, place};
use super::registration::Registration;
use super::samples::Keeper;
use super::thread;
use crate::Event;
use crate::sync::unless_allocating;
use std::marker::PhantomData;
use std::sync::Arc;

/// Adds to the sums of this thread, or, where that cannot be, to the late ones.
#[cold]
#[inline(never)]
pub fn record(registration: &Arc<Registration>, event: &Event<'_>) {
    let gauges = &registration.gauges;
    let recorded = thread::attached(registration, |local| {
        record_in::<Owner>(registration, event, local.target(gauges), Some(local));
    });
    if recorded.is_none() {
        let (late, keeper) = (&registration.late, Keeper::Late(registration));
        let target = Target { slab: &late.slab, trees: &late.trees, gauges, keeper };
        record_in::<Anyone>(registration, event, target, None);
    }
}

fn record_in<W: Writer>(
    registration: &Registration,
    event: &Event<'_>,
    target: Target<'_>,
    local: Option<&Local>,
) {
    let events = registration.schema.events;
    let Some(index) = events.iter().position(|own| std::ptr::eq(*own, event.schema())) else {
        return target.refuse::<W>(Refused::Foreign);
    };
    let mut places = [0; LABELS_MAX];
    for ((label, plan), found) in event.labels().zip(&registration.labels[index]).zip(&mut places) {
        if plan.used {
            let numbers = Slow::<W> { registration, slot: plan.slot, target, local, writer: PhantomData };
            *found = place(plan, &label.value, numbers);
        }
    }
    for plan in &registration.plans[index] {
        target.feed::<W>(plan, bucket, &places, event.numbers());
    }
}

/// Numbers of texts for one label of one call: from the thread's cache, or by the domain's lock.
struct Slow<'a, W> {
    registration: &'a Registration,
    slot: usize,
    target: Target<'a>,
    local: Option<&'a Local>,
    writer: PhantomData<W>,
}

impl<W> Copy for Slow<'_, W> {}

impl<W> Clone for Slow<'_, W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<W: Writer> Numbers for Slow<'_, W> {
    fn number(&self, text: &[u8]) -> Option<u32> {
        match self.local {
            Some(local) => local.number(self.slot, text),
            None => {
                unless_allocating(|| self.registration.domains[self.slot].as_ref()?.number(text)).flatten()
            }
        }
    }

    fn overflow(&self) {
        self.target.overflow::<W>(self.slot);
    }
}
