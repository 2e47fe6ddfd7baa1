//! The observed gauges of one collection: set by its callbacks, read by it alone.

use super::registration::Registration;
use crate::label::index::Found;
use crate::label::{Domain, LabelSet, LabelValue};
use crate::registry::layout::cell::Rejection;
use crate::registry::layout::plan::{Layout, Plan, group_of};
use crate::registry::store::cell::{self, Row, Shared};
use crate::registry::store::places::{Places, Taken};
use crate::registry::store::shard::count;
use crate::sync::AtomicU64;
use crate::value::Number;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

thread_local! {
    /// The numbers that the callbacks on this thread have set so far; `None` outside of a collection.
    static OBSERVED: RefCell<Option<Observations>> = const { RefCell::new(None) };
}

/// The numbers that a collection's callbacks set, by the registration's id.
#[derive(Debug, Default)]
pub struct Observations(BTreeMap<u64, Observation>);

/// The numbers of one registration in one collection.
#[derive(Debug)]
pub struct Observation {
    registration: Arc<Registration>,
    /// By the event and the index of the instrument that is declared first, and by row.
    groups: BTreeMap<(usize, usize), BTreeMap<u64, Value>>,
    texts: Texts,
    /// The births of texts up to this collection.
    last_birth: u64,
}

#[derive(Debug)]
struct Value {
    bits: u64,
    /// The birth of the youngest of the row's texts.
    birth: u64,
}

/// The texts of a collection, by domain.
#[derive(Debug, Default)]
struct Texts(Vec<TextsOfDomain>);

#[derive(Debug)]
struct TextsOfDomain {
    domain: &'static Domain,
    /// Each with its number and its birth.
    by_text: HashMap<Arc<str>, (u32, u64)>,
    by_number: BTreeMap<u32, Arc<str>>,
}

/// The indexes of a call's labels, and the birth of the youngest of its texts.
struct Indexes {
    by_label: Vec<u64>,
    birth: u64,
}

/// Runs callbacks, which set observed gauges on this thread, and returns what they set.
pub fn observing(callbacks: impl FnOnce()) -> Observations {
    let _ended = Observing;
    let _ = OBSERVED.try_with(|observed| observed.replace(Some(Observations::default())));
    callbacks();
    let mut observed = take().unwrap_or_default();
    observed.0.values_mut().for_each(Observation::finish);
    observed
}

/// Ends the collection of a thread also if a callback's panic is not contained.
struct Observing;

impl Drop for Observing {
    fn drop(&mut self) {
        drop(take());
    }
}

fn take() -> Option<Observations> {
    OBSERVED.try_with(|observed| observed.try_borrow_mut().ok()?.take()).ok().flatten()
}

