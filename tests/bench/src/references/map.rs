//! A thread's own map from texts to counts: what a user writes who needs no more.

use super::WHO;
use crate::row::{Class, Row, each, pairs};
use crate::workload::Texts;
use crate::workload::input;
use hashbrown::{DefaultHashBuilder, HashMap};
use std::cell::RefCell;

thread_local! {
    /// With `foldhash`, which is hashbrown's default.
    static ONE: RefCell<HashMap<String, u64, DefaultHashBuilder>> = RefCell::default();
    static TWO: RefCell<HashMap<(String, String), u64, DefaultHashBuilder>> = RefCell::default();
}

pub fn rows(texts: Texts) -> Vec<Row> {
    vec![Row::new(WHO, "thread-local map, `foldhash`", Class::Limit, move || {
        Ok(move || match texts {
            Texts::Of48 => each(input::texts(64, 48, false), add),
            Texts::Of100 => each(input::texts(64, 100, false), add),
            Texts::Of256 => each(input::texts(64, 256, false), add),
            Texts::Many => each(input::texts(1_000, 20, false), add),
            Texts::Two => pairs(input::texts(1_000, 20, false), input::texts(16, 20, false), add_pair),
            Texts::TwoZipf => pairs(input::texts(1_000, 20, true), input::texts(16, 20, true), add_pair),
        })
    })]
}

fn add(text: &str) {
    ONE.with_borrow_mut(|map| match map.get_mut(text) {
        Some(count) => *count += 1,
        None => _ = map.insert(text.to_owned(), 1),
    });
}

/// Finds a pair without copies of its texts.
#[derive(Hash)]
struct Pair<'a>(&'a str, &'a str);

impl hashbrown::Equivalent<(String, String)> for Pair<'_> {
    fn equivalent(&self, key: &(String, String)) -> bool {
        self.0 == key.0 && self.1 == key.1
    }
}

fn add_pair(first: &str, second: &str) {
    TWO.with_borrow_mut(|map| match map.get_mut(&Pair(first, second)) {
        Some(count) => *count += 1,
        None => _ = map.insert((first.to_owned(), second.to_owned()), 1),
    });
}
