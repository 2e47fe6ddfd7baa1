//! Reads the text of other metrics crates once for a reading, and hands out its sound families.
//!
//! The parser is our own. Of those on crates.io, prometheus-parse 0.2 reads labels with a regular expression
//! that ends at the first `}`, splits at commas within values, knows no escapes and skips lines that it does
//! not understand; openmetrics-parser 0.5 is LGPL-3.0.

#![cfg_attr(not(feature = "prometheus"), allow(dead_code, reason = "the spelling is for Prometheus alone"))]

pub(crate) mod check;
pub(crate) mod error;
pub(crate) mod family;
pub(crate) mod line;
pub(crate) mod metric;
pub(crate) mod parse;

use super::Registry;
use super::external::RejectedExposition;
use super::self_metrics::ExpositionFault;
use error::ExpositionError;
use family::{Family, Kind};
use std::collections::HashSet;

/// The name under which readers report the faults of external text. All of them judge by the same rules, so
/// that a fault counts once however many exporters read it.
const REPORTER: &str = "external";

/// The longest text of a source.
const MAX_BYTES: usize = 32 << 20;

/// The reason to leave out a family. The fault is `None` if the family has moved to a surface.
type Rejection = (Option<ExpositionFault>, ExpositionError);

/// Calls the sources of a registry, and gives each sound family to `take`, in their order. Returns false if a
/// part is missing that the next reading may have: a source that panicked, or a fault.
///
/// Runs after the registry was read, so that the search for clashes knows all families of the registry.
/// Rejected families therefore count in the next snapshot.
pub(crate) fn read(registry: &Registry, mut take: impl FnMut(usize, &Family<'_>)) -> bool {
    let Some(texts) = registry.expositions() else { return false };
    let mut taken = HashSet::new();
    let mut all_rejected = Vec::new();
    for (source, text) in texts.iter().enumerate() {
        match families(text.as_deref().unwrap_or_default()) {
            Ok(families) => {
                for mut family in families {
                    match admit(&mut family, registry, &mut taken) {
                        Ok(true) => take(source, &family),
                        Ok(false) => {}
                        Err((fault, error)) => {
                            all_rejected.push(rejected(source, fault, family.name, &error));
                        }
                    }
                }
            }
            Err((fault, error)) => all_rejected.push(rejected(source, fault, "", &error)),
        }
    }
    let has_all = texts.iter().all(Option::is_some);
    let is_complete = has_all && all_rejected.iter().all(|rejected| rejected.fault.is_none());
    registry.report_rejected(REPORTER, all_rejected, &texts);
    is_complete
}

/// Parses a source within the limits.
fn families(text: &str) -> Result<Vec<Family<'_>>, Rejection> {
    if text.len() > MAX_BYTES {
        let error = ExpositionError {
            line: 1,
            column: None,
            metric: String::new(),
            reason: "text is longer than 32 MiB",
        };
        return Err((Some(ExpositionFault::TooLarge), error));
    }
    parse::families(text).map_err(|error| {
        let is_too_large = error.reason == parse::TOO_MANY_SAMPLES;
        let fault = if is_too_large { ExpositionFault::TooLarge } else { ExpositionFault::Syntax };
        (Some(fault), error)
    })
}

/// Admits a family to the reading, or returns the reason to leave it out. Returns false if it has no samples.
///
/// Names of both formats are compared, so that a family does not come and go with `Accept`.
fn admit(
    family: &mut Family<'_>,
    registry: &Registry,
    taken: &mut HashSet<String>,
) -> Result<bool, Rejection> {
    let Some(line) = family.samples.iter().map(|sample| sample.line).min() else { return Ok(false) };
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
    Ok(true)
}

/// Returns whether surfaces of the registry export all sample names of the family. A summary has also moved
/// if its sum and count have, to a histogram: the quantiles are a query there.
fn has_moved(family: &Family<'_>, registry: &Registry) -> bool {
    let is_exported = |suffix: &str| registry.exports_sample_name(&format!("{}{suffix}", family.name));
    let is_histogram = family.kind == Kind::Summary && is_exported("_bucket");
    let is_left_out = |suffix: &str| suffix == "_created" || is_histogram && suffix.is_empty();
    let mut suffixes = family.samples.iter().map(|sample| sample.suffix);
    suffixes.all(|suffix| is_left_out(suffix) || is_exported(suffix))
}

fn rejected(
    source: usize,
    fault: Option<ExpositionFault>,
    family: &str,
    error: &ExpositionError,
) -> RejectedExposition {
    RejectedExposition { source, fault, family: family.to_owned(), message: error.to_string() }
}
