//! The handle to a surface in a registry, which implements its trait.

use super::call::{Call, EventPlan, InstrumentList};
use super::registration::Registration;
use super::state::Visit;
use super::{general, thread};
use crate::event::{Event, Site};
use crate::guard::GuardEdge;
use crate::label::LabelValue;
use crate::registry::store::cell::{Exclusive, Traced};
use crate::registry::store::shard::Gauges;
use crate::schema::EventSchema;
use crate::sink::Sink;
use crate::surface::Surface;
use crate::value::Number;
use std::fmt;
use std::hint::cold_path;
use std::marker::PhantomData;
use std::sync::Arc;

/// The instruments of a surface in a [`Registry`](crate::Registry), which add up the calls. `#[metrics] trait
/// Metrics` implements itself for `Instruments<dyn Metrics>`.
///
/// A clone records in the same series. If the surface has labels that are given at registration, the last
/// clone of their set ends its series; see [the registry's docs](crate::registry#series).
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
    handle: Arc<Handle>,
    surface: PhantomData<fn(&S)>,
}

/// The part that all clones of a handle share: the set ends with the last of them.
#[derive(Debug)]
pub struct Handle {
    pub(super) registration: Arc<Registration>,
}

impl Handle {
    pub fn new(registration: Arc<Registration>) -> Self {
        Handle { registration }
    }

    /// Records a call by the general path. The labels must be cut to their declared length.
    pub fn record(&self, event: &'static EventSchema, labels: &[LabelValue<'_>], numbers: &[Option<Number>]) {
        general::record(&self.registration, event, labels, numbers);
    }
}

impl<S: ?Sized> Clone for Instruments<S> {
    fn clone(&self) -> Self {
        Self { id: self.id, gauges: self.gauges.clone(), handle: self.handle.clone(), surface: PhantomData }
    }
}

impl<S: ?Sized> fmt::Debug for Instruments<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instruments")
            .field("surface", &self.handle.registration.schema.name)
            .finish_non_exhaustive()
    }
}

/// Records any event of the surface by the general path. Rejects and counts an event of another surface.
impl<S: ?Sized> Sink for Instruments<S> {
    fn record(&self, event: &Event<'_>) {
        self.handle.record(event.schema(), event.label_values(), event.numbers());
    }

    /// Counts what is in flight by the general path.
    fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
        edge.read_clock();
        self.handle.guard_edge(edge);
    }
}

impl<S: Surface + ?Sized> Instruments<S> {
    /// Returns the registration in which it records.
    #[inline(always)]
    pub(super) fn registration(&self) -> &Arc<Registration> {
        &self.handle.registration
    }

    /// Returns the registration's id, which the handle has at hand.
    #[inline(always)]
    pub(super) const fn id(&self) -> u64 {
        self.id
    }

    pub(in crate::registry) fn new(handle: Arc<Handle>) -> Self {
        let registration = &handle.registration;
        let (id, gauges) = (registration.id, registration.gauges.clone());
        Instruments { id, gauges, handle, surface: PhantomData }
    }

    pub(in crate::registry) const fn handle(&self) -> &Arc<Handle> {
        &self.handle
    }
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
        let call = Call::<S, I, Exclusive, E, L>::new(self.registration(), &self.gauges, labels, values);
        if EventPlan::<S, E>::NEEDS_THREAD {
            let words = EventPlan::<S, E>::LAYOUT.dense;
            if thread::with(self.registration(), self.id, words, call).is_none() {
                cold_path();
                self.call_far::<I, E, L, V>(site, *labels, *values);
            }
        } else if call.visit(None, &[]).is_none() {
            record_generally(self.registration(), site, *labels, *values);
        }
    }

    /// Ends the series that a removal names.
    #[cold]
    pub fn remove<const L: usize>(&self, site: &'static Site, labels: [LabelValue<'_>; L]) {
        record_generally(self.registration(), site, labels, []);
    }

    /// Records a call in this thread's shard as the fast path does, if the thread has many registrations, or
    /// else by the ways that follow. Takes copies, so that on the fast path labels and values need no place
    /// in memory.
    #[inline(never)]
    fn call_far<I: InstrumentList, const E: usize, const L: usize, const V: usize>(
        &self,
        site: &'static Site,
        labels: [LabelValue<'_>; L],
        values: [Option<Number>; V],
    ) {
        let call = Call::<S, I, Exclusive, E, L>::new(self.registration(), &self.gauges, &labels, &values);
        let words = EventPlan::<S, E>::LAYOUT.dense;
        if EventPlan::<S, E>::TAKES_EXEMPLARS {
            if thread::with_far(self.registration(), self.id, words, call).is_none() {
                self.call_traced::<I, E, L, V>(site, labels, values);
            }
        } else if thread::with_any(self.registration(), self.id, words, call).is_none() {
            record_generally(self.registration(), site, labels, values);
        }
    }

    /// Records a call in this thread's shard, and perhaps its exemplar, or else by the general path.
    #[inline(never)]
    fn call_traced<I: InstrumentList, const E: usize, const L: usize, const V: usize>(
        &self,
        site: &'static Site,
        labels: [LabelValue<'_>; L],
        values: [Option<Number>; V],
    ) {
        let call = Call::<S, I, Traced, E, L>::new(self.registration(), &self.gauges, &labels, &values);
        let words = EventPlan::<S, E>::LAYOUT.dense;
        if thread::with_traced(self.registration(), self.id, words, call).is_none() {
            record_generally(self.registration(), site, labels, values);
        }
    }
}

/// Records by the general path. Takes copies, as [`Instruments::call_far`] does.
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
    general::record(registration, site.schema(), &labels, &values);
}
