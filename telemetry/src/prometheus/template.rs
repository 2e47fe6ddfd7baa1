//! Writes the lines of series from the parts that all series of a family share.
#![allow(clippy::inline_always, reason = "measured: a loop over lines keeps everything in registers")]

use super::lines::FamilyLines;
use super::number::{self, Digits};
use super::style::Style;
use crate::registry::{Family, HistogramPoint, Point, SeriesGroup};
use crate::schema::Kind;
use crate::value::Number;
use std::sync::Arc;

/// The lines of a series without its labels and numbers.
pub(super) struct Template {
    /// Shared by series of all starts.
    shared: Arc<SharedTemplate>,
    /// The `_created` line: the time from which the series of the group count, but for those that came back.
    created: Option<Line>,
}

/// The lines of all series of a family that have labels, or of those that have none.
struct SharedTemplate {
    labelled: bool,
    /// The text before the labels in the lines of `numbers`.
    before: String,
    /// The text after the labels in the first lines: those of a histogram's buckets, or the only one.
    numbers: Vec<LineSuffix>,
    /// A histogram's sum and count.
    totals: Option<[Line; 2]>,
}

/// The text of a line before and after its labels.
struct Line {
    before: String,
    after: String,
}

/// The text after the labels in one of many lines.
struct LineSuffix {
    text: String,
    /// Its beginning, padded for a copy of constant length.
    padded: [u8; SUFFIX_WIDTH],
}

/// Padded copy widths: this number of bytes is copied for the part before a line's suffix, and for the
/// suffix, whatever their lengths. Nearly all are shorter, so there is no branch on the length; the excess is
/// overwritten.
pub(super) const PREFIX_WIDTH: usize = 96;
const SUFFIX_WIDTH: usize = 32;

/// The space of a line: both parts, the number and the line break.
const LINE: usize = PREFIX_WIDTH + SUFFIX_WIDTH + Digits::MAX + 1;

/// The number of lines in a block. A block fits in the fastest cache and is cheap to rewrite for one change.
const LINES: usize = 64;

pub(super) fn lines(family: Family<'_>, style: Style) -> FamilyLines {
    // Nobody here knows when a total began that somebody else keeps.
    let style = Style { created: style.created && !family.instrument().total, ..style };
    FamilyLines::new(style, family.names(), family.unit())
}

impl SharedTemplate {
    fn new(family: Family<'_>, style: Style, labelled: bool) -> Self {
        let lines = lines(family, style);
        let line = |suffix, bound: Option<&str>| {
            let [before, after] = lines.around_labels(suffix, labelled, bound);
            Line { before, after }
        };
        let suffixes = family.names().sample_suffixes;
        let first = suffixes.first().copied().unwrap_or_default();
        let numbers: Vec<Line> = if family.kind() == Kind::Histogram {
            let bounds = family.bounds().iter().map(|bound| number::bound(*bound)).chain(["+Inf".to_owned()]);
            bounds.map(|bound| line(first, Some(&bound))).collect()
        } else {
            vec![line(first, None)]
        };
        // OpenMetrics has no `_sum` where it can fall, and then no `_count` either: "if and only if".
        let is_falling = family.signed() && style.is_open_metrics();
        let totals = match suffixes {
            [_, sum, count] if !is_falling => Some([line(sum, None), line(count, None)]),
            _ => None,
        };
        SharedTemplate {
            labelled,
            before: numbers.first().map(|line| line.before.clone()).unwrap_or_default(),
            numbers: numbers.into_iter().map(|line| LineSuffix::new(line.after)).collect(),
            totals,
        }
    }
}

impl Template {
    /// Creates the template of a group of series. `labelled` says whether they have labels. Shares what it
    /// can with another template of the family in this style.
    pub(super) fn new(
        family: Family<'_>,
        group: SeriesGroup<'_>,
        style: Style,
        labelled: bool,
        other: Option<&Template>,
    ) -> Self {
        let shared = other.filter(|other| other.shared.labelled == labelled);
        let shared = shared.map(|other| other.shared.clone());
        let created = lines(family, style).around_created(labelled, group.start());
        Template {
            shared: shared.unwrap_or_else(|| Arc::new(SharedTemplate::new(family, style, labelled))),
            created: created.map(|[before, after]| Line { before, after }),
        }
    }

    /// Returns true if the series have a `_created` line.
    pub(super) const fn has_created(&self) -> bool {
        self.created.is_some()
    }

    /// Returns the number of lines of a series, of which those of `numbers` come first.
    pub(super) fn lines_of_series(&self) -> usize {
        let totals = self.shared.totals.as_ref().map_or(0, |totals| totals.len());
        self.shared.numbers.len() + totals + usize::from(self.created.is_some())
    }

    /// Returns the number of series in a block.
    pub(super) fn series_of_block(&self) -> usize {
        (LINES / self.shared.numbers.len()).max(1)
    }

    /// Appends the prefix of a series: the text before its labels, and the labels.
    pub(super) fn push_prefix(&self, labels: &str, to: &mut Vec<u8>) {
        to.extend_from_slice(self.shared.before.as_bytes());
        to.extend_from_slice(labels.as_bytes());
    }

