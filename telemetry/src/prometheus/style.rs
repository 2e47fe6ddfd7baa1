//! What an exposition has: its format, and if it shows when sums began.

use super::Format;

/// The format of an exposition, and the lines that are a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) format: Format,
    /// True if sums have a `_created` line, which the text format never has.
    pub(super) created: bool,
}

impl Style {
    /// Returns the style with all that the format has.
    pub(super) const fn of(format: Format) -> Self {
        Style { format, created: matches!(format, Format::OpenMetrics) }
    }

    /// Leaves `_created` lines out, unless `created` is true.
    pub(super) const fn with_created(self, created: bool) -> Self {
        Style { created: self.created && created, ..self }
    }

    pub(super) const fn is_open_metrics(self) -> bool {
        matches!(self.format, Format::OpenMetrics)
    }
}
