//! Removes series: how rows and the numbers of texts are freed while threads record.
//!
//! A removal waits for no thread, and no thread waits for a removal. Each removal that ends series has a
//! generation, and tells each thread by a word of its shard, `stale`. A thread looks at that word once a
//! call, before it looks for its rows. If it is set, the thread first acknowledges: it forgets the numbers
//! that were freed, empties its own rows of the series that ended, and says by `seen` to which generation it
//! has come. A reader leaves out those rows of the threads that have not come there. So a row can belong to
//! another text at once, also while a thread sleeps that counted in it, or was stopped between finding it and
//! adding.
//!
//! | rule | without it |
//! |---|---|
//! | a reader leaves out rows of a thread that is behind | a text has numbers of the one before it |
//! | a freed number is for threads that have come to the removal | a thread adds to a row that it clears later |
//! | a thread acknowledges between two calls | it adds to a row that another text has by then |
//! | calls without a thread's state exclude removals | as above, in the shared shard |
//! | a thread that comes in finds no text that is going | it counts in the row of the next text |
//!
//! The models in `registry/models.rs` fail without these. Gauges have no owner who could empty their rows. A
//! number of theirs that is freed is kept back until no thread can be in a call that began before: each has
//! acknowledged, or is seen outside of a call after [`SETTLED`].

use super::shape::Shape;
use super::shards::{Listed, Shards};
use crate::label::Domain;
use crate::label::index::{Found, LabelIndex};
use crate::label::{LabelSet, LabelValue};
use crate::registry::layout::cell::{Cell, SUM, VERSION};
use crate::registry::layout::plan::{Plan, group_of, label_index};
use crate::registry::readers;
use crate::registry::store::cell::{self, Exclusive, Row, Shared};
use crate::registry::store::exemplars;
use crate::registry::store::interner::Interner;
use crate::registry::store::removed::{Pattern, PatternLabel, Removed, Void};
use crate::registry::store::setting::Setting;
use crate::registry::store::shard::{Gauges, Shard};
use crate::schema::{InstrumentLabel, Schema};
use crate::sync::{
    AtomicU64, Mutex, MutexGuard, Ordering, is_allocating, is_asking, lock, try_lock, unless_allocating,
};
use std::collections::VecDeque;
use std::ops::{Deref, Range};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// The time after which a thread that began to set a gauge before a removal has said so: far longer than a
/// processor keeps a store to itself. A thread pays for no fence in this way.
const SETTLED: Duration = Duration::from_millis(1);

/// The removals of a surface that has any.
#[derive(Debug)]
pub struct Removals {
    /// The word of a shard's dense ones that says that the thread has something to acknowledge.
    stale: usize,
    patterns: Box<[Pattern]>,
    /// By event: the patterns that a call of it removes.
    events: Box<[Range<usize>]>,
    /// By event: whether a call of it frees the number of its text.
    frees: Box<[bool]>,
    /// By group: the patterns of its rows.
    groups: Box<[Box<[usize]>]>,
    /// Changed under the lock of the listed shards, and held for a moment alone.
    removed: Mutex<Arc<Removed>>,
    /// Taken under the lock of the listed shards.
    pending: Mutex<Pending>,
    /// Held by a call that has no thread's state, and by a removal.
    late: Mutex<()>,
}

/// The memory of a registration, which removals change.
#[derive(Clone, Copy, Debug)]
pub struct Memory<'a> {
    pub shape: &'a Shape,
    pub interners: &'a [Option<Arc<Interner>>],
    pub gauges: &'a Gauges,
    pub shards: &'a Shards,
}

impl Deref for Memory<'_> {
    type Target = Shape;

    fn deref(&self) -> &Shape {
        self.shape
    }
}

/// The work that removals leave for later.
#[derive(Debug, Default)]
struct Pending {
    /// Series that keep their final value for a while, the oldest first.
    ends: VecDeque<End>,
    /// Numbers that are kept back.
    quarantine: Vec<Quarantined>,
}

