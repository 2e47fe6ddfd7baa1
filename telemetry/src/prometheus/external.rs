//! Appends the families of other metrics crates to an exposition, in its format, and leaves out the unsound
//! ones.
//!
//! The parser is our own. Of those on crates.io, prometheus-parse 0.2 reads labels with a regular expression
//! that ends at the first `}`, splits at commas within values, knows no escapes and skips lines that it does
//! not understand; openmetrics-parser 0.5 is LGPL-3.0.

mod check;
mod error;
mod family;
mod line;
mod parse;
mod writer;

pub use error::ExpositionError;

use super::Format;
use super::style::Style;
use crate::registry::{ExpositionFault, Registry, RejectedExposition};
use family::Family;
use std::collections::HashSet;

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
#[derive(Debug, Default)]
pub(super) struct External {
    text: String,
    open_metrics: String,
}

impl External {
    /// Collects from all sources. Runs after the registry's snapshot, so that the search for clashes knows
    /// all families of the registry. Rejected families therefore count in the next snapshot.
    pub(super) fn collect(&mut self, registry: &Registry, open_metrics: Style) {
        self.text.clear();
        self.open_metrics.clear();
        let Some(texts) = registry.expositions() else { return };
        let mut taken = HashSet::new();
        let mut all_rejected = Vec::new();
        for (source, text) in texts.iter().enumerate() {
            match parse::families(text.as_deref().unwrap_or_default()) {
                Ok(families) => {
                    for mut family in families {
                        if let Err((fault, error)) = self.add(&mut family, registry, &mut taken, open_metrics)
                        {
                            all_rejected.push(rejected(source, fault, family.name, &error));
                        }
                    }
                }
                Err(error) => all_rejected.push(rejected(source, Some(ExpositionFault::Syntax), "", &error)),
            }
        }
        registry.report_rejected("prometheus", all_rejected, &texts);
    }

    pub(super) fn in_format(&self, format: Format) -> &[u8] {
        match format {
            Format::Text => self.text.as_bytes(),
            Format::OpenMetrics => self.open_metrics.as_bytes(),
        }
    }

    /// Adds a family, or returns the reason to leave it out. The fault is `None` if the family has moved to a
    /// surface.
    ///
    /// Names of both formats are compared, so that a family does not come and go with `Accept`.
    fn add(
        &mut self,
        family: &mut Family<'_>,
        registry: &Registry,
        taken: &mut HashSet<String>,
        open_metrics: Style,
    ) -> Result<(), (Option<ExpositionFault>, ExpositionError)> {
        let Some(line) = family.samples.iter().map(|sample| sample.line).min() else { return Ok(()) };
        let names: Vec<String> = family.sample_names().collect();
        if names.iter().any(|name| taken.contains(name)) {
            let error = family.error(line, "an earlier family or source has this name");
            return Err((Some(ExpositionFault::Clash), error));
        }
        if names.iter().any(|name| registry.has_sample_name(name)) {
            let error = family.error(line, "a surface of the registry has this name");
            let fault = if has_moved(family, registry) { None } else { Some(ExpositionFault::Clash) };
            return Err((fault, error));
        }
        check::check(family).map_err(|error| (Some(ExpositionFault::Malformed), error))?;
        taken.extend(names);
        writer::push(&mut self.text, family, Style::of(Format::Text));
        writer::push(&mut self.open_metrics, family, open_metrics);
        Ok(())
    }
}

/// Returns whether surfaces of the registry export all sample names of the family.
fn has_moved(family: &Family<'_>, registry: &Registry) -> bool {
    let mut suffixes =
        family.samples.iter().map(|sample| sample.suffix).filter(|suffix| *suffix != "_created");
    suffixes.all(|suffix| registry.exports_sample_name(&format!("{}{suffix}", family.name)))
}

fn rejected(
    source: usize,
    fault: Option<ExpositionFault>,
    family: &str,
    error: &ExpositionError,
) -> RejectedExposition {
    RejectedExposition { source, fault, family: family.to_owned(), message: error.to_string() }
}

#[cfg(test)]
mod tests;
