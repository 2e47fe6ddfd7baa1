//! Where each series of a surface has its words: computed from the schema, in constants on the hot path.
#![allow(clippy::cast_possible_truncation, reason = "1024 instruments of at most 31 labels; a slab is small")]

use super::cell::{Cell, Refused};
use super::samples;
use crate::label::LabelSet;
use crate::schema::check::same;
use crate::schema::{EventSchema, InstrumentLabel, InstrumentSchema, Kind, LabelSchema, Measure, Schema};
use crate::value::{Number, Representation};

/// As many instruments a surface in a registry may have, and as many events. The model checker's threads have
/// small stacks.
pub const INSTRUMENTS_MAX: usize = if cfg!(loom) { 8 } else { 1024 };

/// As many label parameters an event may have.
pub const LABELS_MAX: usize = 31;

/// A store of at most so many words has its place in every thread's slab; a larger one is a tree.
const DENSE_WORDS: u64 = 512;

/// The places of a whole surface.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Words of a thread's slab. It begins with the counts of refusals, then those of overflows, one per
    /// slot, and whether samples are taken.
    pub slab: usize,
    /// The slab's word that says whether samples are taken.
    #[cfg(feature = "samples")]
    samples: usize,
    /// Trees of a thread.
    pub trees: usize,
    /// Words of the gauges' slab.
    pub gauges: usize,
    /// Trees of gauges.
    pub gauge_trees: usize,
    /// Each event's first instrument in `places`, and its first slot.
    first: [(u16, u16); INSTRUMENTS_MAX],
    /// Each instrument's place.
    places: [Place; INSTRUMENTS_MAX],
}

/// Where the rows of a store begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At this word of the slab; a bit per row stands behind the rows if `bits` is set.
    Slab { start: usize, bits: bool },
    /// In the tree with this index.
    Tree(usize),
}

/// What one event does to one instrument: all that recording needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub cell: Cell,
    pub measure: Measure,
    pub place: Place,
    /// How many rows the store has.
    pub rows: u64,
    /// By label of the event: how far one place of it moves the row; 0 for a label that the instrument lacks.
    pub strides: [u64; LABELS_MAX],
    /// By label of the event: the place of `other`; [`u64::MAX`] for a label that the instrument lacks.
    others: [u64; LABELS_MAX],
    /// The instrument's index among those of all events.
    #[cfg(feature = "samples")]
    pub instrument: u16,
    /// The slab's word that says whether samples are taken.
    #[cfg(feature = "samples")]
    pub samples: usize,
}

/// What recording needs to know of one label of an event.
#[derive(Clone, Copy, Debug)]
pub struct LabelPlan {
    pub set: LabelSet,
    /// The text of an absent value, if it may be absent.
    pub none: Option<&'static str>,
    /// Whether an instrument of the event has the label.
    pub used: bool,
    /// The label's slot, if it can overflow.
    pub slot: usize,
}

impl LabelPlan {
    pub const fn of(schema: &Schema, layout: &Layout, event: usize, label: usize) -> Self {
        let schema = schema.events[event];
        LabelPlan {
            set: schema.labels[label].set,
            none: schema.labels[label].none,
            used: label_is_used(schema, label),
            slot: layout.first[event].1 as usize + slots_of(schema, label),
        }
    }

    /// Those of the event, which has `L` labels.
    pub const fn all<const L: usize>(schema: &Schema, layout: &Layout, event: usize) -> [Self; L] {
        let nothing = LabelSet::Closed(&[]);
        let mut labels = [LabelPlan { set: nothing, none: None, used: false, slot: 0 }; L];
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
    /// If the surface has more than [`INSTRUMENTS_MAX`] instruments, or one an event with more than
    /// [`LABELS_MAX`] labels; in a constant, so while compiling.
    pub const fn of(schema: &Schema) -> Self {
        let slots = count_slots(schema);
        let mut layout = Layout {
            slab: Refused::COUNT + slots + samples::WORDS,
            #[cfg(feature = "samples")]
            samples: Refused::COUNT + slots,
            trees: 0,
            gauges: 0,
            gauge_trees: 0,
            first: [(0, 0); INSTRUMENTS_MAX],
            places: [Place::Tree(0); INSTRUMENTS_MAX],
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
                layout.places[instrument] = layout.allot(schema, event, at);
                instrument += 1;
                at += 1;
            }
            slot += slots_of(schema_of, schema_of.labels.len());
            event += 1;
        }
        layout
    }

