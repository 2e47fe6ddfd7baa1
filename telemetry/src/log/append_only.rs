//! A list that only grows: reading it takes no lock, and its items never move.

use std::sync::OnceLock;

/// An append-only list for a handful of items, one per event of the program. Lookups scan it from the front.
///
/// A `RwLock<Vec<..>>` would put a lock on the path of every log line, and the crates for it are not among
/// the dependencies that [`Log`](crate::Log) has without features. The length is bounded by the number of
/// declared events.
#[derive(Debug)]
pub(super) struct AppendOnlyList<T> {
    first: OnceLock<Box<Node<T>>>,
}

#[derive(Debug)]
struct Node<T> {
    item: T,
    next: OnceLock<Box<Node<T>>>,
}

impl<T> Default for AppendOnlyList<T> {
    fn default() -> Self {
        AppendOnlyList::new()
    }
}

impl<T> AppendOnlyList<T> {
    pub(super) const fn new() -> Self {
        AppendOnlyList { first: OnceLock::new() }
    }

    /// Returns the items in the order in which they were appended.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        let mut next = &self.first;
        std::iter::from_fn(move || {
            let node = next.get()?;
            next = &node.next;
            Some(&node.item)
        })
    }

    /// Returns the first item that matches, or appends the item that `make` returns.
    pub(super) fn get_or_append(&self, matches: impl Fn(&T) -> bool, make: impl Fn() -> T) -> &T {
        let mut next = &self.first;
        loop {
            if let Some(node) = next.get() {
                if matches(&node.item) {
                    return &node.item;
                }
                next = &node.next;
            } else {
                // Made before it is offered, so that no code of ours runs inside the lock of `OnceLock`. If
                // another thread was faster, the loop looks at the item of that thread.
                let _ = next.set(Box::new(Node { item: make(), next: OnceLock::new() }));
            }
        }
    }
}
