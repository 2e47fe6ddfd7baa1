//! Makes the upper bounds of histograms, in constants.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use telemetry::{buckets, metrics};
//!
//! /// 1 ms to 16 s.
//! const WAITS: [f64; 15] = buckets::exponential(0.001, 2.0);
//!
//! #[metrics]
//! pub trait Metrics {
//!     /// Waits for a connection.
//!     #[histogram(buckets = WAITS)]
//!     fn waits(&self, waited: Duration);
//!
//!     /// Sizes of batches.
//!     #[histogram(buckets = buckets::linear::<10>(10.0, 10.0))]
//!     fn batch_size(&self, messages: u64);
//! }
//! # fn main() {}
//! ```

#![allow(clippy::panic, reason = "in a constant a panic is a compile error")]

/// The default bounds of Prometheus' libraries, from 5 milliseconds to 10 seconds.
///
/// A histogram in seconds that declares no bounds has them. Another one names them to keep its labels `le`
/// when a service moves.
///
/// # Examples
///
/// ```
/// use telemetry::{buckets, metrics};
///
/// #[metrics]
/// pub trait Metrics {
///     /// Messages in a batch, which had no bounds of its own before.
///     #[histogram(buckets = buckets::DEFAULT)]
///     fn batch_size(&self, messages: u64);
/// }
/// # fn main() {}
/// ```
pub const DEFAULT: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Returns `N` bounds, each `factor` times the one before.
///
/// Multiplies each from the one before, as Go's client and the crate `prometheus` do, so that the labels `le`
/// stay when a service moves.
///
/// # Panics
///
/// If `N` is 0, if `start` is not above 0, or if `factor` is not above 1: in a constant, that is a compile
/// error. `#[metrics]` checks that all bounds are finite.
///
/// # Examples
///
/// ```
/// use telemetry::buckets;
///
/// assert_eq!(buckets::exponential::<4>(0.5, 2.0), [0.5, 1.0, 2.0, 4.0]);
/// ```
#[must_use]
#[track_caller]
pub const fn exponential<const N: usize>(start: f64, factor: f64) -> [f64; N] {
    assert!(N > 0, "a histogram has at least one bound");
    assert!(start > 0.0, "the first exponential bound is above 0");
    assert!(factor > 1.0, "the factor of exponential bounds is above 1");
    let mut bounds = [start; N];
    let mut at = 1;
    while at < N {
        bounds[at] = bounds[at - 1] * factor;
        at += 1;
    }
    bounds
}

/// Returns `N` bounds, each `width` above the one before.
///
/// Multiplies the width, as the crates `prometheus` and `prometheus-client` do, so that the labels `le` stay
/// when a service moves.
///
/// # Panics
///
/// If `N` is 0, or if `width` is not above 0: in a constant, that is a compile error.
///
/// # Examples
///
/// ```
/// use telemetry::buckets;
///
/// assert_eq!(buckets::linear::<3>(-10.0, 10.0), [-10.0, 0.0, 10.0]);
/// ```
#[must_use]
#[track_caller]
#[allow(clippy::cast_precision_loss, reason = "256 bounds at the most")]
pub const fn linear<const N: usize>(start: f64, width: f64) -> [f64; N] {
    assert!(N > 0, "a histogram has at least one bound");
    assert!(width > 0.0, "the width of linear bounds is above 0");
    let mut bounds = [start; N];
    let mut at = 1;
    while at < N {
        bounds[at] = start + width * at as f64;
        at += 1;
    }
    bounds
}
