//! One recorded call: from label values to a row, from the row to the words.

use super::registration::Registration;
use super::state::{ThreadState, Visit};
use crate::label::index::Found;
use crate::label::{LabelValue, Text};
use crate::registry::layout::buckets::BucketIndex;
use crate::registry::layout::cell::Rejection;
use crate::registry::layout::exemplars;
use crate::registry::layout::plan::{self, LabelPlan, Layout, Plan};
use crate::registry::layout::removal;
use crate::registry::store::cell::{self, Shared, Writer};
use crate::registry::store::samples::{self, StoredSample};
use crate::registry::store::setting::Setting;
use crate::registry::store::shard::{Gauges, Rows, count};
use crate::surface::Surface;
use crate::sync::{AtomicU64, Ordering, unless_allocating};
use crate::value::Number;
use std::fmt::{self, Write};
use std::marker::PhantomData;
use std::sync::Arc;

/// The constants of the event with index `E`.
pub struct EventPlan<S: ?Sized, const E: usize>(PhantomData<fn(&S)>);

impl<S: Surface + ?Sized, const E: usize> EventPlan<S, E> {
    pub const LAYOUT: &'static Layout = &Layout::of(S::SCHEMA);
    /// False if the event sets nothing but gauges of closed labels.
    pub const NEEDS_THREAD: bool = plan::needs_thread(S::SCHEMA.events[E]);
    /// True if the event sets observed gauges.
    pub const IS_OBSERVED: bool = S::SCHEMA.events[E].is_observed();
    /// True if the event removes series.
    pub const REMOVES: bool = !S::SCHEMA.events[E].removes.is_empty();
    /// True if a call may take an exemplar.
    pub const TAKES_EXEMPLARS: bool = exemplars::are_taken(S::SCHEMA, E);
    /// True if series of the event can be removed, so that a call must first look whether any were.
    pub const REMOVABLE: bool = removal::is_removable(S::SCHEMA, E);
    /// True if a call sets a gauge whose row may be another's after a removal.
    pub const SETS_REMOVABLE_GAUGE: bool = removal::sets_removable_gauge(S::SCHEMA, E);
}

/// A call of the event with index `E`, which has `L` labels, before its thread's state is found.
/// `W` says whether it takes exemplars.
pub struct Call<'a, S: ?Sized, I, W, const E: usize, const L: usize> {
    registration: &'a Arc<Registration>,
    gauges: &'a Gauges,
    labels: &'a [LabelValue<'a>; L],
    values: &'a [Option<Number>],
    event: PhantomData<fn(&S, I, W)>,
}

impl<'a, S: Surface + ?Sized, I: InstrumentList, W: Writer, const E: usize, const L: usize>
    Call<'a, S, I, W, E, L>
{
    const LABELS: &'static [LabelPlan; L] = &LabelPlan::all::<L>(S::SCHEMA, EventPlan::<S, E>::LAYOUT, E);

    #[inline(always)]
    pub fn new(
        registration: &'a Arc<Registration>,
        gauges: &'a Gauges,
        labels: &'a [LabelValue<'a>; L],
        values: &'a [Option<Number>],
    ) -> Self {
        Call { registration, gauges, labels, values, event: PhantomData }
    }
}

impl<S: Surface + ?Sized, I: InstrumentList, W: Writer, const E: usize, const L: usize> Visit<()>
    for Call<'_, S, I, W, E, L>
{
    /// Records the call. Returns `None` if the general path has to:
    ///
    /// - if a gauge without a thread's state has a label that its set does not have, since the rejection is
    ///   counted in the thread's shard;
    /// - if the event removes series or sets observed gauges;
    /// - if its series can be removed, and the thread has a removal to acknowledge or a label is past its
    ///   cap.
    #[inline(always)]
    fn visit(self, state: Option<&ThreadState>, dense: &[AtomicU64]) -> Option<()> {
        let _setting = if EventPlan::<S, E>::SETS_REMOVABLE_GAUGE {
            Some(Setting::begin(dense.get(EventPlan::<S, E>::LAYOUT.stale + 1)?))
        } else {
            None
        };
        // Before the first look at what the thread knows.
        if EventPlan::<S, E>::REMOVES
            || EventPlan::<S, E>::IS_OBSERVED
            || EventPlan::<S, E>::REMOVABLE
                && dense.get(EventPlan::<S, E>::LAYOUT.stale)?.load(Ordering::Relaxed) != 0
        {
            return None;
        }
        let recorder = Recorder::<W>::new(self.registration, self.gauges, state, dense);
        let mut indexes = [0; L];
        for ((index, plan), value) in indexes.iter_mut().zip(Self::LABELS).zip(self.labels) {
            if plan.used {
                *index = if EventPlan::<S, E>::REMOVABLE {
                    recorder.own_index(plan, value)?
                } else {
                    recorder.label_index(plan, value)
                };
                if !EventPlan::<S, E>::NEEDS_THREAD && *index == plan.index.other() {
                    return None;
                }
            }
        }
        I::record::<S, W, E>(recorder, &indexes, self.values);
        Some(())
    }
}

