//! The exemplars of a series as words that one thread writes: how they are kept, read and cleared.

use super::cell::{Exclusive, Writer, read_consistent};
use super::shard::Shard;
use super::sparse::SparseCells;
use crate::registry::layout::exemplars::EXEMPLAR_WORDS;
use crate::registry::layout::plan::Plan;
use crate::sync::{AtomicU64, Ordering};
use crate::trace::TraceContext;

/// The number of times that a reader reads a row that changes under it. A writer is in its section for
/// nanoseconds; whatever it stopped in there is in the next reading.
const TRIES: usize = if cfg!(loom) { 1 } else { 100 };

/// A number of a call, and the trace of that call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StoredExemplar {
    pub value: f64,
    pub trace: TraceContext,
    /// The time of the call in nanoseconds since 1970.
    pub time: u64,
}

/// The exemplars of one series in one thread, by bucket.
#[derive(Clone, Copy, Debug)]
pub struct ExemplarRow<'a> {
    /// By bucket: the last collection in which the thread looked for a trace, if the group is not dense.
    looked: &'a [AtomicU64],
    /// The version and the exemplars, which a reader must see together.
    kept: &'a [AtomicU64],
}

impl<'a> ExemplarRow<'a> {
    /// Returns the row, if it is allocated.
    pub fn existing(cells: &'a SparseCells, plan: &Plan, row: u64) -> Option<Self> {
        debug_assert_eq!(cells.rows_of_page(), 1, "exemplars are larger than a page");
        Self::of(cells.page(row)?.words, plan)
    }

    /// Returns the row, which is allocated if need be.
    pub fn get_or_insert(cells: &'a SparseCells, plan: &Plan, row: u64) -> Option<Self> {
        Self::of(cells.get_or_insert(row)?.words, plan)
    }

    fn of(words: &'a [AtomicU64], plan: &Plan) -> Option<Self> {
        let (looked, kept) = words.split_at_checked(plan.cell.exemplars())?;
        Some(ExemplarRow { looked, kept })
    }

    /// Returns the mark of a bucket, for a group whose marks are not dense.
    pub fn mark(self, bucket: usize) -> Option<&'a AtomicU64> {
        self.looked.get(bucket)
    }

    /// Replaces the exemplar of a bucket. Only for the row's one writer.
    pub fn keep(self, bucket: usize, exemplar: &StoredExemplar) {
        self.write(|exemplars| {
            if let Some(words) = exemplars.chunks_exact(EXEMPLAR_WORDS).nth(bucket) {
                for (word, content) in words.iter().zip(exemplar.to_words()) {
                    Exclusive::update(word, |_| content);
                }
            }
        });
    }

    /// Forgets all exemplars. Only for the row's one writer.
    pub fn clear(self) {
        self.looked.iter().for_each(|looked| looked.store(0, Ordering::Relaxed));
        self.write(|exemplars| {
            for word in exemplars {
                Exclusive::update(word, |_| 0);
            }
        });
    }

    fn write(self, stores: impl FnOnce(&[AtomicU64])) {
        if let [version, exemplars @ ..] = self.kept {
            Exclusive::write_section(version, || stores(exemplars));
        }
    }

    /// Calls `f` with each bucket that has an exemplar. `words` is memory for the row. A row that a thread
    /// was stopped in writing has none this time.
    pub fn read(self, words: &mut Vec<u64>, mut f: impl FnMut(usize, StoredExemplar)) {
        words.clear();
        words.resize(self.kept.len(), 0);
        let is_whole = (0..TRIES).any(|_| {
            let is_whole = read_consistent(self.kept, words) == Some(0);
            if !is_whole {
                std::hint::spin_loop();
            }
            is_whole
        });
        if !is_whole {
            return;
        }
        let all = words.get(1..).unwrap_or_default().chunks_exact(EXEMPLAR_WORDS).enumerate();
        for (bucket, words) in all {
            if let Some(exemplar) = StoredExemplar::of_words(words) {
                f(bucket, exemplar);
            }
        }
    }
}

impl StoredExemplar {
    fn to_words(self) -> [u64; EXEMPLAR_WORDS] {
        let [high, low] = halves(self.trace.trace_id());
        [self.value.to_bits(), high, low, u64::from_be_bytes(self.trace.span_id()), self.time]
    }

    /// Returns `None` for words that were never written: no trace has the id 0.
    fn of_words(words: &[u64]) -> Option<Self> {
        let [value, high, low, span, time] = *words else { return None };
        let trace_id = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
        let trace = TraceContext::new(trace_id, span.to_be_bytes())?;
        Some(StoredExemplar { value: f64::from_bits(value), trace, time })
    }
}

/// Returns the first and the last 64 bits of an id.
#[allow(clippy::cast_possible_truncation, reason = "the lower half is meant")]
const fn halves(id: [u8; 16]) -> [u64; 2] {
    let id = u128::from_be_bytes(id);
    [(id >> 64) as u64, id as u64]
}

/// Forgets the exemplars of a series in a shard. Only for the shard's one writer.
pub fn clear(shard: &Shard, plan: &Plan, row: u64) {
    let cells = shard.exemplars.get(usize::from(plan.group)).filter(|_| plan.takes_exemplars());
    let Some(kept) = cells.and_then(|cells| ExemplarRow::existing(cells, plan, row)) else { return };
    kept.clear();
    for bucket in 0..plan.cell.exemplars() {
        if let Some(mark) = plan.mark(row, bucket).and_then(|mark| shard.marks.get(mark)) {
            mark.store(0, Ordering::Relaxed);
        }
    }
}

/// Moves the exemplars of a group from a shard that no thread writes any more to one that this thread alone
/// writes now. The newer one of each bucket stays. `rows` is memory for the numbers of the rows.
pub fn fold(from: &Shard, into: &Shard, plan: &Plan, rows: &mut Vec<u64>) {
    let at = usize::from(plan.group);
    let Some((from, into)) =
        from.exemplars.get(at).zip(into.exemplars.get(at)).filter(|_| plan.takes_exemplars())
    else {
        return;
    };
    let mut words = Vec::new();
    let mut times = Vec::new();
    rows.clear();
    from.pages(rows);
    for row in rows {
        let Some(from) = ExemplarRow::existing(from, plan, *row) else { continue };
        let Some(into) = ExemplarRow::get_or_insert(into, plan, *row) else { continue };
        times.clear();
        times.resize(plan.cell.exemplars(), 0);
        into.read(&mut words, |bucket, known| times[bucket] = known.time);
        from.read(&mut words, |bucket, exemplar| {
            if exemplar.time >= times[bucket] {
                into.keep(bucket, &exemplar);
            }
        });
    }
}