/// The series that one call removes.
#[derive(Clone, Debug)]
struct Selection {
    /// Shapes and keys.
    keys: Box<[(usize, u64)]>,
    /// The number that is freed with them.
    frees: Option<(Arc<Interner>, u32)>,
}

/// Removed series that keep their final value.
#[derive(Debug)]
struct End {
    selection: Selection,
    /// The state when they were removed. They go on if it changes.
    state: FinalState,
    /// The first collection that has found them removed.
    found: Option<readers::End>,
}

#[derive(Debug)]
struct Quarantined {
    selection: Selection,
    generation: u64,
    since: Instant,
}

impl Removals {
    /// Returns the removals of a surface; `None` if it has none.
    pub fn new(registration: Memory<'_>) -> Option<Self> {
        let schema = registration.schema;
        let mut patterns = Vec::new();
        let mut events = Vec::new();
        for event in schema.events {
            let first = patterns.len();
            for removal in event.removes {
                let plan = registration.plans.get(removal.event)?.get(removal.instrument)?;
                let of = group_of(schema, removal.event, removal.instrument);
                let group =
                    registration.groups.iter().position(|group| (group.event, group.instrument) == of);
                debug_assert!(group.is_some(), "each instrument feeds a group");
                let labels = (0..).zip(removal.labels).map(|(position, label)| {
                    let len = label_index(&schema.events[removal.event].labels[*label]).len();
                    PatternLabel { position, stride: plan.strides[*label], len }
                });
                patterns.push(Pattern::new(group?, plan, labels.collect()));
            }
            events.push(first..patterns.len());
        }
        if patterns.is_empty() {
            return None;
        }
        let frees = (0..events.len()).map(|event| frees_domain(schema, event).is_some()).collect();
        let groups = (0..registration.groups.len())
            .map(|group| {
                (0..patterns.len()).filter(|pattern: &usize| patterns[*pattern].group == group).collect()
            })
            .collect();
        let removed = Removed::new(patterns.len());
        Some(Removals {
            stale: registration.stale,
            groups,
            frees,
            patterns: patterns.into(),
            events: events.into(),
            removed: Mutex::new(Arc::new(removed)),
            pending: Mutex::default(),
            late: Mutex::new(()),
        })
    }

    /// Returns all ends of series. They stay as long as the caller has the lock of the listed shards.
    pub fn removed(&self) -> Arc<Removed> {
        lock(&self.removed).clone()
    }

    /// Returns the patterns of a group's rows.
    pub fn patterns_of(&self, group: usize) -> impl Iterator<Item = (usize, &Pattern)> {
        self.groups.get(group).into_iter().flatten().map(|pattern| (*pattern, &self.patterns[*pattern]))
    }

    /// Returns the generation at which the series of a row last ended, or 0.
    #[cfg(feature = "samples")]
    pub fn birth(&self, group: usize, row: u64) -> u64 {
        self.removed().void(self.patterns_of(group), row).map_or(0, |void| void.generation)
    }

