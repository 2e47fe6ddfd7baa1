//! The implementation of a surface that adds up: a handle to its place in a registry.

use super::cell::Owner;
use super::cells::{Gauges, Target, count};
use super::hot;
use super::layout::{self, LabelPlan, Layout, Plan};
use super::local::{Local, Visit};
use super::octaves::Octaves;
use super::place::{Numbers, place};
use super::registration::Registration;
use super::samples::Keeper;
use super::slow;
use crate::event::Site;
use crate::label::LabelValue;
use crate::surface::Surface;
use crate::sync::AtomicU64;
use crate::value::Number;
use crate::{Event, Sink};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// The instruments of a surface in a [`Registry`](super::Registry): they add up what is recorded. `#[metrics]
/// trait Metrics` implements itself for `Instruments<dyn Metrics>`.
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
    /// The registration's own, here to be near.
    gauges: Gauges,
    registration: Arc<Registration>,
    surface: PhantomData<fn(&S)>,
}

impl<S: ?Sized> Clone for Instruments<S> {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            gauges: self.gauges.clone(),
            registration: self.registration.clone(),
            surface: PhantomData,
        }
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
        slow::record(&self.registration, event);
    }
}

impl<S: Surface + ?Sized> Instruments<S> {
    pub(super) fn new(registration: Arc<Registration>) -> Self {
        let gauges = registration.gauges.clone();
        Instruments { id: registration.id, gauges, registration, surface: PhantomData }
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
    /// Feeds the instruments `F` of the event with index `E` from this thread; else records the event by the
    /// slow path.
    #[inline(always)]
    pub fn call<F: Feeds, const E: usize, const L: usize, const V: usize>(
        &self,
        site: &'static Site,
        labels: &[LabelValue<'_>; L],
        values: &[Option<Number>; V],
    ) {
        let registration = &self.registration;
        if !At::<S, E>::NEEDS_THREAD {
            let target = Target { slab: &[], trees: &[], gauges: &self.gauges, keeper: Keeper::Nobody };
            let call = Call::<S, E, L>::new(target, None, labels, values);
            if call.overflows() {
                // What is refused is counted in the thread's sums.
                return record_slowly(registration, site, *labels, *values);
            }
            return F::feed(&call);
        }
        let feed = Feed::<S, F, E, L> { gauges: &self.gauges, labels, values, surface: PhantomData };
        if hot::with(registration, self.id, At::<S, E>::LAYOUT.slab, feed).is_none() {
            record_slowly(registration, site, *labels, *values);
        }
    }
}

/// Records by the slow path. Takes copies, so that on the fast path labels and values need no place in
/// memory.
#[cold]
#[inline(never)]
fn record_slowly<const L: usize, const V: usize>(
    registration: &Arc<Registration>,
    site: &'static Site,
    mut labels: [LabelValue<'_>; L],
    values: [Option<Number>; V],
) {
    for (value, label) in labels.iter_mut().zip(site.schema().labels) {
        *value = label.set.limit(*value);
    }
    slow::record(registration, &Event::new(site, &labels, &values));
}

/// A call before it is known where this thread's sums are.
struct Feed<'a, S: ?Sized, F, const E: usize, const L: usize> {
    gauges: &'a Gauges,
    labels: &'a [LabelValue<'a>; L],
    values: &'a [Option<Number>],
    surface: PhantomData<fn(&S, F)>,
}

impl<S: Surface + ?Sized, F: Feeds, const E: usize, const L: usize> Visit<()> for Feed<'_, S, F, E, L> {
    #[inline(always)]
    fn visit(self, local: &Local, slab: &[AtomicU64]) {
        let (trees, keeper) = (&local.cells.trees, Keeper::Thread(local));
        let target = Target { slab, trees, gauges: self.gauges, keeper };
        F::feed(&Call::<S, E, L>::new(target, Some(local), self.labels, self.values));
    }
}

/// For expansions: a list of instruments of an event, `One<0, One<1, ()>>`.
#[doc(hidden)]
pub trait Feeds {
    fn feed<S: Surface + ?Sized, const E: usize, const L: usize>(call: &Call<'_, S, E, L>);
}

/// For expansions: the instrument with index `I`, and the rest of the list.
#[doc(hidden)]
#[derive(Debug)]
pub struct One<const I: usize, R>(PhantomData<R>);

impl Feeds for () {
    #[inline(always)]
    fn feed<S: Surface + ?Sized, const E: usize, const L: usize>(_: &Call<'_, S, E, L>) {}
}

impl<const I: usize, R: Feeds> Feeds for One<I, R> {
    #[inline(always)]
    fn feed<S: Surface + ?Sized, const E: usize, const L: usize>(call: &Call<'_, S, E, L>) {
        let plan = const { &Plan::of(S::SCHEMA, At::<S, E>::LAYOUT, E, I) };
        let octaves = const { &Octaves::of(S::SCHEMA.events[E].instruments[I].buckets) };
        call.target.feed::<Owner>(plan, |_, number| octaves.bucket(number), &call.places, call.values);
        R::feed(call);
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
                *found = place(plan, value, Quick { local, slab: target.slab, slot: plan.slot });
            }
        }
        Call { target, places, values, surface: PhantomData }
    }

    /// Whether a label that is used has a value that its set does not have.
    #[inline(always)]
    fn overflows(&self) -> bool {
        let plans = const { &LabelPlan::all::<L>(S::SCHEMA, At::<S, E>::LAYOUT, E) };
        plans.iter().zip(&self.places).any(|(plan, place)| plan.used && *place == layout::other(&plan.set))
    }
}

#[derive(Clone, Copy)]
struct Quick<'a> {
    local: Option<&'a Local>,
    slab: &'a [AtomicU64],
    slot: usize,
}

impl Numbers for Quick<'_> {
    #[inline(always)]
    fn number(&self, text: &[u8]) -> Option<u32> {
        self.local?.number(self.slot, text)
    }

    #[inline(always)]
    fn overflow(&self) {
        count::<Owner>(self.slab, Layout::overflow(self.slot));
    }
}
