//! Decides how long the final values of ended series stay for readers.
//!
//! A push exporter has a token, and says when a reading has arrived. Whoever reads without one, as Prometheus
//! does, says nothing: for them a final value stays for a time.

use crate::sync::{AtomicU64, Mutex, Ordering, lock};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// The time for which final values stay: as long as Prometheus looks back.
pub const KEEP: Duration = Duration::from_mins(5);

/// The moment at which something was found to have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    pub at: Instant,
    /// The first collection that has the final value. All later ones have it too.
    pub collection: u64,
}

/// One collection, and what is known of all readers at its beginning.
#[derive(Clone, Copy, Debug)]
pub struct Collection {
    /// Counted from 1.
    number: u64,
    now: Instant,
    known: Option<Known>,
}

/// The state of all readers at one time.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// The last collection that has arrived wherever a token sends to; `None` without a token.
    delivered: Option<u64>,
    /// The last time that anybody read without a token.
    anonymous: Option<Instant>,
    keep: Duration,
}

impl Collection {
    /// Returns a look without a reader, for which nothing is due. For tests.
    #[cfg(all(test, loom))]
    pub fn look() -> Self {
        Collection { number: 1, now: Instant::now(), known: None }
    }

    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Returns the end of what this collection is the first to find ended.
    pub const fn end(&self) -> End {
        End { at: self.now, collection: self.number }
    }

    /// Returns whether the final value of what has ended is in no reading any more. It was in one at the
    /// least.
    pub fn is_due(&self, end: End) -> bool {
        let due = |known: Known| is_due(end, self.now, known.delivered, known.anonymous, known.keep);
        self.number > end.collection && self.known.is_some_and(due)
    }
}

/// Decides whether a final value may go: once it has arrived wherever a token sends to, and if anybody reads
/// without a token, `keep` after its end.
///
/// Somebody who has not read for longer than `keep` before the end does not count: Prometheus would have
/// forgotten the series by then. If there are no readers at all, one without a token may be about to come.
fn is_due(
    end: End,
    now: Instant,
    delivered: Option<u64>,
    anonymous: Option<Instant>,
    keep: Duration,
) -> bool {
    let has_arrived = delivered.is_none_or(|collection| collection >= end.collection);
    let reads = |read: Instant| end.at.saturating_duration_since(read) <= keep;
    let needs_time = delivered.is_none() || anonymous.is_some_and(reads);
    has_arrived && (!needs_time || now.saturating_duration_since(end.at) >= keep)
}

/// The readers of a registry.
#[derive(Debug)]
pub struct Readers {
    keep: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The number of collections so far.
    collections: u64,
    /// The last collection without a token.
    anonymous: Option<Instant>,
    tokens: Vec<Weak<Token>>,
}

/// The last word of one reader.
#[derive(Debug)]
pub struct Token {
    /// The last collection that has arrived; 0 if none has.
    delivered: AtomicU64,
}

impl Token {
    /// Notes that a collection has arrived.
    pub fn delivered(&self, collection: u64) {
        self.delivered.store(collection, Ordering::Release);
    }
}

impl Readers {
    pub fn new(keep: Duration) -> Self {
        Readers { keep, state: Mutex::default() }
    }

    /// Begins a collection. `is_anonymous` says that its reader has no token. The caller holds the lock under
    /// which it looks for what has ended: a collection with a greater number then reads later.
    pub fn begin(&self, is_anonymous: bool) -> Collection {
        let mut state = lock(&self.state);
        let now = Instant::now();
        state.collections += 1;
        if is_anonymous {
            state.anonymous = Some(now);
        }
        state.tokens.retain(|token| token.strong_count() > 0);
        let tokens = state.tokens.iter().filter_map(Weak::upgrade);
        let delivered = tokens.map(|token| token.delivered.load(Ordering::Acquire)).min();
        let known = Some(Known { delivered, anonymous: state.anonymous, keep: self.keep });
        Collection { number: state.collections, now, known }
    }

    /// Returns the next collection, before it begins. For it, nothing is due.
    pub fn next(&self) -> Collection {
        Collection { number: lock(&self.state).collections + 1, now: Instant::now(), known: None }
    }

    pub fn token(&self) -> Arc<Token> {
        let token = Arc::new(Token { delivered: AtomicU64::new(0) });
        lock(&self.state).tokens.push(Arc::downgrade(&token));
        token
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Returns the minutes after the end at which the final value of the collection 7 is due. `anonymous` is
    /// in minutes after the end too.
    fn due(delivered: Option<u64>, anonymous: Option<i64>) -> Vec<i64> {
        const END: i64 = 60;
        let start = Instant::now();
        let at = |minutes: i64| start + Duration::from_mins((END + minutes).unsigned_abs());
        let end = End { at: at(0), collection: 7 };
        (0..8).filter(|after| is_due(end, at(*after), delivered, anonymous.map(at), KEEP)).collect()
    }

    #[test]
    fn a_final_value_waits_for_all_who_read() {
        let at_once: Vec<_> = (0..8).collect();
        assert_eq!(due(None, None), [5, 6, 7], "somebody may be about to come");
        assert_eq!(due(None, Some(0)), [5, 6, 7]);
        assert_eq!(due(Some(7), None), at_once);
        assert_eq!(due(Some(8), None), at_once);
        assert!(due(Some(6), None).is_empty());
        assert!(due(Some(6), Some(1)).is_empty(), "the time alone is not enough");
        assert_eq!(due(Some(7), Some(1)), [5, 6, 7]);
        assert_eq!(due(Some(7), Some(-5)), [5, 6, 7]);
        assert_eq!(due(Some(7), Some(-6)), at_once, "nobody reads without a token any more");
    }

    #[test]
    fn a_collection_is_due_when_the_slowest_token_has_delivered_it() {
        let readers = Readers::new(KEEP);
        let (slow, fast) = (readers.token(), readers.token());
        let end = readers.begin(false).end();
        fast.delivered(end.collection);
        assert!(!readers.begin(false).is_due(end));
        drop(slow);
        assert!(!readers.next().is_due(end), "nothing is due before a collection");
        assert!(readers.begin(false).is_due(end), "a token that is gone counts no more");
        assert!(!readers.begin(true).is_due(end), "Prometheus looks back");
        assert!(!readers.begin(false).is_due(end));
    }

    #[test]
    fn a_final_value_is_read_once_at_the_least() {
        let readers = Readers::new(Duration::ZERO);
        let collection = readers.begin(true);
        assert!(!collection.is_due(collection.end()));
        let coming = readers.next().end();
        assert!(!readers.begin(true).is_due(coming));
        assert!(readers.begin(true).is_due(coming));
    }

    #[test]
    fn tokens_that_are_gone_leave_nothing() {
        let readers = Readers::new(KEEP);
        for _ in 0..100 {
            let token = readers.token();
            let _ = readers.begin(false);
            drop(token);
        }
        let _ = readers.begin(false);
        assert!(lock(&readers.state).tokens.is_empty());
    }
}
