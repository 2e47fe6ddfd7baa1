//! The calls of one method, filtered by labels.

use super::expected::Expected;
use super::journal::Journal;
use super::record::{Call, Record};
use super::report::{call_count, fail};
use super::selection::{Filter, Selection};
use super::shared::Mark;
use super::total::Total;
use super::wait::{self, WaitFor};
use crate::label::{Closed, LabelValue};
use crate::schema::EventSchema;
use crate::value::{Number, Repr};
use std::fmt;
use std::iter::Sum;
use std::marker::PhantomData;
use std::ops::Deref;
use std::time::Duration;

/// The parameters of one call as fields. The macro generates it.
#[doc(hidden)]
pub trait Params: Sized {
    /// Reads the parameters of a call.
    fn read(record: &Record) -> Option<Self>;
}

/// The parameters of a method with exactly one value. The macro generates it.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this metric does not have exactly one value",
    label = "not exactly one value",
    note = "of several values name one: `.sum_of(|call| call.count)`; without any use `.assert_times(n)`"
)]
pub trait OneValue {
    /// The representation of the value.
    type Repr: Repr;
}

/// One call of a method. Its parameters are the fields of `P`. `Debug` prints the call.
pub struct Recorded<P> {
    record: Record,
    params: P,
}

/// The calls of one method that pass the filters. The view is live: each method reads the calls so far.
pub struct View<P> {
    calls: Selection,
    params: PhantomData<fn() -> P>,
}

impl<P> View<P> {
    /// For expansions: creates a view of all calls of the method. It has no bound on `P`, so that rustc
    /// reports an error of `P` only once.
    #[doc(hidden)]
    #[must_use]
    pub fn new<C: Call>(journal: &Journal<C>, event: &'static EventSchema) -> Self {
        let shared = journal.shared().clone();
        let (from, filters) = (Mark::default(), Vec::new());
        View { calls: Selection { shared, from, event, filters }, params: PhantomData }
    }

    /// For expansions: returns a view of the calls whose label with this index has this value.
    #[doc(hidden)]
    #[must_use]
    pub fn filter(&self, label: usize, value: &LabelValue<'_>) -> Self {
        let mut filtered = self.clone();
        filtered.calls.filters.push(Filter::new(label, value, self.calls.event));
        filtered
    }
}

impl<P: Params> View<P> {
    /// Returns the view itself, for a method with a label that has the name of a method here.
    #[must_use]
    pub fn view(&self) -> &Self {
        self
    }

    /// Returns the same view without the calls before a [mark](Journal::mark). It comes after the filters.
    #[must_use]
    pub fn since(&self, mark: Mark) -> Self {
        let mut since = self.clone();
        since.calls.from = mark;
        since
    }

    /// Returns what a registry would hold of the method's only instrument, in the series with the labels of
    /// this view. Taken and forgotten calls are in it.
    ///
    /// A label beyond its cap counts as `other`, as in a registry. If several methods feed the instrument,
    /// the calls of all of them are in it.
    ///
    /// # Panics
    ///
    /// Panics if the method has several instruments ([`total_of`](Self::total_of) takes a name), if the
    /// instrument lacks a label of the view, and for a view since a mark.
    #[must_use]
    #[track_caller]
    pub fn total(&self) -> Total {
        match self.calls.event.instruments {
            [instrument] => Total::of(&self.calls, instrument),
            [] => self.calls.fail("to record in an instrument, but it has none"),
            several => {
                let names: Vec<_> =
                    several.iter().map(|one| format!("`.total_of({:?})`", one.name)).collect();
                self.calls.fail(&format!("to have one instrument; of several use {}", names.join(" or ")))
            }
        }
    }

    /// Returns the [`total`](Self::total) of the method's instrument with this name.
    ///
    /// # Panics
    ///
    /// Panics if the method has no such instrument, and where [`total`](Self::total) does.
    #[must_use]
    #[track_caller]
    pub fn total_of(&self, name: &str) -> Total {
        let instruments = self.calls.event.instruments;
        match instruments.iter().find(|instrument| instrument.name == name) {
            Some(instrument) => Total::of(&self.calls, instrument),
            None => {
                let names: Vec<_> = instruments.iter().map(|one| format!("`{}`", one.name)).collect();
                self.calls.fail(&format!("to have an instrument `{name}`; it has {}", names.join(", ")))
            }
        }
    }

