//! A label's texts up to a cap: what comes later counts as one.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

pub(super) struct Capped {
    cap: usize,
    seen: Mutex<BTreeSet<String>>,
    other: &'static str,
}

impl Capped {
    pub(super) fn new(cap: usize, known: &[&str], other: &'static str) -> Self {
        let seen = known.iter().map(|text| (*text).to_owned()).collect();
        Capped { cap, seen: Mutex::new(seen), other }
    }

    pub(super) fn bounded<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.contains(text) {
            Cow::Borrowed(text)
        } else if seen.len() < self.cap {
            seen.insert(text.to_owned());
            Cow::Borrowed(text)
        } else {
            Cow::Borrowed(self.other)
        }
    }
}