    /// The next place for an instrument; that of its store if an earlier event feeds it already.
    const fn allot(&mut self, schema: &Schema, event: usize, at: usize) -> Place {
        let (first, first_at) = store_of(schema, event, at);
        if first != event || first_at != at {
            return self.places[self.first[first].0 as usize + first_at];
        }
        let instrument = &schema.events[event].instruments[at];
        let cell = cell_of(schema, event, instrument);
        let rows = rows_of(schema.events[event], instrument);
        let gauge = matches!(cell, Cell::Gauge(_));
        let words = rows.saturating_mul(cell.words() as u64);
        if words > DENSE_WORDS {
            let trees = if gauge { &mut self.gauge_trees } else { &mut self.trees };
            *trees += 1;
            return Place::Tree(*trees - 1);
        }
        let bits = needs_bits(schema.events[event], at);
        let slab = if gauge { &mut self.gauges } else { &mut self.slab };
        let start = *slab;
        *slab += words as usize + if bits { rows.div_ceil(64) as usize } else { 0 };
        Place::Slab { start, bits }
    }

    /// The word of a thread's slab that counts refusals for this reason.
    pub const fn refused(reason: Refused) -> usize {
        reason as usize
    }

    /// The word of a thread's slab that counts how often the slot's label was past its cap.
    pub const fn overflow(slot: usize) -> usize {
        Refused::COUNT + slot
    }
}

impl Plan {
    pub const fn of(schema: &Schema, layout: &Layout, event: usize, at: usize) -> Self {
        let instrument = &schema.events[event].instruments[at];
        let strides = strides(schema, event, at);
        Plan {
            cell: cell_of(schema, event, instrument),
            measure: instrument.measure,
            place: layout.places[layout.first[event].0 as usize + at],
            rows: rows_of(schema.events[event], instrument),
            others: others(schema.events[event], &strides),
            strides,
            #[cfg(feature = "samples")]
            instrument: layout.first[event].0 + at as u16,
            #[cfg(feature = "samples")]
            samples: layout.samples,
        }
    }

    /// Whether the row is a histogram's.
    #[cfg(feature = "samples")]
    #[inline(always)]
    pub const fn is_histogram(&self) -> bool {
        matches!(self.cell, Cell::Histogram { .. })
    }

    /// Whether the row is a gauge's.
    #[inline(always)]
    pub const fn is_gauge(&self) -> bool {
        matches!(self.cell, Cell::Gauge(_))
    }

    /// The number that the instrument takes of a call with these values.
    #[inline(always)]
    pub fn number(&self, values: &[Option<Number>]) -> Option<Number> {
        match self.measure {
            Measure::Calls => Some(Number::U64(1)),
            Measure::Value(index) => values.get(index).copied().flatten(),
            Measure::Constant(number) => Some(number),
        }
    }

    /// Whether one of the instrument's labels counts as `other` in a call with these places.
    #[inline(always)]
    pub fn overflows(&self, places: &[u64]) -> bool {
        places.iter().zip(&self.others).any(|(place, other)| place == other)
    }

    /// The row of a call whose labels have these places.
    #[inline(always)]
    pub fn row(&self, places: &[u64]) -> u64 {
        places.iter().zip(&self.strides).map(|(place, stride)| place * stride).sum()
    }
}

