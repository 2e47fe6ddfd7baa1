//! Numbers the texts of an open label, below its cap: for as long as the registry lives, or until a removal
//! frees the number.
//!
//! A text is compared as a whole, never by a hash alone. All threads share the texts behind a lock. Each
//! thread has a table of its own, so that only a text that is new to it takes the lock, and a cache of the
//! first short texts, which are found where their number is.

mod hash;
mod inline_cache;
mod table;
mod texts;

use crate::label;

use crate::sync::{Mutex, lock, unless_allocating};
use hash::Hash;
use inline_cache::{INLINED_MAX, InlineCache, Key};
use std::cell::{Cell, OnceCell, RefCell};
use std::hash::{BuildHasher, RandomState};
use std::str::from_utf8;
use std::sync::{Arc, OnceLock};
use table::TextTable;
pub use texts::Text;
use texts::{Learned, Texts};

/// Texts and their numbers.
type Numbered = Box<[(Arc<str>, u32)]>;

/// The interner of one [`label::Domain`] in one registry.
#[derive(Debug)]
pub struct Interner {
    pub domain: &'static label::Domain,
    /// Makes collisions unpredictable for whoever chooses the texts.
    seed: u64,
    texts: Mutex<Texts>,
    /// All texts, once none will be added: the cap is reached, and no number can be freed.
    all: OnceLock<Numbered>,
    is_reusable: bool,
}

impl Interner {
    pub fn new(domain: &'static label::Domain) -> Self {
        Self::with_numbers(domain, false)
    }

    /// Creates an interner whose numbers can be freed.
    pub fn reusable(domain: &'static label::Domain) -> Self {
        Self::with_numbers(domain, true)
    }

    fn with_numbers(domain: &'static label::Domain, is_reusable: bool) -> Self {
        let mut texts = Texts::default();
        // Text that equals `other` is the overflow series.
        texts.fix(domain.other, domain.cap);
        for known in domain.known {
            texts.learn(known, domain.cap, 0);
        }
        texts.keep();
        Interner {
            domain,
            seed: RandomState::new().hash_one(0),
            texts: Mutex::new(texts),
            all: OnceLock::new(),
            is_reusable,
        }
    }

    /// Returns the number of a text, which gets one if there is room below the cap. Takes the lock.
    ///
    /// For calls without a thread's state, which no removal overlaps.
    pub fn number(&self, text: &[u8]) -> Option<u32> {
        let learned = self.learn(from_utf8(text).ok()?, u64::MAX);
        if let Learned::Number(_, number) = learned { Some(number) } else { None }
    }

    /// Returns the number of a text for a thread that has come to the generation `seen`.
    fn learn(&self, text: &str, seen: u64) -> Learned {
        let mut texts = lock(&self.texts);
        let learned = texts.learn(text, self.domain.cap, seen);
        if !self.is_reusable && self.all.get().is_none() && texts.len() >= self.domain.cap as usize {
            // Under the lock, so nobody else sets it.
            let _ = self.all.set(texts.numbered().map(|(text, number)| (text.clone(), number)).collect());
        }
        learned
    }

    /// Returns the text with this number. Not for numbers that can be freed.
    pub fn text(&self, number: u32) -> Option<String> {
        debug_assert!(!self.is_reusable, "its texts are copied by `copy_texts`");
        lock(&self.texts).text(number).map(str::to_owned)
    }

    /// Returns the number of a text that has one.
    pub fn find(&self, text: &str) -> Option<u32> {
        lock(&self.texts).find(text)
    }
}

/// Numbers that can be freed.
impl Interner {
    pub const fn is_reusable(&self) -> bool {
        self.is_reusable
    }

    /// Takes a text's number away.
    pub fn unmap(&self, number: u32, generation: u64) {
        debug_assert!(self.is_reusable);
        lock(&self.texts).unmap(number, generation);
    }

    /// Lets a number that was taken away be given out again.
    pub fn give_back(&self, number: u32) {
        debug_assert!(self.is_reusable);
        lock(&self.texts).give_back(number);
    }

    /// Returns whether a removal frees the number: a known text keeps its own.
    pub fn can_free(&self, number: u32) -> bool {
        self.is_reusable && number < self.domain.cap && lock(&self.texts).is_freed(number)
    }

    /// Returns whether texts have more than half of the numbers below the cap. A number that is on its way to
    /// be given out again counts no more: to end more series would not free it sooner.
    pub fn is_over_half(&self) -> bool {
        self.is_reusable && lock(&self.texts).len() > self.domain.cap as usize / 2
    }