    /// Keeps removals out while a call adds to the shared shard.
    ///
    /// A call from our own allocation does not wait: this thread may hold the lock.
    pub fn exclude(&self) -> Option<MutexGuard<'_, ()>> {
        if is_allocating() { try_lock(&self.late) } else { Some(lock(&self.late)) }
    }

    /// Returns the word that says that the shard's thread may be about to set a gauge.
    fn setting<'a>(&self, shard: &'a Shard) -> Option<&'a AtomicU64> {
        shard.dense.get(self.stale + 1)
    }

    /// Says that the calling thread, whose shard it is, may be about to set a gauge.
    pub fn begin_setting<'a>(&self, shard: &'a Shard) -> Option<Setting<'a>> {
        self.setting(shard).map(Setting::begin)
    }

    /// Returns whether the thread has something to acknowledge.
    pub fn is_stale(&self, shard: &Shard) -> bool {
        shard.dense.get(self.stale).is_some_and(|stale| stale.load(Ordering::Relaxed) != 0)
    }

    /// Acknowledges what was removed, before the calling thread begins a call. Returns false if that is
    /// impossible: the call comes from our own allocation or from the function that knows the current trace,
    /// in the middle of another call. `forget` drops the numbers that the thread knows and that were freed up
    /// to a generation.
    pub fn acknowledge(&self, registration: Memory<'_>, shard: &Shard, forget: impl FnOnce(u64)) -> bool {
        let acknowledge = || {
            if let Some(stale) = shard.dense.get(self.stale) {
                stale.swap(0, Ordering::AcqRel);
            }
            let removed = self.removed();
            self.clear_behind(registration, shard, &removed);
            forget(removed.generation);
            shard.seen.store(removed.generation, Ordering::Release);
        };
        !self.is_stale(shard) || !is_asking() && unless_allocating(acknowledge).is_some()
    }

    /// Empties the rows that ended after the shard's thread last acknowledged. Only for their one writer.
    pub fn clear_behind(&self, registration: Memory<'_>, shard: &Shard, removed: &Removed) {
        let seen = shard.seen.load(Ordering::Relaxed);
        for (pattern, voids) in
            self.patterns.iter().zip(&removed.voids).filter(|(pattern, _)| !pattern.is_gauge)
        {
            let plan = registration.plan(&registration.groups[pattern.group]);
            for (key, _) in voids.iter().filter(|(_, void)| void.generation > seen) {
                pattern.each_row(*key, |row| {
                    if let Some(row) = shard.rows().existing_row(plan, row) {
                        cell::clear::<Exclusive>(&plan.cell, row);
                    }
                    exemplars::clear(shard, plan, row);
                });
            }
        }
    }
}

