//! Appends the families of other metrics crates to an exposition, in its format, and leaves out the unsound
//! ones.

mod writer;

pub use crate::registry::exposition::error::ExpositionError;

use super::Format;
use super::protobuf;
use super::style::Style;
use crate::registry::exposition::{check, parse, read};
use crate::registry::{ExternalFamily, Registry};

/// Checks a text that another metrics crate writes, as a scrape checks the sources that
/// [joined](crate::registry::Registry::join) a registry. The name of a family can still clash with those of
/// the registry and of other sources.
///
/// # Errors
///
/// Returns the first line that does not parse, else the first family that a strict reader would reject.
///
/// # Examples
///
/// ```
/// use telemetry::prometheus::check_exposition;
///
/// check_exposition("# TYPE jobs_total counter\njobs_total{queue=\"mail\"} 3\n")?;
///
/// let error = check_exposition("# TYPE jobs_total counter\njobs_total -3\n").unwrap_err();
/// assert_eq!(error.to_string(), "line 2, `jobs`: counter is negative or NaN");
/// # Ok::<(), telemetry::prometheus::ExpositionError>(())
/// ```
pub fn check_exposition(text: &str) -> Result<(), ExpositionError> {
    parse::families(text)?.iter_mut().try_for_each(check::check)
}

/// The sound families of all joined sources at the last scrape, in each format.
#[derive(Default)]
pub(super) struct External {
    text: String,
    open_metrics: String,
    protobuf: Vec<u8>,
}

impl External {
    /// Collects from all sources, after the registry's snapshot. Makes the protobuf form only if it
    /// `is_protobuf_wanted`: few scrapes ask for it.
    pub(super) fn collect(&mut self, registry: &Registry, open_metrics: Style, is_protobuf_wanted: bool) {
        self.text.clear();
        self.open_metrics.clear();
        self.protobuf.clear();
        read(registry, |source, family| {
            writer::push(&mut self.text, family, Style::of(Format::Text));
            writer::push(&mut self.open_metrics, family, open_metrics);
            if is_protobuf_wanted {
                let family = ExternalFamily::of(source, family);
                protobuf::write_external(&family, open_metrics.created, &mut self.protobuf);
            }
        });
    }

    pub(super) fn in_protobuf(&self) -> &[u8] {
        &self.protobuf
    }

    pub(super) fn in_format(&self, format: Format) -> &[u8] {
        match format {
            Format::Text => self.text.as_bytes(),
            Format::OpenMetrics => self.open_metrics.as_bytes(),
        }
    }
}

#[cfg(test)]
mod tests;
