//! What a registry promises: totals, series, caps, threads, and what it does with bad input.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

mod caps;
mod clashes;
mod collectors;
#[path = "../every_kind.rs"]
mod every_kind;
mod exemplars;
mod faults;
mod guards;
mod initial;
mod instances;
mod kinds;
mod native;
mod observed;
mod removal;
mod renames;
mod series;
mod text;
mod threads;
mod totals;
mod views;

use telemetry::Registry;
use telemetry::registry::Family;

/// Prints one family of a registry: a line per series, labels and what it holds.
fn lines(registry: &Registry, family: &str) -> Vec<String> {
    let snapshot = registry.snapshot();
    let families: Vec<_> = snapshot.families().filter(|found| found.name() == family).collect();
    assert!(families.len() < 2, "a family once");
    families.iter().flat_map(Family::series).map(text::line).collect()
}

/// Prints the views that a registry applies.
fn views_of(registry: &Registry) -> Vec<String> {
    registry.snapshot().views().map(|view| view.to_string()).collect()
}
