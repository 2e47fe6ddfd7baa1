//! What every series holds at one time: the one thing that exporters read.

use super::cell::{self, BUCKETS, Cell};
use super::cells::{Cells, Gauges, row_in};
use super::layout::{self, Plan};
use super::registration::{Registration, Store};
use super::usage::Usage;
use crate::label::{LabelSet, NONE, OTHER};
use crate::schema::{
    EventSchema, FormerName, InstrumentLabel, InstrumentSchema, Kind, LabelSchema, Schema, Unit,
};
use crate::sync::Ordering;
use crate::value::{Number, Representation};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What every series of a [`Registry`](super::Registry) holds at one time.
///
/// This is the extension point for exporters: all of ours read it and nothing else. Families come in the
/// order of registration and declaration, series in an order of their own; both stay as they are as long as
/// the registry lives, new ones come in between, and none goes away.
///
/// Within a surface all counts are read at one time with regard to threads that end; a histogram's count and
/// sum are of the same calls. Between two series there is no order: a call that feeds two instruments may
/// show in one of them.
#[derive(Debug, Default)]
pub struct Snapshot {
    constant_labels: Option<Arc<[(String, String)]>>,
    surfaces: Vec<SurfaceReading>,
    scratch: Scratch,
}

/// What is needed while a store is read.
#[derive(Debug, Default)]
struct Scratch {
    /// Numbers of blocks.
    blocks: Vec<u64>,
    /// A block of one thread.
    words: Vec<u64>,
}

#[derive(Debug)]
struct SurfaceReading {
    registration: Arc<Registration>,
    /// By store of the registration.
    stores: Vec<StoreReading>,
}

/// The series of a store that exist.
#[derive(Debug, Default)]
struct StoreReading {
    rows: Vec<u64>,
    /// The rows' words, one after the other.
    words: Vec<u64>,
}

/// All series of one name.
#[derive(Clone, Copy, Debug)]
pub struct Family<'a> {
    id: FamilyId,
    reading: &'a SurfaceReading,
    /// The store that is declared first; the family's others have other constant labels.
    store: usize,
}

/// Names a family as long as its registry lives; in the order of [`Snapshot::families`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FamilyId {
    pub(super) surface: u32,
    pub(super) store: u32,
    /// Whether it is the family under the name that it had before.
    pub(super) former: bool,
}

impl FamilyId {
    /// The family under its present name, if this is the one under the name that it had before.
    #[cfg(feature = "statsd")]
    pub(crate) fn renamed(self) -> Option<FamilyId> {
        self.former.then_some(FamilyId { former: false, ..self })
    }
}

/// One series.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    id: SeriesId,
    reading: &'a SurfaceReading,
    words: &'a [u64],
}

/// Names a series within its family; in the order of [`Family::series`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId {
    pub(super) store: u32,
    pub(super) row: u64,
}

/// What a series holds.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Point<'a> {
    /// The sum of a counter or an up-down counter.
    Sum(Number),
    /// The last number of a gauge.
    Gauge(Number),
    /// A histogram's buckets and sum.
    Histogram(HistogramPoint<'a>),
}

/// What a histogram holds.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct HistogramPoint<'a> {
    /// How many numbers fell in each bucket, not cumulative; the last one is for those above all bounds.
    pub counts: &'a [u64],
    /// The sum of the numbers; durations in seconds.
    pub sum: f64,
}

impl HistogramPoint<'_> {
    /// How many numbers there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

impl Snapshot {
    /// Labels that every series has, besides its own.
    #[must_use]
    pub fn constant_labels(&self) -> &[(String, String)] {
        self.constant_labels.as_deref().unwrap_or_default()
    }

