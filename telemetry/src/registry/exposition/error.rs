//! The error for an external exposition that cannot be joined.

use std::fmt;

/// The first fault of an exposition: where it is and what is wrong. `Debug` prints the same text as
/// `Display`.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "prometheus")] {
/// use telemetry::prometheus::check_exposition;
///
/// let error = check_exposition("jobs 1\nmails{server=\"mx1} 2\n").unwrap_err();
/// assert_eq!((error.line, error.column), (2, Some(14)));
/// assert_eq!(error.to_string(), "line 2, column 14, `mails`: label value is not closed by a quote");
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExpositionError {
    /// The number of the line, from 1.
    pub line: usize,
    /// The number of the character in the line, from 1. `None` if the line is wrong only together with
    /// others.
    pub column: Option<usize>,
    /// The name of the metric, cut to 128 characters; empty if the line has none.
    pub metric: String,
    /// The reason, in lower case.
    pub reason: &'static str,
}

crate::error::debug_as_display!(ExpositionError);

impl fmt::Display for ExpositionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        if !self.metric.is_empty() {
            write!(f, ", `{}`", self.metric)?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl std::error::Error for ExpositionError {}

/// A fault in one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineError {
    /// The index of the byte where the line stops being right. `None` if the line contradicts an earlier one.
    pub(crate) index: Option<usize>,
    pub(crate) reason: &'static str,
}

impl LineError {
    /// Creates the error for a line that contradicts an earlier one.
    pub(crate) const fn contradiction(reason: &'static str) -> Self {
        LineError { index: None, reason }
    }

    /// Adds the position in the text. The metric's name is for people, and cut: a source can contain
    /// anything.
    pub(crate) fn at(self, number: usize, line: &str, metric: &str) -> ExpositionError {
        let before = self.index.and_then(|index| line.get(..index));
        ExpositionError {
            line: number,
            column: before.map(|before| before.chars().count() + 1),
            metric: metric.chars().take(128).collect(),
            reason: self.reason,
        }
    }
}
