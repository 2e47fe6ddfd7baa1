//! Compares a lock with the declaration: each change with its class, and its cost for readers.

mod change;
mod comparison;
mod label;
mod line;
mod metric;
mod slo;

pub use change::{Change, Changes, Class, Severity};

use super::lock::Lock;
use super::model::Catalog;
use comparison::Comparison;

/// Returns all changes, the worst first.
pub(super) fn compare(old: &Lock, catalog: &Catalog) -> Changes {
    let mut comparison = Comparison { catalog, old, new: Lock::of(catalog), changes: Vec::new() };
    comparison.namespace();
    metric::compare(&mut comparison);
    slo::compare(&mut comparison);
    line::compare(&mut comparison);
    let mut changes = comparison.changes;
    // The sort is stable: within a severity, changes keep the order in which they were found, which is by
    // name.
    changes.sort_by_key(|change| std::cmp::Reverse(change.severity()));
    Changes::new(changes, format!("`{}` ({})", catalog.surface, catalog.source))
}
