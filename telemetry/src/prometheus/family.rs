//! Keeps a family's text between scrapes, and writes those lines anew whose numbers changed.

use super::Format;
use super::lines::{self, Names};
use super::number::{self, Digits};
use super::output::Output;
use crate::registry::{Family, FamilyId, HistogramPoint, Point, Run, Series, Snapshot};
use crate::value::Number;
use std::time::SystemTime;

/// What is kept of a family.
pub(super) struct FamilyText {
    id: FamilyId,
    /// Whether histograms have a sum and a count.
    summed: bool,
    /// The lines before the samples.
    metadata: String,
    /// As many as the family has.
    runs: Vec<RunText>,
}

/// What is kept of a run of series.
#[derive(Default)]
struct RunText {
    rows: Vec<u64>,
    /// What the series held the last time.
    words: Vec<u64>,
    /// What stands before each number and, of a block, behind the last one; then room to copy whole steps.
    pieces: Vec<u8>,
    /// How long each of them is.
    lengths: Vec<u32>,
    /// Room for each block's text.
    text: Vec<u8>,
    blocks: Vec<Block>,
}

/// Adjacent series, which are written together.
struct Block {
    /// Where its pieces, their lengths, and its room begin.
    pieces: usize,
    lengths: usize,
    room: usize,
    /// How long its text can be.
    longest: usize,
    /// How long the text is that stands there; 0 if it is none of the words that are kept.
    len: usize,
}

/// Lines of a block: what fits in the fastest cache, and costs little if only one of them changed.
const LINES: usize = 64;

/// Bytes that are copied at a time, the last of them for nothing: as long as most lines are without their
/// numbers.
const STEP: usize = 96;

impl FamilyText {
    /// What is kept of a family whose series were not written yet.
    pub(super) fn new(family: Family<'_>, format: Format) -> Self {
        let mut metadata = String::new();
        names(family, format).push_metadata(&mut metadata, family.help());
        // OpenMetrics has no `_sum` where it can fall, and then no `_count` either: "if and only if".
        let summed = !(family.signed() && format == Format::OpenMetrics);
        FamilyText { id: family.id(), summed, metadata, runs: Vec::new() }
    }

    pub(super) const fn id(&self) -> FamilyId {
        self.id
    }

    /// Appends the family as it is now.
    pub(super) fn write(
        &mut self,
        snapshot: &Snapshot,
        family: Family<'_>,
        format: Format,
        out: &mut Output,
    ) {
        out.push(self.metadata.as_bytes());
        for (at, run) in family.runs().enumerate() {
            if self.runs.len() == at {
                self.runs.push(RunText::default());
            }
            let kept = &mut self.runs[at];
            if kept.rows != run.rows() {
                *kept = RunText::new(snapshot, family, run, format, self.summed);
            }
            kept.write(run, self.summed, out);
        }
    }
}

fn names(family: Family<'_>, format: Format) -> Names {
    Names::new(format, family.namespace(), family.name(), family.unit(), family.kind())
}

impl RunText {
    /// What is kept of a run of which nothing was written yet: all but the numbers.
    fn new(snapshot: &Snapshot, family: Family<'_>, run: Run<'_>, format: Format, summed: bool) -> Self {
        let mut kept = RunText { rows: run.rows().to_vec(), words: run.words().to_vec(), ..Self::default() };
        let mut lines = Lines::new(family, format);
        let mut left = run.series();
        for rows in run.rows().chunks(series_of_block(run, summed)) {
            let (pieces, lengths, room) = (kept.pieces.len(), kept.lengths.len(), kept.text.len());
            for series in left.by_ref().take(rows.len()) {
                lines.begin_series(snapshot, series);
                for _ in 0..lines_of(run, summed) {
                    lines.begin_line();
                    kept.end_piece(&mut lines.piece);
                }
                lines.end_series(family.start());
            }
            let numbers = kept.lengths.len() - lengths;
            kept.end_piece(&mut lines.piece);
            let longest = kept.pieces.len() - pieces + numbers * Digits::MAX;
            kept.text.resize(room + longest, 0);
            kept.blocks.push(Block { pieces, lengths, room, longest, len: 0 });
        }
        kept.pieces.resize(kept.pieces.len() + STEP, 0);
        kept
    }

    fn end_piece(&mut self, piece: &mut String) {
        self.pieces.extend_from_slice(piece.as_bytes());
        // Of a few lines, which the bounds on labels keep far below 4 GiB.
        self.lengths.push(u32::try_from(piece.len()).unwrap_or(u32::MAX));
        piece.clear();
    }

