//! Appends the families of other metrics crates to an exposition, in its format, as far as they are sound.
//!
//! The parser is our own. Of those on crates.io, prometheus-parse 0.2 reads labels with a regular expression
//! that ends at the first `}`, splits at commas within values, knows no escapes and skips what it does not
//! understand; openmetrics-parser 0.5 is LGPL-3.0.

mod family;
mod line;
mod sound;
mod source;
mod writer;

use super::Format;
use crate::registry::{ExpositionFault, Registry, RejectedExposition};
use family::Family;
use source::Fault;
use std::collections::HashSet;

/// What the joined sources said at the last scrape, in each format.
#[derive(Debug, Default)]
pub(super) struct Foreign {
    text: String,
    open_metrics: String,
}

impl Foreign {
    /// Asks all sources. Comes after the registry's snapshot, so that no family of that is unknown to the
    /// search for clashes; what is refused therefore shows in the next one.
    pub(super) fn collect(&mut self, registry: &Registry) {
        self.text.clear();
        self.open_metrics.clear();
        let Some(texts) = registry.expositions() else { return };
        let mut taken = HashSet::new();
        let mut complaints = Vec::new();
        for (source, text) in texts.iter().enumerate() {
            match source::families(text.as_deref().unwrap_or_default()) {
                Ok(families) => {
                    for mut family in families {
                        if let Err((reason, fault)) = self.add(&mut family, registry, &mut taken) {
                            complaints.push(rejected(source, reason, family.name, &fault));
                        }
                    }
                }
                Err(fault) => complaints.push(rejected(source, Some(ExpositionFault::Syntax), "", &fault)),
            }
        }
        registry.report_rejected(complaints, &texts);
    }

    pub(super) fn of(&self, format: Format) -> &[u8] {
        match format {
            Format::Text => self.text.as_bytes(),
            Format::OpenMetrics => self.open_metrics.as_bytes(),
        }
    }

    /// Adds a family, or says what keeps it out; without a reason it has moved to a surface.
    ///
    /// Names are compared as they are in any format, so that a family does not come and go with `Accept`.
    fn add(
        &mut self,
        family: &mut Family<'_>,
        registry: &Registry,
        taken: &mut HashSet<String>,
    ) -> Result<(), (Option<ExpositionFault>, Fault)> {
        let Some(line) = family.samples.iter().map(|sample| sample.line).min() else { return Ok(()) };
        let names: Vec<String> = family.sample_names().collect();
        let fault = |what| Fault { line, name: family.name.to_owned(), what };
        if names.iter().any(|name| taken.contains(name)) {
            return Err((Some(ExpositionFault::Clash), fault("an earlier family or source has this name")));
        }
        if names.iter().any(|name| registry.has_sample_name(name)) {
            let mut suffixes =
                family.samples.iter().map(|sample| sample.suffix).filter(|suffix| *suffix != "_created");
            let is_served =
                suffixes.all(|suffix| registry.exports_sample_name(&format!("{}{suffix}", family.name)));
            let reason = if is_served { None } else { Some(ExpositionFault::Clash) };
            return Err((reason, fault("a surface of the registry has this name")));
        }
        sound::settle(family).map_err(|fault| (Some(ExpositionFault::Malformed), fault))?;
        taken.extend(names);
        writer::push(&mut self.text, family, Format::Text);
        writer::push(&mut self.open_metrics, family, Format::OpenMetrics);
        Ok(())
    }
}

/// Makes the report of what is left out.
fn rejected(source: usize, fault: Option<ExpositionFault>, family: &str, why: &Fault) -> RejectedExposition {
    RejectedExposition { source, fault, family: family.to_owned(), message: why.to_string() }
}

#[cfg(test)]
mod tests;
