//! Writes a series' lines by what is the same in all series of its name.
#![allow(clippy::inline_always, reason = "measured: a loop over lines keeps all in registers")]

use super::Format;
use super::lines::Names;
use super::number::{self, Digits};
use crate::registry::{Family, HistogramPoint, Point, SeriesGroup};
use crate::value::Number;

/// The lines of a series but for its labels and its numbers.
pub(super) struct Template {
    /// What stands before the labels in the lines of `numbers`.
    before: String,
    /// What stands behind the labels in the first lines: a histogram's buckets, or the only number.
    numbers: Vec<After>,
    /// A histogram's sum and count.
    totals: Option<[Line; 2]>,
    /// The line that says since when the series counts.
    created: Option<Line>,
}

/// What stands before a line's labels and what behind them.
struct Line {
    before: String,
    after: String,
}

/// What stands behind the labels of one of many lines.
struct After {
    text: String,
    /// Its beginning.
    step: [u8; SHORT],
}

/// Bytes of a line before its bucket, and of its bucket, that are copied at once, the last of them for nothing:
/// as long as nearly all are, so that there is no branch on their length.
pub(super) const STEP: usize = 96;
const SHORT: usize = 32;

/// A line of such parts, its number and its end.
const LINE: usize = STEP + SHORT + Digits::MAX + 1;

/// Lines of a block: what fits in the fastest cache, and costs little if only one of them changed.
const LINES: usize = 64;

pub(super) fn names(family: Family<'_>, format: Format) -> Names {
    Names::new(format, family.namespace(), family.name(), family.unit(), family.kind())
}

impl Template {
    /// That of a family's series, which have labels or none.
    pub(super) fn new(family: Family<'_>, format: Format, labelled: bool) -> Self {
        let names = names(family, format);
        let line = |suffix, bound: Option<&str>| {
            let [before, after] = names.around_labels(suffix, labelled, bound);
            Line { before, after }
        };
        let numbers: Vec<Line> = if names.is_histogram() {
            let bounds = family.bounds().iter().map(|bound| number::bound(*bound)).chain(["+Inf".to_owned()]);
            bounds.map(|bound| line("_bucket", Some(&bound))).collect()
        } else {
            vec![line(names.sample_suffix(), None)]
        };
        // OpenMetrics has no `_sum` where it can fall, and then no `_count` either: "if and only if".
        let has_totals = names.is_histogram() && !(family.signed() && format == Format::OpenMetrics);
        let created = names.around_created(labelled, family.start());
        Template {
            before: numbers.first().map(|line| line.before.clone()).unwrap_or_default(),
            numbers: numbers.into_iter().map(|line| After::new(line.after)).collect(),
            totals: has_totals.then(|| ["_sum", "_count"].map(|suffix| line(suffix, None))),
            created: created.map(|[before, after]| Line { before, after }),
        }
    }

    /// How many series are written together.
    pub(super) fn series_of_block(&self) -> usize {
        (LINES / self.numbers.len()).max(1)
    }

    /// Appends a series' prefix, what [`Labels`] has of it: its labels and what stands before them.
    pub(super) fn push_prefix(&self, labels: &str, to: &mut Vec<u8>) {
        to.extend_from_slice(self.before.as_bytes());
        to.extend_from_slice(labels.as_bytes());
    }

    /// How much room so many series whose prefixes are that long, together, may need.
    pub(super) fn room(&self, series: usize, prefixes: usize) -> usize {
        let others = self.totals.iter().flatten().chain(&self.created);
        let constant: usize = self.numbers.iter().map(|after| after.text.len()).sum::<usize>()
            + others.clone().map(|line| line.before.len() + line.after.len()).sum::<usize>();
        let lines = self.numbers.len() + others.count();
        lines * prefixes + series * (constant + lines * (Digits::MAX + 1)) + LINE
    }

    /// Writes adjacent series of a run, which hold these words; the length of the text.
    #[inline(never)]
    pub(super) fn write(
        &self,
        run: SeriesGroup<'_>,
        words: &[u64],
        series: Prefixes<'_>,
        room: &mut [u8],
    ) -> usize {
        let Prefixes { mut text, lengths } = series;
        let mut lengths = lengths.iter();
        // Kept out of memory: what is loaded behind a store whose place is not known yet may have to wait.
        let mut end = 0;
        run.points(words, |point| {
            let len = lengths.next().map_or(0, |len| *len as usize);
            let left = room.get_mut(end..).unwrap_or_default();
            end += match (point, self.numbers.as_slice()) {
                (Point::Sum(number) | Point::Gauge(number), [after, ..]) => {
                    line(left, text, len, after, number)
                }
                (Point::Histogram(point), buckets) => self.histogram(left, text, len, buckets, &point),
                _ => 0,
            };
            if let Some(created) = &self.created {
                end += created.push(room.get_mut(end..).unwrap_or_default(), self.labels(text, len));
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
        buckets: &[After],
        point: &HistogramPoint<'_>,
    ) -> usize {
        let (mut end, mut count) = (0, 0_u64);
        for (after, bucket) in buckets.iter().zip(point.counts) {
            count = count.saturating_add(*bucket);
            end += line(room.get_mut(end..).unwrap_or_default(), prefix, len, after, Number::U64(count));
        }
        if let Some(lines) = &self.totals {
            for (line, number) in lines.iter().zip([Number::F64(point.sum), Number::U64(count)]) {
                end += line.push(room.get_mut(end..).unwrap_or_default(), self.labels(prefix, len));
                end += push_number(room.get_mut(end..).unwrap_or_default(), number);
            }
        }
        end
    }

    fn labels<'a>(&self, prefix: &'a [u8], len: usize) -> &'a [u8] {
        prefix.get(self.before.len()..len).unwrap_or_default()
    }
}

impl Line {
    /// Writes the labels and what stands around them.
    #[inline(never)]
    fn push(&self, room: &mut [u8], labels: &[u8]) -> usize {
        push(room, [self.before.as_bytes(), labels, self.after.as_bytes()])
    }
}

impl After {
    fn new(text: String) -> Self {
        let mut step = [0; SHORT];
        for (to, from) in step.iter_mut().zip(text.bytes()) {
            *to = from;
        }
        After { text, step }
    }
}

/// The prefixes of adjacent series.
#[derive(Clone, Copy)]
pub(super) struct Prefixes<'a> {
    /// One after the other; then at least a [`STEP`] of anything.
    pub(super) text: &'a [u8],
    pub(super) lengths: &'a [u32],
}

/// Writes a line: the first so many bytes of a prefix, what follows, and a number; the line's length.
#[inline(always)]
fn line(room: &mut [u8], prefix: &[u8], len: usize, after: &After, number: Number) -> usize {
    if let (Some(room), Some(step)) = (room.first_chunk_mut::<LINE>(), prefix.first_chunk::<STEP>())
        && len <= STEP
        && after.text.len() <= SHORT
    {
        // What is too much is written over by what comes next.
        room[..STEP].copy_from_slice(step);
        room[len..len + SHORT].copy_from_slice(&after.step);
        let end = len + after.text.len();
        let end = end + number::write(number, &mut room[end..]);
        room[end] = b'\n';
        end + 1
    } else {
        long_line(room, prefix.get(..len).unwrap_or_default(), after, number)
    }
}

#[cold]
#[inline(never)]
fn long_line(room: &mut [u8], prefix: &[u8], after: &After, number: Number) -> usize {
    let end = push(room, [prefix, after.text.as_bytes()]);
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
