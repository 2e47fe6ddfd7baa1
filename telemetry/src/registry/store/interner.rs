//! Numbers the texts of an open label, below its cap: for as long as the registry lives, or until a removal
//! frees the number.
//!
//! A text is compared as a whole, never by a hash alone. All threads share the texts and one index behind a
//! lock. Each thread has an index of its own, so that only a text that is new to it takes the lock, and a
//! cache of the first short texts, which are found where their number is.

mod arena;
mod hash;
mod index;
mod inline_cache;
mod reusable;

use crate::label;

use crate::sync::{AtomicBool, Mutex, Ordering, lock, unless_allocating};
use arena::Arena;
use hash::hash;
use index::HashIndex;
use inline_cache::{InlineCache, Key};
pub use reusable::Text;
use reusable::{Learned, Reusable};
use std::cell::{Cell, OnceCell, RefCell};
use std::hash::{BuildHasher, RandomState};
use std::str::from_utf8;
use std::sync::Arc;

/// The index that all threads share. It is read seldom, so it may be fuller than a thread's.
type Dense = HashIndex<7>;

/// The interner of one [`label::Domain`] in one registry.
#[derive(Debug)]
pub struct Interner {
    pub domain: &'static label::Domain,
    /// Makes collisions unpredictable for whoever chooses the texts.
    seed: u64,
    texts: Arena,
    index: Mutex<Dense>,
    /// Set when the cap is reached, so that no text will be added.
    full: AtomicBool,
    /// The texts of a label that a removal frees. Those above are empty then.
    reusable: Option<Mutex<Reusable>>,
}

impl Interner {
    pub fn new(domain: &'static label::Domain) -> Self {
        let interner = Interner {
            domain,
            seed: RandomState::new().hash_one(0),
            texts: Arena::new(domain.cap, domain.max_len),
            index: Mutex::default(),
            full: AtomicBool::new(false),
            reusable: None,
        };
        // Text that equals `other` is the overflow series.
        let mut index = lock(&interner.index);
        let other = domain.other.as_bytes();
        interner.add(&mut index, interner.hash(other), other, domain.cap);
        for known in domain.known {
            let hash = interner.hash(known.as_bytes());
            interner.intern(&mut index, hash, known.as_bytes());
        }
        drop(index);
        interner
    }

    /// Creates an interner whose numbers can be freed.
    pub fn reusable(domain: &'static label::Domain) -> Self {
        let mut texts = Reusable::default();
        texts.fix(domain.other, domain.cap);
        for known in domain.known {
            texts.learn(known, domain.cap, 0);
        }
        texts.keep();
        Interner {
            domain,
            seed: RandomState::new().hash_one(0),
            texts: Arena::new(0, 0),
            index: Mutex::default(),
            full: AtomicBool::new(false),
            reusable: Some(Mutex::new(texts)),
        }
    }

    /// Returns the number of a text, which gets one if there is room below the cap. Takes the lock.
    ///
    /// For calls without a thread's state, which no removal overlaps.
    pub fn number(&self, text: &[u8]) -> Option<u32> {
        if let Some(reusable) = &self.reusable {
            let learned = lock(reusable).learn(from_utf8(text).ok()?, self.domain.cap, u64::MAX);
            return if let Learned::Number(_, number) = learned { Some(number) } else { None };
        }
        let hash = self.hash(text);
        Some(self.intern(&mut lock(&self.index), hash, text)?.1)
    }

    /// Returns the position of a text and its number.
    fn intern(&self, index: &mut Dense, hash: u32, text: &[u8]) -> Option<(u32, u32)> {
        if let Some(found) = index.find(hash, |at| Some((at, self.texts.number_if(at, text)?))) {
            return Some(found);
        }
        // `other` is in the index and has no number below the cap.
        let next = index.len().saturating_sub(1);
        if next >= self.domain.cap {
            return None;
        }
        let at = self.add(index, hash, text, next)?;
        if next + 1 == self.domain.cap {
            self.full.store(true, Ordering::Release);
        }
        Some((at, next))
    }

