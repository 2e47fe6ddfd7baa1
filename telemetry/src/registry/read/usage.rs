//! A surface's number of series against its budget.

use crate::schema::Schema;
use std::fmt;

/// The number of series of a surface in a registry; see
/// [`Snapshot::usage`](super::snapshot::Snapshot::usage).
///
/// A series is one label set of one instrument: a histogram counts once, and so does an instrument that is
/// exported under two names.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Usage {
    /// The surface.
    pub surface: &'static Schema,
    /// The number of series that exist.
    pub series: u64,
    /// The number of series that readers see: [views](crate::registry::View) take some away, or merge them.
    pub exported: u64,
}

impl Usage {
    /// Returns the greatest number of series that the declared labels and caps allow.
    #[must_use]
    pub const fn worst_case(&self) -> u64 {
        self.surface.series()
    }

    /// Returns the budget, `max_series`; the build fails if the labels allow more.
    #[must_use]
    pub const fn max_series(&self) -> Option<u64> {
        self.surface.max_series
    }
}

/// Prints a line for a log.
impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.surface.name;
        let series = self.series;
        let worst_case = self.worst_case();
        write!(f, "`{name}` has {series} of {worst_case} series at most")?;
        self.max_series().map_or(Ok(()), |max| write!(f, ", with a budget of {max}"))?;
        if self.exported == series { Ok(()) } else { write!(f, ", and {} after views", self.exported) }
    }
}
