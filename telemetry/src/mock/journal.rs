//! All calls of a mock and its clones, in order.

use super::guards::Clock;
use super::record::{Call, Kept, Record};
use super::report::{fail, list};
use super::shared::{Mark, Shared};
use super::wait::{self, WaitFor};
use crate::guard::GuardEdge;
use crate::registry::Snapshot;
use crate::schema::Schema;
use crate::surface::RegistrationLabels;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The calls of a mock and its clones, in order. The generated mock dereferences to it.
pub struct Journal<C> {
    shared: Arc<Shared>,
    /// The calls before it are left out.
    from: Mark,
    call: PhantomData<fn() -> C>,
}

impl<C: Call> Journal<C> {
    /// For expansions: creates an empty journal of one surface.
    #[doc(hidden)]
    #[must_use]
    pub fn new(schema: &'static Schema) -> Self {
        Self::over(Shared::new(schema, None))
    }

    /// For expansions: creates an empty journal of one registration of a surface.
    #[doc(hidden)]
    #[must_use]
    pub fn with<L: RegistrationLabels>(labels: L) -> Self {
        Self::over(Shared::new(
            L::__SCHEMA,
            Some(labels.__with(|values| values.iter().map(Kept::new).collect())),
        ))
    }

    fn over(shared: Shared) -> Self {
        Journal { shared: Arc::new(shared), from: Mark::default(), call: PhantomData }
    }

    /// For expansions: adds a call.
    #[doc(hidden)]
    pub fn push(&self, record: Record) {
        self.shared.push(record);
    }

    /// For expansions: takes an edge of a guard.
    #[doc(hidden)]
    pub fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
        self.shared.guard_edge(edge);
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Returns the journal itself, for a mock whose surface has a metric with the name of a method here.
    #[must_use]
    pub fn journal(&self) -> &Self {
        self
    }

    /// Returns all calls, in the order in which they were recorded.
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
    /// assert_eq!(metrics.calls(), [MetricsCall::hit(true)]);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the mock forgot some of them, see [`keep_last`](Self::keep_last). So does each assertion on
    /// calls.
    #[must_use]
    #[track_caller]
    pub fn calls(&self) -> Vec<C> {
        self.records().into_iter().map(C::from).collect()
    }

    /// Returns the calls since the mark, if the mock has all of them.
    #[track_caller]
    fn records(&self) -> Vec<Record> {
        check_complete(&self.shared, self.from);
        self.kept()
    }

    /// Returns the calls since the mark that the mock has.
    fn kept(&self) -> Vec<Record> {
        self.shared.select(self.from, |_| true)
    }

