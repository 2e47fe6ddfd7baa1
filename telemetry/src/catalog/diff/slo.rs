//! Compares the service level objectives.

use super::change::{Change, Class};
use super::comparison::{Comparison, quote};
use crate::catalog::lock::LockedSlo;

/// Adds the changes of all objectives.
pub(super) fn compare(comparison: &mut Comparison<'_>) {
    let old = &comparison.old.slos;
    let new = std::mem::take(&mut comparison.new.slos);
    for (name, slo) in old {
        match new.get(name) {
            Some(now) => {
                let changes = [objective(name, slo, now), events(name, slo, now)];
                changes.into_iter().flatten().for_each(|change| add(comparison, name, change));
            }
            None => comparison.add(
                Change::new(Class::SloRemoved, quote(name))
                    .detail(format!("{} of `{}`", slo.objective, slo.metric))
                    .lost("its error ratios are no longer recorded: panels go empty, and no alert fires")
                    .help("declare it again, or remove what reads it"),
            ),
        }
    }
    for (name, slo) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        let detail = format!("{} of `{}` over {}", slo.objective, slo.metric, slo.window);
        add(comparison, name, Change::new(Class::SloAdded, quote(name)).detail(detail));
    }
    comparison.new.slos = new;
}

/// Adds a change of an objective that is declared.
fn add(comparison: &mut Comparison<'_>, name: &str, change: Change) {
    let declared = comparison.catalog.slos.iter().find(|slo| slo.name == name);
    let declared = declared.map(|slo| comparison.describe_method(slo.method, &slo.source));
    comparison.add(change.declared(declared.unwrap_or_default()));
}

fn objective(name: &str, old: &LockedSlo, new: &LockedSlo) -> Option<Change> {
    let is_changed = old.objective.to_bits() != new.objective.to_bits() || old.window != new.window;
    is_changed.then(|| {
        let (before, after) = (
            format!("{} over {}", old.objective, old.window),
            format!("{} over {}", new.objective, new.window),
        );
        Change::new(Class::ObjectiveChanged, quote(name))
            .detail(format!("it was {before} and is {after}"))
            .help("tell those to whom it was promised")
    })
}

fn events(name: &str, old: &LockedSlo, new: &LockedSlo) -> Option<Change> {
    let of = |slo: &LockedSlo| {
        let of = if slo.of.is_empty() { String::new() } else { format!(" with {}", slo.of) };
        format!("{} of `{}`{of}", slo.good, slo.metric)
    };
    let (before, after) = (of(old), of(new));
    (before != after).then(|| {
        Change::new(Class::SloChanged, quote(name))
            .detail(format!("it was {before} and is {after}"))
            .help("ratios before and after the change are of different events: do not compare them")
    })
}