    fn add(&self, index: &mut Dense, hash: u32, text: &[u8], number: u32) -> Option<u32> {
        let at = self.texts.push(text, number)?;
        index.insert(hash, at);
        Some(at)
    }

    fn hash(&self, text: &[u8]) -> u32 {
        hash(self.seed, text)
    }

    /// Returns the text with this number. Not for numbers that can be freed.
    pub fn text(&self, number: u32) -> Option<String> {
        debug_assert!(!self.is_reusable(), "its texts are copied by `copy_texts`");
        self.texts.text(number)
    }

    /// Returns the number of a text that has one.
    pub fn find(&self, text: &str) -> Option<u32> {
        if let Some(reusable) = &self.reusable {
            return lock(reusable).find(text);
        }
        let hash = self.hash(text.as_bytes());
        lock(&self.index).find(hash, |at| self.texts.number_if(at, text.as_bytes()))
    }
}

/// Numbers that can be freed.
impl Interner {
    pub fn is_reusable(&self) -> bool {
        self.reusable.is_some()
    }

    /// Takes a text's number away.
    pub fn unmap(&self, number: u32, generation: u64) {
        if let Some(reusable) = &self.reusable {
            lock(reusable).unmap(number, generation);
        }
    }

    /// Lets a number that was taken away be given out again.
    pub fn give_back(&self, number: u32) {
        if let Some(reusable) = &self.reusable {
            lock(reusable).give_back(number);
        }
    }

    /// Returns whether a removal frees the number: a known text keeps its own.
    pub fn can_free(&self, number: u32) -> bool {
        number < self.domain.cap && self.reusable.as_ref().is_some_and(|texts| lock(texts).is_freed(number))
    }

    /// Returns whether texts have more than half of the numbers below the cap. A number that is on its way to
    /// be given out again counts no more: to end more series would not free it sooner.
    pub fn is_over_half(&self) -> bool {
        self.reusable.as_ref().is_some_and(|texts| lock(texts).len() > self.domain.cap as usize / 2)
    }

    /// Replaces `into` by the texts, by number.
    pub fn copy_texts(&self, into: &mut Vec<Option<Text>>) {
        let Some(reusable) = &self.reusable else { return };
        let texts = lock(reusable);
        into.clear();
        into.extend(texts.texts().map(Option::<&Text>::cloned));
    }
}

/// One thread's knowledge of an interner.
#[derive(Debug, Default)]
pub struct InternerCache {
    /// The interner's own, here to be near.
    seed: u64,
    inline_cache: OnceCell<InlineCache>,
    known: RefCell<Known>,
    /// The generation of removals to which the thread has come.
    seen: Cell<u64>,
}

#[derive(Debug, Default)]
struct Known {
    index: HashIndex<6>,
    /// Set when the thread has all texts of a full interner: any other text is past the cap.
    complete: bool,
    /// The texts whose numbers can be freed, which `index` has the positions of.
    own: Vec<(Arc<str>, u32)>,
}

impl Known {
    fn find(&self, hash: u32, text: &[u8]) -> Option<u32> {
        let number_if = |(own, number): &(Arc<str>, u32)| (own.as_bytes() == text).then_some(*number);
        self.index.find(hash, |at| number_if(self.own.get(at as usize)?))
    }