    /// Returns the number of calls that the mock has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.count(self.from, |_| true)
    }

    /// Returns `true` if there are no calls.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes and returns all calls. [`uncovered`](Self::uncovered) still counts them as seen.
    #[must_use = "the calls are gone from the mock"]
    pub fn take(&self) -> Vec<C> {
        self.shared.take().into_iter().map(C::from).collect()
    }

    /// Returns a mark of the calls so far, for [`since`](Self::since).
    #[must_use]
    pub fn mark(&self) -> Mark {
        self.shared.mark()
    }

    /// Returns the same journal without the calls before the mark. Nothing is removed.
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
    /// let mark = metrics.mark();
    /// metrics.hit(false);
    /// metrics.since(mark).assert_exactly([MetricsCall::hit(false)]);
    /// metrics.hit_calls().hot(true).since(mark).assert_never();
    /// metrics.hit_calls().total().assert_value(2);
    /// ```
    #[must_use]
    pub fn since(&self, mark: Mark) -> Self {
        Journal { from: mark, ..self.clone() }
    }

    /// Keeps only the last calls from now on, for a simulation of hours. The oldest calls go. They stay in
    /// the [totals](Self::totals), so `keep_last(0)` makes a mock that only adds up, in constant memory.
    ///
    /// Without this, a recorded call takes some 120 bytes: 72, and 24 for each label, value and context, and
    /// the text.
    ///
    /// An assertion on calls fails if some of its calls have been forgotten. Assert on
    /// [totals](super::View::total) instead, or on the calls [since a mark](Self::since).
    ///
    /// # Examples
    ///
    /// ```
    /// # #[telemetry::metrics]
    /// # pub trait Metrics {
    /// #     /// Cache hits.
    /// #     #[counter]
    /// #     fn hit(&self);
    /// # }
    /// let metrics = RecordingMetrics::default();
    /// metrics.keep_last(10);
    /// (0..1_000).for_each(|_| metrics.hit());
    /// assert_eq!((metrics.len(), metrics.forgotten()), (10, 990));
    /// metrics.hit_calls().total().assert_value(1_000);
    /// ```
    pub fn keep_last(&self, calls: usize) {
        self.shared.set_limit(calls);
    }

    /// Returns the number of calls that the mock forgot, see [`keep_last`](Self::keep_last). After
    /// [`take`](Self::take) it is 0.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.shared.forgotten(self.from)
    }

    /// Returns what a registry would hold after all calls, taken and forgotten ones included: a snapshot
    /// without the registry's own metrics. `prometheus::render_snapshot` makes text of it for a golden file.
    ///
    /// Of one instrument, [`View::total`](super::View::total) has assertions.
    ///
    /// # Panics
    ///
    /// Panics if a registry does not take the surface.
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
    /// assert_eq!(metrics.totals().reading("hit", &[("hot", "true")]).value(), Some(1.0));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn totals(&self) -> Snapshot {
        match self.shared.snapshot() {
            Ok(snapshot) => snapshot,
            Err(error) => fail(&error.to_string()),
        }
    }

    /// Returns the calls as text, one a line, with `[duration]` in place of each duration: for
    /// `insta::assert_snapshot!` and golden files.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[telemetry::metrics]
    /// # pub trait Metrics {
    /// #     /// Requests served.
    /// #     #[histogram(name = "request_duration")]
    /// #     fn requests(&self, cached: bool, took: Duration);
    /// # }
    /// use std::time::{Duration, Instant};
    ///
    /// let metrics = RecordingMetrics::default();
    /// metrics.requests(true, Instant::now().elapsed());
    /// assert_eq!(metrics.to_masked_text(), "requests(cached=\"true\", took=[duration])\n");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn to_masked_text(&self) -> String {
        self.records().iter().map(|record| record.masked() + "\n").collect()
    }

    /// Asserts that exactly these calls were recorded, in this order.
    ///
    /// # Panics
    ///
    /// Panics if a call is missing, unexpected, or in another place.
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
    /// metrics.hit(false);
    /// metrics.assert_exactly([MetricsCall::hit(true), MetricsCall::hit(false)]);
    /// ```
    #[track_caller]
    pub fn assert_exactly(&self, expected: impl IntoIterator<Item = C>) {
        let recorded = self.records();
        let expected: Vec<Record> = expected.into_iter().map(|call| call.as_ref().clone()).collect();
        if recorded == expected {
            return;
        }
        let first =
            recorded.iter().zip(&expected).take_while(|(recorded, expected)| recorded == expected).count();
        let is_first =
            |calls: &[Record], call: &Record| calls.get(first).is_some_and(|at| std::ptr::eq(at, call));
        fail(&format!(
            "expected exactly the given calls in this order, but call {} differs\n{}\n{}",
            first + 1,
            list("expected", &expected, |call| is_first(&expected, call)),
            list("recorded", &recorded, |call| is_first(&recorded, call)),
        ));
    }

    /// Asserts that exactly these calls were recorded, in any order.
    /// [`assert_exactly`](Self::assert_exactly) checks the order too.
    ///
    /// # Panics
    ///
    /// Panics if a call is missing or unexpected.
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
    /// metrics.hit(false);
    /// metrics.assert_only([MetricsCall::hit(false), MetricsCall::hit(true)]);
    /// ```
    #[track_caller]
    pub fn assert_only(&self, expected: impl IntoIterator<Item = C>) {
        let recorded = self.records();
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

    /// Asserts that no label of any call contains this text, such as a secret or an address.
    ///
    /// # Panics
    ///
    /// Panics if a label contains it.
    #[track_caller]
    pub fn assert_no_label_contains(&self, text: &str) {
        self.assert_absent("label", text, |record| record.texts().any(|label| label.contains(text)));
    }

    /// Asserts that no context of any call contains this text. Only the log shows context.
    ///
    /// # Panics
    ///
    /// Panics if the text of a context parameter contains it.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[telemetry::metrics]
    /// # pub trait Metrics {
    /// #     /// Failed logins.
    /// #     #[counter]
    /// #     fn failures(&self, #[context] reason: &str);
    /// # }
    /// let metrics = RecordingMetrics::default();
    /// metrics.failures("wrong password");
    /// metrics.assert_no_context_contains("hunter2");
    /// ```
    #[track_caller]
    pub fn assert_no_context_contains(&self, text: &str) {
        let leaks = |record: &Record| record.context_texts().any(|context| context.contains(text));
        self.assert_absent("context", text, leaks);
    }

    /// Fails with the calls that have the text.
    #[track_caller]
    fn assert_absent(&self, place: &str, text: &str, leaks: impl Fn(&Record) -> bool) {
        let recorded = self.records();
        let count = recorded.iter().filter(|record| leaks(record)).count();
        if count > 0 {
            fail(&format!(
                "expected no {place} to contain {text:?}, but it is in {count} of the calls\n{}",
                list("recorded", &recorded, leaks),
            ));
        }
    }

    /// Moves the clock of this mock's guards forward. It stands still otherwise, so that elapsed times are
    /// exact.
    ///
    /// # Panics
    ///
    /// Panics if [`set_clock`](Self::set_clock) has replaced the clock.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[telemetry::metrics]
    /// # pub trait Metrics {
    /// #     /// Jobs done.
    /// #     #[histogram(name = "job_duration")]
    /// #     #[guard]
    /// #     fn jobs(&self, took: Duration);
    /// # }
    /// use std::time::Duration;
    ///
    /// let metrics = RecordingMetrics::default();
    /// let job = metrics.start_jobs();
    /// metrics.advance(Duration::from_secs(5));
    /// job.end();
    /// assert_eq!(metrics.calls(), [MetricsCall::jobs(Duration::from_secs(5))]);
    /// ```
    #[track_caller]
    pub fn advance(&self, by: Duration) {
        if !self.shared.advance(by) {
            fail("the mock's clock follows the function given to `set_clock`: advance what that reads");
        }
    }

    /// Replaces the clock of this mock's guards by a function, such as a runtime's paused time:
    /// `metrics.set_clock(|| tokio::time::Instant::now().into_std())`.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[telemetry::metrics]
    /// # pub trait Metrics {
    /// #     /// Jobs done.
    /// #     #[histogram(name = "job_duration")]
    /// #     #[guard]
    /// #     fn jobs(&self, took: Duration);
    /// # }
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use std::time::{Duration, Instant};
    ///
    /// static SECONDS: AtomicU64 = AtomicU64::new(0);
    ///
    /// let metrics = RecordingMetrics::default();
    /// let start = Instant::now();
    /// metrics.set_clock(move || start + Duration::from_secs(SECONDS.load(Ordering::Relaxed)));
    /// let job = metrics.start_jobs();
    /// SECONDS.store(2, Ordering::Relaxed);
    /// drop(job);
    /// assert_eq!(metrics.jobs_calls().last().took, Duration::from_secs(2));
    /// ```
    pub fn set_clock(&self, clock: impl Fn() -> Instant + Send + Sync + 'static) {
        self.shared.set_clock(Clock::Following(Arc::new(clock)));
    }

    /// Returns the number of guards that have started and not ended. [`take`](Self::take) does not change it.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.shared.open_guards().len()
    }

    /// Asserts that every guard has ended.
    ///
    /// # Panics
    ///
    /// Panics if one has not. The message has the source location of each start.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[telemetry::metrics]
    /// # pub trait Metrics {
    /// #     /// Jobs done.
    /// #     #[counter]
    /// #     #[up_down_counter(in_flight, name = "jobs_running")]
    /// #     fn jobs(&self);
    /// # }
    /// let metrics = RecordingMetrics::default();
    /// let job = metrics.start_jobs();
    /// assert_eq!(metrics.in_flight(), 1);
    /// drop(job);
    /// metrics.assert_none_in_flight();
    /// ```
    #[track_caller]
    pub fn assert_none_in_flight(&self) {
        let open = self.shared.open_guards();
        if !open.is_empty() {
            let lines: Vec<String> = open.iter().map(|guard| format!("  {guard:?}")).collect();
            let (count, lines) = (open.len(), lines.join("\n"));
            let have = if count == 1 { "has" } else { "have" };
            fail(&format!("expected no guard in flight, but {count} {have} not ended:\n{lines}"));
        }
    }

    /// Waits until the predicate holds for the calls so far. The predicate runs again after each call,
    /// without a lock held.
    ///
    /// # Panics
    ///
    /// Panics if the predicate does not hold within the timeout.
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
    /// use std::time::Duration;
    ///
    /// let metrics = RecordingMetrics::default();
    /// let worker = metrics.clone();
    /// std::thread::spawn(move || worker.hit(true));
    /// metrics.wait_for(|calls| calls.len() == 1, Duration::from_secs(5));
    /// ```
    #[track_caller]
    pub fn wait_for(&self, mut predicate: impl FnMut(&[C]) -> bool, timeout: Duration) {
        if !wait::blocking(&self.shared, || predicate(&self.calls()), timeout) {
            fail(&self.describe_timeout(timeout, ""));
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
    pub fn wait_for_async<F: FnMut(&[C]) -> bool + Unpin>(
        &self,
        mut predicate: F,
        timeout: Duration,
    ) -> WaitFor<impl FnMut() -> bool + Unpin + use<C, F>, impl Fn(&str) -> String + Unpin + use<C, F>> {
        let journal = self.clone();
        let failed = self.clone();
        WaitFor::new(
            self.shared.clone(),
            move || predicate(&journal.calls()),
            move |place: &str| failed.describe_timeout(timeout, place),
            timeout,
        )
    }

    fn describe_timeout(&self, timeout: Duration, place: &str) -> String {
        let calls = list("recorded", &self.kept(), |_| false);
        format!("the calls did not satisfy the predicate{place} within {timeout:?}\n{calls}")
    }

    /// Returns the names of the methods that were never called on this mock and its clones, in declaration
    /// order.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[telemetry::metrics]
    /// # pub trait Metrics {
    /// #     /// Cache hits.
    /// #     #[counter]
    /// #     fn hit(&self);
    /// #     /// Cache misses.
    /// #     #[counter]
    /// #     fn miss(&self);
    /// # }
    /// let metrics = RecordingMetrics::default();
    /// metrics.hit();
    /// assert_eq!(metrics.uncovered(), ["miss"]);
    /// ```
    #[must_use]
    pub fn uncovered(&self) -> Vec<&'static str> {
        Shared::uncovered([&*self.shared])
    }

    /// Returns the names of the methods that were never called on any of these mocks.
    #[must_use]
    pub fn uncovered_in<'a>(journals: impl IntoIterator<Item = &'a Self>) -> Vec<&'static str>
    where
        C: 'a,
    {
        Shared::uncovered(journals.into_iter().map(|journal| &*journal.shared))
    }
}

/// Fails if calls since the mark were forgotten.
#[track_caller]
pub(super) fn check_complete(shared: &Shared, from: Mark) {
    let forgotten = shared.forgotten(from);
    if forgotten > 0 {
        fail(&format!(
            "expected to see all calls, but the mock has forgotten {forgotten} of them, see `keep_last`\n\
             help: assert on `total()`, or on the calls since a later mark"
        ));
    }
}

impl<C> Clone for Journal<C> {
    fn clone(&self) -> Self {
        Journal { shared: self.shared.clone(), from: self.from, call: PhantomData }
    }
}

impl<C> fmt::Debug for Journal<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.fmt(f)
    }
}