/// The work of a call of a removing event, and of a reader after it.
impl Removals {
    /// Removes the series with these labels: gauges at once, sums when `sweep` finds that they are due.
    pub fn remove(&self, registration: Memory<'_>, event: usize, labels: &[LabelValue<'_>]) {
        let mut listed = registration.shards.listed();
        let Some(selection) = self.select(registration, event, labels) else { return };
        let mut pending = lock(&self.pending);
        self.clear_gauges(registration, &selection);
        let known = pending.ends.iter().position(|end| end.selection.keys == selection.keys);
        match self.final_state(registration, &listed, &selection) {
            // Nobody has used them.
            None => {
                known.map(|at| pending.ends.remove(at));
                self.end(registration, &mut listed, &mut pending, selection);
            }
            Some(state)
                if known.is_some_and(|at| pending.ends.get(at).is_some_and(|end| end.state == state)) => {}
            Some(state) => {
                known.map(|at| pending.ends.remove(at));
                pending.ends.push_back(End { selection, state, found: None });
            }
        }
        self.make_room_over_half(registration, &mut listed, &mut pending);
    }

    /// Ends removed series whose time has come. Those that changed since they were removed go on. `is_due`
    /// gets the first collection that has found them.
    pub fn sweep(
        &self,
        registration: Memory<'_>,
        listed: &mut Listed,
        is_due: impl Fn(&mut Option<readers::End>) -> bool,
    ) {
        let mut pending = lock(&self.pending);
        self.release(registration, listed, &mut pending);
        for mut end in std::mem::take(&mut pending.ends) {
            if !self.is_unchanged(registration, listed, &end) {
                continue;
            }
            if is_due(&mut end.found) {
                self.end(registration, listed, &mut pending, end.selection);
            } else {
                pending.ends.push_back(end);
            }
        }
        self.make_room_over_half(registration, listed, &mut pending);
    }

    /// Ends the removed series that hold a number of this label for the longest time, so that another text
    /// gets it. Returns false if nothing ends, or if a reader is at work.
    pub fn make_room(&self, registration: Memory<'_>, slot: usize) -> bool {
        let Some(Some(interner)) = registration.interners.get(slot) else { return false };
        if !interner.is_reusable() {
            return false;
        }
        let room = || {
            let mut listed = registration.shards.try_listed()?;
            let mut pending = lock(&self.pending);
            let is_released = self.release(registration, &mut listed, &mut pending);
            let holds =
                |end: &End| end.selection.frees.as_ref().is_some_and(|(own, _)| Arc::ptr_eq(own, interner));
            let is_ended = self.end_first(registration, &mut listed, &mut pending, holds);
            (is_released || is_ended).then_some(())
        };
        unless_allocating(room).flatten().is_some()
    }

    /// Ends the oldest removed series of labels that are more than half full.
    fn make_room_over_half(&self, registration: Memory<'_>, listed: &mut Listed, pending: &mut Pending) {
        let holds = |end: &End| end.selection.frees.as_ref().is_some_and(|(own, _)| own.is_over_half());
        while self.end_first(registration, listed, pending, holds) {}
    }

    /// Ends the first removed series that `is` selects. Returns false if nothing ends.
    fn end_first(
        &self,
        registration: Memory<'_>,
        listed: &mut Listed,
        pending: &mut Pending,
        is: impl Fn(&End) -> bool,
    ) -> bool {
        while let Some(at) = pending.ends.iter().position(&is) {
            let Some(end) = pending.ends.remove(at) else { return false };
            if self.is_unchanged(registration, listed, &end) {
                self.end(registration, listed, pending, end.selection);
                return true;
            }
        }
        false
    }

    fn is_unchanged(&self, registration: Memory<'_>, listed: &Listed, end: &End) -> bool {
        self.final_state(registration, listed, &end.selection).is_none_or(|state| state == end.state)
    }

    /// Returns the series that a call removes; `None` if a label's value has none.
    fn select(&self, registration: Memory<'_>, event: usize, labels: &[LabelValue<'_>]) -> Option<Selection> {
        let schema = registration.schema;
        let mut frees = None;
        let patterns = self.events.get(event)?.clone();
        let removals = patterns.clone().zip(schema.events[event].removes);
        let keys = removals.map(|(pattern, removal)| {
            let mut indexes = Vec::new();
            for (value, label) in labels.iter().zip(removal.labels) {
                let plan = &registration.labels[removal.event][*label];
                let interner = registration.interners.get(plan.slot).and_then(Option::as_ref);
                let index = index_of(&plan.index, value, interner.map(|interner| &**interner))?;
                if let (Some(interner), Ok(number)) = (interner, u32::try_from(index))
                    && self.frees.get(event).copied().unwrap_or_default()
                    && interner.can_free(number)
                {
                    frees = Some((interner.clone(), number));
                }
                indexes.push(index);
            }
            Some((pattern, self.patterns[pattern].key(&indexes)?))
        });
        let keys = keys.collect::<Option<Box<[_]>>>()?;
        Some(Selection { keys, frees })
    }

    /// Ends series: from now on their rows are empty, and their number is another text's.
    fn end(
        &self,
        registration: Memory<'_>,
        listed: &mut Listed,
        pending: &mut Pending,
        selection: Selection,
    ) {
        let has_sums = selection.keys.iter().any(|(pattern, _)| !self.patterns[*pattern].is_gauge);
        let has_gauges = selection.keys.iter().any(|(pattern, _)| self.patterns[*pattern].is_gauge);
        if !has_sums && selection.frees.is_none() {
            return;
        }
        let _late = lock(&self.late);
        let shards = registration.shards;
        let generation = lock(&self.removed).generation + 1;
        let is_quarantined = has_gauges && selection.frees.is_some();
        shards.begin_generation(listed, generation, || {
            if let Some((interner, number)) = &selection.frees {
                interner.unmap(*number, generation);
            }
        });
        self.publish(&selection, Void { generation, at: SystemTime::now(), is_quarantined });
        for shard in listed.threads() {
            if let Some(stale) = shard.dense.get(self.stale) {
                stale.store(generation, Ordering::Release);
            }
        }
        self.each_row(registration, &selection, |pattern, plan, row| {
            if !pattern.is_gauge {
                for shard in [&shards.shared, &shards.high_water] {
                    if let Some(row) = shard.rows().existing_row(plan, row) {
                        cell::clear::<Shared>(&plan.cell, row);
                    }
                }
                exemplars::clear(&shards.shared, plan, row);
            }
        });
        self.clear_gauges(registration, &selection);
        if selection.frees.is_some() {
            // What else was removed of this text is gone with it. Its rows are the next text's.
            pending.ends.retain(|end| !self.is_inside(registration, &end.selection, &selection));
        }
        if is_quarantined {
            pending.quarantine.push(Quarantined { selection, generation, since: Instant::now() });
            self.release(registration, listed, pending);
        } else if let Some((interner, number)) = &selection.frees {
            interner.give_back(*number);
        }
    }

    /// Returns whether all series of a selection are of the value by which another one selects.
    fn is_inside(&self, registration: Memory<'_>, selection: &Selection, whole: &Selection) -> bool {
        let mut is_inside = true;
        self.each_row(registration, selection, |own, _, row| {
            let of_group = |(pattern, _): &&(usize, u64)| self.patterns[*pattern].group == own.group;
            let mut wholes = whole.keys.iter().filter(of_group);
            is_inside &= wholes.any(|(pattern, key)| self.patterns[*pattern].key_of(row) == *key);
        });
        is_inside
    }

    /// Adds an end to all of them.
    fn publish(&self, selection: &Selection, void: Void) {
        let mut removed = lock(&self.removed);
        let removed = Arc::make_mut(&mut removed);
        for (pattern, key) in &selection.keys {
            removed.add(*pattern, *key, void);
        }
    }

    /// Gives back the numbers of gauges that no thread can set any more. Returns whether there were any.
    fn release(&self, registration: Memory<'_>, listed: &mut Listed, pending: &mut Pending) -> bool {
        if pending.quarantine.is_empty() {
            return false;
        }
        let before = pending.quarantine.len();
        pending.quarantine.retain(|kept| {
            // The model checker knows no time.
            let is_settled = !cfg!(loom) && kept.since.elapsed() >= SETTLED;
            let has_passed = |shard: &Shard| {
                let is_setting = || self.setting(shard).is_none_or(|word| word.load(Ordering::Acquire) != 0);
                shard.seen.load(Ordering::Acquire) >= kept.generation || is_settled && !is_setting()
            };
            if !registration.shards.all_in_use(listed, has_passed) {
                return true;
            }
            self.clear_gauges(registration, &kept.selection);
            let void = Void { generation: kept.generation, at: SystemTime::now(), is_quarantined: false };
            self.publish(&kept.selection, void);
            if let Some((interner, number)) = &kept.selection.frees {
                interner.give_back(*number);
            }
            false
        });
        pending.quarantine.len() < before
    }

    fn clear_gauges(&self, registration: Memory<'_>, selection: &Selection) {
        self.each_row(registration, selection, |pattern, plan, row| {
            if pattern.is_gauge
                && let Some(row) = registration.gauges.rows().existing_row(plan, row)
            {
                cell::clear::<Shared>(&plan.cell, row);
            }
        });
    }

    fn each_row(
        &self,
        registration: Memory<'_>,
        selection: &Selection,
        mut f: impl FnMut(&Pattern, &Plan, u64),
    ) {
        for (pattern, key) in &selection.keys {
            let pattern = &self.patterns[*pattern];
            let plan = registration.plan(&registration.groups[pattern.group]);
            pattern.each_row(*key, |row| f(pattern, plan, row));
        }
    }

    /// Returns the state of series; `None` if none of them was ever used.
    fn final_state(
        &self,
        registration: Memory<'_>,
        listed: &Listed,
        selection: &Selection,
    ) -> Option<FinalState> {
        let removed = self.removed();
        let mut state = FinalState::default();
        self.each_row(registration, selection, |pattern, plan, row| {
            if pattern.is_gauge {
                let row_of = registration.gauges.rows().existing_row(plan, row);
                if row_of.is_some_and(|row| cell::last(&plan.cell, row.words).is_some()) {
                    state.add(row, &plan.cell, &[]);
                }
                return;
            }
            let void = removed.void(self.patterns_of(pattern.group), row).map_or(0, |void| void.generation);
            let own = listed.threads().filter(|shard| shard.seen.load(Ordering::Acquire) >= void);
            let mut words = vec![0; plan.cell.words()];
            let mut read = words.clone();
            let mut is_used = false;
            for shard in own.chain([&registration.shards.shared]) {
                if let Some(row) = shard.rows().existing_row(plan, row).filter(Row::is_used) {
                    is_used = true;
                    cell::read(&plan.cell, row.words, &mut read);
                    cell::sum(&plan.cell, &read, &mut words);
                }
            }
            if is_used {
                state.add(row, &plan.cell, &words);
            }
        });
        (!state.exact.is_empty()).then_some(state)
    }
}