/// The event and the instrument whose store this instrument feeds: itself, unless an earlier event shares it.
pub const fn store_of(schema: &Schema, event: usize, at: usize) -> (usize, usize) {
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

/// How many places a label has: its values, `other`, and one if it may be absent.
pub const fn places(label: &LabelSchema) -> u64 {
    other(&label.set) + 1 + label.none.is_some() as u64
}

/// The place of `other`; the values come before it, and that of an absent value after.
#[inline(always)]
pub const fn other(set: &LabelSet) -> u64 {
    match *set {
        LabelSet::Closed(values) => values.len() as u64,
        LabelSet::Range { start, end } => {
            let last = end.abs_diff(start);
            // So that the places after it do not overflow.
            if last < u64::MAX / 2 { last + 1 } else { u64::MAX / 2 }
        }
        LabelSet::Open(domain) => domain.cap as u64,
    }
}

/// The rows of a store: the product of its labels' places. Saturates.
pub const fn rows_of(event: &EventSchema, instrument: &InstrumentSchema) -> u64 {
    let mut rows = 1_u64;
    let mut at = 0;
    while at < instrument.labels.len() {
        if let InstrumentLabel::Param(label) = instrument.labels[at] {
            rows = rows.saturating_mul(places(&event.labels[label]));
        }
        at += 1;
    }
    rows
}

/// Whether a row must be marked when it is first used: a sum can be 0 then.
const fn needs_bits(event: &EventSchema, instrument: usize) -> bool {
    !matches!(event.instruments[instrument].kind, Kind::Gauge | Kind::Histogram)
        && !event.is_from_the_start(instrument)
}

/// What the words of an instrument are. All instruments of one name have one representation.
pub const fn cell_of(schema: &Schema, event: usize, instrument: &InstrumentSchema) -> Cell {
    let of = representation(schema, event, instrument);
    match (instrument.kind, of) {
        (Kind::Counter, Representation::U64 | Representation::I64) => Cell::Count,
        (Kind::Counter, Representation::Duration) => Cell::Nanos,
        (Kind::Counter, Representation::F64) => Cell::Split,
        (Kind::UpDownCounter, Representation::U64 | Representation::I64) => Cell::Delta,
        (Kind::UpDownCounter, Representation::F64 | Representation::Duration) => Cell::Float,
        (Kind::Histogram, _) => Cell::Histogram { bounds: instrument.buckets, signed: instrument.signed },
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
        Measure::Constant(Number::I64(_)) => Representation::I64,
        Measure::Constant(Number::F64(_)) => Representation::F64,
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
    let (first, first_at) = store_of(schema, event, at);
    let (own, store) = (schema.events[event], schema.events[first]);
    assert!(own.labels.len() <= LABELS_MAX, "a registry takes events of at most 31 labels");
    let labels = store.instruments[first_at].labels;
    let mut strides = [0; LABELS_MAX];
    let mut stride = 1_u64;
    let mut left = labels.len();
    while left > 0 {
        left -= 1;
        if let InstrumentLabel::Param(label) = labels[left] {
            let label = &store.labels[label];
            strides[with_key(own, own.instruments[at].labels, label.key)] = stride;
            stride = stride.saturating_mul(places(label));
        }
    }
    strides
}

const fn others(event: &EventSchema, strides: &[u64; LABELS_MAX]) -> [u64; LABELS_MAX] {
    let mut others = [u64::MAX; LABELS_MAX];
    let mut at = 0;
    while at < event.labels.len() {
        if strides[at] != 0 {
            others[at] = other(&event.labels[at].set);
        }
        at += 1;
    }
    others
}

/// The label of an event's instrument that has this key.
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

/// Whether any instrument of the event has this label.
const fn label_is_used(event: &EventSchema, label: usize) -> bool {
    let mut instrument = 0;
    while instrument < event.instruments.len() {
        let labels = event.instruments[instrument].labels;
        let mut at = 0;
        while at < labels.len() {
            if let InstrumentLabel::Param(index) = labels[at]
                && index == label
            {
                return true;
            }
            at += 1;
        }
        instrument += 1;
    }
    false
}

/// Whether a call of the event reads or writes anything of its thread: all but sets of gauges with closed
/// labels do.
pub const fn needs_thread(event: &EventSchema) -> bool {
    let mut at = 0;
    while at < event.instruments.len() {
        if !matches!(event.instruments[at].kind, Kind::Gauge) {
            return true;
        }
        at += 1;
    }
    slots_of(event, event.labels.len()) > 0
}

/// Whether the event's label has values that become `other`, and are counted: one that is not closed, if an instrument
/// keeps series by it.
pub const fn can_overflow(event: &EventSchema, label: usize) -> bool {
    !matches!(event.labels[label].set, LabelSet::Closed(_)) && label_is_used(event, label)
}

/// The labels that can overflow, by slot.
pub fn overflowing(schema: &'static Schema) -> impl Iterator<Item = &'static LabelSchema> {
    schema.events.iter().flat_map(|event| {
        let labels = event.labels.iter().enumerate();
        labels.filter(|(at, _)| can_overflow(event, *at)).map(|(_, label)| label)
    })
}

/// How many of the event's first labels can overflow.
const fn slots_of(event: &EventSchema, first: usize) -> usize {
    let (mut at, mut slots) = (0, 0);
    while at < first {
        if can_overflow(event, at) {
            slots += 1;
        }
        at += 1;
    }
    slots
}

const fn count_slots(schema: &Schema) -> usize {
    let (mut event, mut slots) = (0, 0);
    while event < schema.events.len() {
        slots += slots_of(schema.events[event], schema.events[event].labels.len());
        event += 1;
    }
    slots
}

/// For expansions: the index of the event with this name; [`usize::MAX`] if there is none.
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
