//! One surface in one registry: its threads' sums, its gauges, and the sums of threads that are no more.

use super::cell::{self, Anyone, Refused, Row, Writer};
use super::cells::{Cells, Gauges, Sizes, row_in};
use super::domain::Domain;
use super::hot;
use super::layout::{self, LabelPlan, Layout, Plan};
use super::samples;
use crate::label::{self, LabelSet};
use crate::schema::{EventSchema, InstrumentLabel, LabelSchema, Schema};
use crate::sync::{Mutex, MutexGuard, Ordering::Relaxed, lock, try_lock};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// What all handles to a registered surface share.
#[derive(Debug)]
pub struct Registration {
    /// A multiple of [`hot::STEP`], never used twice in a process, never 0.
    pub id: u64,
    pub schema: &'static Schema,
    /// By event and instrument.
    pub plans: Box<[Box<[Plan]>]>,
    /// In declaration order.
    pub stores: Box<[Store]>,
    /// The store that each instrument of all events feeds.
    #[cfg(feature = "samples")]
    pub fed: Box<[u32]>,
    /// By event and label.
    pub labels: Box<[Box<[LabelPlan]>]>,
    /// The domain of each label that can overflow; none for a range.
    pub domains: Box<[Option<Arc<Domain>>]>,
    /// Since when the sums count.
    pub start: SystemTime,
    sizes: Sizes,
    /// The last numbers, of all threads.
    pub gauges: Gauges,
    /// The sums of threads that have ended, and of calls that have no thread's sums to add to.
    pub late: Cells,
    /// How far the sums of floats had come when they were last read.
    pub marks: Cells,
    /// Samples that are not a thread's.
    pub samples: samples::Shared,
    threads: Mutex<Threads>,
    door: Mutex<Door>,
}

/// Series of one instrument with one set of constant labels: what one plan, or several of one name, feed.
#[derive(Clone, Debug)]
pub struct Store {
    /// The event and the instrument that are declared first.
    pub event: usize,
    pub instrument: usize,
    /// The first store of the same name.
    pub family: u32,
    /// Whether that is this one.
    pub is_first: bool,
    /// The series that exist from the start: of 64 rows, counted from 0, which there are.
    declared: Box<[(u64, u64)]>,
    /// The blocks that they are in.
    blocks: Box<[u64]>,
}

impl Store {
    /// The blocks with series that exist from the start.
    pub fn declared_blocks(&self) -> &[u64] {
        &self.blocks
    }

    /// Of so many rows from this one on, 64 at the most, those whose series exist from the start.
    #[allow(clippy::cast_possible_truncation, reason = "below 64")]
    pub fn declared_in(&self, first: u64, rows: u64) -> u64 {
        if self.declared.is_empty() {
            return 0;
        }
        let (at, shift) = (first / 64, first % 64);
        let found = self.declared.partition_point(|(word, _)| *word < at);
        let word = |at: u64| {
            let mut near = self.declared[found..].iter().take(2);
            near.find(|(word, _)| *word == at).map_or(0, |(_, bits)| *bits)
        };
        let (low, high) = (word(at), word(at + 1));
        let bits = low >> shift | high.checked_shl(64 - shift as u32).unwrap_or_default();
        bits & (u64::MAX >> (64 - rows))
    }
}

/// The sums of the threads, those of ended ones among them, as far as a reader has met them.
#[derive(Debug, Default)]
pub struct Threads(Vec<Arc<Cells>>);

/// Where threads come in and go out while a reader is at work. Its lock is held for a push or a pop alone, and
/// taken after the one of [`Threads`] by who takes both.
#[derive(Debug, Default)]
struct Door {
    /// Of threads that have ended, for those to come: sums go on, so nothing is added up or cleared.
    free: Vec<Arc<Cells>>,
    /// Those that are not in the list yet.
    new: Vec<Arc<Cells>>,
}

/// As many sums of ended threads are kept for new ones; those of others are added up and freed.
const FREE_MAX: usize = if cfg!(loom) { 1 } else { 8 };

