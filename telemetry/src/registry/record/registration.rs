//! One surface in one registry: its plans, its groups of series, and the memory that all its handles share.

use super::exemplars::Exemplars;
use super::removal::{Memory, Removals, frees_domain};
pub use super::shape::Shape;
use super::shards::Shards;
use crate::label::{self, LabelSet, LabelValue};
use crate::registry::layout::cell::Rejection;
use crate::registry::layout::plan::{self, Layout, Plan};
use crate::registry::store::cell::{self, Row, Shared, Writer};
use crate::registry::store::exemplars;
use crate::registry::store::interner::Interner;
use crate::registry::store::places::Places;
use crate::registry::store::shard::{Gauges, Rows, Shard};
#[cfg(test)]
use crate::registry::view::set::SurfaceViews;
#[cfg(test)]
use crate::schema::Schema;
use crate::sync::Mutex;
use crate::sync::Ordering::Relaxed;
use crate::sync::unless_allocating;
use crate::value::Number;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

/// The state that all handles to a surface with one set of the labels that are given at registration share.
///
/// A registration each, in place of a dimension of the rows: recording costs nothing more, and the memory of
/// one set goes with it.
#[derive(Debug)]
pub struct Registration {
    /// A multiple of [`ID_ALIGN`], never used twice in a process, never 0.
    pub id: u64,
    shape: Arc<Shape>,
    /// The registration's number in its registry, where none is used twice. Later ones have greater numbers.
    pub instance: u64,
    /// The texts of the labels that were given at registration, in the order of the declaration.
    pub given: Box<[Box<str>]>,
    /// The last handle is gone. It may come back: then this is false again.
    pub is_ended: AtomicBool,
    /// By slot: the interner of a label that can overflow; `None` for a range, and for what is observed.
    pub interners: Box<[Option<Arc<Interner>>]>,
    /// The time from which the sums count.
    pub start: SystemTime,
    /// The counts of rejections and overflows at the last report, by dense word.
    pub reported: Mutex<Box<[u64]>>,
    /// The last numbers, of all threads.
    pub gauges: Gauges,
    pub shards: Shards,
    /// The removals of a surface that has any.
    pub removals: Option<Box<Removals>>,
    /// Those of the registry, if it has any.
    pub exemplars: Option<Arc<Exemplars>>,
    /// The texts of observed gauges. `None` if all gauges are refused.
    pub places: Option<Places>,
}

/// The size of an entry of a thread's table: an id's bits are an entry's address, without a multiplication.
pub const ID_ALIGN: u64 = 32;

/// The distance between the ids of two registrations: 2⁶⁴ divided by the golden ratio, rounded to an odd
/// multiple of [`ID_ALIGN`]. So the upper bits of any selection of ids are spread like a hash, and the bits
/// above the alignment differ for each 16 registrations that follow one another. 2⁵⁹ ids pass before one
/// returns.
const ID_STEP: u64 = 0x9e37_79b9_7f4a_7c20;

const _: () = assert!(ID_STEP / ID_ALIGN % 2 == 1 && ID_STEP.is_multiple_of(ID_ALIGN), "no id returns early");

static NEXT_ID: AtomicU64 = AtomicU64::new(ID_STEP);

static DROPPED: AtomicU64 = AtomicU64::new(0);

/// Returns the number of registrations that are gone. Wraps around.
pub fn dropped() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

impl Drop for Registration {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

impl Deref for Registration {
    type Target = Shape;

    fn deref(&self) -> &Shape {
        &self.shape
    }
}

impl Registration {
    /// Creates the only registration of a surface. For tests.
    #[cfg(test)]
    pub fn new(
        schema: &'static Schema,
        interner: impl FnMut(&'static label::Domain) -> Arc<Interner>,
    ) -> Self {
        Registration::of(
            Arc::new(Shape::new(0, schema, &SurfaceViews::default(), false)),
            0,
            Box::default(),
            true,
            None,
            interner,
        )
    }

    /// `interner` returns the registry's interner of a declared domain. Without gauges, all numbers for them
    /// are refused.
    pub fn of(
        shape: Arc<Shape>,
        instance: u64,
        given: Box<[Box<str>]>,
        has_gauges: bool,
        exemplars: Option<Arc<Exemplars>>,
        mut interner: impl FnMut(&'static label::Domain) -> Arc<Interner>,
    ) -> Self {
        let schema = shape.schema;
        // Texts whose numbers are freed are the registration's own.
        let freed = (0..schema.events.len()).filter_map(|event| frees_domain(schema, event));
        let freed: Vec<_> = freed.map(|domain| Arc::new(Interner::reusable(domain))).collect();
        let mut interner = |domain: &'static label::Domain| {
            let own = freed.iter().find(|interner| std::ptr::eq(interner.domain, domain));
            own.cloned().unwrap_or_else(|| interner(domain))
        };
        let interners: Box<[_]> = plan::overflowing(schema)
            .map(|(event, label)| match label.set {
                LabelSet::Open(domain) if !event.is_observed() => Some(interner(domain)),
                LabelSet::Open(_) | LabelSet::Closed(_) | LabelSet::Range { .. } => None,
            })
            .collect();
        let mut registration = Registration {
            id: NEXT_ID.fetch_add(ID_STEP, Ordering::Relaxed),
            instance,
            given,
            is_ended: AtomicBool::new(false),
            start: SystemTime::now(),
            reported: Mutex::new(vec![0; Rejection::COUNT + interners.len()].into()),
            gauges: if has_gauges { Gauges::new(&shape.gauges, &shape.plans) } else { Gauges::none() },
            shards: Shards::new(shape.sums.clone(), Layout::samples_word(interners.len())),
            interners,
            shape,
            removals: None,
            exemplars,
            places: has_gauges.then(|| Places::new(plan::observed_domains(schema))),
        };
        registration.removals = Removals::new(registration.memory()).map(Box::new);
        registration.set_initial();
        registration
    }

    /// Sets the gauges that are 0 before their first use.
    fn set_initial(&self) {
        let groups =
            self.groups.iter().filter(|group| self.plan(group).keeps_last() && self.places.is_some());
        for group in groups {
            let plan = self.plan(group);
            for row in group.declared().filter_map(|row| self.gauges.rows().row(plan, row)) {
                let set = cell::add::<Shared>(&plan.cell, None, row, Number::U64(0));
                debug_assert!(set.is_ok(), "each gauge can be 0");
            }
        }
    }

    /// Returns the memory that removals change.
    pub fn memory(&self) -> Memory<'_> {
        let Registration { shape, interners, gauges, shards, .. } = self;
        Memory { shape, interners, gauges, shards }
    }

