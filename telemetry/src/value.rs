//! The types of a metric method's value parameters, and the representations in which they are recorded.

mod time;

use crate::argument::no_argument;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::time::Duration;

/// A number that a metric method takes: a primitive number, a [`Duration`], a
/// [`SystemTime`](std::time::SystemTime), a `bool` or your own type.
///
/// A `SystemTime` is recorded in seconds since the Unix epoch, negative before it, and a `bool` as 1 or 0.
/// Both are states, so only gauges take them, and a `bool` needs `#[value]`, since it is a label without it.
///
/// An `f32` is widened to the `f64` of the same value, so `0.1_f32` prints as `0.10000000149011612`.
///
/// Your own type needs `#[value]` on the parameter; without it, the macro takes the parameter for a label.
///
/// # Examples
///
/// ```
/// use telemetry::{Value, metrics};
///
/// #[derive(Clone, Copy)]
/// pub struct Bytes(pub u64);
///
/// impl Value for Bytes {
///     type Repr = u64;
///     fn repr(self) -> u64 {
///         self.0
///     }
///     fn from_repr(bytes: u64) -> Self {
///         Bytes(bytes)
///     }
/// }
///
/// #[metrics]
/// pub trait Metrics {
///     /// Bytes received.
///     #[counter(value = size, unit = bytes)]
///     fn received(&self, #[value] size: Bytes);
/// }
///
/// let metrics = RecordingMetrics::default();
/// metrics.received(Bytes(3));
/// metrics.received(Bytes(4));
/// metrics.received_calls().assert_sum(7);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a metric value",
    label = "not a value",
    note = "values are numbers up to 64 bits, `Duration`, `SystemTime`, `bool`, `Option` of these, and types with `impl Value`"
)]
pub trait Value: Copy {
    /// The recorded type: `u64`, `i64`, `f64`, [`Duration`] or
    /// [`SystemTime`](std::time::SystemTime).
    type Repr: Repr;

    /// Returns the number to record.
    fn repr(self) -> Self::Repr;

    /// Returns the value for which [`repr`](Self::repr) returned this number. The mock passes it to tests.
    fn from_repr(repr: Self::Repr) -> Self;

    /// For expansions: the representation.
    #[doc(hidden)]
    const RECORDED_AS: Representation = <Self::Repr as Repr>::REPRESENTATION;

    /// For expansions: true for a state, of which no sum and no distribution makes sense.
    #[doc(hidden)]
    const IS_STATE: bool = false;

    /// For expansions: returns the number to record.
    #[doc(hidden)]
    #[inline]
    fn number(self) -> Option<Number> {
        Some(self.repr().into())
    }

    /// For expansions: returns the number to record of a value that may be absent.
    #[doc(hidden)]
    #[inline]
    fn optional(value: Option<Self>) -> Option<Number> {
        value.and_then(Self::number)
    }

    /// For expansions: returns the value parameter with this index. Ends the call if no value is recorded as
    /// its number.
    #[doc(hidden)]
    #[must_use]
    fn argument(values: &[Option<Number>], index: usize) -> Self {
        Self::optional_argument(values, index).unwrap_or_else(|| no_argument())
    }

    /// For expansions: returns the value parameter with this index, which may be absent.
    #[doc(hidden)]
    #[must_use]
    fn optional_argument(values: &[Option<Number>], index: usize) -> Option<Self> {
        let number = *values.get(index)?;
        let value = Self::read(number);
        if value.and_then(Self::number) == number { value } else { no_argument() }
    }

    /// For expansions: returns the value of a recorded number, or `None` if it was absent.
    #[doc(hidden)]
    #[must_use]
    fn read(number: Option<Number>) -> Option<Self> {
        number.and_then(Self::Repr::from_number).map(Self::from_repr)
    }
}