/// How often a thread that comes in tries the door's lock, a microsecond in all.
const DOOR_TRIES: usize = if cfg!(loom) { 1 } else { 100 };

static NEXT_ID: AtomicU64 = AtomicU64::new(hot::STEP);

impl Registration {
    /// `domain` gives the registry's own one of a declared domain.
    pub fn new(
        schema: &'static Schema,
        mut domain: impl FnMut(&'static label::Domain) -> Arc<Domain>,
    ) -> Self {
        let layout = Layout::of(schema);
        let events = || schema.events.iter().enumerate();
        let plans: Box<[Box<[Plan]>]> = events()
            .map(|(event, of)| {
                (0..of.instruments.len()).map(|at| Plan::of(schema, &layout, event, at)).collect()
            })
            .collect();
        let labels = events()
            .map(|(event, of)| {
                (0..of.labels.len()).map(|at| LabelPlan::of(schema, &layout, event, at)).collect()
            })
            .collect();
        let domains = layout::overflowing(schema)
            .map(|label| match label.set {
                LabelSet::Open(spec) => Some(domain(spec)),
                LabelSet::Closed(_) | LabelSet::Range { .. } => None,
            })
            .collect();
        let (sizes, gauges) = Sizes::of(&layout, &plans);
        let late = Cells::new(&sizes);
        let mut stores = stores(schema);
        for store in &mut stores {
            store.blocks = blocks(&store.declared, late.rows_of_block(&plans[store.event][store.instrument]));
        }
        Registration {
            id: NEXT_ID.fetch_add(hot::STEP, Ordering::Relaxed),
            schema,
            plans,
            #[cfg(feature = "samples")]
            fed: fed(schema, &stores),
            stores,
            labels,
            domains,
            start: SystemTime::now(),
            gauges,
            late,
            marks: Cells::new(&sizes),
            samples: samples::Shared::default(),
            sizes,
            threads: Mutex::default(),
            door: Mutex::default(),
        }
    }

    /// The words of each thread's slab.
    #[cfg_attr(telemetry_safe, allow(dead_code, reason = "for `hot.rs`, which that build does without"))]
    pub fn words(&self) -> usize {
        self.late.slab.len()
    }

    /// The slab's word that says whether samples are taken.
    pub fn samples_word(&self) -> usize {
        Refused::COUNT + self.domains.len()
    }

    /// The locked list of the threads' sums: what a reader holds while it adds them up. Who comes in meanwhile
    /// is for the next reader.
    pub fn threads(&self) -> MutexGuard<'_, Threads> {
        self.threads_after(|| ())
    }