    /// All families, in the order of registration and declaration; the registry's own come first. One that had
    /// another name before comes a second time, under that.
    pub fn families(&self) -> impl Iterator<Item = Family<'_>> {
        (0..).zip(&self.surfaces).flat_map(|(surface, reading)| {
            let stores = (0..).zip(&reading.registration.stores);
            stores.filter(|(_, store)| store.is_first).flat_map(move |(store, _)| {
                let family = |former| Family {
                    id: FamilyId { surface, store, former },
                    reading,
                    store: store as usize,
                };
                let former = family(true).former().map(|_| family(true));
                [family(false)].into_iter().chain(former)
            })
        })
    }

    /// How many series each surface has, beside how many it may have; the registry's own comes first.
    ///
    /// ```
    /// use telemetry::{Registry, metrics};
    ///
    /// #[metrics(max_series = 100)]
    /// pub trait Metrics {
    ///     /// Mails handed to the server.
    ///     #[counter]
    ///     fn sent(&self, #[label(cap = 64)] server: &str);
    /// }
    ///
    /// let registry = Registry::new();
    /// let metrics = registry.register::<dyn Metrics>()?;
    /// metrics.sent("mx 1");
    ///
    /// let snapshot = registry.snapshot();
    /// let usage = snapshot.usage().last().unwrap();
    /// assert_eq!((usage.series, usage.worst_case(), usage.max_series()), (1, 65, Some(100)));
    /// assert_eq!(usage.to_string(), "`Metrics` has 1 of 65 series at most, with a budget of 100");
    /// # Ok::<(), telemetry::registry::RegisterError>(())
    /// ```
    pub fn usage(&self) -> impl Iterator<Item = Usage> {
        self.surfaces.iter().map(|reading| Usage {
            surface: reading.registration.schema,
            series: reading.stores.iter().map(|store| store.rows.len() as u64).sum(),
        })
    }

    pub(super) fn read(
        &mut self,
        constant_labels: &Arc<[(String, String)]>,
        registrations: &[Arc<Registration>],
    ) {
        self.constant_labels = Some(constant_labels.clone());
        self.surfaces.truncate(registrations.len());
        for (at, registration) in registrations.iter().enumerate() {
            let known = self.surfaces.get(at);
            if known.is_none_or(|reading| !Arc::ptr_eq(&reading.registration, registration)) {
                self.surfaces.truncate(at);
                self.surfaces.push(SurfaceReading::new(registration.clone()));
            }
        }
        for reading in &mut self.surfaces {
            reading.read(&mut self.scratch);
        }
    }
}

impl SurfaceReading {
    fn new(registration: Arc<Registration>) -> Self {
        let stores = registration.stores.iter().map(|_| StoreReading::default()).collect();
        SurfaceReading { registration, stores }
    }

    fn read(&mut self, scratch: &mut Scratch) {
        let registration = &*self.registration;
        let threads = registration.threads();
        for (store, reading) in registration.stores.iter().zip(&mut self.stores) {
            reading.rows.clear();
            reading.words.clear();
            let plan = registration.plan(store);
            if plan.is_gauge() {
                reading.read_gauges(plan, &registration.gauges, &mut scratch.blocks);
            } else {
                let all = || threads.all().chain([&registration.late]);
                reading.read_sums(registration, store, all, scratch);
            }
        }
    }
}

impl StoreReading {
    fn read_gauges(&mut self, plan: &Plan, gauges: &Gauges, blocks: &mut Vec<u64>) {
        blocks.clear();
        gauges.blocks(plan, blocks);
        for number in blocks {
            let Some(block) = gauges.block(plan, *number) else { continue };
            let first = *number * gauges.rows_of_block(plan);
            for (row, words) in (first..).zip(block.words.chunks_exact(plan.cell.words())) {
                if let Some(bits) = cell::last(&plan.cell, words) {
                    self.rows.push(row);
                    self.words.push(bits);
                }
            }
        }
    }