/// The part of series' state that changes when they are used again.
#[derive(Debug, Default)]
struct FinalState {
    /// Rows and integers.
    exact: Vec<u64>,
    /// Sums of floats that no integer next to them represents: they depend on the order of the threads.
    floats: Vec<f64>,
}

impl FinalState {
    fn add(&mut self, row: u64, cell: &Cell, words: &[u64]) {
        self.exact.push(row);
        // Exponential buckets count what the others do.
        for (at, word) in words.iter().take(cell.plain_words()).enumerate() {
            match cell {
                Cell::Histogram { .. } if at == VERSION || at == SUM => {}
                Cell::Split if at == SUM => self.floats.push(f64::from_bits(*word)),
                _ => self.exact.push(*word),
            }
        }
    }
}

impl PartialEq for FinalState {
    fn eq(&self, other: &Self) -> bool {
        let is_near = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
        self.exact == other.exact && self.floats.iter().zip(&other.floats).all(is_near)
    }
}

/// Returns the index of a label's value, if it has one of its own.
fn index_of(label: &LabelIndex, value: &LabelValue<'_>, interner: Option<&Interner>) -> Option<u64> {
    let index = match label.find(value) {
        Found::At(index) => index,
        Found::InDomain(domain) => {
            let set = LabelSet::Open(domain);
            u64::from(interner?.find(&set.text(&set.limit(*value))?)?)
        }
        Found::Outside => return None,
    };
    // All other values share that one.
    (index != label.other() || matches!(label.set, LabelSet::Closed(_))).then_some(index)
}

