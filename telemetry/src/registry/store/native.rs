//! The exponential buckets of a histogram, as words of its row: how they are written, moved and merged.
//!
//! The buckets are a window on the endless row of buckets at one scale. The first word is the window: the
//! scale, and the bucket that comes first. The second one counts zeros. A row of zeros is empty, with a
//! window like any other. A number outside of the window moves it; if the used buckets then do not fit, the
//! scale becomes coarser, and adjacent buckets become one. So the scale is the finest one at which all
//! numbers fit, whichever came first and whatever threads they came from.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "the parts of a word, and buckets, of which there are fewer than 2¹⁸"
)]

use super::writer::{Shared, Writer, own};
use crate::registry::layout::exponential::{NATIVE_BUCKETS, bucket};
use crate::sync::{AtomicU64, Ordering};

/// The buckets of a window.
type Counts = [u64; NATIVE_BUCKETS];

/// The numbers that a row's buckets hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The difference between the finest scale and that of the buckets: an index of the finest scale is
    /// shifted by it.
    pub shift: u32,
    /// The index of the first bucket.
    pub offset: i32,
}

/// The used buckets at one scale, which may be more than fit into a window.
#[derive(Clone, Copy, Debug)]
struct Used {
    shift: u32,
    first: i32,
    last: i32,
}

impl Window {
    #[inline(always)]
    pub const fn of(word: u64) -> Self {
        Window { shift: (word >> 32) as u32, offset: word as u32 as i32 }
    }

    const fn word(self) -> u64 {
        (self.shift as u64) << 32 | self.offset as u32 as u64
    }

    /// Returns the position of a bucket of the finest scale. It is past the end for one outside of the
    /// window.
    #[inline(always)]
    const fn at(self, bucket: i32) -> usize {
        bucket.wrapping_shr(self.shift).wrapping_sub(self.offset) as u32 as usize
    }

    /// Returns a window with all these buckets, at their scale if that is possible. It is this one if they
    /// are all in it.
    fn with(self, mut used: Used) -> Self {
        while used.len() > NATIVE_BUCKETS {
            used = used.coarser(used.shift + 1);
        }
        let Used { shift, first, last } = used;
        let is_inside = self.offset <= first && last < self.offset.saturating_add(NATIVE_BUCKETS as i32);
        if shift == self.shift && is_inside {
            return self;
        }
        // In the middle, so that the next number outside is far.
        Window { shift, offset: first - ((NATIVE_BUCKETS - used.len()) / 2) as i32 }
    }
}

impl Used {
    /// Returns the used buckets of a window; `None` without any.
    fn of(window: Window, counts: &[u64]) -> Option<Self> {
        let first = counts.iter().position(|count| *count != 0)?;
        let last = counts.iter().rposition(|count| *count != 0)?;
        let Window { shift, offset } = window;
        Some(Used { shift, first: offset + first as i32, last: offset + last as i32 })
    }

    const fn len(self) -> usize {
        (self.last - self.first) as usize + 1
    }

    /// Returns the buckets at a scale that is not finer.
    const fn coarser(self, shift: u32) -> Self {
        let by = shift - self.shift;
        Used { shift, first: self.first >> by, last: self.last >> by }
    }

    /// Returns the buckets from the first of both to the last, at the coarser scale of both.
    fn and(self, other: Used) -> Self {
        let shift = self.shift.max(other.shift);
        let (own, other) = (self.coarser(shift), other.coarser(shift));
        Used { shift, first: own.first.min(other.first), last: own.last.max(other.last) }
    }
}

/// Counts a number.
#[inline(always)]
pub fn add<W: Writer>(words: &[AtomicU64], number: f64) {
    let [window, zeros, counts @ ..] = words else {
        debug_assert!(false, "a row has the words of its cell");
        return;
    };
    match bucket(number) {
        None => count_one::<W>(zeros),
        Some(bucket) => W::alone(|| match counts.get(Window::of(own(window)).at(bucket)) {
            Some(count) => count_one::<W>(count),
            None => add_outside(window, counts, bucket),
        }),
    }
}

#[inline(always)]
fn count_one<W: Writer>(count: &AtomicU64) {
    // Counted one by one, no bucket reaches the end.
    W::update(count, |count| count.wrapping_add(1));
}

/// Counts a number outside of the window, which moves there or becomes coarser. The caller is the only writer
/// of these words.
#[cold]
#[inline(never)]
fn add_outside(window: &AtomicU64, counts: &[AtomicU64], bucket: i32) {
    let number = Used { shift: 0, first: bucket, last: bucket };
    change(window, counts, |word, counts| {
        make_room(word, counts, number);
        let window = Window::of(*word);
        add_at(counts, (bucket >> window.shift) - window.offset, 1);
    });
}