    fn read_sums<'c, I: Iterator<Item = &'c Cells>>(
        &mut self,
        registration: &'c Registration,
        store: &Store,
        all: impl Fn() -> I,
        scratch: &mut Scratch,
    ) {
        let plan = registration.plan(store);
        let Scratch { blocks, words } = scratch;
        blocks.clear();
        for cells in all() {
            cells.blocks(plan, blocks);
        }
        let rows_of_block = registration.late.rows_of_block(plan);
        blocks.extend(store.declared_blocks());
        blocks.sort_unstable();
        blocks.dedup();
        for number in blocks {
            let start = self.words.len();
            let first = *number * rows_of_block;
            let mut exist = store.declared_in(first, rows_of_block);
            let mut seen = false;
            for block in all().filter_map(|cells| cells.block(plan, *number)) {
                if seen {
                    words.resize(block.words.len(), 0);
                    cell::read(&plan.cell, block.words, words);
                    cell::sum(&plan.cell, words, &mut self.words[start..]);
                } else {
                    self.words.resize(start + block.words.len(), 0);
                    cell::read(&plan.cell, block.words, &mut self.words[start..]);
                }
                exist |= block.present.map_or(0, |bits| bits.load(Ordering::Relaxed));
                seen = true;
            }
            if seen {
                self.never_fall(registration, plan, start, *number, first);
            } else {
                // A leaf that no thread has, of series that exist all the same.
                #[allow(clippy::cast_possible_truncation, reason = "64 at the most")]
                self.words.resize(start + rows_of_block as usize * plan.cell.words(), 0);
            }
            self.keep(plan.cell.words(), start, first, exist);
        }
    }

    /// Sums of floats depend on the order of their addends, which changes when threads come and go: they stay
    /// where they were rather than fall by a rounding.
    fn never_fall(
        &mut self,
        registration: &Registration,
        plan: &Plan,
        start: usize,
        number: u64,
        first: u64,
    ) {
        let width = plan.cell.words();
        let Some(sum) = plan.cell.rising_float() else { return };
        let marks = &registration.marks;
        if row_in(&marks.slab, &marks.trees, plan, first).is_none() {
            return;
        }
        let Some(block) = marks.block(plan, number) else { return };
        for (sums, marks) in self.words[start..].chunks_exact_mut(width).zip(block.words.chunks_exact(width))
        {
            let (now, mark) = (f64::from_bits(sums[sum]), f64::from_bits(marks[sum].load(Ordering::Relaxed)));
            if now < mark {
                sums[sum] = mark.to_bits();
            } else if now > mark {
                marks[sum].store(now.to_bits(), Ordering::Relaxed);
            }
        }
    }

    /// Of the words from `start` on, which are a block's sums, keeps those of series that exist: those in the
    /// mask, and those with a number.
    fn keep(&mut self, width: usize, start: usize, first: u64, mut exist: u64) {
        let rows = (self.words.len() - start) / width;
        if rows == 0 {
            return;
        }
        let all = u64::MAX >> (64 - rows);
        if exist & all != all {
            for (at, words) in self.words[start..].chunks_exact(width).enumerate() {
                exist |= u64::from(words.iter().any(|word| *word != 0)) << at;
            }
        }
        if exist & all == all {
            self.rows.extend(first..first + rows as u64);
            return;
        }
        let mut kept = start;
        for at in (0..rows).filter(|at| exist >> at & 1 != 0) {
            self.rows.push(first + at as u64);
            self.words.copy_within(start + at * width..start + (at + 1) * width, kept);
            kept += width;
        }
        self.words.truncate(kept);
    }
}

impl<'a> Family<'a> {
    /// Names the family.
    #[must_use]
    pub fn id(&self) -> FamilyId {
        self.id
    }