    /// Replaces `into` by the texts, by number.
    pub fn copy_texts(&self, into: &mut Vec<Option<Text>>) {
        if self.is_reusable {
            into.clear();
            into.extend(lock(&self.texts).texts().map(Option::<&Text>::cloned));
        }
    }
}

/// One thread's knowledge of an interner.
#[derive(Debug, Default)]
pub struct InternerCache {
    /// The interner's own, here to be near.
    seed: u64,
    inline_cache: OnceCell<InlineCache>,
    known: RefCell<TextTable>,
    /// Set when the thread has all texts of a full interner: any other text is past the cap.
    is_complete: Cell<bool>,
    /// The generation of removals to which the thread has come.
    seen: Cell<u64>,
}

impl InternerCache {
    pub fn new(interner: &Interner) -> Self {
        InternerCache { seed: interner.seed, ..InternerCache::default() }
    }

    /// Sets the generation of removals to which the thread has come, before it learns a text.
    pub fn begin(&self, seen: u64) {
        self.seen.set(seen);
    }

    /// Returns the number of a text; `None` past the cap. Takes no lock for a text that this thread has seen,
    /// and none at all once the interner is full.
    #[inline(always)]
    pub fn number(&self, interner: &Interner, text: &[u8]) -> Option<u32> {
        // Most texts that take long have this length, and such a call needs no loop and no call of its own.
        if let Some(key) = Key::of_16_to_32(text)
            && let Some(number) = self.inlined(key, key.hash(self.seed))
        {
            return Some(number);
        }
        if text.len() > INLINED_MAX {
            self.number_of_long(interner, text)
        } else {
            self.number_of_short(interner, text)
        }
    }

    /// Finds a text of at most 32 bytes. One of at least 16 is not in the inline cache.
    #[inline(never)]
    fn number_of_short(&self, interner: &Interner, text: &[u8]) -> Option<u32> {
        if let Some(key) = Key::of_less_than_16(text)
            && let Some(number) = self.inlined(key, key.hash(self.seed))
        {
            return Some(number);
        }
        self.number_in_table(interner, Key::of(text)?.hash(self.seed), text)
    }

    #[inline(always)]
    fn inlined(&self, key: Key, hash: Hash) -> Option<u32> {
        self.inline_cache.get()?.find(key, hash)
    }

    #[inline(never)]
    fn number_of_long(&self, interner: &Interner, text: &[u8]) -> Option<u32> {
        let hash = hash::of_more_than_32(self.seed, text);
        let number = self.known.try_borrow().ok().and_then(|known| known.find(hash, text));
        number.or_else(|| self.learn(interner, hash, text))
    }

    /// Finds a text that could be in the inline cache and is not.
    #[inline(never)]
    fn number_in_table(&self, interner: &Interner, hash: Hash, text: &[u8]) -> Option<u32> {
        let known = self.known.try_borrow().ok().and_then(|known| known.find(hash, text));
        let number = known.or_else(|| self.learn(interner, hash, text))?;
        if self.inline_cache.get().is_none_or(InlineCache::has_room) {
            self.inline(interner, hash, text, number);
        }
        Some(number)
    }

    /// Adds a text to the inline cache.
    #[cold]
    #[inline(never)]
    fn inline(&self, interner: &Interner, hash: Hash, text: &[u8], number: u32) {
        let make = || self.inline_cache.set(InlineCache::new(interner.domain.cap));
        if self.inline_cache.get().is_none() && unless_allocating(make).is_none() {
            return;
        }
        if let Some((cache, key)) = self.inline_cache.get().zip(Key::of(text)) {
            cache.add(key, hash, number);
        }
    }

    #[cold]
    #[inline(never)]
    fn learn(&self, interner: &Interner, hash: Hash, text: &[u8]) -> Option<u32> {
        if self.is_complete.get() {
            return None;
        }
        // An allocator's text, recorded while we allocate, counts as `other`.
        unless_allocating(|| match interner.all.get() {
            Some(all) => self.learn_all(all, hash, text),
            None => self.learn_one(interner, hash, text),
        })
        .flatten()
    }

    fn learn_all(&self, all: &[(Arc<str>, u32)], hash: Hash, text: &[u8]) -> Option<u32> {
        let mut known = self.known.try_borrow_mut().ok()?;
        for (text, number) in all {
            let hash = hash_of(self.seed, text.as_bytes());
            if known.find(hash, text.as_bytes()).is_none() {
                known.insert(hash, text.clone(), *number);
            }
        }
        self.is_complete.set(true);
        known.find(hash, text)
    }