/// Changes a window and its counts. The caller is their only writer.
fn change(window: &AtomicU64, counts: &[AtomicU64], f: impl FnOnce(&mut u64, &mut [u64])) {
    let mut read: Counts = [0; NATIVE_BUCKETS];
    for (word, read) in counts.iter().zip(&mut read) {
        *read = own(word);
    }
    let mut word = own(window);
    f(&mut word, &mut read);
    window.store(word, Ordering::Relaxed);
    for (word, read) in counts.iter().zip(&read) {
        word.store(*read, Ordering::Relaxed);
    }
}

/// Changes a window so that it has these buckets, too.
fn make_room(window: &mut u64, counts: &mut [u64], more: Used) {
    let from = Window::of(*window);
    let to = from.with(Used::of(from, counts).map_or(more, |used| used.and(more)));
    if to != from {
        let mut old: Counts = [0; NATIVE_BUCKETS];
        old.iter_mut().zip(&*counts).for_each(|(old, count)| *old = *count);
        counts.fill(0);
        add_moved(from, &old, to, counts);
        *window = to.word();
    }
}

/// Adds the counts of a window to another one, which has all of their buckets.
fn add_moved(from: Window, counts: &[u64], to: Window, sums: &mut [u64]) {
    for (at, count) in (0..).zip(counts).filter(|(_, count)| **count != 0) {
        add_at(sums, ((from.offset + at) >> (to.shift - from.shift)) - to.offset, *count);
    }
}

fn add_at(counts: &mut [u64], at: i32, n: u64) {
    let count = usize::try_from(at).ok().and_then(|at| counts.get_mut(at));
    debug_assert!(count.is_some(), "the window was made to have the bucket");
    if let Some(count) = count {
        *count = count.saturating_add(n);
    }
}

/// Adds buckets that were read to others. The sums are those of a row that had all of their numbers.
pub fn sum(words: &[u64], sums: &mut [u64]) {
    let ([window, zeros, counts @ ..], [sums_window, sums_zeros, sums @ ..]) = (words, sums) else {
        debug_assert!(false, "a row has the words of its cell");
        return;
    };
    *sums_zeros = sums_zeros.saturating_add(*zeros);
    let window = Window::of(*window);
    if let Some(used) = Used::of(window, counts) {
        make_room(sums_window, sums, used);
        add_moved(window, counts, Window::of(*sums_window), sums);
    }
}