    /// The surface's prefix of names; empty if it has none.
    #[must_use]
    pub fn namespace(&self) -> &'static str {
        self.event().namespace
    }

    /// The name, without namespace, unit and the suffixes that formats add.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.former().map_or(self.instrument().name, |former| former.name)
    }

    /// The name that the family had before, if it is the one under that name.
    fn former(&self) -> Option<FormerName> {
        self.instrument().was.filter(|_| self.id.former)
    }

    /// What it does with the numbers.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.instrument().kind
    }

    /// The unit of its numbers.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.instrument().unit
    }

    /// The help text, all paragraphs.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.former().map_or(self.instrument().help, |former| former.help)
    }

    /// A histogram's upper bounds, increasing, without `+Inf`.
    #[must_use]
    pub fn bounds(&self) -> &'static [f64] {
        self.instrument().buckets
    }

    /// Whether a histogram takes negative numbers, so that its sum can fall.
    #[must_use]
    pub fn signed(&self) -> bool {
        self.instrument().signed
    }

    /// Since when its sums count.
    #[must_use]
    pub fn start(&self) -> SystemTime {
        self.reading.registration.start
    }

    /// The surface that declares it.
    #[must_use]
    pub fn surface(&self) -> &'static Schema {
        self.reading.registration.schema
    }

    /// The declaration; the first one, if several events feed the family.
    #[must_use]
    pub fn instrument(&self) -> &'static InstrumentSchema {
        &self.event().instruments[self.first().instrument]
    }

    fn event(&self) -> &'static EventSchema {
        self.reading.registration.schema.events[self.first().event]
    }

    fn first(&self) -> &'a Store {
        &self.reading.registration.stores[self.store]
    }

    /// The series that exist.
    #[inline]
    pub fn series(&self) -> impl Iterator<Item = Series<'a>> + use<'a> {
        self.runs().flat_map(Run::series)
    }

    /// The series that exist, by their constant labels: always as many runs, some of them empty.
    pub(crate) fn runs(&self) -> impl Iterator<Item = Run<'a>> + use<'a> {
        let (reading, first) = (self.reading, self.id.store);
        let stores = (0_u32..).zip(&reading.registration.stores).zip(&reading.stores);
        let own = stores.filter(move |((_, store), _)| store.family == first);
        own.map(move |((store, _), values)| Run { store, reading, values })
    }
}

/// Series of a family that have the same constant labels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    store: u32,
    reading: &'a SurfaceReading,
    values: &'a StoreReading,
}

impl<'a> Run<'a> {
    /// Names each series within the run.
    #[cfg(feature = "prometheus")]
    pub(crate) fn rows(&self) -> &'a [u64] {
        &self.values.rows
    }

    /// All that the series hold: where it is the same, their points are the same.
    #[cfg(feature = "prometheus")]
    pub(crate) fn words(&self) -> &'a [u64] {
        &self.values.words
    }

    /// How many words belong to a series.
    pub(crate) fn words_of_series(&self) -> usize {
        self.cell().read_words()
    }

    #[inline]
    pub(crate) fn series(self) -> impl Iterator<Item = Series<'a>> + use<'a> {
        let words = self.values.words.chunks_exact(self.words_of_series());
        self.values.rows.iter().zip(words).map(move |(row, words)| Series {
            id: SeriesId { store: self.store, row: *row },
            reading: self.reading,
            words,
        })
    }

    /// Calls `f` with the points of adjacent series, which have these words.
    #[cfg(feature = "prometheus")]
    #[inline(always)]
    pub(crate) fn points<'w>(&self, words: &'w [u64], mut f: impl FnMut(Point<'w>)) {
        let mut each = |cell: &Cell| {
            words.chunks_exact(cell.read_words()).for_each(|words| f(point(cell, words)));
        };
        match self.cell() {
            // By name, so that the loop knows what is most common.
            Cell::Count => each(&Cell::Count),
            cell => each(cell),
        }
    }

    fn cell(&self) -> &'a Cell {
        let registration = &self.reading.registration;
        &registration.plan(&registration.stores[self.store as usize]).cell
    }
}

impl<'a> Series<'a> {
    /// Names the series within its family.
    #[must_use]
    #[inline]
    pub fn id(&self) -> SeriesId {
        self.id
    }

