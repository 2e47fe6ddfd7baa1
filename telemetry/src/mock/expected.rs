//! What an assertion of the mock expects of a number: the number itself, or a range.

use crate::value::Number;
use std::cmp::Ordering;
use std::fmt;
use std::ops::{RangeFrom, RangeInclusive, RangeToInclusive};
use std::time::Duration;

/// An expectation of a number: `3`, at least `3..`, at most `..=3`, between `3..=5`, or [`within`] a
/// tolerance. Sealed.
///
/// # Examples
///
/// ```
/// # #[telemetry::metrics]
/// # pub trait Metrics {
/// #     /// Bytes received.
/// #     #[counter(value = bytes)]
/// #     #[histogram(name = "receive_duration", value = took)]
/// #     fn received(&self, bytes: u64, took: Duration);
/// # }
/// use std::time::Duration;
/// use telemetry::mock::within;
///
/// let metrics = RecordingMetrics::default();
/// metrics.received(100, Duration::from_millis(52));
///
/// let received = metrics.received_calls();
/// received.assert_times(1..=2);
/// received.total_of("received").assert_value(50..);
/// received.total_of("receive_duration").assert_sum(within(Duration::from_millis(50), Duration::from_millis(5)));
/// ```
pub trait Expected: sealed::Expected {}

impl<E: sealed::Expected> Expected for E {}

/// A type whose values an assertion compares with recorded numbers: a primitive number or a [`Duration`].
/// Sealed.
pub trait Operand: Copy + fmt::Debug + sealed::Operand {}

pub(super) mod sealed {
    use crate::value::Number;

    /// Keeps [`super::Operand`] to the types of this module.
    pub trait Operand: Copy {
        fn number(self) -> Number;
        fn minus(self, other: Self) -> Self;
        fn plus(self, other: Self) -> Self;
    }

    /// Keeps [`super::Expected`] to the types of this module.
    pub trait Expected {
        fn accepts(&self, number: Number) -> bool;
        /// Returns the expectation in words that follow "to be".
        fn describe(&self) -> String;
    }
}

/// Returns the range of the numbers that differ from one by at most a tolerance.
///
/// # Examples
///
/// ```
/// use telemetry::mock::within;
///
/// assert_eq!(within(10, 2), 8..=12);
/// ```
#[must_use]
pub fn within<T: Operand>(expected: T, tolerance: T) -> RangeInclusive<T> {
    expected.minus(tolerance)..=expected.plus(tolerance)
}

macro_rules! operands {
    ($($type:ty, $number:expr, $minus:expr, $plus:expr;)*) => {$(
        impl Operand for $type {}

        impl sealed::Operand for $type {
            fn number(self) -> Number {
                $number(self)
            }

            fn minus(self, other: Self) -> Self {
                $minus(self, other)
            }

            fn plus(self, other: Self) -> Self {
                $plus(self, other)
            }
        }
    )*};
}

operands! {
    i32, |n| Number::I64(i64::from(n)), i32::saturating_sub, i32::saturating_add;
    i64, Number::I64, i64::saturating_sub, i64::saturating_add;
    u32, |n| Number::U64(u64::from(n)), u32::saturating_sub, u32::saturating_add;
    u64, Number::U64, u64::saturating_sub, u64::saturating_add;
    usize, |n| Number::U64(n as u64), usize::saturating_sub, usize::saturating_add;
    f64, Number::F64, |a, b| a - b, |a, b| a + b;
    Duration, Number::Duration, Duration::saturating_sub, Duration::saturating_add;
}

/// Compares by value. Integers and durations are exact, and floats are rounded to nanoseconds where they are
/// compared with a duration.
fn compare(a: Number, b: Number) -> Option<Ordering> {
    let duration = |number| match number {
        Number::Duration(duration) => Some(duration),
        number => Duration::try_from_secs_f64(number.as_f64()).ok(),
    };
    let integer = |number| match number {
        Number::U64(n) => Some(i128::from(n)),
        Number::I64(n) => Some(i128::from(n)),
        Number::F64(_) | Number::Duration(_) | Number::Time(_) => None,
    };
    if a == b {
        return Some(Ordering::Equal);
    }
    match (a, b) {
        (Number::Duration(_), _) | (_, Number::Duration(_)) => duration(a)?.partial_cmp(&duration(b)?),
        _ => match (integer(a), integer(b)) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ => a.as_f64().partial_cmp(&b.as_f64()),
        },
    }
}

fn is_at_least(number: Number, bound: impl Operand) -> bool {
    compare(number, bound.number()).is_some_and(Ordering::is_ge)
}

fn is_at_most(number: Number, bound: impl Operand) -> bool {
    compare(number, bound.number()).is_some_and(Ordering::is_le)
}

impl<T: Operand> sealed::Expected for T {
    fn accepts(&self, number: Number) -> bool {
        compare(number, self.number()) == Some(Ordering::Equal)
    }

    fn describe(&self) -> String {
        format!("{self:?}")
    }
}

impl<T: Operand> sealed::Expected for RangeFrom<T> {
    fn accepts(&self, number: Number) -> bool {
        is_at_least(number, self.start)
    }

    fn describe(&self) -> String {
        format!("at least {:?}", self.start)
    }
}

impl<T: Operand> sealed::Expected for RangeToInclusive<T> {
    fn accepts(&self, number: Number) -> bool {
        is_at_most(number, self.end)
    }

    fn describe(&self) -> String {
        format!("at most {:?}", self.end)
    }
}

impl<T: Operand> sealed::Expected for RangeInclusive<T> {
    fn accepts(&self, number: Number) -> bool {
        is_at_least(number, *self.start()) && is_at_most(number, *self.end())
    }

    fn describe(&self) -> String {
        format!("between {:?} and {:?}", self.start(), self.end())
    }
}
