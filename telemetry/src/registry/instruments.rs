//! The implementation of a surface that adds up: a handle to its place in a registry.

use super::cell::Owner;
use super::cells::Target;
use super::hot;
use super::layout::{self, LabelPlan, Layout, Plan};
use super::place::{Numbers, place};
use super::registration::Registration;
use super::thread::Local;
use crate::event::Site;
use crate::label::LabelValue;
use crate::schema::Surface;
use crate::value::Number;
use crate::{Event, Sink};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// The instruments of a surface in a [`Registry`](super::Registry): they add up what is recorded. `#[metrics] trait
/// Metrics` implements itself for `Instruments<dyn Metrics>`.
///
/// A clone records in the same series.
///
/// ```
/// use std::sync::Arc;
/// use telemetry::{Registry, metrics};
///
/// #[metrics(namespace = "api")]
/// pub trait Metrics {
///     /// Requests served.
///     #[counter]
///     fn requests(&self, cached: bool);
/// }
///
/// let registry = Registry::new();
/// let metrics: Arc<dyn Metrics> = Arc::new(registry.register::<dyn Metrics>()?);
/// metrics.requests(true);
/// # Ok::<(), telemetry::registry::RegisterError>(())
/// ```
pub struct Instruments<S: ?Sized> {
    id: u64,
    registration: Arc<Registration>,
    surface: PhantomData<fn(&S)>,
}

impl<S: ?Sized> Clone for Instruments<S> {
    fn clone(&self) -> Self {
        Instruments { id: self.id, registration: self.registration.clone(), surface: PhantomData }
    }
}

impl<S: ?Sized> fmt::Debug for Instruments<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instruments").field("surface", &self.registration.schema.name).finish_non_exhaustive()
    }
}

/// Takes any event of the surface, by the slow path. One of another surface is refused and counted.
impl<S: ?Sized> Sink for Instruments<S> {
    fn record(&self, event: &Event<'_>) {
        self.registration.record(event);
    }
}

impl<S: Surface + ?Sized> Instruments<S> {
    pub(super) fn new(registration: Arc<Registration>) -> Self {
        Instruments { id: registration.id, registration, surface: PhantomData }
    }
}

/// For expansions: a call of the event with index `E`, which has `L` labels, on this thread's sums.
#[doc(hidden)]
#[derive(Debug)]
pub struct Call<'a, S: ?Sized, const E: usize, const L: usize> {
    target: Target<'a>,
    places: [u64; L],
    values: &'a [Option<Number>],
    surface: PhantomData<fn(&S)>,
}

struct At<S: ?Sized, const E: usize>(PhantomData<fn(&S)>);

impl<S: Surface + ?Sized, const E: usize> At<S, E> {
    const LAYOUT: &'static Layout = &Layout::of(S::SCHEMA);
    const NEEDS_THREAD: bool = layout::needs_thread(S::SCHEMA.events[E]);
}

#[doc(hidden)]
impl<S: Surface + ?Sized> Instruments<S> {
    /// Runs `feed` on this thread's sums; else records the event by the slow path.
    #[inline(always)]
    pub fn call<const E: usize, const L: usize, const V: usize>(
        &self,
        site: &'static Site,
        labels: &[LabelValue<'_>; L],
        values: &[Option<Number>; V],
        feed: impl FnOnce(&Call<'_, S, E, L>),
    ) {
        let registration = &*self.registration;
        if !At::<S, E>::NEEDS_THREAD {
            let target = Target { slab: &[], trees: &[], gauges: &registration.gauges };
            return feed(&Call::new(target, None, labels, values));
        }
        let done = hot::with(registration, self.id, |local, slab| {
            let target = Target { slab, trees: &local.cells.trees, gauges: &registration.gauges };
            feed(&Call::new(target, Some(local), labels, values));
        });
        if done.is_none() {
            // Copies, so that on the fast path labels and values need no place in memory.
            let (mut labels, values) = (*labels, *values);
            for (value, label) in labels.iter_mut().zip(S::SCHEMA.events[E].labels) {
                *value = label.set.limit(*value);
            }
            self.registration.record(&Event::new(site, &labels, &values));
        }
    }
}

impl<'a, S: Surface + ?Sized, const E: usize, const L: usize> Call<'a, S, E, L> {
    #[inline(always)]
    fn new(
        target: Target<'a>,
        local: Option<&Local>,
        labels: &[LabelValue<'_>; L],
        values: &'a [Option<Number>],
    ) -> Self {
        let plans = const { &LabelPlan::all::<L>(S::SCHEMA, At::<S, E>::LAYOUT, E) };
        let mut places = [0; L];
        for ((found, plan), value) in places.iter_mut().zip(plans).zip(labels) {
            if plan.used {
                *found = place(plan, value, &Quick { local, target, slot: plan.slot });
            }
        }
        Call { target, places, values, surface: PhantomData }
    }
}

#[doc(hidden)]
impl<S: Surface + ?Sized, const E: usize, const L: usize> Call<'_, S, E, L> {
    /// Feeds the event's instrument with index `I`.
    #[inline(always)]
    pub fn feed<const I: usize>(&self) {
        let plan = const { &Plan::of(S::SCHEMA, At::<S, E>::LAYOUT, E, I) };
        self.target.feed::<Owner>(plan, &self.places, self.values);
    }
}

struct Quick<'a> {
    local: Option<&'a Local>,
    target: Target<'a>,
    slot: usize,
}

impl Numbers for Quick<'_> {
    #[inline(always)]
    fn number(&self, text: &[u8]) -> Option<u32> {
        self.local?.number(self.slot, text)
    }

    #[inline(always)]
    fn overflow(&self) {
        self.target.overflow::<Owner>(self.slot);
    }
}