/// Adds buckets that no thread writes any more to some that many threads write.
pub fn fold(from: &[AtomicU64], into: &[AtomicU64]) {
    let ([window, zeros, counts @ ..], [into_window, into_zeros, into @ ..]) = (from, into) else {
        debug_assert!(false, "a row has the words of its cell");
        return;
    };
    let zeros = zeros.load(Ordering::Relaxed);
    Shared::update(into_zeros, |count| count.saturating_add(zeros));
    let mut read: Counts = [0; NATIVE_BUCKETS];
    read.iter_mut().zip(counts).for_each(|(read, count)| *read = count.load(Ordering::Relaxed));
    let window = Window::of(window.load(Ordering::Relaxed));
    let Some(used) = Used::of(window, &read) else { return };
    Shared::alone(|| {
        change(into_window, into, |into_window, sums| {
            make_room(into_window, sums, used);
            add_moved(window, &read, Window::of(*into_window), sums);
        });
    });
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::writer::Exclusive;
    use super::*;
    use crate::registry::layout::exponential::{FINEST_SCALE, NATIVE_WORDS};
    use crate::sync::zeros;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// The content of a row: scale, zeros, and the buckets with a count.
    type Shown = (i32, u64, BTreeMap<i32, u64>);

    fn read(words: &[AtomicU64]) -> Vec<u64> {
        words.iter().map(|word| word.load(Ordering::Relaxed)).collect()
    }

    fn shown(words: &[u64]) -> Shown {
        let window = Window::of(words[0]);
        let buckets = (window.offset..).zip(&words[2..]).filter(|(_, count)| **count != 0);
        (FINEST_SCALE - window.shift as i32, words[1], buckets.map(|(at, count)| (at, *count)).collect())
    }

    fn recorded<W: Writer>(numbers: &[f64]) -> Box<[AtomicU64]> {
        let words = zeros(NATIVE_WORDS);
        for number in numbers {
            add::<W>(&words, *number);
        }
        words
    }

    /// Returns what a row with these numbers has to show: the finest scale at which all fit, and their
    /// buckets there.
    fn expected(numbers: &[f64]) -> Shown {
        let finest: Vec<i32> = numbers.iter().filter_map(|number| bucket(*number)).collect();
        let fits = |shift: &i32| {
            let all = || finest.iter().map(|bucket| bucket >> shift);
            all().max().zip(all().min()).is_none_or(|(max, min)| max - min < NATIVE_BUCKETS as i32)
        };
        let shift = (0..=11).find(fits);
        assert!(shift.is_some(), "all numbers fit at scale -4");
        let shift = shift.unwrap_or_default();
        let mut buckets = BTreeMap::new();
        for bucket in &finest {
            *buckets.entry(bucket >> shift).or_default() += 1;
        }
        (FINEST_SCALE - shift, (numbers.len() - finest.len()) as u64, buckets)
    }

    #[test]
    fn a_scale_becomes_as_coarse_as_it_has_to() {
        for (numbers, scale) in [
            (&[][..], 7),
            (&[0.0], 7),
            (&[1.0, 2.36], 7),
            (&[1.0, 2.37], 6),
            (&[1.0, 1e3], 3),
            (&[1e-9, 1.0, 3600.0], 1),
            (&[f64::MIN_POSITIVE, f64::MAX], -4),
            (&[f64::from_bits(1), f64::MAX], -4),
            (&[f64::MAX, f64::from_bits(1), 0.0, -0.0], -4),
        ] {
            let row = shown(&read(&recorded::<Exclusive>(numbers)));
            assert_eq!(row, expected(numbers), "{numbers:?}");
            assert_eq!(row.0, scale, "{numbers:?}");
        }
    }

    #[test]
    fn one_number_after_the_other_moves_the_window_up_and_down() {
        let up: Vec<f64> = (0..600).map(|at| 1.05_f64.powi(at)).collect();
        let down: Vec<f64> = up.iter().map(|number| 1.0 / number).collect();
        for numbers in [&up, &down] {
            for len in [1, 2, 20, 100, 600] {
                let row = shown(&read(&recorded::<Exclusive>(&numbers[..len])));
                assert_eq!(row, expected(&numbers[..len]));
            }
        }
    }

    #[test]
    fn counts_saturate_when_they_are_merged() {
        let words = recorded::<Exclusive>(&[1.0, 0.0]);
        let mut sums = read(&words);
        sums.iter_mut().skip(1).filter(|word| **word != 0).for_each(|word| *word = u64::MAX);
        let before = sums.clone();
        sum(&read(&words), &mut sums);
        assert_eq!(sums, before);
    }

    /// Numbers as they occur: durations, sizes, all that a float can be, and zeros.
    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![
            8 => 1e-6..1e2,
            4 => (0_u32..1 << 30).prop_map(f64::from),
            2 => 0.9..1.1,
            1 => (1..=f64::MAX.to_bits()).prop_map(f64::from_bits),
            1 => Just(0.0),
        ]
    }

    proptest! {
        #[test]
        fn a_row_has_its_numbers_at_the_finest_scale(numbers in prop::collection::vec(number(), 0..60)) {
            prop_assert_eq!(shown(&read(&recorded::<Exclusive>(&numbers))), expected(&numbers));
            prop_assert_eq!(shown(&read(&recorded::<Shared>(&numbers))), expected(&numbers));
        }

        /// Numbers of several threads, which end or not, are those of one thread.
        #[test]
        fn rows_merge_to_a_row_with_all_numbers(
            numbers in prop::collection::vec((0..5_usize, number()), 0..80),
            folded in 0..5_usize,
        ) {
            let mut parts: Vec<Vec<f64>> = vec![Vec::new(); 5];
            for (part, number) in &numbers {
                parts[*part].push(*number);
            }
            let rows: Vec<_> = parts.iter().map(|part| recorded::<Exclusive>(part)).collect();
            // The first ones go to the shared row, where other calls count too.
            let (ended, living) = rows.split_at(folded);
            let shared = recorded::<Shared>(&parts[4][..parts[4].len() / 2]);
            let rest = recorded::<Exclusive>(&parts[4][parts[4].len() / 2..]);
            for row in ended {
                fold(row, &shared);
            }
            let mut sums = vec![0; NATIVE_WORDS];
            for row in living[..living.len() - 1].iter().chain([&rest, &shared]) {
                sum(&read(row), &mut sums);
            }
            let all: Vec<f64> = numbers.iter().map(|(_, number)| *number).collect();
            prop_assert_eq!(shown(&sums), expected(&all));
        }
    }
}
