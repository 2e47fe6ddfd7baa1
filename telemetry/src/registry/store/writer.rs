//! The two ways of writing the words of a row: as their only thread, and as one of many.

use crate::registry::layout::cell::Rejection;
use crate::sync::{AtomicU64, Mutex, Ordering, fence, lock};

/// The way of adding to a row, by how many threads write it.
pub trait Writer {
    /// True if no other thread writes the same words.
    const IS_EXCLUSIVE: bool;
    /// True if calls look for exemplars, where the registry has any.
    const TAKES_EXEMPLARS: bool = false;

    /// Replaces a word by a function of it. Returns the old word.
    fn update(word: &AtomicU64, f: impl Fn(u64) -> u64) -> u64;

    /// Adds to a sum that saturates. Returns the old sum.
    fn add(word: &AtomicU64, n: u64) -> Result<u64, Rejection>;

    /// Runs `f` while no other writer of the same words is in such a section. It neither allocates nor calls
    /// anybody's code.
    fn alone(f: impl FnOnce());

    /// Makes the stores of a row that a reader must see together. `version` is the row's own.
    fn write_section(version: &AtomicU64, stores: impl FnOnce());
}

/// The writer is the only one of these words: no locked instruction, no shared cache line.
#[derive(Debug)]
pub enum Exclusive {}

/// The writer is the only one of these words, and the registry may have exemplars.
#[derive(Debug)]
pub enum Traced {}

/// Many threads write these words.
#[derive(Debug)]
pub enum Shared {}

/// Returns the content of a word that this thread is about to write.
///
/// To see whether two threads meet at a word, the model checker looks at its last access alone. A load before
/// a store would hide a reader from it, so it gets a write that changes nothing.
#[inline(always)]
pub fn own(word: &AtomicU64) -> u64 {
    if cfg!(loom) { word.fetch_add(0, Ordering::Relaxed) } else { word.load(Ordering::Relaxed) }
}

impl Writer for Exclusive {
    const IS_EXCLUSIVE: bool = true;

    #[inline(always)]
    fn update(word: &AtomicU64, f: impl Fn(u64) -> u64) -> u64 {
        let old = own(word);
        word.store(f(old), Ordering::Relaxed);
        old
    }

    #[inline(always)]
    fn add(word: &AtomicU64, n: u64) -> Result<u64, Rejection> {
        let old = own(word);
        let Some(sum) = old.checked_add(n) else {
            word.store(u64::MAX, Ordering::Relaxed);
            return Err(Rejection::Saturated);
        };
        word.store(sum, Ordering::Relaxed);
        Ok(old)
    }

    #[inline(always)]
    fn alone(f: impl FnOnce()) {
        f();
    }

    /// A sequence lock with one writer: the version says that stores are under way. The fence keeps the first
    /// store of the version before the others, and the release keeps the last one behind them. Both are free
    /// on x86-64. See Boehm, "Can seqlocks get along with programming language memory models?", MSPC 2012.
    #[inline(always)]
    fn write_section(version: &AtomicU64, stores: impl FnOnce()) {
        let begun = own(version).wrapping_add(BEGIN);
        version.store(begun, Ordering::Relaxed);
        fence(Ordering::Release);
        stores();
        version.store(begun.wrapping_add(END), Ordering::Release);
    }
}

impl Writer for Traced {
    const IS_EXCLUSIVE: bool = true;
    const TAKES_EXEMPLARS: bool = true;

    #[inline(always)]
    fn update(word: &AtomicU64, f: impl Fn(u64) -> u64) -> u64 {
        Exclusive::update(word, f)
    }

    #[inline(always)]
    fn add(word: &AtomicU64, n: u64) -> Result<u64, Rejection> {
        Exclusive::add(word, n)
    }

    #[inline(always)]
    fn write_section(version: &AtomicU64, stores: impl FnOnce()) {
        Exclusive::write_section(version, stores);
    }

    #[inline(always)]
    fn alone(f: impl FnOnce()) {
        Exclusive::alone(f);
    }
}

impl Writer for Shared {
    const IS_EXCLUSIVE: bool = false;

    fn update(word: &AtomicU64, f: impl Fn(u64) -> u64) -> u64 {
        let mut old = own(word);
        loop {
            match word.compare_exchange_weak(old, f(old), Ordering::Relaxed, Ordering::Relaxed) {
                Ok(old) => return old,
                Err(changed) => old = changed,
            }
        }
    }

    fn add(word: &AtomicU64, n: u64) -> Result<u64, Rejection> {
        let old = Self::update(word, |sum| sum.saturating_add(n));
        if old.checked_add(n).is_none() { Err(Rejection::Saturated) } else { Ok(old) }
    }

    /// One lock for all rows: few calls have no thread, and they hold it for some 100 ns.
    fn alone(f: impl FnOnce()) {
        let _alone = lock(&ALONE);
        f();
    }

    /// A sequence lock with many writers. None of them waits, since the other could be the very thread that
    /// calls, in its allocator. The version counts the calls that are under way and those that are done. Each
    /// addition to it continues the release of the earlier ones, so a reader that finds no call under way has
    /// the stores of all that are done.
    fn write_section(version: &AtomicU64, stores: impl FnOnce()) {
        version.fetch_add(BEGIN, Ordering::Relaxed);
        fence(Ordering::Release);
        stores();
        version.fetch_add(END, Ordering::Release);
    }
}

#[cfg(not(loom))]
static ALONE: Mutex<()> = Mutex::new(());

#[cfg(loom)]
loom::lazy_static! {
    static ref ALONE: Mutex<()> = Mutex::new(());
}

/// The bits of a version that count the calls under way. The bits above count the calls that are done.
pub const UNDER_WAY: u64 = (1 << 24) - 1;
/// The number that a call adds to the version before its stores.
const BEGIN: u64 = 1;
/// The number that a call adds to the version after its stores: one less is under way, one more is done.
const END: u64 = UNDER_WAY;
