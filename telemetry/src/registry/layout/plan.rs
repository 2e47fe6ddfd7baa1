//! The plan of each instrument and label of a surface: constants on the hot path, computed from the schema.
#![allow(
    clippy::cast_possible_truncation,
    reason = "1024 instruments of at most 31 labels; a shard is small"
)]

use super::cell::{Cell, Rejection};
use crate::label::index::LabelIndex;
use crate::label::{Domain, LabelSet};
use crate::schema::check::same;
use crate::schema::{EventSchema, InstrumentLabel, InstrumentSchema, Kind, LabelSchema, Measure, Schema};
use crate::value::{Number, Representation};

/// The number of dense words that say whether samples are taken.
pub const SAMPLES_WORDS: usize = if cfg!(feature = "samples") { 1 } else { 0 };

/// The limit of a surface's instruments, and of its events. The model checker's threads have small stacks.
pub const INSTRUMENTS_MAX: usize = if cfg!(loom) { 8 } else { 1024 };

/// The limit of an event's label parameters.
pub const LABELS_MAX: usize = 31;

/// The limit of a group's words for dense storage. A larger group is sparse.
const DENSE_WORDS: u64 = 512;

/// The number of rows in a block of dense words: a word has a bit for each.
pub const DENSE_BLOCK: u64 = 64;

/// The number of words that a page of sparse cells aims at. A page has one row at the least.
const PAGE_WORDS: usize = 8;

/// Returns the binary logarithm of the rows in a page, for rows of `words` words.
pub const fn page_bits(words: usize) -> u32 {
    let words = if words == 0 { 1 } else { words };
    let rows = PAGE_WORDS / words;
    if rows == 0 { 0 } else { rows.ilog2() }
}

/// The storage of a whole surface.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The number of a thread's dense words. They begin with the counts of rejections, then those of
    /// overflows, one per slot, the word that says whether samples are taken, and that of removals.
    pub dense: usize,
    /// The dense word that says whether samples are taken.
    samples: usize,
    /// The dense word that says that the thread has to acknowledge a removal: the one after those above, in a
    /// surface that removes series. The next one says that the thread is about to set a gauge.
    pub stale: usize,
    /// The number of a thread's sparse groups.
    pub sparse: usize,
    /// The number of the gauges' dense words.
    pub dense_gauges: usize,
    /// The number of the gauges' sparse groups.
    pub sparse_gauges: usize,
    /// Each event's first instrument in `storage`, and its first slot.
    first: [(u16, u16); INSTRUMENTS_MAX],
    /// The storage of each instrument.
    storage: [Storage; INSTRUMENTS_MAX],
}

/// The storage of a group's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// Dense words from `start` on. A bit per row stands behind the rows if `bits` is set.
    Dense { start: usize, bits: bool },
    /// The sparse cells with this index.
    Sparse(usize),
    /// No words: each collection has the rows that its callbacks set.
    Observed,
}

/// The effect of one event on one instrument: all that recording needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub cell: Cell,
    pub measure: Measure,
    /// True if each collection keeps numbers of its own.
    pub observed: bool,
    pub storage: Storage,
    /// The number of rows.
    pub rows: u64,
    /// By label of the event: the distance in rows between two of its indexes; 0 for a label that the
    /// instrument lacks.
    pub strides: [u64; LABELS_MAX],
    /// By label of the event: the index of `other`; [`u64::MAX`] for a label that the instrument lacks.
    others: [u64; LABELS_MAX],
    /// The instrument's index among those of all events.
    pub instrument: u16,
    /// The index of the first instrument of its group.
    pub group: u16,
    /// The dense word that says whether samples are taken.
    pub samples: usize,
}

/// The part of an event's label that recording needs to know.
#[derive(Clone, Copy, Debug)]
pub struct LabelPlan {
    /// The indexes of its values.
    pub index: LabelIndex,
    /// Set if a call records in an instrument with the label.
    pub used: bool,
    /// The label's slot, if it can overflow.
    pub slot: usize,
}

impl LabelPlan {
    pub const fn of(schema: &Schema, layout: &Layout, event: usize, label: usize) -> Self {
        let schema = schema.events[event];
        LabelPlan {
            index: label_index(&schema.labels[label]),
            used: label_is_recorded(schema, label),
            slot: layout.first[event].1 as usize + slots_of(schema, label),
        }
    }

