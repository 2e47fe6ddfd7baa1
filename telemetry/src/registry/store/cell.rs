//! A series as words that one thread adds to: how each kind is written, read and merged.

use super::native;
use super::writer::UNDER_WAY;
pub use super::writer::{Exclusive, Shared, Traced, Writer};
use crate::registry::layout::buckets::{BucketIndex, search};
use crate::registry::layout::cell::{Cell, NEVER, Rejection, SUM, VERSION};
use crate::sync::{AtomicU64, Ordering, fence};
use crate::value::{Number, Representation};
use std::time::{SystemTime, UNIX_EPOCH};

/// The words of one series.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    pub words: &'a [AtomicU64],
    /// The word and the bit that mark a used row. `None` if the series exists from the start.
    pub present: Option<(&'a AtomicU64, u64)>,
}

/// Up to 64 adjacent rows.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    pub words: &'a [AtomicU64],
    /// A bit per row that was used; `None` if the series exist from the start.
    pub present: Option<&'a AtomicU64>,
}

impl<'a> Block<'a> {
    /// Returns one of the rows.
    pub fn row(&self, at: usize, words: usize) -> Option<Row<'a>> {
        let words = self.words.get(at * words..(at + 1) * words)?;
        Some(Row { words, present: self.present.map(|present| (present, 1 << at)) })
    }
}

/// Adds a number to a row. `buckets` finds a histogram's bucket; without it, halving the bounds does.
#[inline(always)]
pub fn add<W: Writer>(
    cell: &Cell,
    buckets: Option<&BucketIndex>,
    row: Row<'_>,
    number: Number,
) -> Result<(), Rejection> {
    match *cell {
        Cell::Count => add_integer::<W>(row, unsigned(number)?),
        Cell::Nanos => add_integer::<W>(row, nanos(number)?),
        Cell::Split => add_split::<W>(row, finite(number, false)?),
        Cell::Delta | Cell::InFlight => add_delta::<W>(row, signed_integer(number)?),
        Cell::Float => add_float::<W>(row, finite(number, true)?),
        Cell::Histogram { bounds, signed, native } => {
            let number = finite(number, signed)?;
            let bucket = buckets.map_or_else(|| search(bounds, number), |buckets| buckets.find(number));
            let after = native.then_some(bounds.len() + 1);
            add_sample::<W>(row, bucket, number, after)
        }
        Cell::Gauge(representation) => set(representation, row, gauge_bits(representation, number)),
        Cell::Total(representation) => set_total(row, total_bits(representation, number)?),
    }
}

/// Handles a row whose words are not those of its cell, which cannot happen. The call is not recorded, and
/// counts like an event that the surface does not have.
#[cold]
fn no_such_word() -> Result<(), Rejection> {
    debug_assert!(false, "a row has the words of its cell");
    Err(Rejection::Foreign)
}

#[inline(always)]
fn add_integer<W: Writer>(row: Row<'_>, n: u64) -> Result<(), Rejection> {
    let [word, ..] = row.words else { return no_such_word() };
    // A sum that saturates at once is marked by its words.
    if W::add(word, n)? == 0 {
        row.mark::<W>();
    }
    Ok(())
}

#[inline(always)]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates")]
fn add_split<W: Writer>(row: Row<'_>, n: f64) -> Result<(), Rejection> {
    let [whole, fraction, ..] = row.words else { return no_such_word() };
    let integer = n.trunc();
    let old = W::update(whole, |sum| sum.saturating_add(integer as u64));
    let part = n - integer;
    if part != 0.0 {
        W::update(fraction, |sum| (f64::from_bits(sum) + part).to_bits());
    }
    if old == 0 {
        row.mark::<W>();
    }
    if old.checked_add(integer as u64).is_none() || integer >= 18_446_744_073_709_551_616.0 {
        return Err(Rejection::Saturated);
    }
    Ok(())
}

#[inline(always)]
#[allow(clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "the word holds the bits of an `i64`")]
pub fn add_delta<W: Writer>(row: Row<'_>, n: i64) -> Result<(), Rejection> {
    let [word, ..] = row.words else { return no_such_word() };
    let old = W::update(word, |sum| (sum as i64).saturating_add(n) as u64);
    if old == 0 {
        row.mark::<W>();
    }
    if (old as i64).checked_add(n).is_none() { Err(Rejection::Saturated) } else { Ok(()) }
}

#[inline(always)]
fn add_float<W: Writer>(row: Row<'_>, n: f64) -> Result<(), Rejection> {
    let [word, ..] = row.words else { return no_such_word() };
    let old = W::update(word, |sum| bounded(f64::from_bits(sum) + n).to_bits());
    if old == 0 {
        row.mark::<W>();
    }
    if (f64::from_bits(old) + n).is_infinite() { Err(Rejection::Saturated) } else { Ok(()) }
}