    /// Returns the calls in order. Parameters are fields, text is a `String`.
    ///
    /// # Panics
    ///
    /// Panics if a hand-written label cannot read back its own value.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[telemetry::metrics]
    /// # pub trait Metrics {
    /// #     /// Mails by size.
    /// #     #[counter(value = bytes)]
    /// #     fn sent(&self, urgent: bool, bytes: u64);
    /// # }
    /// let metrics = RecordingMetrics::default();
    /// metrics.sent(true, 100);
    /// metrics.sent(false, 50);
    /// let calls = metrics.sent_calls().urgent(true).calls();
    /// assert_eq!(calls.len(), 1);
    /// assert_eq!(calls[0].bytes, 100);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn calls(&self) -> Vec<Recorded<P>> {
        let mut calls = Vec::new();
        for record in self.calls.matching() {
            match P::read(&record) {
                Some(params) => calls.push(Recorded { record, params }),
                None => fail(&format!("a label of this call does not read back its own value: {record:?}")),
            }
        }
        calls
    }

    /// Returns the number of calls.
    #[must_use]
    #[track_caller]
    pub fn count(&self) -> usize {
        self.calls.count()
    }

    /// Returns the last call.
    ///
    /// # Panics
    ///
    /// Panics if there are no calls.
    #[must_use]
    #[track_caller]
    pub fn last(&self) -> Recorded<P> {
        let last = self.calls.kept().pop();
        match last.and_then(|record| P::read(&record).map(|params| Recorded { record, params })) {
            Some(call) => call,
            None => self.calls.fail("to have a last call"),
        }
    }

    /// Returns the sum of a field over the calls.
    #[must_use]
    #[track_caller]
    pub fn sum_of<T: Sum>(&self, mut field: impl FnMut(&P) -> T) -> T {
        self.calls().iter().map(|call| field(call)).sum()
    }

    /// Asserts that there is exactly one call.
    ///
    /// # Panics
    ///
    /// Panics if there are no calls or several.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[telemetry::metrics]
    /// # pub trait Metrics {
    /// #     /// Cache hits.
    /// #     #[counter]
    /// #     fn hit(&self, hot: bool);
    /// # }
    /// let metrics = RecordingMetrics::default();
    /// metrics.hit(true);
    /// metrics.hit_calls().hot(true).assert_once();
    /// metrics.hit_calls().hot(false).assert_never();
    /// ```
    #[track_caller]
    pub fn assert_once(&self) {
        self.assert_times(1);
    }

    /// Asserts that there are no calls.
    ///
    /// # Panics
    ///
    /// Panics if there is a call.
    #[track_caller]
    pub fn assert_never(&self) {
        self.assert_times(0);
    }

    /// Asserts the number of calls: a number or a range, such as `2..`.
    ///
    /// # Panics
    ///
    /// Panics if the number differs.
    #[track_caller]
    #[allow(clippy::needless_pass_by_value, reason = "a literal or a range")]
    pub fn assert_times(&self, expected: impl Expected) {
        let count = self.count();
        if !expected.accepts(Number::U64(count as u64)) {
            self.calls.fail(&call_count(&expected.describe(), count));
        }
    }

    /// Asserts that the calls cover each value of a closed label, except the value for unknown text
    /// (`#[label(other)]`), which code that knows all texts never uses.
    ///
    /// # Panics
    ///
    /// Panics if a value is missing. The message names the missing values.
    #[track_caller]
    pub fn assert_covers<L: Closed>(&self, mut field: impl FnMut(&P) -> L) {
        let seen: Vec<L> = self.calls().iter().map(|call| field(call)).collect();
        let expected = L::values().iter().enumerate().filter(|(at, _)| L::__OTHER != Some(*at));
        let missing = expected.filter(|(_, value)| !seen.iter().any(|seen| seen.as_str() == **value));
        let missing: Vec<String> = missing.map(|(_, value)| format!("`{value}`")).collect();
        if !missing.is_empty() {
            self.calls.fail(&format!("to cover every value, but not {}", missing.join(", ")));
        }
    }

    /// Waits until the predicate holds for the view. The predicate runs again after each call, without a lock
    /// held.
    ///
    /// # Panics
    ///
    /// Panics if the predicate does not hold within the timeout.
    #[track_caller]
    pub fn wait_for(&self, mut predicate: impl FnMut(&Self) -> bool, timeout: Duration) {
        if !wait::blocking(&self.calls.shared, || predicate(self), timeout) {
            self.calls.fail(&format!("to satisfy the predicate within {timeout:?}"));
        }
    }

    /// Returns a future that waits as [`wait_for`](Self::wait_for) does. It works in any runtime and needs no
    /// timer. The timeout starts with the first poll.
    ///
    /// # Panics
    ///
    /// The future panics if the predicate does not hold within the timeout. The message has the source
    /// location of this call.
    #[track_caller]
    pub fn wait_for_async<F: FnMut(&Self) -> bool + Unpin>(
        &self,
        mut predicate: F,
        timeout: Duration,
    ) -> WaitFor<impl FnMut() -> bool + Unpin + use<P, F>, impl Fn(&str) -> String + Unpin + use<P, F>> {
        let view = self.clone();
        let calls = self.calls.clone();
        WaitFor::new(
            self.calls.shared.clone(),
            move || predicate(&view),
            move |place: &str| calls.report(&format!("to satisfy the predicate{place} within {timeout:?}")),
            timeout,
        )
    }
}

impl<P: Params> View<P> {
    /// Returns the sum of the method's only value. Absent values add nothing. Integers and durations
    /// saturate.
    #[must_use]
    #[track_caller]
    pub fn sum(&self) -> P::Repr
    where
        P: OneValue,
    {
        let values = self.calls.matching();
        let numbers = values.iter().filter_map(|record| record.value(0));
        numbers.filter_map(P::Repr::from_number).fold(P::Repr::ZERO, P::Repr::plus)
    }

    /// Asserts the sum of the method's only value: a number, a duration, or a range of them. Floats are
    /// compared exactly; [`within`](super::within) takes a tolerance.
    ///
    /// # Panics
    ///
    /// Panics if the sum differs.
    #[track_caller]
    #[allow(clippy::needless_pass_by_value, reason = "a literal or a range")]
    pub fn assert_sum(&self, expected: impl Expected)
    where
        P: OneValue,
    {
        let sum = self.sum();
        if !expected.accepts(sum.into()) {
            self.calls.fail(&format!("to sum up to {}, but the sum is {sum:?}", expected.describe()));
        }
    }
}

impl<P> Deref for Recorded<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.params
    }
}

impl<P> PartialEq for Recorded<P> {
    fn eq(&self, other: &Self) -> bool {
        self.record == other.record
    }
}

impl<P> fmt::Debug for Recorded<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.record.fmt(f)
    }
}

impl<P> Clone for View<P> {
    fn clone(&self) -> Self {
        View { calls: self.calls.clone(), params: PhantomData }
    }
}

/// Prints the calls.
impl<P> fmt::Debug for View<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.calls.kept()).finish()
    }
}
