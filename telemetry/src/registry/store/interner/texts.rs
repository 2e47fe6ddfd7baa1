//! All texts of an interner with their numbers, which may be used again after they are freed.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::SystemTime;

/// The texts of a label, each with a number below the cap.
///
/// A removal may free a number. A thread may still know it for the text that is gone. So each number has the
/// generation of the removal that freed it last, and whoever has not come to that generation does not get the
/// number.
#[derive(Debug, Default)]
pub struct Texts {
    numbers: HashMap<Arc<str>, u32>,
    /// By number; the vector grows up to the cap.
    slots: Vec<Slot>,
    /// The numbers without a text that may be given out, the one that is free for the longest time first.
    free: VecDeque<u32>,
    /// The first number that can be freed. Known texts have those below.
    first: u32,
    /// The number of texts with numbers past the cap.
    fixed: usize,
    /// True once a text has lost its number.
    is_any_freed: bool,
}

/// A text that has a number.
#[derive(Clone, Debug)]
pub struct Text {
    pub text: Arc<str>,
    /// The time at which it got its number, if a text had lost one before, perhaps the same text. Its sums
    /// begin then: those of the earlier text ended before.
    pub since: Option<SystemTime>,
}

#[derive(Debug)]
struct Slot {
    text: Option<Text>,
    /// The generation of the removal that freed the number last, or 0.
    freed_at: u64,
}

/// The answer to a thread that asks about a text.
#[derive(Debug)]
pub enum Learned {
    /// Its number.
    Number(Arc<str>, u32),
    /// The number was freed after the thread's generation: it has to acknowledge that first.
    Behind,
    /// All numbers are taken.
    Full,
}

impl Texts {
    /// Returns the number of a text for a thread that has come to the generation `seen`.
    pub fn learn(&mut self, text: &str, cap: u32, seen: u64) -> Learned {
        if let Some((text, number)) = self.numbers.get_key_value(text) {
            return if self.freed_at(*number) > seen {
                Learned::Behind
            } else {
                Learned::Number(text.clone(), *number)
            };
        }
        let new = u32::try_from(self.slots.len()).ok().filter(|number| *number < cap);
        let number = match (new, self.free.front()) {
            // New numbers first: nobody is behind them.
            (Some(number), _) => {
                self.slots.push(Slot { text: None, freed_at: 0 });
                number
            }
            (None, Some(number)) if self.freed_at(*number) > seen => return Learned::Behind,
            (None, Some(number)) => *number,
            (None, None) => return Learned::Full,
        };
        if new.is_none() {
            self.free.pop_front();
        }
        let text: Arc<str> = text.into();
        if let Some(slot) = self.slots.get_mut(number as usize) {
            let since = self.is_any_freed.then(SystemTime::now);
            slot.text = Some(Text { text: text.clone(), since });
        }
        self.numbers.insert(text.clone(), number);
        Learned::Number(text, number)
    }

    /// Gives a text a number past the cap, which is never freed.
    pub fn fix(&mut self, text: &str, number: u32) {
        if self.numbers.insert(text.into(), number).is_none() {
            self.fixed += 1;
        }
    }

    /// Lets the texts that have a number now keep it.
    pub fn keep(&mut self) {
        self.first = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
    }

    /// Returns whether a removal frees the number.
    pub fn is_freed(&self, number: u32) -> bool {
        number >= self.first
    }

    pub fn find(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    /// Takes a text's number away. Nobody gets it before it is [given back](Self::give_back).
    pub fn unmap(&mut self, number: u32, generation: u64) {
        let Some(slot) = self.slots.get_mut(number as usize) else { return };
        slot.freed_at = generation;
        if let Some(Text { text, .. }) = slot.text.take() {
            self.numbers.remove(&text);
            self.is_any_freed = true;
        }
    }

    pub fn give_back(&mut self, number: u32) {
        debug_assert!(!self.free.contains(&number), "a number is freed once");
        self.free.push_back(number);
    }

    /// Returns the generation of the removal that freed the number last, or 0.
    pub fn freed_at(&self, number: u32) -> u64 {
        self.slots.get(number as usize).map_or(0, |slot| slot.freed_at)
    }

    /// Returns how many texts have a number that can be given out. A text that was freed has none any more,
    /// though its number may still be kept back.
    pub fn len(&self) -> usize {
        self.numbers.len() - self.fixed
    }

    /// Returns the text with this number.
    pub fn text(&self, number: u32) -> Option<&str> {
        let of_number = self.slots.get(number as usize).and_then(|slot| slot.text.as_ref());
        of_number.map(|text| &*text.text)
    }

    /// Returns all texts with their numbers, those past the cap included.
    pub fn numbered(&self) -> impl Iterator<Item = (&Arc<str>, u32)> {
        self.numbers.iter().map(|(text, number)| (text, *number))
    }

    /// Returns the texts by number.
    pub fn texts(&self) -> impl Iterator<Item = Option<&Text>> {
        self.slots.iter().map(|slot| slot.text.as_ref())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn number(texts: &mut Texts, text: &str, seen: u64) -> Result<u32, &'static str> {
        match texts.learn(text, 2, seen) {
            Learned::Number(_, number) => Ok(number),
            Learned::Behind => Err("behind"),
            Learned::Full => Err("full"),
        }
    }

    #[test]
    fn a_freed_number_is_for_who_knows_that_it_was_freed() {
        let mut texts = Texts::default();
        assert_eq!([number(&mut texts, "a", 0), number(&mut texts, "b", 0)], [Ok(0), Ok(1)]);
        assert_eq!(number(&mut texts, "c", 0), Err("full"));
        texts.unmap(0, 7);
        assert_eq!((number(&mut texts, "c", 7), texts.len()), (Err("full"), 1), "it is not given back");
        texts.give_back(0);
        assert_eq!((number(&mut texts, "c", 6), texts.len()), (Err("behind"), 1));
        assert_eq!(number(&mut texts, "c", 7), Ok(0));
        assert_eq!(number(&mut texts, "c", 6), Err("behind"), "its text does not help");
        assert_eq!((number(&mut texts, "b", 0), texts.find("a")), (Ok(1), None));
    }

    #[test]
    fn a_text_that_comes_after_one_that_went_has_a_time_of_its_own() {
        let mut texts = Texts::default();
        assert_eq!(number(&mut texts, "a", 0), Ok(0));
        texts.unmap(0, 1);
        let before = SystemTime::now();
        assert_eq!(number(&mut texts, "a", 1), Ok(1), "a number that nobody had before");
        let times: Vec<_> = texts.texts().map(|text| text.and_then(|text| text.since)).collect();
        assert!(times[0].is_none() && times[1].is_some_and(|since| since >= before), "{times:?}");
    }
}
