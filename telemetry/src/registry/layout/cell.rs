//! The kinds of words that a series is made of.

use super::exponential::NATIVE_WORDS;
use crate::value::Representation;

/// The kind of a row: what its words mean.
#[derive(Clone, Copy, Debug)]
pub enum Cell {
    /// A `u64` that saturates.
    Count,
    /// Nanoseconds as a `u64` that saturates, 584 years.
    Nanos,
    /// A sum of floats in two words, so that an addend of 1 is not lost above 2⁵³: whole numbers as a `u64`
    /// that saturates, fractions as an `f64`.
    Split,
    /// An `i64` that saturates at both ends.
    Delta,
    /// An `i64` of ones that come and go. One thread adds and another subtracts, so a reader between them can
    /// see less than 0; it reads 0.
    InFlight,
    /// An `f64` of either sign.
    Float,
    /// A version, the sum as an `f64`, a count per bucket, and perhaps exponential buckets.
    Histogram {
        /// Upper bounds, increasing, without `+Inf`.
        bounds: &'static [f64],
        /// True if negative numbers are taken.
        signed: bool,
        /// True if exponential buckets follow: see [`native`](crate::registry::store::native).
        native: bool,
    },
    /// The last number, shared by all threads: a float, which is [`NEVER`] at first, or an integer and a flag
    /// that says that it was set.
    Gauge(Representation),
    /// The last total that somebody else keeps, shared by all threads: a number that is never negative, a
    /// flag that says that it was set, and the time of its last fall.
    Total(Representation),
}

/// Why a number was not recorded, or not all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// NaN or infinite.
    NotFinite,
    /// Negative, where only sums that never fall are kept.
    Negative,
    /// The sum is at its greatest value.
    Saturated,
    /// The event is of another surface.
    Foreign,
    /// A gauge's, with a label value that would count as `other`: values of several would overwrite each
    /// other.
    LabelOverflow,
    /// An observed gauge's, outside of the callbacks of a collection.
    NotObserved,
}

impl Rejection {
    /// The number of reasons.
    pub const COUNT: usize = 6;
}

/// The bits of a gauge of floats that was never set: a NaN that no arithmetic makes, and that is kept as the
/// ordinary one if it is set.
pub const NEVER: u64 = 0x7ff8_6e65_7665_7200;

/// The word of a histogram's row that is its version.
pub const VERSION: usize = 0;
/// The word of a row that is its sum as an `f64`, where there is one next to other words.
pub const SUM: usize = 1;
/// The first bucket's word in a histogram's row.
pub const BUCKETS: usize = 2;

impl Cell {
    /// Returns the number of words in a row.
    pub const fn words(self) -> usize {
        match self {
            Cell::Count
            | Cell::Nanos
            | Cell::Delta
            | Cell::InFlight
            | Cell::Float
            | Cell::Gauge(Representation::F64) => 1,
            Cell::Split | Cell::Gauge(_) => 2,
            Cell::Total(_) => 3,
            Cell::Histogram { bounds, native, .. } => {
                BUCKETS + bounds.len() + 1 + if native { NATIVE_WORDS } else { 0 }
            }
        }
    }

    /// Returns the number of words that a snapshot keeps of a row: all but the flag that says that it was
    /// set.
    pub const fn read_words(self) -> usize {
        match self {
            Cell::Gauge(_) => 1,
            Cell::Total(_) => 2,
            _ => self.words(),
        }
    }

    /// Returns the index of the word that is a float, if the row never falls.
    pub const fn rising_float(self) -> Option<usize> {
        match self {
            // The second word of both.
            Cell::Split | Cell::Histogram { signed: false, .. } => Some(SUM),
            _ => None,
        }
    }

    /// Returns the number of words in front of the exponential buckets: all, without such buckets.
    pub const fn plain_words(self) -> usize {
        match self {
            Cell::Histogram { native: true, .. } => self.words() - NATIVE_WORDS,
            _ => self.words(),
        }
    }

    /// Returns the content of a word that was never used.
    pub const fn empty(self) -> u64 {
        if let Cell::Gauge(Representation::F64) = self { NEVER } else { 0 }
    }
}
