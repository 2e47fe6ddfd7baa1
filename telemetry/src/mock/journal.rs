//! Everything that a mock and its clones have recorded, in order.

use super::record::{Call, Record};
use super::report::{fail, list};
use super::shared::Shared;
use super::wait::{self, WaitFor};
use crate::schema::Schema;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// What a mock and its clones have recorded. The generated mock reads through it.
pub struct Journal<C> {
    shared: Arc<Shared>,
    call: PhantomData<fn() -> C>,
}

impl<C: Call> Journal<C> {
    /// For expansions: an empty journal of one surface.
    #[doc(hidden)]
    #[must_use]
    pub fn new(schema: &'static Schema) -> Self {
        Journal { shared: Arc::new(Shared::new(schema)), call: PhantomData }
    }

    /// For expansions: adds a call.
    #[doc(hidden)]
    pub fn push(&self, record: Record) {
        self.shared.push(record);
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// This journal: on a mock whose surface has a metric named as a method here.
    #[must_use]
    pub fn journal(&self) -> &Self {
        self
    }

    /// All calls, in the order in which they were recorded.
    #[must_use]
    pub fn calls(&self) -> Vec<C> {
        self.shared.calls().into_iter().map(C::from).collect()
    }

    /// How many calls there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.len()
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All calls, and forgets them; [`uncovered`](Self::uncovered) remembers them still.
    #[must_use = "the calls are gone from the mock"]
    pub fn take(&self) -> Vec<C> {
        self.shared.take().into_iter().map(C::from).collect()
    }

    /// Asserts that these calls were recorded, as often as they stand here, in any order, and nothing else.
    /// For the order compare with [`calls`](Self::calls).
    ///
    /// # Panics
    ///
    /// If a call is missing or was not expected.
    #[track_caller]
    pub fn assert_only(&self, expected: impl IntoIterator<Item = C>) {
        let recorded = self.shared.calls();
        let mut unexpected: Vec<&Record> = recorded.iter().collect();
        let mut missing = Vec::new();
        for call in expected {
            match unexpected.iter().position(|record| *record == call.as_ref()) {
                Some(at) => drop(unexpected.remove(at)),
                None => missing.push(call.as_ref().clone()),
            }
        }
        if unexpected.is_empty() && missing.is_empty() {
            return;
        }
        let is_unexpected = |record: &Record| unexpected.iter().any(|other| std::ptr::eq(*other, record));
        fail(&format!(
            "expected only the given calls: {} missing, {} not expected\n{}\n{}",
            missing.len(),
            unexpected.len(),
            list("missing", &missing, |_| true),
            list("recorded, `->` was not expected", &recorded, is_unexpected),
        ));
    }

    /// Asserts that no label of any call has this text in it: a secret, an address.
    ///
    /// # Panics
    ///
    /// If a label has.
    #[track_caller]
    pub fn assert_no_label_contains(&self, text: &str) {
        let recorded = self.shared.calls();
        let leaks = |record: &Record| record.texts().any(|label| label.contains(text));
        let count = recorded.iter().filter(|record| leaks(record)).count();
        if count > 0 {
            fail(&format!(
                "expected no label to contain {text:?}, but it is in {count} of the calls\n{}",
                list("recorded", &recorded, leaks),
            ));
        }
    }

    /// Waits until the predicate holds for the calls so far; it is asked again after each call. No lock is
    /// held meanwhile.
    ///
    /// # Panics
    ///
    /// If it does not hold within the timeout.
    #[track_caller]
    pub fn wait_for(&self, mut predicate: impl FnMut(&[C]) -> bool, timeout: Duration) {
        if !wait::blocking(&self.shared, || predicate(&self.calls()), timeout) {
            fail(&self.late(timeout, ""));
        }
    }

    /// [`wait_for`](Self::wait_for) as a future, for any runtime: it needs no timer of one. The deadline
    /// counts from the first poll.
    ///
    /// # Panics
    ///
    /// The future panics if the predicate does not hold within the timeout; the message has the place of
    /// this call.
    #[track_caller]
    pub fn wait_for_async<F: FnMut(&[C]) -> bool + Unpin>(
        &self,
        mut predicate: F,
        timeout: Duration,
    ) -> WaitFor<impl FnMut() -> bool + Unpin + use<C, F>, impl Fn(&str) -> String + Unpin + use<C, F>> {
        let (asked, late) = (self.clone(), self.clone());
        WaitFor::new(
            self.shared.clone(),
            move || predicate(&asked.calls()),
            move |place: &str| late.late(timeout, place),
            timeout,
        )
    }

    fn late(&self, timeout: Duration, place: &str) -> String {
        let calls = list("recorded", &self.shared.calls(), |_| false);
        format!("the calls did not become as awaited{place} within {timeout:?}\n{calls}")
    }

    /// The names of the methods that this mock and its clones have not seen called, in declaration order.
    #[must_use]
    pub fn uncovered(&self) -> Vec<&'static str> {
        Shared::uncovered([&*self.shared])
    }

    /// The names of the methods that none of these mocks has seen called.
    #[must_use]
    pub fn uncovered_in<'a>(journals: impl IntoIterator<Item = &'a Self>) -> Vec<&'static str>
    where
        C: 'a,
    {
        Shared::uncovered(journals.into_iter().map(|journal| &*journal.shared))
    }
}

impl<C> Clone for Journal<C> {
    fn clone(&self) -> Self {
        Journal { shared: self.shared.clone(), call: PhantomData }
    }
}

impl<C> fmt::Debug for Journal<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.fmt(f)
    }
}