    /// Returns the plans of all labels of the event, which has `L`.
    pub const fn all<const L: usize>(schema: &Schema, layout: &Layout, event: usize) -> [Self; L] {
        let nothing = LabelIndex { set: LabelSet::Closed(&[]), optional: false, none: None };
        let mut labels = [LabelPlan { index: nothing, used: false, slot: 0 }; L];
        let mut at = 0;
        while at < L {
            labels[at] = LabelPlan::of(schema, layout, event, at);
            at += 1;
        }
        labels
    }
}

impl Layout {
    /// # Panics
    ///
    /// If the surface has more than [`INSTRUMENTS_MAX`] instruments, or an event has more than [`LABELS_MAX`]
    /// labels. It is a constant, so that is a compile error.
    pub const fn of(schema: &Schema) -> Self {
        let slots = count_slots(schema);
        let mut layout = Layout {
            dense: Rejection::COUNT + slots + SAMPLES_WORDS + removal_words(schema),
            samples: Layout::samples_word(slots),
            stale: Rejection::COUNT + slots + SAMPLES_WORDS,
            sparse: 0,
            dense_gauges: 0,
            sparse_gauges: 0,
            first: [(0, 0); INSTRUMENTS_MAX],
            storage: [Storage::Sparse(0); INSTRUMENTS_MAX],
        };
        let (mut event, mut instrument, mut slot) = (0, 0, 0);
        assert!(
            schema.events.len() < INSTRUMENTS_MAX,
            "a registry takes surfaces of at most 1024 instruments"
        );
        while event < schema.events.len() {
            layout.first[event] = (instrument as u16, slot as u16);
            let schema_of = schema.events[event];
            assert!(
                instrument + schema_of.instruments.len() <= INSTRUMENTS_MAX,
                "a registry takes surfaces of at most 1024 instruments"
            );
            let mut at = 0;
            while at < schema_of.instruments.len() {
                layout.storage[instrument] = layout.allot(schema, event, at);
                instrument += 1;
                at += 1;
            }
            slot += slots_of(schema_of, schema_of.labels.len());
            event += 1;
        }
        layout
    }

    /// Allots storage to an instrument: that of its group if an earlier event feeds it already.
    const fn allot(&mut self, schema: &Schema, event: usize, at: usize) -> Storage {
        let (first, first_at) = group_of(schema, event, at);
        if first != event || first_at != at {
            return self.storage[self.first[first].0 as usize + first_at];
        }
        let instrument = &schema.events[event].instruments[at];
        if instrument.observed {
            return Storage::Observed;
        }
        let cell = cell_of(schema, event, instrument);
        let rows = rows_of(schema.events[event], instrument);
        let gauge = instrument.keeps_last();
        let words = rows.saturating_mul(cell.words() as u64);
        if words > DENSE_WORDS {
            let sparse = if gauge { &mut self.sparse_gauges } else { &mut self.sparse };
            *sparse += 1;
            return Storage::Sparse(*sparse - 1);
        }
        let bits = needs_bits(schema.events[event], at);
        let dense = if gauge { &mut self.dense_gauges } else { &mut self.dense };
        let start = *dense;
        *dense += words as usize + if bits { rows.div_ceil(64) as usize } else { 0 };
        Storage::Dense { start, bits }
    }

    /// Returns the dense word that counts rejections for this reason.
    pub const fn rejection_word(reason: Rejection) -> usize {
        reason as usize
    }

    /// Returns the dense word that counts how often the slot's label was past its cap.
    pub const fn overflow_word(slot: usize) -> usize {
        Rejection::COUNT + slot
    }

    /// Returns the dense word that says whether samples are taken, in a surface with so many slots.
    pub const fn samples_word(slots: usize) -> usize {
        Rejection::COUNT + slots
    }
}

