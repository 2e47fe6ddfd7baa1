//! A list that only grows: its items are found without a lock, and stay where they are.

use std::sync::OnceLock;

/// As long as a program has events of a kind, a handful: it is searched from the front.
#[derive(Debug)]
pub(super) struct List<T> {
    first: OnceLock<Box<Link<T>>>,
}

#[derive(Debug)]
struct Link<T> {
    item: T,
    next: OnceLock<Box<Link<T>>>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        List::new()
    }
}

impl<T> List<T> {
    pub(super) const fn new() -> Self {
        List { first: OnceLock::new() }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        let mut link = &self.first;
        std::iter::from_fn(move || {
            let found = link.get()?;
            link = &found.next;
            Some(&found.item)
        })
    }

    /// The first item that `is_wanted`, made and appended if there is none.
    pub(super) fn get(&self, is_wanted: impl Fn(&T) -> bool, make: impl Fn() -> T) -> &T {
        let mut link = &self.first;
        loop {
            if let Some(found) = link.get() {
                if is_wanted(&found.item) {
                    return &found.item;
                }
                link = &found.next;
            } else {
                // Made before it is offered: nothing of ours runs inside the lock. If another thread was
                // first, the loop looks at what that thread put here.
                let _ = link.set(Box::new(Link { item: make(), next: OnceLock::new() }));
            }
        }
    }
}