    /// The same; what `change` does is known to all threads that are not in the list.
    pub fn threads_after(&self, change: impl FnOnce()) -> MutexGuard<'_, Threads> {
        let mut threads = lock(&self.threads);
        let mut door = lock(&self.door);
        change();
        threads.0.append(&mut door.new);
        drop(door);
        threads
    }

    /// Sums for a new thread, whether or not a reader is at work. `None` if others come in at the same time:
    /// the thread adds to the late sums this time.
    pub fn enter(&self) -> Option<Arc<Cells>> {
        let mut door = self.open_door()?;
        let known = door.free.pop();
        let cells = match known {
            Some(cells) => cells,
            None => {
                drop(door);
                let cells = Arc::new(Cells::new(&self.sizes));
                door = self.open_door()?;
                door.new.push(cells.clone());
                cells
            }
        };
        // Before the door is closed, so that who changes it later finds these sums in the list.
        self.samples.enter(&cells, self.samples_word());
        Some(cells)
    }

    /// The door's lock, if it is to be had soon: recording does not wait.
    fn open_door(&self) -> Option<MutexGuard<'_, Door>> {
        (0..DOOR_TRIES).find_map(|_| {
            std::hint::spin_loop();
            try_lock(&self.door)
        })
    }

    /// Takes the sums of a thread that ends. A reader sees them before and after, in one place.
    pub fn leave(&self, cells: &Arc<Cells>) {
        let mut door = lock(&self.door);
        if door.free.len() < FREE_MAX {
            return door.free.push(cells.clone());
        }
        drop(door);
        let mut threads = self.threads();
        if let Some(at) = threads.0.iter().position(|known| Arc::ptr_eq(known, cells)) {
            let cells = threads.0.swap_remove(at);
            self.fold(&cells);
        }
    }

    /// Adds up sums that no thread writes any more. The caller holds the lock of the threads.
    fn fold(&self, from: &Cells) {
        for word in 0..Refused::COUNT + self.domains.len() {
            let (from, into) = (&from.slab[word], &self.late.slab[word]);
            Anyone::update(into, |count| count.saturating_add(from.load(Relaxed)));
        }
        self.samples.fold(&from.samples);
        let mut blocks = Vec::new();
        for plan in self.stores.iter().map(|store| self.plan(store)).filter(|plan| !plan.is_gauge()) {
            blocks.clear();
            from.blocks(plan, &mut blocks);
            for number in &blocks {
                self.fold_block(plan, *number, from);
            }
        }
    }

    fn fold_block(&self, plan: &Plan, number: u64, from: &Cells) {
        let block = from.block(plan, number);
        debug_assert!(block.is_some(), "it was listed");
        let Some(block) = block else { return };
        let words = plan.cell.words();
        let first = number * from.rows_of_block(plan);
        for (at, row) in (0..block.words.len() / words).zip(first..) {
            let Some(from) = block.row(at, words).filter(Row::is_used) else { continue };
            let into = row_in(&self.late.slab, &self.late.trees, plan, row);
            debug_assert!(into.is_some(), "all sums of a surface have its rows");
            if let Some(into) = into {
                cell::fold(&plan.cell, from, into);
            }
        }
    }

    /// The plan of a store.
    pub fn plan(&self, store: &Store) -> &Plan {
        &self.plans[store.event][store.instrument]
    }

    /// The place of one of the event's labels in a row of the store.
    pub fn place(&self, store: &Store, label: usize, row: u64) -> u64 {
        let places = layout::places(&self.schema.events[store.event].labels[label]);
        row / self.plan(store).strides[label].max(1) % places
    }

    /// The domain of an event's label.
    pub fn domain_of(&self, event: usize, label: usize) -> Option<&Domain> {
        self.domains.get(self.labels[event][label].slot)?.as_deref()
    }
}

fn stores(schema: &'static Schema) -> Box<[Store]> {
    let mut stores: Vec<Store> = Vec::new();
    for (at, event) in schema.events.iter().enumerate() {
        for (index, instrument) in event.instruments.iter().enumerate() {
            if layout::store_of(schema, at, index) != (at, index) {
                continue;
            }
            let is_same = |store: &Store| {
                let first = &schema.events[store.event].instruments[store.instrument];
                first.name == instrument.name && first.shared && instrument.shared
            };
            let family = stores.iter().position(is_same).unwrap_or(stores.len());
            stores.push(Store {
                event: at,
                instrument: index,
                #[allow(clippy::cast_possible_truncation, reason = "1024 instruments at the most")]
                family: family as u32,
                is_first: family == stores.len(),
                declared: declared(event, index),
                blocks: Box::default(),
            });
        }
    }
    stores.into()
}

#[cfg(feature = "samples")]
fn fed(schema: &'static Schema, stores: &[Store]) -> Box<[u32]> {
    let instruments = schema.events.iter().enumerate();
    let instruments =
        instruments.flat_map(|(event, of)| (0..of.instruments.len()).map(move |at| (event, at)));
    let stores = instruments.map(|(event, at)| {
        let first = layout::store_of(schema, event, at);
        let store = stores.iter().position(|store| (store.event, store.instrument) == first);
        debug_assert!(store.is_some(), "each instrument feeds a store");
        // No other's samples are this one's.
        store.unwrap_or(usize::MAX)
    });
    #[allow(clippy::cast_possible_truncation, reason = "1024 instruments at the most")]
    stores.map(|store| store as u32).collect()
}