impl Plan {
    pub const fn of(schema: &Schema, layout: &Layout, event: usize, at: usize) -> Self {
        let instrument = &schema.events[event].instruments[at];
        let strides = strides(schema, event, at);
        let (first, first_at) = group_of(schema, event, at);
        Plan {
            cell: cell_of(schema, event, instrument),
            measure: instrument.measure,
            observed: instrument.observed,
            storage: layout.storage[layout.first[event].0 as usize + at],
            rows: rows_of(schema.events[event], instrument),
            others: others(schema.events[event], &strides),
            strides,
            instrument: layout.first[event].0 + at as u16,
            group: layout.first[first].0 + first_at as u16,
            samples: layout.samples,
        }
    }

    /// Returns the number of rows in a block, which is read at once; the last block may have fewer.
    pub const fn rows_of_block(&self) -> u64 {
        match self.storage {
            Storage::Dense { .. } => DENSE_BLOCK,
            Storage::Sparse(_) => 1 << page_bits(self.cell.words()),
            Storage::Observed => 1,
        }
    }

    /// Returns whether the instrument counts operations in flight.
    pub const fn is_in_flight(&self) -> bool {
        matches!(self.measure, Measure::InFlight)
    }

    /// Returns whether the row is a histogram's.
    #[inline(always)]
    pub const fn is_histogram(&self) -> bool {
        matches!(self.cell, Cell::Histogram { .. })
    }

    /// Returns whether a call replaces the row's number: a gauge's, or a total that somebody else keeps.
    #[inline(always)]
    pub const fn keeps_last(&self) -> bool {
        matches!(self.cell, Cell::Gauge(_) | Cell::Total(_))
    }

    /// Returns the number that the instrument takes of a call with these values.
    #[inline(always)]
    pub fn number(&self, values: &[Option<Number>]) -> Option<Number> {
        match self.measure {
            Measure::Calls => Some(Number::U64(1)),
            Measure::Value(index) => values.get(index).copied().flatten(),
            Measure::Constant(number) => Some(number),
            Measure::InFlight => None,
        }
    }

    /// Returns whether one of the instrument's labels counts as `other` in a call with these label indexes.
    #[inline(always)]
    pub fn overflows(&self, indexes: &[u64]) -> bool {
        indexes.iter().zip(&self.others).any(|(index, other)| index == other)
    }

    /// Returns the row of a call with these label indexes.
    #[inline(always)]
    pub fn row(&self, indexes: &[u64]) -> u64 {
        indexes.iter().zip(&self.strides).map(|(index, stride)| index * stride).sum()
    }
}

/// Returns the event and the instrument whose group this instrument feeds: itself, unless an earlier event
/// shares it.
pub const fn group_of(schema: &Schema, event: usize, at: usize) -> (usize, usize) {
    let instrument = &schema.events[event].instruments[at];
    if instrument.shared {
        let mut earlier = 0;
        while earlier < event {
            let instruments = schema.events[earlier].instruments;
            let mut other = 0;
            while other < instruments.len() {
                if same(instruments[other].name, instrument.name)
                    && instruments[other].same_constants(instrument)
                {
                    return (earlier, other);
                }
                other += 1;
            }
            earlier += 1;
        }
    }
    (event, at)
}

/// Returns the indexes of a label's values in the series of its instruments.
pub const fn label_index(label: &LabelSchema) -> LabelIndex {
    LabelIndex { set: label.set, optional: label.none.is_some(), none: label.none }
}

/// Returns the number of rows of a group: the product of its labels' indexes. Saturates.
pub const fn rows_of(event: &EventSchema, instrument: &InstrumentSchema) -> u64 {
    let mut rows = 1_u64;
    let mut at = 0;
    while at < instrument.labels.len() {
        if let InstrumentLabel::Param(label) = instrument.labels[at] {
            rows = rows.saturating_mul(label_index(&event.labels[label]).len());
        }
        at += 1;
    }
    rows
}

/// Returns whether a row must be marked at its first use: a sum can be 0 then.
const fn needs_bits(event: &EventSchema, instrument: usize) -> bool {
    let declared = &event.instruments[instrument];
    !declared.keeps_last()
        && !matches!(declared.kind, Kind::Histogram)
        && !event.is_from_the_start(instrument)
}

