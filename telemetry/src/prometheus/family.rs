//! Keeps a family's text between scrapes, and puts the numbers that changed in their places.

use super::Format;
use super::lines::{self, Names};
use super::number::{self, Digits};
use crate::registry::{Family, FamilyId, HistogramPoint, Point, Series, SeriesId, Snapshot};
use crate::value::Number;
use std::ops::Range;

/// What was written of a family.
pub(super) struct FamilyText {
    id: FamilyId,
    series: Vec<SeriesId>,
    /// Whether histograms have a sum and a count.
    summed: bool,
    text: Vec<u8>,
    /// The numbers, in their order in the text.
    slots: Vec<Slot>,
}

/// A number's place in the text.
struct Slot {
    number: Number,
    /// How many bytes lie between the number before and this one.
    gap: u32,
    len: u32,
}

/// Bytes per number that are kept free, so that growing numbers do not move the text often.
const ROOM: usize = 8;

impl FamilyText {
    /// What is kept of a family that was not written yet.
    pub(super) const fn empty(id: FamilyId) -> Self {
        FamilyText { id, series: Vec::new(), summed: true, text: Vec::new(), slots: Vec::new() }
    }

    pub(super) fn new(snapshot: &Snapshot, family: Family<'_>, format: Format) -> Self {
        // OpenMetrics has no `_sum` where it can fall, and then no `_count` either: "if and only if".
        let summed = !(family.signed() && format == Format::OpenMetrics);
        let mut kept = FamilyText { summed, ..FamilyText::empty(family.id()) };
        let writing = Writing {
            kept: &mut kept,
            names: Names::new(format, family.namespace(), family.name(), family.unit(), family.kind()),
            bounds: family.bounds(),
            labels: String::new(),
            lines: 0,
            piece: String::new(),
            end: 0,
        };
        writing.family(snapshot, family);
        kept.text.reserve(kept.slots.len() * ROOM);
        kept
    }

    pub(super) const fn id(&self) -> FamilyId {
        self.id
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Appends the family as it is now; or nothing, and says `false`, if it has other series than are kept.
    pub(super) fn update(&mut self, family: Family<'_>, out: &mut Vec<u8>) -> bool {
        if family.series().count() != self.series.len() {
            return false;
        }
        let start = out.len();
        let slots = self.slots.iter_mut();
        let mut update =
            Update { text: &mut self.text, slots, out, at: 0, written: 0, digits: Digits::new() };
        let mut known = self.series.iter();
        let mut same = true;
        // By `for_each`, which takes a third of what a loop takes with an iterator that is nested like this.
        family.series().for_each(|series| {
            same &= known.next() == Some(&series.id());
            update.point(series.point(), self.summed);
        });
        if update.finish() {
            self.text.clear();
            self.text.extend_from_slice(&out[start..]);
        }
        if !same {
            out.truncate(start);
        }
        same
    }
}

/// Takes the numbers of points in the order that they have in the text.
trait Walk {
    fn number(&mut self, number: Number);

    #[inline]
    fn point(&mut self, point: Point<'_>, summed: bool) {
        match point {
            Point::Sum(number) | Point::Gauge(number) => self.number(number),
            Point::Histogram(point) => self.histogram(&point, summed),
        }
    }

    fn histogram(&mut self, point: &HistogramPoint<'_>, summed: bool) {
        let mut count = 0_u64;
        for bucket in point.counts {
            count = count.saturating_add(*bucket);
            self.number(Number::U64(count));
        }
        if summed {
            self.number(Number::F64(point.sum));
            self.number(Number::U64(count));
        }
    }
}

/// A walk over the kept text, in the order of its numbers.
struct Update<'a> {
    text: &'a mut [u8],
    slots: std::slice::IterMut<'a, Slot>,
    out: &'a mut Vec<u8>,
    /// Where in the text the walk is.
    at: usize,
    /// How much of the text is in `out` already: up to the last number that changed its length.
    written: usize,
    digits: Digits,
}

impl Walk for Update<'_> {
    #[inline]
    fn number(&mut self, number: Number) {
        let Some(slot) = self.slots.next() else { return };
        let start = self.at + slot.gap as usize;
        let end = start + slot.len as usize;
        self.at = end;
        if slot.number != number {
            slot.number = number;
            slot.len = self.change(start..end, number);
        }
    }
}

impl Update<'_> {
    /// Puts a number in this place, and says how long it is.
    fn change(&mut self, place: Range<usize>, number: Number) -> u32 {
        let digits = self.digits.of(number);
        if digits.len() == place.len() {
            self.text[place].copy_from_slice(digits);
        } else {
            self.out.extend_from_slice(&self.text[self.written..place.start]);
            self.out.extend_from_slice(digits);
            self.written = place.end;
        }
        length(digits.len())
    }

    /// Appends the rest. Says whether any number changed its length, so that the text is not what was
    /// appended.
    fn finish(self) -> bool {
        self.out.extend_from_slice(&self.text[self.written..]);
        self.written > 0
    }
}

/// Of a line's part, which the bounds on labels keep far below 4 GiB.
fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Writes a family for the first time.
struct Writing<'a> {
    kept: &'a mut FamilyText,
    names: Names,
    bounds: &'a [f64],
    /// The labels of the series that is written.
    labels: String,
    /// How many lines of it there are.
    lines: usize,
    /// What stands before the next number.
    piece: String,
    /// Where the last number ended.
    end: usize,
}

impl Writing<'_> {
    fn family(mut self, snapshot: &Snapshot, family: Family<'_>) {
        self.names.push_metadata(&mut self.piece, family.help());
        for series in family.series() {
            self.labels = labels(snapshot, series);
            self.lines = 0;
            self.point(series.point(), self.kept.summed);
            self.names.push_created(&mut self.piece, &self.labels, family.start());
            self.kept.series.push(series.id());
        }
        self.kept.text.extend_from_slice(self.piece.as_bytes());
    }

    /// Appends what a line has before its number.
    fn begin_line(&mut self) {
        let (names, line, labels) = (&self.names, &mut self.piece, self.labels.as_str());
        let buckets = self.bounds.len();
        match self.lines {
            _ if !names.is_histogram() => names.push_sample(line, labels),
            at if at < buckets => names.push_bucket(line, labels, &number::bound(self.bounds[at])),
            at if at == buckets => names.push_bucket(line, labels, "+Inf"),
            at if at == buckets + 1 => names.push_sum(line, labels),
            _ => names.push_count(line, labels),
        }
        self.lines += 1;
    }
}

impl Walk for Writing<'_> {
    /// Writes the line up to its number, which ends the piece, and begins the next piece with the line's end.
    fn number(&mut self, number: Number) {
        self.begin_line();
        let text = &mut self.kept.text;
        text.extend_from_slice(self.piece.as_bytes());
        let gap = length(text.len() - self.end);
        let mut digits = Digits::new();
        let digits = digits.of(number);
        text.extend_from_slice(digits);
        self.end = text.len();
        self.kept.slots.push(Slot { number, gap, len: length(digits.len()) });
        self.piece.clear();
        self.piece.push('\n');
    }
}

/// The registry's labels, then the series' own.
fn labels(snapshot: &Snapshot, series: Series<'_>) -> String {
    let mut labels = String::new();
    for (key, value) in snapshot.constant_labels() {
        lines::push_label(&mut labels, key, value);
    }
    for (key, value) in series.labels() {
        lines::push_label(&mut labels, key, &value);
    }
    labels
}