/// A list of an event's instruments, `Cons<0, Cons<1, ()>>`. For expansions.
#[doc(hidden)]
pub trait InstrumentList {
    fn record<S: Surface + ?Sized, W: Writer, const E: usize>(
        recorder: Recorder<'_, W>,
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
    fn record<S: Surface + ?Sized, W: Writer, const E: usize>(
        _: Recorder<'_, W>,
        _: &[u64],
        _: &[Option<Number>],
    ) {
    }
}

impl<const I: usize, R: InstrumentList> InstrumentList for Cons<I, R> {
    #[inline(always)]
    fn record<S: Surface + ?Sized, W: Writer, const E: usize>(
        recorder: Recorder<'_, W>,
        indexes: &[u64],
        values: &[Option<Number>],
    ) {
        let plan = const { &Plan::of(S::SCHEMA, EventPlan::<S, E>::LAYOUT, E, I) };
        let buckets = const { &BucketIndex::of(S::SCHEMA.events[E].instruments[I].buckets) };
        recorder.record(plan, Some(buckets), indexes, values);
        R::record::<S, W, E>(recorder, indexes, values);
    }
}

/// The destination of one call: the shard of the calling thread, or the shared one if the thread has none.
#[derive(Debug)]
pub struct Recorder<'a, W> {
    registration: &'a Arc<Registration>,
    gauges: &'a Gauges,
    state: Option<&'a ThreadState>,
    dense: &'a [AtomicU64],
    writer: PhantomData<W>,
}

impl<W> Copy for Recorder<'_, W> {}