/// Returns the kind of an instrument's rows. All instruments of one name have one representation.
pub const fn cell_of(schema: &Schema, event: usize, instrument: &InstrumentSchema) -> Cell {
    let of = representation(schema, event, instrument);
    match (instrument.kind, of) {
        (Kind::Counter, Representation::I64) if instrument.total => Cell::Total(Representation::U64),
        (Kind::Counter, of) if instrument.total => Cell::Total(of),
        (Kind::Counter, Representation::U64 | Representation::I64) => Cell::Count,
        (Kind::Counter, Representation::Duration) => Cell::Nanos,
        (Kind::Counter, Representation::F64 | Representation::Time) => Cell::Split,
        (Kind::UpDownCounter, _) if matches!(instrument.measure, Measure::InFlight) => Cell::InFlight,
        (Kind::UpDownCounter, Representation::U64 | Representation::I64) => Cell::Delta,
        (Kind::UpDownCounter, Representation::F64 | Representation::Duration | Representation::Time) => {
            Cell::Float
        }
        (Kind::Histogram, _) => Cell::Histogram {
            bounds: instrument.buckets,
            signed: instrument.signed,
            native: instrument.native,
        },
        // A series has a time as a float of seconds.
        (Kind::Gauge, Representation::Time) => Cell::Gauge(Representation::F64),
        (Kind::Gauge, of) => Cell::Gauge(of),
    }
}

const fn representation(schema: &Schema, event: usize, instrument: &InstrumentSchema) -> Representation {
    let mut joined = measured(schema.events[event], instrument);
    if instrument.shared {
        let mut other = 0;
        while other < schema.events.len() {
            let instruments = schema.events[other].instruments;
            let mut at = 0;
            while at < instruments.len() {
                if instruments[at].shared && same(instruments[at].name, instrument.name) {
                    joined = join(joined, measured(schema.events[other], &instruments[at]));
                }
                at += 1;
            }
            other += 1;
        }
    }
    joined
}

const fn measured(event: &EventSchema, instrument: &InstrumentSchema) -> Representation {
    match instrument.measure {
        Measure::Calls | Measure::Constant(Number::U64(_)) => Representation::U64,
        Measure::InFlight | Measure::Constant(Number::I64(_)) => Representation::I64,
        Measure::Constant(Number::F64(_) | Number::Time(_)) => Representation::F64,
        Measure::Constant(Number::Duration(_)) => Representation::Duration,
        Measure::Value(index) => event.values[index].representation,
    }
}

const fn join(a: Representation, b: Representation) -> Representation {
    match (a, b) {
        (Representation::U64, Representation::U64) => Representation::U64,
        (Representation::Duration, Representation::Duration) => Representation::Duration,
        (Representation::U64 | Representation::I64, Representation::U64 | Representation::I64) => {
            Representation::I64
        }
        _ => Representation::F64,
    }
}

const fn strides(schema: &Schema, event: usize, at: usize) -> [u64; LABELS_MAX] {
    let (first, first_at) = group_of(schema, event, at);
    let own = schema.events[event];
    let shared = schema.events[first];
    assert!(own.labels.len() <= LABELS_MAX, "a registry takes events of at most 31 labels");
    let labels = shared.instruments[first_at].labels;
    let mut strides = [0; LABELS_MAX];
    let mut stride = 1_u64;
    let mut left = labels.len();
    while left > 0 {
        left -= 1;
        if let InstrumentLabel::Param(label) = labels[left] {
            let label = &shared.labels[label];
            strides[with_key(own, own.instruments[at].labels, label.key)] = stride;
            stride = stride.saturating_mul(label_index(label).len());
        }
    }
    strides
}

const fn others(event: &EventSchema, strides: &[u64; LABELS_MAX]) -> [u64; LABELS_MAX] {
    let mut others = [u64::MAX; LABELS_MAX];
    let mut at = 0;
    while at < event.labels.len() {
        if strides[at] != 0 {
            others[at] = label_index(&event.labels[at]).other();
        }
        at += 1;
    }
    others
}

/// Returns the index of the instrument's label with this key.
const fn with_key(event: &EventSchema, labels: &[InstrumentLabel], key: &str) -> usize {
    let mut at = 0;
    while at < labels.len() {
        if let InstrumentLabel::Param(label) = labels[at]
            && same(event.labels[label].key, key)
        {
            return label;
        }
        at += 1;
    }
    // Checked while compiling: instruments of one name have the same labels.
    0
}