    /// Appends the run as it is now; it has the series that are kept.
    ///
    /// What changes is written where it is wanted, and only what did not change since the last time is kept:
    /// the same bytes are not written twice in a run that never rests.
    fn write(&mut self, run: Run<'_>, summed: bool, out: &mut Output) {
        let words = run.words_of_series() * series_of_block(run, summed);
        let kept = self.words.chunks_mut(words);
        for ((block, kept), now) in self.blocks.iter_mut().zip(kept).zip(run.words().chunks(words)) {
            let same = kept == now;
            if same && block.len > 0 {
                out.push(&self.text[block.room..][..block.len]);
                continue;
            }
            let start = out.len();
            let (pieces, lengths) = (&self.pieces[block.pieces..], &self.lengths[block.lengths..]);
            let len = write_block(run, now, summed, pieces, lengths, out.room(block.longest + STEP));
            out.advance(len);
            if same {
                self.text[block.room..][..len].copy_from_slice(out.since(start));
                block.len = len;
            } else {
                kept.copy_from_slice(now);
                block.len = 0;
            }
        }
    }
}

/// How many lines with a number a series has.
fn lines_of(run: Run<'_>, summed: bool) -> usize {
    run.buckets().map_or(1, |buckets| buckets + if summed { 2 } else { 0 })
}

fn series_of_block(run: Run<'_>, summed: bool) -> usize {
    (LINES / lines_of(run, summed)).max(1)
}

/// Writes adjacent series, which hold these words; the length of the text.
#[inline(never)]
fn write_block(
    run: Run<'_>,
    words: &[u64],
    summed: bool,
    pieces: &[u8],
    lengths: &[u32],
    text: &mut [u8],
) -> usize {
    let mut to = Writing { pieces, lengths, text, end: 0 };
    run.points(words, |point| match point {
        Point::Sum(number) | Point::Gauge(number) => to.number(number),
        Point::Histogram(point) => to.histogram(&point, summed),
    });
    to.piece();
    to.end
}

/// A pass over the pieces of a block that writes them and the numbers between them.
struct Writing<'a> {
    /// Those that are left.
    pieces: &'a [u8],
    lengths: &'a [u32],
    text: &'a mut [u8],
    /// How long the text is by now.
    end: usize,
}

impl Writing<'_> {
    #[inline(always)]
    fn number(&mut self, number: Number) {
        self.piece();
        if let Some(room) = self.text.get_mut(self.end..) {
            self.end += number::write(number, room);
        }
    }

    #[inline(always)]
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

    /// Copies the next piece in whole steps: what is too much is written over by the number. Nearly all
    /// pieces take one step, so that there is no branch on their lengths.
    #[inline(always)]
    fn piece(&mut self) {
        let Some((len, lengths)) = self.lengths.split_first() else { return };
        let len = *len as usize;
        self.lengths = lengths;
        copy_step(self.pieces, self.text, self.end);
        if len > STEP {
            copy_steps(self.pieces, self.text, self.end, len);
        }
        self.pieces = self.pieces.get(len..).unwrap_or_default();
        self.end += len;
    }
}

#[inline(always)]
fn copy_step(from: &[u8], to: &mut [u8], end: usize) {
    if let (Some(from), Some(to)) = (from.first_chunk::<STEP>(), to.get_mut(end..))
        && let Some(to) = to.first_chunk_mut()
    {
        *to = *from;
    }
}

#[inline(never)]
fn copy_steps(from: &[u8], to: &mut [u8], end: usize, len: usize) {
    for start in (STEP..len).step_by(STEP) {
        copy_step(from.get(start..).unwrap_or_default(), to, end + start);
    }
}

/// Makes what is constant of the lines.
struct Lines<'a> {
    names: Names,
    bounds: &'a [f64],
    /// The labels of the series that was begun last.
    labels: String,
    /// How many lines of it there are.
    lines: usize,
    /// What stands before the next number.
    piece: String,
}

impl<'a> Lines<'a> {
    fn new(family: Family<'a>, format: Format) -> Self {
        Lines {
            names: names(family, format),
            bounds: family.bounds(),
            labels: String::new(),
            lines: 0,
            piece: String::new(),
        }
    }

    fn begin_series(&mut self, snapshot: &Snapshot, series: Series<'_>) {
        self.labels = labels(snapshot, series);
        self.lines = 0;
    }

    /// Appends what a line has before its number, and what the line before has behind its own.
    fn begin_line(&mut self) {
        let (names, line, labels) = (&self.names, &mut self.piece, self.labels.as_str());
        if self.lines > 0 {
            line.push('\n');
        }
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

    fn end_series(&mut self, start: SystemTime) {
        self.piece.push('\n');
        self.names.push_created(&mut self.piece, &self.labels, start);
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