/// Records a call of the event with this index, in the collection that calls back on this thread. Counts the
/// numbers that are refused.
pub fn record(
    registration: &Arc<Registration>,
    event: usize,
    labels: &[LabelValue<'_>],
    numbers: &[Option<Number>],
) {
    let recorded = OBSERVED.try_with(|observed| {
        // Borrowed already: a call out of the allocator, which is called by this one.
        let mut observed = observed.try_borrow_mut().ok()?;
        let own = observed.as_mut()?.0.entry(registration.id);
        own.or_insert_with(|| Observation::new(registration)).record(event, labels, numbers);
        Some(())
    });
    if recorded.ok().flatten().is_none() {
        let set = registration.plans[event].iter().filter(|plan| plan.number(numbers).is_some());
        set.for_each(|_| refuse(registration, Rejection::NotObserved));
    }
}

/// Counts a number that is not recorded.
fn refuse(registration: &Registration, rejection: Rejection) {
    count::<Shared>(&registration.shards.shared.dense, Layout::rejection_word(rejection));
}

impl Observations {
    /// Returns what was set in gauges of this registration.
    pub fn take(&mut self, registration: &Registration) -> Option<Observation> {
        self.0.remove(&registration.id)
    }

    /// Refuses what nobody took: numbers in gauges of another registry.
    pub fn refuse_rest(self) {
        for own in self.0.values() {
            let numbers = own.groups.values().map(BTreeMap::len).sum();
            (0..numbers).for_each(|_| refuse(&own.registration, Rejection::NotObserved));
        }
    }
}

impl Observation {
    fn new(registration: &Arc<Registration>) -> Self {
        Observation {
            registration: registration.clone(),
            groups: BTreeMap::new(),
            texts: Texts::default(),
            last_birth: 0,
        }
    }

    fn record(&mut self, event: usize, labels: &[LabelValue<'_>], numbers: &[Option<Number>]) {
        let registration = self.registration.clone();
        let places = registration.places.as_ref();
        let indexes = places.map(|places| self.indexes(event, labels, places));
        for (at, plan) in registration.plans[event].iter().enumerate() {
            let Some(number) = plan.number(numbers) else { continue };
            let row = indexes.as_ref().filter(|indexes| !plan.overflows(&indexes.by_label));
            let set = row.ok_or(Rejection::LabelOverflow).and_then(|indexes| {
                let group = group_of(registration.schema, event, at);
                self.set(group, plan, indexes, number)
            });
            if let Err(rejection) = set {
                refuse(&registration, rejection);
            }
        }
    }

    /// Finds the labels' indexes. Counts a label that is past its cap or out of its range.
    fn indexes(&mut self, event: usize, labels: &[LabelValue<'_>], places: &Places) -> Indexes {
        let registration = &self.registration;
        let mut indexes = Indexes { by_label: vec![0; registration.labels[event].len()], birth: 0 };
        let plans = registration.labels[event].iter().zip(labels).zip(&mut indexes.by_label);
        for ((plan, value), index) in plans.filter(|((plan, _), _)| plan.used) {
            let found = match plan.index.find(value) {
                Found::At(index) => Some((index, 0)),
                Found::InDomain(domain) => self.texts.take(domain, value, places),
                Found::Outside => None,
            };
            let (at, birth) = found.unwrap_or_else(|| {
                count::<Shared>(&registration.shards.shared.dense, Layout::overflow_word(plan.slot));
                (plan.index.other(), 0)
            });
            *index = at;
            indexes.birth = indexes.birth.max(birth);
        }
        indexes
    }

    fn set(
        &mut self,
        group: (usize, usize),
        plan: &Plan,
        indexes: &Indexes,
        number: Number,
    ) -> Result<(), Rejection> {
        let words = [AtomicU64::new(plan.cell.empty()), AtomicU64::new(0)];
        let words = words.get(..plan.cell.words()).unwrap_or_default();
        cell::add::<Shared>(&plan.cell, None, Row { words, present: None }, number)?;
        debug_assert!(!words.is_empty(), "a gauge has at most two words");
        if let Some([bits, _]) = cell::last(&plan.cell, words) {
            let value = Value { bits, birth: indexes.birth };
            self.groups.entry(group).or_default().insert(plan.row(&indexes.by_label), value);
        }
        Ok(())
    }

    /// Gives the numbers of the texts back, at the end of the callbacks.
    fn finish(&mut self) {
        if let Some(places) = &self.registration.places {
            self.last_birth = places.give_back(self.texts.numbers());
        }
    }

    /// Appends the rows of a group, in order, and their words.
    pub fn read(&self, group: (usize, usize), rows: &mut Vec<u64>, words: &mut Vec<u64>) {
        for (row, value) in self.groups.get(&group).into_iter().flatten() {
            rows.push(*row);
            words.push(value.bits);
        }
    }

    /// Returns the birth of a row's youngest text.
    pub fn birth(&self, group: (usize, usize), row: u64) -> u64 {
        self.groups.get(&group).and_then(|rows| rows.get(&row)).map_or(0, |value| value.birth)
    }

    /// Returns the births of texts up to this collection: as long as they are the same, so are the texts.
    pub const fn last_birth(&self) -> u64 {
        self.last_birth
    }

    /// Returns the text that has this number in the collection.
    pub fn text(&self, set: LabelSet, number: u32) -> Option<&str> {
        let LabelSet::Open(domain) = set else { return None };
        self.texts.of(domain)?.by_number.get(&number).map(|text| &**text)
    }
}

/// After a panic that is not contained, the numbers are still used.
impl Drop for Observation {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Texts {
    fn of(&self, domain: &'static Domain) -> Option<&TextsOfDomain> {
        self.0.iter().find(|texts| std::ptr::eq(texts.domain, domain))
    }

    /// Returns the number of a text, and its birth. `None` past the cap.
    fn take(
        &mut self,
        domain: &'static Domain,
        value: &LabelValue<'_>,
        places: &Places,
    ) -> Option<(u64, u64)> {
        let text = match value {
            LabelValue::Text(text) => text.limit(domain.max_len).to_string(),
            LabelValue::U64(n) => n.to_string(),
            LabelValue::I64(n) => n.to_string(),
            LabelValue::Closed(_) | LabelValue::None => return None,
        };
        let at = self.0.iter().position(|texts| std::ptr::eq(texts.domain, domain)).unwrap_or_else(|| {
            self.0.push(TextsOfDomain { domain, by_text: HashMap::new(), by_number: BTreeMap::new() });
            self.0.len() - 1
        });
        let own = self.0.get_mut(at)?;
        if let Some((number, birth)) = own.by_text.get(text.as_str()) {
            return Some((u64::from(*number), *birth));
        }
        let Taken { number, text, birth } = places.take(domain, &text)?;
        own.by_number.insert(number, text.clone());
        own.by_text.insert(text, (number, birth));
        Some((u64::from(number), birth))
    }

    /// Removes all numbers from the texts.
    fn numbers(&mut self) -> impl Iterator<Item = (&'static Domain, u32)> {
        self.0.iter_mut().flat_map(|own| {
            let domain = own.domain;
            own.by_text.drain().map(move |(_, (number, _))| (domain, number))
        })
    }
}