/// Bounds a sum: two finite numbers can have an infinite one.
#[inline(always)]
fn bounded(sum: f64) -> f64 {
    sum.clamp(-f64::MAX, f64::MAX)
}

/// Adds two sums, which may be infinite.
fn sum_of(a: f64, b: f64) -> f64 {
    bounded(bounded(a) + bounded(b))
}

/// Adds to a histogram. Exponential buckets begin after so many others, if there are any.
#[inline(always)]
fn add_sample<W: Writer>(
    row: Row<'_>,
    bucket: usize,
    number: f64,
    native_after: Option<usize>,
) -> Result<(), Rejection> {
    let [version, sum, buckets @ ..] = row.words else { return no_such_word() };
    let Some(bucket) = buckets.get(bucket) else { return no_such_word() };
    let exponential = native_after.map(|after| buckets.get(after..).unwrap_or_default());
    W::write_section(version, || {
        // Counted one by one, no bucket reaches the end.
        W::update(bucket, |count| count.wrapping_add(1));
        // The sum may become infinite. Readers see the greatest number then.
        W::update(sum, |sum| (f64::from_bits(sum) + number).to_bits());
        if let Some(words) = exponential {
            native::add::<W>(words, number);
        }
    });
    Ok(())
}

#[inline(always)]
fn set(representation: Representation, row: Row<'_>, bits: u64) -> Result<(), Rejection> {
    let [value, flag @ ..] = row.words else { return no_such_word() };
    value.store(bits, Ordering::Relaxed);
    if !matches!(representation, Representation::F64)
        && let [flag, ..] = flag
        && flag.load(Ordering::Relaxed) == 0
    {
        flag.store(1, Ordering::Release);
    }
    Ok(())
}

/// Replaces a total that somebody else keeps. A fall is a new beginning.
fn set_total(row: Row<'_>, bits: u64) -> Result<(), Rejection> {
    let [value, flag, start, ..] = row.words else { return no_such_word() };
    // Floats that are not negative have the order of their bits. Whoever reads the number first, and its
    // start not yet, sees it fall: readers know that as a new beginning.
    if value.swap(bits, Ordering::Relaxed) > bits {
        start.store(nanos_since_epoch(), Ordering::Release);
    }
    flag.store(1, Ordering::Release);
    Ok(())
}

#[cold]
fn nanos_since_epoch() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}

/// Returns a total in the instrument's representation.
fn total_bits(representation: Representation, number: Number) -> Result<u64, Rejection> {
    match representation {
        Representation::U64 | Representation::I64 => unsigned(number),
        Representation::Duration => nanos(number),
        // Without the sign of -0.
        Representation::F64 | Representation::Time => Ok((finite(number, false)? + 0.0).to_bits()),
    }
}

/// Returns the words that a snapshot keeps of a row that keeps the last number, in its representation; `None`
/// if it was never set.
pub fn last(cell: &Cell, words: &[AtomicU64]) -> Option<[u64; 2]> {
    if let (Cell::Total(_), [value, flag, start, ..]) = (cell, words) {
        let start = start.load(Ordering::Acquire);
        return (flag.load(Ordering::Acquire) != 0).then(|| [value.load(Ordering::Relaxed), start]);
    }
    last_number(cell, words).map(|bits| [bits, 0])
}

fn last_number(cell: &Cell, words: &[AtomicU64]) -> Option<u64> {
    match (cell, words) {
        (Cell::Gauge(Representation::F64), [value, ..]) => {
            Some(value.load(Ordering::Relaxed)).filter(|bits| *bits != NEVER)
        }
        (_, [value, flag, ..]) => (flag.load(Ordering::Acquire) != 0).then(|| value.load(Ordering::Relaxed)),
        _ => None,
    }
}

impl Row<'_> {
    /// Returns whether anything was ever recorded here, as far as the words show.
    pub fn is_used(&self) -> bool {
        let marked = self.present.is_some_and(|(word, bit)| word.load(Ordering::Relaxed) & bit != 0);
        marked || self.words.iter().any(|word| word.load(Ordering::Relaxed) != 0)
    }

    #[inline(always)]
    fn mark<W: Writer>(&self) {
        if let Some((word, bit)) = self.present {
            W::update(word, |bits| bits | bit);
        }
    }
}

#[inline(always)]
fn unsigned(number: Number) -> Result<u64, Rejection> {
    match number {
        Number::U64(n) => Ok(n),
        Number::I64(n) => u64::try_from(n).map_err(|_| Rejection::Negative),
        // A counter of these has another cell.
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a cast of a float saturates"
        )]
        Number::F64(_) | Number::Duration(_) | Number::Time(_) => Ok(finite(number, false)? as u64),
    }
}