/// Returns whether any instrument of the event has this label.
pub const fn label_is_used(event: &EventSchema, label: usize) -> bool {
    let mut at = 0;
    while at < event.instruments.len() {
        if has_label(&event.instruments[at], label) {
            return true;
        }
        at += 1;
    }
    false
}

/// Returns whether a call of the event records in an instrument with this label.
const fn label_is_recorded(event: &EventSchema, label: usize) -> bool {
    let mut at = 0;
    while at < event.instruments.len() {
        let instrument = &event.instruments[at];
        if !matches!(instrument.measure, Measure::InFlight) && has_label(instrument, label) {
            return true;
        }
        at += 1;
    }
    false
}

/// Returns whether the instrument has this label of its event.
const fn has_label(instrument: &InstrumentSchema, label: usize) -> bool {
    let mut at = 0;
    while at < instrument.labels.len() {
        if let InstrumentLabel::Param(index) = instrument.labels[at]
            && index == label
        {
            return true;
        }
        at += 1;
    }
    false
}

/// Returns whether a call of the event reads or writes the thread's shard. All do, except those that only set
/// gauges with closed labels.
pub const fn needs_thread(event: &EventSchema) -> bool {
    if event.is_observed() {
        return false;
    }
    let mut at = 0;
    while at < event.instruments.len() {
        if !event.instruments[at].keeps_last() {
            return true;
        }
        at += 1;
    }
    slots_of(event, event.labels.len()) > 0
}

/// Returns whether an event of the surface removes series.
pub const fn has_removals(schema: &Schema) -> bool {
    let mut event = 0;
    while event < schema.events.len() {
        if !schema.events[event].removes.is_empty() {
            return true;
        }
        event += 1;
    }
    false
}

/// Returns the number of dense words that are about removals.
const fn removal_words(schema: &Schema) -> usize {
    if has_removals(schema) { 2 } else { 0 }
}

/// Returns whether the event's label has values that become `other` and are counted: its set is not closed,
/// and an instrument keeps series by it.
pub const fn can_overflow(event: &EventSchema, label: usize) -> bool {
    !matches!(event.labels[label].set, LabelSet::Closed(_)) && label_is_used(event, label)
}

/// Returns the labels that can overflow, by slot, each with its event.
pub fn overflowing(
    schema: &'static Schema,
) -> impl Iterator<Item = (&'static EventSchema, &'static LabelSchema)> {
    schema.events.iter().flat_map(|event| {
        let labels = event.labels.iter().enumerate();
        labels.filter(|(at, _)| can_overflow(event, *at)).map(|(_, label)| (*event, label))
    })
}

/// Returns the domains of labels of observed gauges, each once.
pub fn observed_domains(schema: &'static Schema) -> Vec<&'static Domain> {
    let mut domains: Vec<&'static Domain> = Vec::new();
    for label in schema.events.iter().filter(|event| event.is_observed()).flat_map(|event| event.labels) {
        if let LabelSet::Open(domain) = label.set
            && !domains.iter().any(|own| std::ptr::eq(*own, domain))
        {
            domains.push(domain);
        }
    }
    domains
}

/// Counts the labels that can overflow among the first `first` of the event.
const fn slots_of(event: &EventSchema, first: usize) -> usize {
    let mut at = 0;
    let mut slots = 0;
    while at < first {
        if can_overflow(event, at) {
            slots += 1;
        }
        at += 1;
    }
    slots
}

const fn count_slots(schema: &Schema) -> usize {
    let mut event = 0;
    let mut slots = 0;
    while event < schema.events.len() {
        slots += slots_of(schema.events[event], schema.events[event].labels.len());
        event += 1;
    }
    slots
}

/// Returns the index of the event with this name, or [`usize::MAX`] without such an event. For expansions.
#[must_use]
pub const fn event_index(schema: &Schema, name: &str) -> usize {
    let mut at = 0;
    while at < schema.events.len() {
        if same(schema.events[at].name, name) {
            return at;
        }
        at += 1;
    }
    usize::MAX
}