/// Returns the domain whose numbers a removing event frees: it has one label, and names all instruments of
/// the surface that have a label of its domain, by that label.
pub fn frees_domain(schema: &Schema, event: usize) -> Option<&'static Domain> {
    let removes = schema.events.get(event)?.removes;
    let first = removes.first()?;
    let [label] = first.labels else { return None };
    let LabelSet::Open(domain) = schema.events[first.event].labels[*label].set else { return None };
    // Observed gauges have numbers of their own.
    for (at, of) in schema.events.iter().enumerate().filter(|(_, event)| !event.is_observed()) {
        for (index, instrument) in of.instruments.iter().enumerate() {
            let mut own = instrument.labels.iter().filter_map(|label| match label {
                InstrumentLabel::Param(label) => Some(&of.labels[*label]),
                InstrumentLabel::Registration(_) | InstrumentLabel::Constant { .. } => None,
            });
            let is_of_domain =
                |set: LabelSet| matches!(set, LabelSet::Open(own) if std::ptr::eq(own, domain));
            let Some(own_label) = own.find(|label| is_of_domain(label.set)) else { continue };
            let is_named = removes.iter().any(|removal| {
                let [label] = removal.labels else { return false };
                group_of(schema, removal.event, removal.instrument) == group_of(schema, at, index)
                    && schema.events[removal.event].labels[*label].key == own_label.key
            });
            if !is_named || own.any(|label| is_of_domain(label.set)) {
                return None;
            }
        }
    }
    Some(domain)
}
