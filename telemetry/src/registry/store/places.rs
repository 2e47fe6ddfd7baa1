//! Numbers the texts of an observed label below its cap: a text keeps its number while collections use it,
//! and longer if no other text needs the number.

use crate::label::Domain;
use crate::sync::{Mutex, lock};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// The texts of all label domains in the observed gauges of one registration.
#[derive(Debug)]
pub struct Places(Mutex<State>);

#[derive(Debug)]
struct State {
    domains: Vec<PlacesOfDomain>,
    /// The number of times that a number went from one text to another.
    births: u64,
}

#[derive(Debug)]
struct PlacesOfDomain {
    domain: &'static Domain,
    numbers: HashMap<Arc<str>, u32>,
    /// By number.
    places: Vec<Place>,
    /// The numbers that no collection uses, each with its uses until then: a number that was used again since
    /// stands for nothing. The one that is free for the longest time comes first.
    free: VecDeque<(u32, u64)>,
}

#[derive(Debug)]
struct Place {
    text: Arc<str>,
    birth: u64,
    /// The number of collections that use it now.
    users: u64,
    /// The number of collections that have used it.
    uses: u64,
}

/// The number of a text, for as long as its collection has not [given it back](Places::give_back).
#[derive(Clone, Debug)]
pub struct Taken {
    pub number: u32,
    pub text: Arc<str>,
    /// The births up to the one of this text, or 0 for the first text of the number.
    pub birth: u64,
}

impl Places {
    /// Known texts have numbers that no other text gets.
    pub fn new(domains: impl IntoIterator<Item = &'static Domain>) -> Self {
        let domains = domains.into_iter().map(PlacesOfDomain::new).collect();
        Places(Mutex::new(State { domains, births: 0 }))
    }

    /// Returns the number of a text, or `None` for `other` and past the cap.
    pub fn take(&self, domain: &'static Domain, text: &str) -> Option<Taken> {
        let mut state = lock(&self.0);
        let State { domains, births } = &mut *state;
        domains.iter_mut().find(|own| std::ptr::eq(own.domain, domain))?.take(text, births)
    }

    /// Lets other texts have numbers that a collection used. Returns the births so far: as long as they are
    /// the same, each number stands for the same text.
    pub fn give_back(&self, used: impl IntoIterator<Item = (&'static Domain, u32)>) -> u64 {
        let mut state = lock(&self.0);
        for (domain, number) in used {
            if let Some(own) = state.domains.iter_mut().find(|own| std::ptr::eq(own.domain, domain)) {
                own.give_back(number);
            }
        }
        state.births
    }
}

impl PlacesOfDomain {
    fn new(domain: &'static Domain) -> Self {
        let mut own =
            PlacesOfDomain { domain, numbers: HashMap::new(), places: Vec::new(), free: VecDeque::new() };
        for known in domain.known {
            own.take(known, &mut 0);
        }
        own
    }

    fn take(&mut self, text: &str, births: &mut u64) -> Option<Taken> {
        if text == self.domain.other {
            return None;
        }
        let number = match self.numbers.get(text) {
            Some(number) => *number,
            None => self.add(text, births)?,
        };
        let place = self.places.get_mut(number as usize)?;
        place.users += 1;
        place.uses += 1;
        Some(Taken { number, text: place.text.clone(), birth: place.birth })
    }

    /// Gives a new text a number: one that was never used, or else one that is free.
    fn add(&mut self, text: &str, births: &mut u64) -> Option<u32> {
        let text: Arc<str> = text.into();
        let new = u32::try_from(self.places.len()).ok().filter(|number| *number < self.domain.cap);
        let number = match new {
            Some(number) => {
                self.places.push(Place { text: text.clone(), birth: 0, users: 0, uses: 0 });
                number
            }
            None => self.replace(&text, births)?,
        };
        self.numbers.insert(text, number);
        Some(number)
    }

    /// Returns the number that is free for the longest time, which is the text's from now on.
    fn replace(&mut self, text: &Arc<str>, births: &mut u64) -> Option<u32> {
        loop {
            let (number, uses) = self.free.pop_front()?;
            let Some(place) = self.places.get_mut(number as usize) else { continue };
            if place.users == 0 && place.uses == uses {
                *births += 1;
                place.birth = *births;
                let before = std::mem::replace(&mut place.text, text.clone());
                self.numbers.remove(&before);
                return Some(number);
            }
        }
    }

    fn give_back(&mut self, number: u32) {
        let Some(place) = self.places.get_mut(number as usize) else { return };
        place.users = place.users.saturating_sub(1);
        if place.users > 0 {
            return;
        }
        let now = (number, place.uses);
        if self.free.len() >= 2 * self.places.len() {
            // At most half of it stands for something.
            let places = &self.places;
            self.free.retain(|(number, uses)| {
                places.get(*number as usize).is_some_and(|place| place.users == 0 && place.uses == *uses)
            });
        }
        self.free.push_back(now);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    static DOMAIN: Domain = Domain::new(3).known(&["known"]);

    fn number(places: &Places, text: &str) -> Option<(u32, u64)> {
        places.take(&DOMAIN, text).map(|taken| (taken.number, taken.birth))
    }

    #[test]
    fn a_number_goes_to_another_text_when_no_collection_uses_it() {
        let places = Places::new([&DOMAIN]);
        assert_eq!((number(&places, "a"), number(&places, "b")), (Some((1, 0)), Some((2, 0))));
        assert_eq!(number(&places, "c"), None, "all are used");
        assert_eq!(places.give_back([(&DOMAIN, 2), (&DOMAIN, 1)]), 0);
        assert_eq!(number(&places, "b"), Some((2, 0)), "it keeps its number");
        assert_eq!(number(&places, "c"), Some((1, 1)));
        assert_eq!(number(&places, "a"), None, "all are used");
        assert_eq!(places.give_back([(&DOMAIN, 1), (&DOMAIN, 2)]), 1);
        assert_eq!(number(&places, "a"), Some((1, 2)), "the one that is free for the longest time");
        assert_eq!(number(&places, "known"), Some((0, 0)));
        assert_eq!(number(&places, "other"), None);
    }

    #[test]
    fn a_number_that_several_collections_use_is_free_after_the_last() {
        let places = Places::new([&DOMAIN]);
        assert_eq!((number(&places, "a"), number(&places, "a")), (Some((1, 0)), Some((1, 0))));
        assert_eq!(number(&places, "b"), Some((2, 0)));
        places.give_back([(&DOMAIN, 1)]);
        assert_eq!(number(&places, "c"), None);
        places.give_back([(&DOMAIN, 1)]);
        assert_eq!(number(&places, "c"), Some((1, 1)));
    }

    #[test]
    fn what_is_free_is_remembered_once() {
        let places = Places::new([&DOMAIN]);
        for _ in 0..1_000 {
            assert_eq!(number(&places, "a"), Some((1, 0)));
            places.give_back([(&DOMAIN, 1)]);
        }
        assert!(lock(&places.0).domains[0].free.len() <= 2 * DOMAIN.cap as usize);
    }
}