/// The rows whose series exist from the start, 64 to a word: those with a value of each closed label's set, all but its
/// `other`, and with the known texts of each open one.
fn declared(event: &EventSchema, instrument: usize) -> Box<[(u64, u64)]> {
    if !event.has_start(instrument) {
        return Box::default();
    }
    let mut rows = vec![0];
    for label in event.instruments[instrument].labels {
        let InstrumentLabel::Param(label) = *label else { continue };
        let label = &event.labels[label];
        // The last label's places are next to each other.
        let with = |row: u64| first_places(label).map(move |place| row * layout::places(label) + place);
        rows = rows.into_iter().flat_map(with).collect();
    }
    let mut words: Vec<(u64, u64)> = Vec::new();
    for row in rows {
        match words.last_mut() {
            Some((word, bits)) if *word == row / 64 => *bits |= 1 << (row % 64),
            _ => words.push((row / 64, 1 << (row % 64))),
        }
    }
    words.into()
}

/// The places of a label that are known before it is used, in order.
fn first_places(label: &LabelSchema) -> impl Iterator<Item = u64> + use<> {
    let other = layout::other(&label.set);
    let (values, with_other) = match label.set {
        LabelSet::Closed(_) => (other, false),
        LabelSet::Range { .. } => (other, true),
        LabelSet::Open(domain) => (numbered(domain), false),
    };
    let none = label.none.map(|_| other + 1);
    (0..values).chain(with_other.then_some(other)).chain(none)
}

/// How many known texts have a number of their own: the domain gives them in this order, from 0.
fn numbered(domain: &label::Domain) -> u64 {
    let is_new = |(at, text): &(usize, &&str)| **text != domain.other && !domain.known[..*at].contains(*text);
    let count = domain.known.iter().enumerate().filter(is_new).count() as u64;
    count.min(u64::from(domain.cap))
}

/// The blocks of so many rows that these rows are in, each once.
fn blocks(declared: &[(u64, u64)], rows_of_block: u64) -> Box<[u64]> {
    let rows = declared.iter().flat_map(|(word, bits)| {
        (0..64).filter(move |bit| bits >> bit & 1 != 0).map(move |bit| word * 64 + bit)
    });
    let mut blocks: Vec<u64> = rows.map(|row| row / rows_of_block).collect();
    blocks.dedup();
    blocks.into()
}

impl Threads {
    /// The sums of every thread, those of ended ones among them.
    pub fn all(&self) -> impl Iterator<Item = &Cells> {
        self.0.iter().map(|cells| &**cells)
    }
}

#[cfg(all(test, not(loom)))]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use crate::metrics;
    use crate::registry::Registry;
    use crate::sync::{Ordering, lock};

    #[metrics(namespace = "door")]
    trait Metrics {
        /// Sizes.
        #[histogram(buckets = [1.0])]
        #[log(off)]
        fn size(&self, n: f64);
    }

    /// Readers get what new threads record whole: these have sums of their own from the first call on, although
    /// a reader holds the list of the others.
    #[test]
    fn a_thread_that_starts_while_a_reader_is_at_work_has_sums_of_its_own() {
        let registry = Registry::new();
        let metrics = registry.register::<dyn Metrics>().unwrap();
        let registration = lock(&registry.inner.state).registrations[1].clone();
        let reader = registration.threads();
        std::thread::scope(|scope| {
            scope.spawn(|| metrics.size(2.0)).join().unwrap();
        });
        let known = reader.all().count();
        drop(reader);
        assert_eq!(known, 0, "the reader that is at work does not meet it");
        let late = registration.late.slab.iter().filter(|word| word.load(Ordering::Relaxed) != 0);
        assert_eq!(late.count(), 0, "no call was late");
        let threads = registration.threads();
        assert_eq!(threads.all().count(), 1, "the next reader does");
    }
}