/// One of the five representations of a recorded number. Sealed: a back end may rely on the list.
pub trait Repr:
    Value<Repr = Self> + Into<Number> + PartialEq + fmt::Debug + Send + Sync + sealed::Repr + 'static
{
    /// The representation.
    const REPRESENTATION: Representation;
    /// The sum of no values. For a time it is the Unix epoch.
    const ZERO: Self;

    /// Returns the sum. Integers and durations saturate. Of times it adds the seconds since the Unix epoch.
    #[must_use]
    fn plus(self, other: Self) -> Self;

    /// Returns the number if it has this representation.
    fn from_number(number: Number) -> Option<Self>;
}

mod sealed {
    /// Keeps [`super::Repr`] to the types of this module.
    pub trait Repr {}
}

/// The representation of a value in the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Representation {
    /// `u64`: unsigned integers.
    U64,
    /// `i64`: signed integers.
    I64,
    /// `f64`: floats.
    F64,
    /// [`Duration`]. Back ends with base units write it in seconds.
    Duration,
    /// [`SystemTime`](std::time::SystemTime). Back ends write it in seconds since the Unix epoch.
    Time,
}

/// A recorded number. Two numbers are equal if they have the same representation and the same bits.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// An unsigned integer.
    U64(u64),
    /// A signed integer.
    I64(i64),
    /// A float, perhaps NaN or infinite. Each back end documents its treatment of these.
    F64(f64),
    /// A duration.
    Duration(Duration),
    /// A point in time, in nanoseconds since the Unix epoch. Times outside the years 1677 to 2262 are
    /// recorded as the first or the last nanosecond of these.
    Time(i64),
}

impl Number {
    /// Returns the number as a float: durations in seconds, times in seconds since the Unix epoch. Integers
    /// above 2⁵³ are rounded, and so are times, to a quarter of a microsecond in this century.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use telemetry::value::Number;
    ///
    /// assert_eq!(Number::Duration(Duration::from_millis(2_500)).as_f64(), 2.5);
    /// ```
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "documented: a comparison or a sum in f64")]
    #[inline]
    pub fn as_f64(self) -> f64 {
        match self {
            Number::U64(n) => n as f64,
            Number::I64(n) => n as f64,
            Number::F64(n) => n,
            Number::Duration(d) => d.as_secs_f64(),
            Number::Time(nanos) => time::seconds(nanos),
        }
    }

    /// Returns `true` for zero, `-0.0` included.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.as_f64() == 0.0
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Number::U64(a), Number::U64(b)) => a == b,
            (Number::I64(a), Number::I64(b)) | (Number::Time(a), Number::Time(b)) => a == b,
            (Number::F64(a), Number::F64(b)) => a.to_bits() == b.to_bits(),
            (Number::Duration(a), Number::Duration(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Number {}

/// Hashes the bits, as equality compares them.
impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match *self {
            Number::U64(n) => (0_u8, n).hash(state),
            Number::I64(n) => (1_u8, n).hash(state),
            Number::F64(n) => (2_u8, n.to_bits()).hash(state),
            Number::Duration(d) => (3_u8, d).hash(state),
            Number::Time(nanos) => (4_u8, nanos).hash(state),
        }
    }
}

/// Prints the shortest text that reads back as the same number, without a trailing `.0`. Durations are in
/// seconds, times in seconds since the Unix epoch. Floats that are not finite have Prometheus' spelling:
/// `NaN`, `+Inf` and `-Inf`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Number::U64(n) => fmt::Display::fmt(&n, f),
            Number::I64(n) => fmt::Display::fmt(&n, f),
            Number::F64(n) => float(n, f),
            Number::Duration(d) => float(d.as_secs_f64(), f),
            Number::Time(nanos) => float(time::seconds(nanos), f),
        }
    }
}

/// Prints a float. `Debug` gives the shortest form, with an exponent for very large and very small numbers.
fn float(n: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if n.is_nan() {
        f.write_str("NaN")
    } else if n.is_infinite() {
        f.write_str(if n > 0.0 { "+Inf" } else { "-Inf" })
    } else if n.fract() == 0.0 && n.abs() < 1e16 {
        write!(f, "{n:.0}")
    } else {
        write!(f, "{n:?}")
    }
}

