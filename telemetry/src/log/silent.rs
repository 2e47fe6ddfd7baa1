//! Adds up what the policies silence, so that a summary can say it.

use super::policy::Series;
use crate::Event;
use crate::schema::{EventSchema, Kind, Measure};
use crate::value::{Number, Representation};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The silent calls of one event since its last summary, by series.
#[derive(Debug)]
pub(super) struct Silent {
    /// What becomes of each value.
    rules: Box<[Rule]>,
    /// Of each series one row: calls, then a bit for each value that was there, then the values.
    cells: Box<[AtomicU64]>,
}

/// What a summary says of a value.
#[derive(Clone, Copy, Debug)]
enum Rule {
    /// The last number of all calls: only gauges take it.
    Last(Representation),
    /// The sum over the silent calls, of the numbers that its instruments take.
    Sum(Representation, Takes),
}

/// The numbers that a sum takes. What is not finite has no part in any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    All,
    NotNegative,
}

/// Cells of a row that are no value.
const HEAD: usize = 2;

/// What was silenced of one series.
pub(super) struct Taken {
    pub(super) calls: u64,
    pub(super) values: Vec<Option<Number>>,
}

impl Silent {
    pub(super) fn new(schema: &'static EventSchema) -> Self {
        let rules: Box<[Rule]> = (0..schema.values.len()).map(|value| Rule::of(schema, value)).collect();
        let len = Series::count(schema) * (HEAD + rules.len());
        Silent { rules, cells: (0..len).map(|_| AtomicU64::new(0)).collect() }
    }

    fn row(&self, series: usize) -> Option<&[AtomicU64]> {
        self.cells.chunks_exact(HEAD + self.rules.len()).nth(series)
    }

    /// Notes a call. What was written counts for what is last, and nothing else.
    ///
    /// First the value, then that it is there, then the call, each `Release`: who takes a call out finds its values.
    pub(super) fn note(&self, event: &Event<'_>, series: Series, written: bool) {
        let Some([silenced, seen, values @ ..]) = self.row(series.0) else { return };
        for (index, ((rule, cell), number)) in
            self.rules.iter().zip(values).zip(event.numbers().iter().copied()).enumerate()
        {
            if let Some(number) = number
                && rule.note(cell, number, written)
            {
                seen.fetch_or(1 << index, Ordering::Release);
            }
        }
        if !written {
            silenced.fetch_add(1, Ordering::Release);
        }
    }

    /// The series that have silent calls.
    pub(super) fn series(&self) -> impl Iterator<Item = Series> {
        let rows = self.cells.chunks_exact(HEAD + self.rules.len()).enumerate();
        rows.filter(|(_, row)| row[0].load(Ordering::Relaxed) > 0).map(|(series, _)| Series(series))
    }

    /// Takes out what was silenced of a series: the next summary begins at zero. `None` if nothing was, perhaps because
    /// another thread has just taken it. A call that goes on meanwhile may have its parts in two summaries, and no part
    /// in both.
    pub(super) fn take(&self, series: Series) -> Option<Taken> {
        let [silenced, seen, values @ ..] = self.row(series.0)? else { return None };
        let calls = silenced.swap(0, Ordering::Acquire);
        if calls == 0 {
            return None;
        }
        let seen = seen.swap(0, Ordering::Acquire);
        let was_seen = |index: usize| seen >> index & 1 == 1;
        let values = self.rules.iter().zip(values).enumerate();
        let values = values.map(|(index, (rule, cell))| was_seen(index).then(|| rule.take(cell))).collect();
        Some(Taken { calls, values })
    }
}

impl Rule {
    fn of(schema: &'static EventSchema, value: usize) -> Self {
        let representation = schema.values[value].representation;
        let of_value = Measure::Value(value);
        let kinds =
            || schema.instruments.iter().filter(|i| i.measure == of_value).map(|i| (i.kind, i.signed));
        if kinds().all(|(kind, _)| kind == Kind::Gauge) {
            Rule::Last(representation)
        } else if kinds().any(|(kind, signed)| kind == Kind::Counter || (kind == Kind::Histogram && !signed))
        {
            Rule::Sum(representation, Takes::NotNegative)
        } else {
            Rule::Sum(representation, Takes::All)
        }
    }

    /// Whether the cell has the number now.
    fn note(self, cell: &AtomicU64, number: Number, written: bool) -> bool {
        match self {
            Rule::Last(_) => {
                cell.store(bits(number), Ordering::Relaxed);
                true
            }
            Rule::Sum(_, takes) => {
                let float = number.as_f64();
                let counts = !written && float.is_finite() && (float >= 0.0 || takes == Takes::All);
                if counts {
                    let add = |sum| Some(plus(sum, number));
                    let _ = cell.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
                }
                counts
            }
        }
    }

    fn take(self, cell: &AtomicU64) -> Number {
        match self {
            Rule::Last(representation) => number(representation, cell.load(Ordering::Relaxed)),
            // Zero has no bits in any representation.
            Rule::Sum(representation, _) => number(representation, cell.swap(0, Ordering::Relaxed)),
        }
    }
}

fn bits(number: Number) -> u64 {
    match number {
        Number::U64(n) => n,
        Number::I64(n) => n.cast_unsigned(),
        Number::F64(n) => n.to_bits(),
        Number::Duration(n) => nanos(n),
    }
}

/// Durations are kept in nanoseconds, up to 584 years.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn number(representation: Representation, bits: u64) -> Number {
    match representation {
        Representation::U64 => Number::U64(bits),
        Representation::I64 => Number::I64(bits.cast_signed()),
        Representation::F64 => Number::F64(f64::from_bits(bits)),
        Representation::Duration => Number::Duration(Duration::from_nanos(bits)),
    }
}

/// The sum, in the number's representation; integers saturate.
fn plus(sum: u64, number: Number) -> u64 {
    match number {
        Number::U64(n) => sum.saturating_add(n),
        Number::I64(n) => sum.cast_signed().saturating_add(n).cast_unsigned(),
        Number::F64(n) => (f64::from_bits(sum) + n).to_bits(),
        Number::Duration(n) => sum.saturating_add(nanos(n)),
    }
}