#[inline(always)]
fn nanos(number: Number) -> Result<u64, Rejection> {
    match number {
        Number::Duration(d) => u64::try_from(d.as_nanos()).map_err(|_| Rejection::Saturated),
        // A counter of these has another cell.
        _ => unsigned(number),
    }
}

#[inline(always)]
fn signed_integer(number: Number) -> Result<i64, Rejection> {
    match number {
        Number::I64(n) => Ok(n),
        Number::U64(n) => i64::try_from(n).map_err(|_| Rejection::Saturated),
        // An up-down counter of these has another cell.
        #[allow(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
        Number::F64(_) | Number::Duration(_) | Number::Time(_) => Ok(finite(number, true)? as i64),
    }
}

#[inline(always)]
fn finite(number: Number, signed: bool) -> Result<f64, Rejection> {
    let number = number.as_f64();
    // A NaN compares as outside.
    let least = if signed { -f64::MAX } else { 0.0 };
    if number >= least && number <= f64::MAX {
        Ok(number)
    } else if number.is_finite() {
        Err(Rejection::Negative)
    } else {
        Err(Rejection::NotFinite)
    }
}

/// Returns a gauge's number in the instrument's representation.
#[inline(always)]
#[allow(clippy::cast_sign_loss, reason = "the word holds the bits of an `i64`")]
fn gauge_bits(representation: Representation, number: Number) -> u64 {
    match (representation, number) {
        (Representation::U64, Number::U64(n)) => n,
        (Representation::I64, Number::I64(n)) => n as u64,
        (Representation::I64, Number::U64(n)) => n.min(i64::MAX as u64),
        (Representation::Duration, Number::Duration(d)) => u64::try_from(d.as_nanos()).unwrap_or(u64::MAX),
        (_, number) => match number.as_f64().to_bits() {
            NEVER => f64::NAN.to_bits(),
            bits => bits,
        },
    }
}

/// Reads adjacent rows into as many words. The version of a histogram becomes 0.
pub fn read(cell: &Cell, words: &[AtomicU64], into: &mut [u64]) {
    if let Cell::Histogram { .. } = cell {
        let width = cell.words();
        for (words, into) in words.chunks_exact(width).zip(into.chunks_exact_mut(width)) {
            read_histogram(words, into);
        }
    } else {
        for (word, into) in words.iter().zip(into) {
            *into = word.load(Ordering::Relaxed);
        }
    }
}

/// Adds adjacent rows that were read to as many others.
pub fn sum(cell: &Cell, rows: &[u64], sums: &mut [u64]) {
    match cell {
        Cell::Gauge(_) | Cell::Total(_) => {}
        Cell::Count | Cell::Nanos => {
            for (word, sum) in rows.iter().zip(sums) {
                *sum = sum.saturating_add(*word);
            }
        }
        _ => {
            let width = cell.words();
            for (row, sums) in rows.chunks_exact(width).zip(sums.chunks_exact_mut(width)) {
                let (row, exponential) = row.split_at(cell.plain_words());
                let (sums, exponential_sums) = sums.split_at_mut(row.len());
                for (at, (word, sum)) in row.iter().zip(sums).enumerate() {
                    *sum = plus(cell, at, *sum, *word);
                }
                if !exponential.is_empty() {
                    native::sum(exponential, exponential_sums);
                }
            }
        }
    }
}

/// Adds two words at the same position of two rows.
#[allow(clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "the words hold the bits of an `i64`")]
fn plus(cell: &Cell, at: usize, a: u64, b: u64) -> u64 {
    let float = sum_of(f64::from_bits(a), f64::from_bits(b)).to_bits();
    match (cell, at) {
        (Cell::Count | Cell::Nanos, _) | (Cell::Split, 0) => a.saturating_add(b),
        (Cell::Delta | Cell::InFlight, _) => (a as i64).saturating_add(b as i64) as u64,
        (Cell::Histogram { .. }, at) if at != SUM => a.saturating_add(b),
        _ => float,
    }
}

/// The pauses of a reader that found calls under way or a changed version, before it reads again: at once,
/// after giving up its turn, and after a nap; 6 ms in all. A writer is in its section for nanoseconds, unless
/// the system stops it there.
const TRIES: [(usize, fn()); 3] = [
    (64, std::hint::spin_loop),
    (64, std::thread::yield_now),
    (60, || std::thread::sleep(std::time::Duration::from_micros(100))),
];

fn read_histogram(words: &[AtomicU64], into: &mut [u64]) {
    if read_consistent(words, into) != Some(0) {
        read_again(words, into);
    }
    into[SUM] = bounded(f64::from_bits(into[SUM])).to_bits();
}

