//! The sums of suppressed calls, which a summary writes.

use super::series::Series;
use crate::event::Event;
use crate::schema::{EventSchema, InstrumentSchema, Kind, Measure};
use crate::value::{Number, Representation};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The suppressed calls of one event since its last summary, by series.
#[derive(Debug)]
pub(super) struct Suppressed {
    /// One for each value of the event.
    aggregations: Box<[Aggregation]>,
    /// A row for each series: the calls, a bit for each value that was present, then the values.
    cells: Box<[AtomicU64]>,
}

/// The number that a summary writes for a value.
#[derive(Clone, Copy, Debug)]
enum Aggregation {
    /// The last number of all calls, for a value that only gauges take.
    Last(Representation),
    /// The sum over the suppressed calls, of the numbers that the value's instruments accept.
    Sum(Representation, Accepted),
}

/// The finite numbers that a sum accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Accepted {
    All,
    NotNegative,
}

/// The cells of a row before its values.
const HEAD: usize = 2;

/// The sums that were drained from one series.
pub(super) struct Drained {
    pub(super) calls: u64,
    pub(super) values: Vec<Option<Number>>,
}

impl Suppressed {
    pub(super) fn new(schema: &'static EventSchema) -> Self {
        let values = 0..schema.values.len();
        let aggregations: Box<[_]> = values.map(|value| Aggregation::of(schema, value)).collect();
        let len = Series::count(schema) * (HEAD + aggregations.len());
        Suppressed { aggregations, cells: (0..len).map(|_| AtomicU64::new(0)).collect() }
    }

    fn row(&self, series: usize) -> Option<&[AtomicU64]> {
        self.cells.chunks_exact(HEAD + self.aggregations.len()).nth(series)
    }

    /// Adds a call to its series. A call that was written only updates the last numbers.
    ///
    /// Writes the value, then its bit, then the call, each with `Release`: a reader that drains a call finds
    /// its values.
    pub(super) fn observe(&self, event: &Event<'_>, series: Series, written: bool) {
        let Some([calls, present, values @ ..]) = self.row(series.0) else {
            debug_assert!(false, "a series has a row");
            return;
        };
        let numbers = event.numbers().iter().copied();
        for (index, ((aggregation, cell), number)) in
            self.aggregations.iter().zip(values).zip(numbers).enumerate()
        {
            if let Some(number) = number
                && aggregation.observe(cell, number, written)
            {
                present.fetch_or(1 << index, Ordering::Release);
            }
        }
        if !written {
            calls.fetch_add(1, Ordering::Release);
        }
    }

    /// Returns the series that have suppressed calls.
    pub(super) fn series(&self) -> impl Iterator<Item = Series> {
        let rows = self.cells.chunks_exact(HEAD + self.aggregations.len()).enumerate();
        rows.filter(|(_, row)| row[0].load(Ordering::Relaxed) > 0).map(|(series, _)| Series(series))
    }

    /// Takes the sums of a series out, so that the next summary starts at zero. Returns `None` if there are
    /// no suppressed calls, for example because another thread has just drained them.
    ///
    /// Parts of a concurrent call may go to two summaries; no part goes to both.
    pub(super) fn drain(&self, series: Series) -> Option<Drained> {
        let Some([calls, present, values @ ..]) = self.row(series.0) else {
            debug_assert!(false, "a series has a row");
            return None;
        };
        let calls = calls.swap(0, Ordering::Acquire);
        if calls == 0 {
            return None;
        }
        let present = present.swap(0, Ordering::Acquire);
        let is_present = |index: usize| present >> index & 1 == 1;
        let values = self.aggregations.iter().zip(values).enumerate();
        let values =
            values.map(|(index, (aggregation, cell))| is_present(index).then(|| aggregation.drain(cell)));
        Some(Drained { calls, values: values.collect() })
    }
}

impl Aggregation {
    fn of(schema: &'static EventSchema, value: usize) -> Self {
        let representation = schema.values[value].representation;
        let of_value = Measure::Value(value);
        let fed = || schema.instruments.iter().filter(|instrument| instrument.measure == of_value);
        // Without instruments it is a number of the event, which adds up, unless it is a time.
        let is_last = match schema.instruments {
            [] => representation == Representation::Time,
            _ => fed().all(InstrumentSchema::keeps_last),
        };
        if is_last {
            Aggregation::Last(representation)
        } else if fed().any(|of| of.kind == Kind::Counter || (of.kind == Kind::Histogram && !of.signed)) {
            Aggregation::Sum(representation, Accepted::NotNegative)
        } else {
            Aggregation::Sum(representation, Accepted::All)
        }
    }

    /// Adds a number to the cell. Returns whether the cell has it now.
    fn observe(self, cell: &AtomicU64, number: Number, written: bool) -> bool {
        match self {
            Aggregation::Last(_) => {
                cell.store(to_bits(number), Ordering::Relaxed);
                true
            }
            Aggregation::Sum(_, accepted) => {
                let float = number.as_f64();
                let counts = !written && float.is_finite() && (float >= 0.0 || accepted == Accepted::All);
                if counts {
                    let add = |sum| Some(add(sum, number));
                    let _ = cell.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
                }
                counts
            }
        }
    }

    fn drain(self, cell: &AtomicU64) -> Number {
        match self {
            Aggregation::Last(representation) => from_bits(representation, cell.load(Ordering::Relaxed)),
            // Zero has the bits 0 in every representation.
            Aggregation::Sum(representation, _) => from_bits(representation, cell.swap(0, Ordering::Relaxed)),
        }
    }
}

fn to_bits(number: Number) -> u64 {
    match number {
        Number::U64(n) => n,
        Number::I64(n) | Number::Time(n) => n.cast_unsigned(),
        Number::F64(n) => n.to_bits(),
        Number::Duration(n) => to_nanos(n),
    }
}

/// Returns a duration in nanoseconds, at most 584 years.
fn to_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn from_bits(representation: Representation, bits: u64) -> Number {
    match representation {
        Representation::U64 => Number::U64(bits),
        Representation::I64 => Number::I64(bits.cast_signed()),
        Representation::F64 => Number::F64(f64::from_bits(bits)),
        Representation::Duration => Number::Duration(Duration::from_nanos(bits)),
        Representation::Time => Number::Time(bits.cast_signed()),
    }
}

/// Adds a number to the bits of a sum, in the number's representation. Integers saturate.
fn add(sum: u64, number: Number) -> u64 {
    match number {
        Number::U64(n) => sum.saturating_add(n),
        Number::I64(n) | Number::Time(n) => sum.cast_signed().saturating_add(n).cast_unsigned(),
        Number::F64(n) => (f64::from_bits(sum) + n).to_bits(),
        Number::Duration(n) => sum.saturating_add(to_nanos(n)),
    }
}
