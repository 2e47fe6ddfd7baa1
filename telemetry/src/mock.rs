//! The recording mock: the parts of `RecordingMetrics` and its views.
//!
//! `#[metrics] trait Metrics` generates `RecordingMetrics` and `MetricsCall`. The mock is a spy: it records
//! every call, and only assertions fail. Reading does not remove calls. Clones share their calls, in any
//! thread. Text stays whole, and floats are equal if their bits are equal. Context that implements `Display`
//! is recorded as its text.
//!
//! # Examples
//!
//! ```
//! use telemetry::{Label, metrics};
//!
//! #[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
//! pub enum Stage {
//!     Lease,
//!     Insert,
//! }
//!
//! #[metrics]
//! pub trait Metrics {
//!     /// Failed steps.
//!     #[counter]
//!     fn failures(&self, stage: Stage);
//!
//!     /// Rows that the cleanup deleted.
//!     #[counter(value = count)]
//!     fn rows_deleted(&self, count: u64);
//! }
//!
//! fn code_under_test(metrics: &dyn Metrics) {
//!     metrics.failures(Stage::Lease);
//!     metrics.rows_deleted(12);
//!     metrics.rows_deleted(3);
//! }
//!
//! let metrics = RecordingMetrics::default();
//! code_under_test(&metrics);
//!
//! metrics.failures_calls().stage(Stage::Lease).assert_once();
//! metrics.failures_calls().stage(Stage::Insert).assert_never();
//! metrics.rows_deleted_calls().assert_sum(15);
//! assert_eq!(metrics.rows_deleted_calls().last().count, 3);
//! assert_eq!(
//!     metrics.calls(),
//!     [
//!         MetricsCall::failures(Stage::Lease),
//!         MetricsCall::rows_deleted(12),
//!         MetricsCall::rows_deleted(3),
//!     ],
//! );
//! ```
//!
//! # Panics
//!
//! A failing assertion panics at the caller's line, with its expectation and every recorded call of that
//! method. Recording never panics, and the mock holds no lock while it runs your code.
//!
//! # Calls and totals
//!
//! | question | answer |
//! |---|---|
//! | which calls were made? | `failures_calls()`, [`calls`](Journal::calls), [`assert_exactly`](Journal::assert_exactly) |
//! | what does a registry hold now? | [`total`](View::total) of one instrument, [`totals`](Journal::totals) of all |
//! | what happened since? | [`since`](Journal::since) a [`mark`](Journal::mark) |
//! | what if it records for hours? | [`keep_last`](Journal::keep_last) |
//!
//! Every expected number can be a range, see [`Expected`].
//!
//! # The generated names
//!
//! | name | is |
//! |---|---|
//! | `RecordingMetrics` | the mock: implements the trait, and dereferences to its [`Journal`] |
//! | `metrics.failures_calls()` | the calls of one method: a [`View`] with a filter for each label |
//! | `MetricsCall::failures(Stage::Lease)` | one call, to compare with |
//!
//! A metric with the name of a [`Journal`] method hides that method on the mock; [`Journal::journal`] gives
//! access to it. A label with the name of a [`View`] method does the same on its view; use [`View::view`] or
//! `View::count(&view)`. With a metric named `default`, create the mock with `RecordingMetrics::new()`.
//!
//! A call that reaches the mock through the hook, for example behind a decorator, has its long text cut. A
//! filter by the whole text still finds it.

mod expected;
mod guards;
mod journal;
mod record;
mod report;
mod selection;
mod shared;
mod total;
mod totals;
mod view;
mod wait;

pub use expected::{Expected, Operand, within};
pub use journal::Journal;
pub use record::{Call, Record};
pub use shared::Mark;
pub use total::Total;
pub use view::{OneValue, Params, Recorded, View};
pub use wait::WaitFor;