    /// Returns an upper bound of the length of `series` series, whose prefixes have `prefixes` bytes in
    /// total.
    pub(super) fn room(&self, series: usize, prefixes: usize) -> usize {
        let others = self.shared.totals.iter().flatten().chain(&self.created);
        let constant: usize = self.shared.numbers.iter().map(|after| after.text.len()).sum::<usize>()
            + others.clone().map(|line| line.before.len() + line.after.len()).sum::<usize>();
        // A `_created` line needs no number, but the start of a series may be longer than the group's.
        let lines = self.shared.numbers.len() + others.count();
        lines * prefixes + series * (constant + lines * (Digits::MAX + 1)) + LINE
    }

    /// Writes neighbouring series of a group that hold these words. Returns the length of the text.
    #[inline(never)]
    pub(super) fn write(
        &self,
        group: SeriesGroup<'_>,
        words: &[u64],
        series: Prefixes<'_>,
        room: &mut [u8],
    ) -> usize {
        let Prefixes { mut text, lengths, starts } = series;
        let mut lengths = lengths.iter();
        let mut starts = starts.iter();
        // Kept in a register: a load after a store to an unknown address may have to wait.
        let mut end = 0;
        group.points(words, |point| {
            let len = lengths.next().map_or(0, |len| *len as usize);
            let left = room.get_mut(end..).unwrap_or_default();
            end += match (point, self.shared.numbers.as_slice()) {
                (Point::Sum(number) | Point::Gauge(number), [after, ..]) => {
                    line(left, text, len, after, number)
                }
                (Point::Histogram(point), buckets) => self.histogram(left, text, len, buckets, &point),
                _ => 0,
            };
            if let Some(created) = &self.created {
                let after = starts.next().map_or(&created.after, |start| start);
                let left = room.get_mut(end..).unwrap_or_default();
                end += push(left, [created.before.as_bytes(), self.labels(text, len), after.as_bytes()]);
            }
            text = text.get(len..).unwrap_or_default();
        });
        end
    }

    #[inline(never)]
    fn histogram(
        &self,
        room: &mut [u8],
        prefix: &[u8],
        len: usize,
        buckets: &[LineSuffix],
        point: &HistogramPoint<'_>,
    ) -> usize {
        let mut end = 0;
        let mut count = 0_u64;
        for (after, bucket) in buckets.iter().zip(point.counts) {
            count = count.saturating_add(*bucket);
            end += line(room.get_mut(end..).unwrap_or_default(), prefix, len, after, Number::U64(count));
        }
        if let Some(lines) = &self.shared.totals {
            for (line, number) in lines.iter().zip([Number::F64(point.sum), Number::U64(count)]) {
                end += line.push(room.get_mut(end..).unwrap_or_default(), self.labels(prefix, len));
                end += push_number(room.get_mut(end..).unwrap_or_default(), number);
            }
        }
        end
    }

    fn labels<'a>(&self, prefix: &'a [u8], len: usize) -> &'a [u8] {
        prefix.get(self.shared.before.len()..len).unwrap_or_default()
    }
}

impl Line {
    /// Writes the labels between the two texts.
    #[inline(never)]
    fn push(&self, room: &mut [u8], labels: &[u8]) -> usize {
        push(room, [self.before.as_bytes(), labels, self.after.as_bytes()])
    }
}

impl LineSuffix {
    fn new(text: String) -> Self {
        let mut padded = [0; SUFFIX_WIDTH];
        for (to, from) in padded.iter_mut().zip(text.bytes()) {
            *to = from;
        }
        LineSuffix { text, padded }
    }
}

/// The prefixes of neighbouring series.
#[derive(Clone, Copy)]
pub(super) struct Prefixes<'a> {
    /// Without separators, then at least [`PREFIX_WIDTH`] bytes of padding.
    pub(super) text: &'a [u8],
    pub(super) lengths: &'a [u32],
    /// The end of each `_created` line, or nothing if all series count from the group's start.
    pub(super) starts: &'a [String],
}

/// Writes a line: the first `len` bytes of a prefix, the suffix, and a number. Returns the line's length.
#[inline(always)]
fn line(room: &mut [u8], prefix: &[u8], len: usize, suffix: &LineSuffix, number: Number) -> usize {
    if let (Some(room), Some(padded)) = (room.first_chunk_mut::<LINE>(), prefix.first_chunk::<PREFIX_WIDTH>())
        && len <= PREFIX_WIDTH
        && suffix.text.len() <= SUFFIX_WIDTH
    {
        // The next part overwrites the padding.
        room[..PREFIX_WIDTH].copy_from_slice(padded);
        room[len..len + SUFFIX_WIDTH].copy_from_slice(&suffix.padded);
        let end = len + suffix.text.len();
        let end = end + number::write(number, &mut room[end..]);
        room[end] = b'\n';
        end + 1
    } else {
        long_line(room, prefix.get(..len).unwrap_or_default(), suffix, number)
    }
}

#[cold]
#[inline(never)]
fn long_line(room: &mut [u8], prefix: &[u8], suffix: &LineSuffix, number: Number) -> usize {
    let end = push(room, [prefix, suffix.text.as_bytes()]);
    end + push_number(room.get_mut(end..).unwrap_or_default(), number)
}

fn push_number(room: &mut [u8], number: Number) -> usize {
    let end = number::write(number, room);
    end + push(room.get_mut(end..).unwrap_or_default(), [b"\n"])
}

fn push<const N: usize>(room: &mut [u8], texts: [&[u8]; N]) -> usize {
    let mut end = 0;
    for text in texts {
        if let Some(room) = room.get_mut(end..end + text.len()) {
            room.copy_from_slice(text);
            end += text.len();
        }
    }
    end
}