#[cold]
fn read_again(words: &[AtomicU64], into: &mut [u64]) {
    let pauses = TRIES.into_iter().flat_map(|(times, pause)| std::iter::repeat_n(pause, times));
    for pause in pauses {
        pause();
        if read_consistent(words, into) == Some(0) {
            return;
        }
    }
    // Threads are stopped in their sections. While no other thread writes, only their calls can be
    // incomplete.
    for _ in 0..TRIES[0].0 {
        if read_consistent(words, into).is_some() {
            return;
        }
    }
}

/// Reads a histogram's row: the reader's part of [`Writer::write_section`]. Returns the number of calls that
/// were under way, and may be there in part; with 0 the whole row is of the same calls. Returns `None` if the
/// row changed in between.
#[inline]
pub fn read_consistent(words: &[AtomicU64], into: &mut [u64]) -> Option<u64> {
    let ([version, words @ ..], [no_version, into @ ..]) = (words, into) else { return Some(0) };
    *no_version = 0;
    let begun = version.load(Ordering::Acquire);
    for (word, into) in words.iter().zip(into) {
        *into = word.load(Ordering::Relaxed);
    }
    fence(Ordering::Acquire);
    (version.load(Ordering::Relaxed) == begun).then_some(begun & UNDER_WAY)
}

/// Empties a row: it is as if nothing was ever recorded. Readers leave the row out until that is done.
pub fn clear<W: Writer>(cell: &Cell, row: Row<'_>) {
    for (at, word) in row.words.iter().enumerate() {
        // A version only goes up.
        if at != VERSION || !matches!(cell, Cell::Histogram { .. }) {
            W::update(word, |_| cell.empty());
        }
    }
    if let Some((word, bit)) = row.present {
        W::update(word, |bits| bits & !bit);
    }
}

/// Adds a row that no thread writes any more to one that many threads write.
pub fn fold(cell: &Cell, from: Row<'_>, into: Row<'_>) {
    if let (Some((from, bit)), Some((into, to))) = (from.present, into.present)
        && from.load(Ordering::Relaxed) & bit != 0
    {
        Shared::update(into, |bits| bits | to);
    }
    if let Cell::Histogram { native: true, .. } = cell {
        let words = cell.plain_words()..;
        native::fold(
            from.words.get(words.clone()).unwrap_or_default(),
            into.words.get(words).unwrap_or_default(),
        );
    }
    let plain = from.words.iter().zip(into.words).take(cell.plain_words());
    for (at, (from, into)) in plain.enumerate() {
        let addend = from.load(Ordering::Relaxed);
        let is_version = at == VERSION && matches!(cell, Cell::Histogram { .. });
        if addend != 0 && !is_version {
            Shared::update(into, |sum| plus(cell, at, sum, addend));
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::registry::layout::cell::BUCKETS;
    use crate::sync::zeros;

    const CELL: Cell = Cell::Histogram { bounds: &[1.0], signed: false, native: false };

    #[test]
    #[cfg_attr(debug_assertions, should_panic = "a row has the words of its cell")]
    fn a_row_without_its_words_takes_nothing_and_says_so() {
        let row = Row { words: &[], present: None };
        for cell in
            [CELL, Cell::Count, Cell::Split, Cell::Delta, Cell::Float, Cell::Gauge(Representation::F64)]
        {
            assert_eq!(add::<Exclusive>(&cell, None, row, Number::U64(1)), Err(Rejection::Foreign));
        }
    }

    fn add_to<W: Writer>(words: &[AtomicU64], number: f64) {
        let row = Row { words, present: None };
        assert_eq!(add::<W>(&CELL, None, row, Number::F64(number)), Ok(()));
    }

    /// Returns whether a reader takes the row for whole, the count and the sum.
    fn read_row(words: &[AtomicU64]) -> (bool, u64, f64) {
        let mut into = [0; 4];
        let whole = read_consistent(words, &mut into) == Some(0);
        (whole, into[2] + into[3], f64::from_bits(into[SUM]))
    }

    #[test]
    fn a_row_is_not_whole_while_a_call_is_under_way() {
        fn check<W: Writer>() {
            let words = zeros(CELL.words());
            W::write_section(&words[VERSION], || {
                W::update(&words[BUCKETS], |count| count + 1);
                assert!(!read_row(&words).0);
            });
            assert!(read_row(&words).0);
        }
        check::<Exclusive>();
        check::<Shared>();
    }

    #[test]
    fn a_late_row_is_whole_only_when_the_last_of_many_calls_is_done() {
        let words = zeros(CELL.words());
        Shared::write_section(&words[VERSION], || {
            add_to::<Shared>(&words, 0.5);
            add_to::<Shared>(&words, 2.0);
            assert!(!read_row(&words).0, "the outer call is under way");
        });
        assert_eq!(read_row(&words), (true, 2, 2.5));
    }
}
