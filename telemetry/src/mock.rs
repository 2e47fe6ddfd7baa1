//! The recording mock: what `RecordingMetrics` and its views are made of.
//!
//! `#[metrics] trait Metrics` generates `RecordingMetrics` and `MetricsCall`. The mock is a spy: it records
//! every call, fails nothing by itself, and reading it takes nothing away. Clones share what they record, in
//! any thread. It keeps label text whole, and two floats are equal if their bits are.
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
//! A failing assertion panics at the caller's line, says what it expected, and prints every recorded call of
//! that method. The mock itself never panics and holds no lock while code of yours runs.
//!
//! | name | what it is |
//! |---|---|
//! | `RecordingMetrics` | implements the trait; reads through [`Journal`] |
//! | `metrics.failures_calls()` | the calls of one method: filters named as the label parameters, and [`View`] |
//! | `MetricsCall::failures(Stage::Lease)` | one call, to compare with |
//!
//! A metric named as a method of [`Journal`] hides it on the mock, a label named as a method of [`View`] on
//! its view; [`Journal::journal`] and [`View::view`] lead past that, and `View::count(&view)` always does. With a
//! metric named `default` construct the mock by `RecordingMetrics::new()`.
//!
//! A call that reaches the mock through the hook, past a decorator, has its long text cut; a filter finds it by
//! the whole text too.

mod journal;
mod record;
mod report;
mod shared;
mod view;
mod wait;

pub use journal::Journal;
pub use record::{Call, Record};
pub use view::{OneValue, Params, Recorded, View};
pub use wait::WaitFor;