    fn add(&mut self, hash: u32, text: Arc<str>, number: u32) {
        let Ok(at) = u32::try_from(self.own.len()) else { return };
        self.own.push((text, number));
        self.index.insert(hash, at);
    }
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
        if let Some(key) = Key::of_long(text)
            && let Some(number) = self.shortcut(key)
        {
            return Some(number);
        }
        self.number_of_any(interner, text)
    }

    #[inline(always)]
    fn shortcut(&self, key: Key) -> Option<u32> {
        self.inline_cache.get()?.find(key, self.seed)
    }

    #[inline(never)]
    fn number_of_any(&self, interner: &Interner, text: &[u8]) -> Option<u32> {
        if let Some(key) = Key::of_short(text)
            && let Some(number) = self.shortcut(key)
        {
            return Some(number);
        }
        let hash = interner.hash(text);
        let known = self.known.try_borrow().ok();
        let known = known.and_then(|known| known.index.find(hash, |at| interner.texts.number_if(at, text)));
        let number = known.or_else(|| self.learn(interner, hash, text))?;
        self.shorten(interner, text, number);
        Some(number)
    }

    /// Makes the next search for this text a short one, if there is room.
    fn shorten(&self, interner: &Interner, text: &[u8], number: u32) {
        let Some(key) = Key::of_long(text).or_else(|| Key::of_short(text)) else { return };
        let make = || self.inline_cache.set(InlineCache::new(interner.domain.cap));
        if self.inline_cache.get().is_some() || unless_allocating(make).is_some() {
            self.inline_cache
                .get()
                .into_iter()
                .for_each(|inline_cache| inline_cache.add(key, self.seed, number));
        }
    }

    #[cold]
    #[inline(never)]
    fn learn(&self, interner: &Interner, hash: u32, text: &[u8]) -> Option<u32> {
        if let Some(reusable) = &interner.reusable {
            let known = self.known.try_borrow().ok().and_then(|known| known.find(hash, text));
            return known.or_else(|| {
                unless_allocating(|| self.learn_reusable(reusable, interner.domain.cap, hash, text)).flatten()
            });
        }
        // An allocator's text, recorded while we allocate, counts as `other`.
        unless_allocating(|| self.learn_from_domain(interner, hash, text)).flatten()
    }

    fn learn_from_domain(&self, interner: &Interner, hash: u32, text: &[u8]) -> Option<u32> {
        let mut known = self.known.try_borrow_mut().ok()?;
        if known.complete {
            return None;
        }
        if interner.full.load(Ordering::Acquire) {
            interner.texts.each(|at, text| {
                let hash = interner.hash(text);
                if known.index.find(hash, |other| (other == at).then_some(())).is_none() {
                    known.index.insert(hash, at);
                }
            });
            known.complete = true;
            return known.index.find(hash, |at| interner.texts.number_if(at, text));
        }
        let (at, number) = interner.intern(&mut lock(&interner.index), hash, text)?;
        known.index.insert(hash, at);
        Some(number)
    }

    fn learn_reusable(&self, reusable: &Mutex<Reusable>, cap: u32, hash: u32, text: &[u8]) -> Option<u32> {
        let learned = lock(reusable).learn(from_utf8(text).ok()?, cap, self.seen.get());
        // Behind: the caller finds that it has something to acknowledge, and asks again.
        let Learned::Number(text, number) = learned else { return None };
        self.known.try_borrow_mut().ok()?.add(hash, text, number);
        Some(number)
    }

    /// Forgets the numbers that were freed since this thread last did this. It has come to the generation
    /// `seen` then.
    pub fn forget_freed(&self, interner: &Interner, seen: u64) {
        let before = self.seen.replace(seen);
        let (Some(reusable), Ok(mut known)) = (&interner.reusable, self.known.try_borrow_mut()) else {
            return;
        };
        let Known { index, own, .. } = &mut *known;
        let texts = lock(reusable);
        own.retain(|(_, number)| texts.freed_at(*number) <= before);
        *index = HashIndex::default();
        for (at, (text, _)) in (0..).zip(own) {
            index.insert(interner.hash(text.as_bytes()), at);
        }
        if let Some(inline_cache) = self.inline_cache.get() {
            inline_cache.retain(self.seed, |number| texts.freed_at(number) <= before);
        }
    }
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
        assert_eq!(domain.text(3).unwrap(), "other");
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