macro_rules! repr {
    ($($type:ty, $variant:ident, $zero:expr, $plus:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Value for $type {
            type Repr = $type;
            #[inline]
            fn repr(self) -> $type { self }
            fn from_repr(repr: $type) -> Self { repr }
        }
        impl sealed::Repr for $type {}
        impl Repr for $type {
            const REPRESENTATION: Representation = Representation::$variant;
            const ZERO: Self = $zero;
            fn plus(self, other: Self) -> Self { $plus(self, other) }
            fn from_number(number: Number) -> Option<Self> {
                if let Number::$variant(n) = number { Some(n) } else { None }
            }
        }
        impl From<$type> for Number {
            #[inline]
            fn from(n: $type) -> Number { Number::$variant(n) }
        }
    )*};
}

repr! {
    u64, U64, 0, u64::saturating_add;
    i64, I64, 0, i64::saturating_add;
    f64, F64, 0.0, |a: f64, b| a + b;
    Duration, Duration, Duration::ZERO, Duration::saturating_add;
}

macro_rules! narrow {
    ($($type:ty as $repr:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Value for $type {
            type Repr = $repr;
            #[inline]
            fn repr(self) -> $repr { <$repr>::from(self) }
            #[allow(clippy::cast_possible_truncation, reason = "the number came from this type")]
            fn from_repr(repr: $repr) -> Self { repr as $type }
        }
    )*};
}

narrow!(u8 as u64, u16 as u64, u32 as u64, i8 as i64, i16 as i64, i32 as i64, f32 as f64);

macro_rules! pointer_sized {
    ($($type:ty as $repr:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Value for $type {
            type Repr = $repr;
            #[allow(clippy::cast_lossless, reason = "no `From`: the width depends on the target, 64 bits at most")]
            #[inline]
            fn repr(self) -> $repr { self as $repr }
            #[allow(clippy::cast_possible_truncation, reason = "the number came from this type")]
            fn from_repr(repr: $repr) -> Self { repr as $type }
        }
    )*};
}

pointer_sized!(usize as u64, isize as i64);

#[diagnostic::do_not_recommend]
impl Value for bool {
    type Repr = u64;
    const IS_STATE: bool = true;

    #[inline]
    fn repr(self) -> u64 {
        u64::from(self)
    }

    fn from_repr(repr: u64) -> Self {
        repr != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_shortest_without_point_zero() {
        let cases: &[(Number, &str)] = &[
            (2.5.into(), "2.5"),
            (3.0.into(), "3"),
            ((-0.0).into(), "-0"),
            (0.1.into(), "0.1"),
            (1e15.into(), "1000000000000000"),
            (1e300.into(), "1e300"),
            (1e-7.into(), "1e-7"),
            (f64::MAX.into(), "1.7976931348623157e308"),
            (f64::NAN.into(), "NaN"),
            (f64::INFINITY.into(), "+Inf"),
            (f64::NEG_INFINITY.into(), "-Inf"),
            (u64::MAX.into(), "18446744073709551615"),
            (i64::MIN.into(), "-9223372036854775808"),
            (Duration::from_millis(1_500).into(), "1.5"),
            (Number::Time(1_764_408_854_500_000_000), "1764408854.5"),
            (Number::Time(-1_500_000_000), "-1.5"),
        ];
        for (number, text) in cases {
            assert_eq!(number.to_string(), *text);
        }
    }

    #[test]
    fn floats_are_equal_by_bits() {
        assert_eq!(Number::F64(f64::NAN), Number::F64(f64::NAN));
        assert_ne!(Number::F64(0.0), Number::F64(-0.0));
        assert_ne!(Number::U64(1), Number::I64(1));
    }
}