    fn learn_one(&self, interner: &Interner, hash: Hash, text: &[u8]) -> Option<u32> {
        // Behind: the caller finds that it has something to acknowledge, and asks again.
        let Learned::Number(text, number) = interner.learn(from_utf8(text).ok()?, self.seen.get()) else {
            return None;
        };
        self.known.try_borrow_mut().ok()?.insert(hash, text, number);
        Some(number)
    }

    /// Forgets the numbers that were freed since this thread last did this. It has come to the generation
    /// `seen` then.
    pub fn forget_freed(&self, interner: &Interner, seen: u64) {
        let before = self.seen.replace(seen);
        if !interner.is_reusable {
            return;
        }
        let Ok(mut known) = self.known.try_borrow_mut() else { return };
        let texts = lock(&interner.texts);
        known.retain(|number| texts.freed_at(number) <= before);
        if let Some(inline_cache) = self.inline_cache.get() {
            inline_cache.retain(self.seed, |number| texts.freed_at(number) <= before);
        }
    }
}

/// Hashes a text under the interner's seed.
fn hash_of(seed: u64, text: &[u8]) -> Hash {
    Key::of(text).map_or_else(|| hash::of_more_than_32(seed, text), |key| key.hash(seed))
}

#[cfg(all(test, not(loom)))]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    static DOMAIN: label::Domain = label::Domain::new(3).known(&["known"]);

    #[test]
    fn a_text_keeps_its_number_and_the_cap_holds() {
        let domain = Interner::new(&DOMAIN);
        let (one, other) = (InternerCache::new(&domain), InternerCache::new(&domain));
        assert_eq!(one.number(&domain, b"a"), Some(1));
        assert_eq!(other.number(&domain, b"b"), Some(2));
        assert_eq!(one.number(&domain, b"c"), None);
        assert_eq!(one.number(&domain, b"b"), Some(2));
        assert_eq!(other.number(&domain, b"known"), Some(0));
        assert_eq!(other.number(&domain, b"other"), Some(3));
        assert_eq!(domain.text(1).unwrap(), "a");
    }

    #[test]
    fn long_texts_that_differ_in_one_byte_are_told_apart() {
        static LONG: label::Domain = label::Domain::new(10_000);
        let domain = Interner::new(&LONG);
        let (one, other) = (InternerCache::new(&domain), InternerCache::new(&domain));
        let mut texts = Vec::new();
        for len in [33, 34, 48, 63, 64, 65, 96, 100, 129, 256] {
            texts.push("x".repeat(len));
            texts.extend((0..len).map(|at| format!("{}y{}", "x".repeat(at), "x".repeat(len - at - 1))));
        }
        for cache in [&one, &one, &other] {
            for (number, text) in (0_u32..).zip(&texts) {
                assert_eq!(cache.number(&domain, text.as_bytes()), Some(number), "{text}");
            }
        }
    }

    #[test]
    fn a_full_interner_tells_a_thread_all_texts_at_once() {
        let domain = Interner::new(&DOMAIN);
        let (one, other) = (InternerCache::new(&domain), InternerCache::new(&domain));
        assert_eq!([b"a", b"b", b"c"].map(|text| one.number(&domain, text)), [Some(1), Some(2), None]);
        assert!(one.is_complete.get() && !other.is_complete.get());
        assert_eq!(other.number(&domain, b"c"), None);
        assert!(other.is_complete.get());
        let known = ["known", "a", "b", "other"].map(|text| other.number(&domain, text.as_bytes()));
        assert_eq!(known, [Some(0), Some(1), Some(2), Some(3)]);
    }

    #[test]
    fn texts_of_any_length_are_told_apart() {
        static LONG: label::Domain = label::Domain::new(1_000);
        let domain = Interner::new(&LONG);
        let cache = InternerCache::new(&domain);
        let texts: Vec<String> =
            (0..256).map(|len| "x".repeat(len)).chain((0..500).map(|n| format!("{n:0>20}"))).collect();
        for round in 0..2 {
            for (number, text) in (0_u32..).zip(&texts) {
                assert_eq!(cache.number(&domain, text.as_bytes()), Some(number), "{text} in round {round}");
                assert_eq!(domain.text(number).as_ref(), Some(text));
            }
        }
    }
}
