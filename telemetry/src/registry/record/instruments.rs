//! The handle to a surface in a registry, which implements its trait.

use super::call::Recorder;
use super::registration::Registration;
use super::state::{ThreadState, Visit};
use super::{general, thread};
use crate::event::{Event, Sink, Site};
use crate::label::LabelValue;
use crate::registry::layout::buckets::BucketIndex;
use crate::registry::layout::plan::{self, LabelPlan, Layout, Plan};
use crate::registry::store::cell::Exclusive;
use crate::registry::store::shard::Gauges;
use crate::surface::Surface;
use crate::sync::AtomicU64;
use crate::value::Number;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// The instruments of a surface in a [`Registry`](crate::Registry), which add up the calls. `#[metrics] trait
/// Metrics` implements itself for `Instruments<dyn Metrics>`.
///
/// A clone records in the same series.
///
/// # Examples
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

/// Records any event of the surface by the general path. Rejects and counts an event of another surface.
impl<S: ?Sized> Sink for Instruments<S> {
    fn record(&self, event: &Event<'_>) {
        general::record(&self.registration, event);
    }
}

impl<S: Surface + ?Sized> Instruments<S> {
    pub(in crate::registry) fn new(registration: Arc<Registration>) -> Self {
        let gauges = registration.gauges.clone();
        Instruments { id: registration.id, gauges, registration, surface: PhantomData }
    }
}

/// The constants of the event with index `E`.
struct EventPlan<S: ?Sized, const E: usize>(PhantomData<fn(&S)>);

impl<S: Surface + ?Sized, const E: usize> EventPlan<S, E> {
    const LAYOUT: &'static Layout = &Layout::of(S::SCHEMA);
    const NEEDS_THREAD: bool = plan::needs_thread(S::SCHEMA.events[E]);
}

#[doc(hidden)]
impl<S: Surface + ?Sized> Instruments<S> {
    /// Records a call of the event with index `E` in the instruments `I`: in this thread's shard, or else by
    /// the general path.
    #[inline(always)]
    pub fn call<I: InstrumentList, const E: usize, const L: usize, const V: usize>(
        &self,
        site: &'static Site,
        labels: &[LabelValue<'_>; L],
        values: &[Option<Number>; V],
    ) {
        let call = Call::<S, I, E, L> { instruments: self, labels, values, list: PhantomData };
        let recorded = if EventPlan::<S, E>::NEEDS_THREAD {
            thread::with(&self.registration, self.id, EventPlan::<S, E>::LAYOUT.dense, call)
        } else {
            call.set_gauges()
        };
        if recorded.is_none() {
            record_generally(&self.registration, site, *labels, *values);
        }
    }
}

/// Records by the general path. Takes copies, so that on the fast path labels and values need no place in
/// memory.
#[cold]
#[inline(never)]
fn record_generally<const L: usize, const V: usize>(
    registration: &Arc<Registration>,
    site: &'static Site,
    mut labels: [LabelValue<'_>; L],
    values: [Option<Number>; V],
) {
    for (value, label) in labels.iter_mut().zip(site.schema().labels) {
        *value = label.set.limit(*value);
    }
    general::record(registration, &Event::new(site, &labels, &values));
}

/// A call of the event with index `E`, which has `L` labels, before its thread's state is found.
struct Call<'a, S: ?Sized, I, const E: usize, const L: usize> {
    instruments: &'a Instruments<S>,
    labels: &'a [LabelValue<'a>; L],
    values: &'a [Option<Number>],
    list: PhantomData<I>,
}

impl<S: Surface + ?Sized, I: InstrumentList, const E: usize, const L: usize> Call<'_, S, I, E, L> {
    const LABELS: &'static [LabelPlan; L] = &LabelPlan::all::<L>(S::SCHEMA, EventPlan::<S, E>::LAYOUT, E);

    #[inline(always)]
    fn recorder<'r>(
        &'r self,
        state: Option<&'r ThreadState>,
        dense: &'r [AtomicU64],
    ) -> Recorder<'r, Exclusive> {
        Recorder::new(&self.instruments.registration, &self.instruments.gauges, state, dense)
    }

    #[inline(always)]
    fn label_indexes(&self, recorder: Recorder<'_, Exclusive>) -> [u64; L] {
        let mut indexes = [0; L];
        for ((index, plan), value) in indexes.iter_mut().zip(Self::LABELS).zip(self.labels) {
            if plan.used {
                *index = recorder.label_index(plan, value);
            }
        }
        indexes
    }

    /// Sets the gauges of an event that has nothing else to record, without a thread's state. Returns `None`
    /// if a label has a value that its set does not have: the rejection is counted in the thread's shard.
    #[inline(always)]
    fn set_gauges(&self) -> Option<()> {
        let recorder = self.recorder(None, &[]);
        let indexes = self.label_indexes(recorder);
        let overflows = |(plan, index): (&LabelPlan, &u64)| plan.used && *index == plan.index.other();
        if Self::LABELS.iter().zip(&indexes).any(overflows) {
            return None;
        }
        I::record::<S, E>(recorder, &indexes, self.values);
        Some(())
    }
}

impl<S: Surface + ?Sized, I: InstrumentList, const E: usize, const L: usize> Visit<()>
    for Call<'_, S, I, E, L>
{
    #[inline(always)]
    fn visit(self, state: &ThreadState, dense: &[AtomicU64]) {
        let recorder = self.recorder(Some(state), dense);
        I::record::<S, E>(recorder, &self.label_indexes(recorder), self.values);
    }
}

/// A list of an event's instruments, `Cons<0, Cons<1, ()>>`. For expansions.
#[doc(hidden)]
pub trait InstrumentList {
    fn record<S: Surface + ?Sized, const E: usize>(
        recorder: Recorder<'_, Exclusive>,
        indexes: &[u64],
        values: &[Option<Number>],
    );
}

/// The instrument with index `I`, and the rest of the list. For expansions.
#[doc(hidden)]
#[derive(Debug)]
pub struct Cons<const I: usize, R>(PhantomData<R>);

impl InstrumentList for () {
    #[inline(always)]
    fn record<S: Surface + ?Sized, const E: usize>(
        _: Recorder<'_, Exclusive>,
        _: &[u64],
        _: &[Option<Number>],
    ) {
    }
}

impl<const I: usize, R: InstrumentList> InstrumentList for Cons<I, R> {
    #[inline(always)]
    fn record<S: Surface + ?Sized, const E: usize>(
        recorder: Recorder<'_, Exclusive>,
        indexes: &[u64],
        values: &[Option<Number>],
    ) {
        let plan = const { &Plan::of(S::SCHEMA, EventPlan::<S, E>::LAYOUT, E, I) };
        let buckets = const { &BucketIndex::of(S::SCHEMA.events[E].instruments[I].buckets) };
        recorder.record(plan, Some(buckets), indexes, values);
        R::record::<S, E>(recorder, indexes, values);
    }
}