    /// Removes the series with these labels, for a call of the event with this index.
    pub fn remove(&self, event: usize, labels: &[LabelValue<'_>]) {
        if let Some(removals) = &self.removals {
            // A removal that our own allocation causes has no place to be: what it would change is locked.
            unless_allocating(|| removals.remove(self.memory(), event, labels));
        }
    }

    /// Returns what all registrations of the surface have in common.
    pub const fn shape(&self) -> &Arc<Shape> {
        &self.shape
    }

    /// Forgets the gauges and the up-down counters of a set that ended and comes back. Nobody writes: there
    /// is no handle.
    pub fn begin_anew(&self) {
        let listed = self.shards.listed();
        let shards = || listed.threads().chain([&self.shards.shared]);
        let mut blocks = Vec::new();
        for group in self.groups.iter().filter(|group| !self.keeps_final(group)) {
            let plan = self.plan(group);
            if plan.keeps_last() {
                clear(self.gauges.rows(), plan, &mut blocks);
            } else {
                shards().for_each(|shard| clear(shard.rows(), plan, &mut blocks));
            }
        }
        self.set_initial();
    }

    /// Returns the interner of an event's label.
    pub fn interner(&self, event: usize, label: usize) -> Option<&Interner> {
        self.interners.get(self.labels[event][label].slot)?.as_deref()
    }

    /// Takes back the shard of a thread that ends.
    pub fn leave(&self, shard: &Arc<Shard>) {
        self.shards.leave(shard, |from| self.fold(from));
    }

    /// Adds a shard that no thread writes any more to the shared one. The caller holds the lock of the
    /// shards.
    fn fold(&self, from: &Shard) {
        let into = &self.shards.shared;
        for word in 0..Rejection::COUNT + self.interners.len() {
            let addend = from.dense[word].load(Relaxed);
            Shared::update(&into.dense[word], |count| count.saturating_add(addend));
        }
        self.shards.samples.fold(&from.samples);
        if let Some(removals) = &self.removals {
            removals.clear_behind(self.memory(), from, &removals.removed());
        }
        let mut blocks = Vec::new();
        for plan in self.groups.iter().map(|group| self.plan(group)).filter(|plan| !plan.keeps_last()) {
            blocks.clear();
            from.rows().blocks(plan, &mut blocks);
            for number in &blocks {
                self.fold_block(plan, *number, from);
            }
            exemplars::fold(from, into, plan, &mut blocks);
        }
    }

    fn fold_block(&self, plan: &Plan, number: u64, from: &Shard) {
        let block = from.rows().block(plan, number);
        debug_assert!(block.is_some(), "it was listed");
        let Some(block) = block else { return };
        let words = plan.cell.words();
        let first = number * plan.rows_of_block();
        for (at, row) in (0..block.words.len() / words).zip(first..) {
            let Some(from) = block.row(at, words).filter(Row::is_used) else { continue };
            let into = self.shards.shared.rows().row(plan, row);
            debug_assert!(into.is_some(), "all shards of a surface have its rows");
            if let Some(into) = into {
                cell::fold(&plan.cell, from, into);
            }
        }
    }
}

/// Makes the rows of a plan unused.
fn clear(rows: Rows<'_>, plan: &Plan, blocks: &mut Vec<u64>) {
    blocks.clear();
    rows.blocks(plan, blocks);
    for block in blocks.iter().filter_map(|number| rows.block(plan, *number)) {
        block.words.iter().for_each(|word| word.store(plan.cell.empty(), Relaxed));
        block.present.into_iter().for_each(|bits| bits.store(0, Relaxed));
    }
}