    /// Its labels, key and value, in declaration order; without the registry's constant labels. Allocates for
    /// values of open labels and ranges.
    pub fn labels(&self) -> impl Iterator<Item = (&'static str, Cow<'a, str>)> + use<'a> {
        let (registration, id) = (&*self.reading.registration, self.id);
        let store = &registration.stores[id.store as usize];
        let event = registration.schema.events[store.event];
        event.instruments[store.instrument].labels.iter().map(move |label| match *label {
            InstrumentLabel::Constant { key, value } => (key, Cow::Borrowed(value)),
            InstrumentLabel::Param(label) => {
                let place = registration.place(store, label, id.row);
                (event.labels[label].key, text(registration, store, label, place))
            }
        })
    }

    /// What it holds.
    #[must_use]
    #[inline]
    pub fn point(&self) -> Point<'a> {
        let registration = &self.reading.registration;
        point(&registration.plan(&registration.stores[self.id.store as usize]).cell, self.words)
    }
}

/// What a series holds, by its words.
#[inline(always)]
fn point<'a>(cell: &Cell, words: &'a [u64]) -> Point<'a> {
    let (first, second) = (words[0], words.get(1).copied().unwrap_or_default());
    match *cell {
        Cell::Count => Point::Sum(Number::U64(first)),
        Cell::Nanos => Point::Sum(Number::Duration(Duration::from_nanos(first))),
        Cell::Split => Point::Sum(split(first, f64::from_bits(second))),
        Cell::Delta => Point::Sum(Number::I64(first.cast_signed())),
        Cell::Float => Point::Sum(Number::F64(f64::from_bits(first))),
        Cell::Gauge(representation) => Point::Gauge(gauge(representation, first)),
        Cell::Histogram { .. } => {
            Point::Histogram(HistogramPoint { counts: &words[BUCKETS..], sum: f64::from_bits(second) })
        }
    }
}

/// The sum of whole numbers and fractions: a whole number stays one.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "exact below 2⁵³, and a fraction's whole part is meant"
)]
fn split(whole: u64, fraction: f64) -> Number {
    const EXACT: u64 = 1 << 53;
    if fraction == 0.0 || whole >= EXACT {
        // Above 2⁵³ a float has no room for fractions, nor for every whole number.
        Number::U64(whole.saturating_add(fraction as u64))
    } else {
        Number::F64(whole as f64 + fraction)
    }
}

fn gauge(representation: Representation, bits: u64) -> Number {
    match representation {
        Representation::U64 => Number::U64(bits),
        Representation::I64 => Number::I64(bits.cast_signed()),
        Representation::F64 => Number::F64(f64::from_bits(bits)),
        Representation::Duration => Number::Duration(Duration::from_nanos(bits)),
    }
}

/// The text of a label's place.
fn text<'a>(registration: &'a Registration, store: &Store, label: usize, place: u64) -> Cow<'a, str> {
    let schema: &'static LabelSchema = &registration.schema.events[store.event].labels[label];
    let other = layout::other(&schema.set);
    if place > other {
        return Cow::Borrowed(schema.none.unwrap_or(NONE));
    }
    match schema.set {
        LabelSet::Closed(values) => {
            let value = usize::try_from(place).ok().and_then(|place| values.get(place));
            Cow::Borrowed(value.copied().unwrap_or(OTHER))
        }
        LabelSet::Range { .. } if place == other => Cow::Borrowed(OTHER),
        LabelSet::Range { start, .. } => Cow::Owned(start.saturating_add_unsigned(place).to_string()),
        LabelSet::Open(domain) if place == other => Cow::Borrowed(domain.other),
        LabelSet::Open(_) => {
            let number = u32::try_from(place).ok();
            let text = number.and_then(|number| registration.domain_of(store.event, label)?.text(number));
            Cow::Owned(text.unwrap_or_default())
        }
    }
}