impl<W> Clone for Recorder<'_, W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<'a, W: Writer> Recorder<'a, W> {
    /// Creates a recorder. `dense` are the dense words of the thread's shard, or of the shared one; a call
    /// that sets nothing but gauges of closed labels needs none.
    #[inline(always)]
    pub fn new(
        registration: &'a Arc<Registration>,
        gauges: &'a Gauges,
        state: Option<&'a ThreadState>,
        dense: &'a [AtomicU64],
    ) -> Self {
        Recorder { registration, gauges, state, dense, writer: PhantomData }
    }

    /// Returns the index of a label's value. Counts a value that becomes `other`.
    #[inline(always)]
    pub fn label_index(self, plan: &LabelPlan, value: &LabelValue<'_>) -> u64 {
        let index = match plan.index.find(value) {
            Found::At(index) => return index,
            Found::InDomain(domain) => self.number(plan.slot, value, domain.max_len).map(u64::from),
            Found::Outside => None,
        };
        index.unwrap_or_else(|| self.overflow(plan))
    }

    /// Returns the index of a label's value, or `None` for one that becomes `other`.
    #[inline(always)]
    pub fn own_index(self, plan: &LabelPlan, value: &LabelValue<'_>) -> Option<u64> {
        match plan.index.find(value) {
            Found::At(index) => Some(index),
            Found::InDomain(domain) => self.number(plan.slot, value, domain.max_len).map(u64::from),
            Found::Outside => None,
        }
    }

    /// Returns the index of a label's value, without counting one that becomes `other`.
    pub fn uncounted_index(self, plan: &LabelPlan, value: &LabelValue<'_>) -> u64 {
        self.own_index(plan, value).unwrap_or(plan.index.other())
    }

    /// Counts a value that becomes `other`, and returns the index of that.
    #[inline(always)]
    pub fn overflow(self, plan: &LabelPlan) -> u64 {
        count::<W>(self.dense, Layout::overflow_word(plan.slot));
        plan.index.other()
    }

    /// Records one instrument's number of a call, and counts its rejection.
    #[inline(always)]
    pub fn record(
        self,
        plan: &Plan,
        buckets: Option<&BucketIndex>,
        indexes: &[u64],
        values: &[Option<Number>],
    ) {
        let Some(number) = plan.number(values) else { return };
        if plan.keeps_last() && plan.overflows(indexes) {
            return self.reject(Rejection::LabelOverflow);
        }
        let at = plan.row(indexes);
        let rows = if plan.keeps_last() {
            self.gauges.rows()
        } else {
            let shard = self.state.map_or(&self.registration.shards.shared, |state| &state.shard);
            Rows { dense: self.dense, sparse: &shard.sparse }
        };
        let Some(row) = rows.row(plan, at) else { return self.no_row(plan) };
        if let Err(rejection) = cell::add::<W>(&plan.cell, buckets, row, number) {
            return self.reject(rejection);
        }
        if W::TAKES_EXEMPLARS
            && plan.takes_exemplars()
            && let Some(state) = self.state
            && let Some(exemplars) = &state.exemplars
        {
            exemplars.observe(&state.shard, plan, buckets, at, number);
        }
        if samples::is_wanted(self.dense, plan) {
            keep_sample::<W>(self.registration, self.state, plan.instrument, at, number.as_f64());
        }
    }

    /// Refuses a gauge of a label set that counts as `other`: it has no gauges. Counts that in the shared
    /// shard, since a call that sets nothing but gauges may have no other.
    #[cold]
    #[inline(never)]
    fn no_row(self, plan: &Plan) {
        debug_assert!(plan.keeps_last(), "a layout has each row of its plans");
        let shared = &self.registration.shards.shared;
        count::<Shared>(&shared.dense, Layout::rejection_word(Rejection::LabelOverflow));
    }

    /// Adds to a count of operations in flight.
    #[inline(always)]
    pub fn add_in_flight(self, plan: &Plan, at: u64, n: i64) {
        debug_assert!(plan.is_in_flight());
        let shard = self.state.map_or(&self.registration.shards.shared, |state| &state.shard);
        let row = Rows { dense: self.dense, sparse: &shard.sparse }.row(plan, at);
        debug_assert!(row.is_some(), "a layout has each row of its plans");
        let Some(row) = row else { return };
        if let Err(rejection) = cell::add_delta::<W>(row, n) {
            self.reject(rejection);
        }
    }

    /// Counts a number that is not recorded.
    #[inline(always)]
    pub fn reject(self, rejection: Rejection) {
        count::<W>(self.dense, Layout::rejection_word(rejection));
    }

    /// Returns the number of an open label's value below its cap; `None` past it.
    #[inline(always)]
    fn number(self, slot: usize, value: &LabelValue<'_>, max_len: usize) -> Option<u32> {
        match value {
            LabelValue::Text(text) => match text.as_whole() {
                Some(text) if text.len() <= max_len => self.number_of_text(slot, text.as_bytes()),
                _ => self.number_of_cut(slot, *text, max_len),
            },
            LabelValue::U64(n) => self.number_of_written(slot, n),
            LabelValue::I64(n) => self.number_of_written(slot, n),
            LabelValue::Closed(_) | LabelValue::None => None,
        }
    }

    /// Interns a text: by the thread's cache, or under the interner's lock without a thread.
    #[inline(always)]
    fn number_of_text(self, slot: usize, text: &[u8]) -> Option<u32> {
        match self.state {
            Some(state) => state.number(slot, text),
            None => {
                unless_allocating(|| self.registration.interners.get(slot)?.as_ref()?.number(text)).flatten()
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn number_of_cut(self, slot: usize, text: Text<'_>, max_len: usize) -> Option<u32> {
        self.number_of_written(slot, &text.limit(max_len))
    }

    /// Not inlined: it takes 4 KiB of stack.
    #[inline(never)]
    fn number_of_written(self, slot: usize, value: &impl fmt::Display) -> Option<u32> {
        let mut line = Line { bytes: [0; LINE_MAX], len: 0 };
        write!(line, "{value}").ok()?;
        self.number_of_text(slot, line.bytes.get(..line.len)?)
    }
}

/// Not inlined, so that a call of which nobody wants a sample pays for a load and a branch alone.
#[inline(never)]
fn keep_sample<W: Writer>(
    registration: &Registration,
    state: Option<&ThreadState>,
    instrument: u16,
    row: u64,
    number: f64,
) {
    let shard = state.map_or(&registration.shards.shared, |state| &state.shard);
    // Without a thread's state, the call excludes removals.
    let seen =
        state.map_or(registration.shards.generation(), |state| state.shard.seen.load(Ordering::Relaxed));
    let sample = StoredSample { instrument: samples::tag(instrument, seen), row, bits: number.to_bits() };
    shard.samples.keep::<W>(sample);
}

/// The longest text that an interner can have: its records are in chunks of 4 KiB.
const LINE_MAX: usize = 4_088;

/// Text on the stack, since recording does not allocate.
struct Line {
    bytes: [u8; LINE_MAX],
    len: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}
