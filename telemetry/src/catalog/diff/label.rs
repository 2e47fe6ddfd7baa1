//! Compares the labels of a metric, and their values.

use super::change::{Change, Class};
use super::comparison::{Comparison, Pair, quote, quote_all};
use crate::catalog::lock::{LockedLabel, LockedSet};

/// Adds the changes of a pair's labels.
pub(super) fn compare(comparison: &mut Comparison<'_>, pair: &Pair<'_>) {
    let old = &pair.old.labels;
    let new = &pair.new.labels;
    let mut removed_labels: Vec<_> = old.iter().filter(|(key, _)| !new.contains_key(*key)).collect();
    let mut added_labels: Vec<_> = new.iter().filter(|(key, _)| !old.contains_key(*key)).collect();
    // One removed and one added label with equal values are one label that was renamed.
    if let ([(from, before)], [(to, now)]) = (&removed_labels[..], &added_labels[..])
        && before == now
    {
        comparison.add(renamed(pair, from, to));
        removed_labels.clear();
        added_labels.clear();
    }
    for (key, _) in removed_labels {
        comparison.add(removed(pair, key));
    }
    for (key, _) in added_labels {
        comparison.add(added(pair, key));
    }
    for (key, old) in old {
        if let Some(new) = new.get(key) {
            compare_values(comparison, pair, key, old, new);
        }
    }
}

fn change(pair: &Pair<'_>, class: Class, key: &str) -> Change {
    Change::new(class, format!("`{key}` of `{}`", pair.name)).declared(&pair.declared)
}

fn renamed(pair: &Pair<'_>, from: &str, to: &str) -> Change {
    change(pair, Class::LabelRenamed, from)
        .detail(format!("it is `{to}` now"))
        .lost(describe_lost_key(pair, from))
        .help(format!("keep the key: `#[label(name = \"{from}\")]`"))
}

fn removed(pair: &Pair<'_>, key: &str) -> Change {
    let help = format!("keep the label, or declare a new metric next to `{}`", pair.name);
    change(pair, Class::LabelRemoved, key).lost(describe_lost_key(pair, key)).help(help)
}

/// Describes the loss of a key.
fn describe_lost_key(pair: &Pair<'_>, key: &str) -> String {
    format!(
        "`sum by ({key}) ({})` has one nameless row, and a selector `{key}=\"...\"` matches nothing",
        pair.names.first()
    )
}

fn added(pair: &Pair<'_>, key: &str) -> Change {
    let first = pair.names.first();
    if pair.old.stability == "stable" {
        let help = "declare a new metric next to it, or feed a second instrument that has the label";
        return change(pair, Class::LabelAddedToStable, key)
            .lost(format!("a query for `{first}` by its labels finds several series where it found one"))
            .help(help);
    }
    change(pair, Class::LabelAdded, key)
        .detail(format!("a query for `{first}` that found one series may find several: sum them"))
}

fn compare_values(
    comparison: &mut Comparison<'_>,
    pair: &Pair<'_>,
    key: &str,
    old: &LockedLabel,
    new: &LockedLabel,
) {
    match (&old.set, &new.set) {
        (LockedSet::Closed { values: before }, LockedSet::Closed { values: now }) => {
            for value in before.difference(now) {
                comparison.add(value_removed(pair, key, value));
            }
            for value in now.difference(before) {
                comparison.add(value_added(pair, key, value));
            }
        }
        (LockedSet::Range { start, end }, LockedSet::Range { start: from, end: to }) => {
            let detail = || format!("it was {start} to {end} and is {from} to {to}");
            if from > start || to < end {
                let lost = "a number that is outside now counts as `other`: its own series ends";
                comparison.add(change(pair, Class::ValueRemoved, key).detail(detail()).lost(lost));
            } else if (start, end) != (from, to) {
                comparison.add(change(pair, Class::ValueAdded, key).detail(detail()));
            }
        }
        (LockedSet::Open { .. }, LockedSet::Open { .. }) => {
            compare_open(comparison, pair, key, &old.set, &new.set);
        }
        (before, now) => {
            let detail = format!("it was {} and is {}", describe_set(before), describe_set(now));
            let lost = format!("values of `{key}` that queries on `{}` name may be gone", pair.names.first());
            let change = change(pair, Class::LabelSetChanged, key).detail(detail).lost(lost);
            comparison.add(change.help("keep the set, or take a new label or metric"));
        }
    }
    match (&old.none, &new.none) {
        (None, Some(none)) => comparison.add(value_added(pair, key, none)),
        (Some(none), None) => comparison.add(value_removed(pair, key, none)),
        (Some(none), Some(now)) if none != now => {
            let series = pair.names.selector(key, none);
            let renamed = change(pair, Class::NoneChanged, key).detail(format!(
                "it was {} and is {}",
                absent(none),
                absent(now)
            ));
            comparison.add(
                renamed
                    .lost(describe_lost_series(&series))
                    .help(format!("say `#[label(none = \"{none}\")]`")),
            );
        }
        _ => {}
    }
}

/// Returns the text of an absent value in backticks.
fn absent(none: &str) -> String {
    if none.is_empty() { "no label".to_owned() } else { format!("`{none}`") }
}

/// Compares two open sets: everything that decides whether a text counts as `other`.
fn compare_open(
    comparison: &mut Comparison<'_>,
    pair: &Pair<'_>,
    key: &str,
    old: &LockedSet,
    new: &LockedSet,
) {
    let (
        LockedSet::Open { cap, max_len, other, known },
        LockedSet::Open { cap: cap_now, max_len: length_now, other: other_now, known: known_now },
    ) = (old, new)
    else {
        debug_assert!(false, "both sets are open");
        return;
    };
    let from_to =
        |from: &dyn std::fmt::Display, to: &dyn std::fmt::Display| format!("it was {from} and is {to}");
    if cap != cap_now {
        let lost = if cap_now < cap {
            "values past the new cap count as `other`: their own series end"
        } else {
            "values that counted as `other` have their own series: `other` falls, and there are more series"
        };
        let change = change(pair, Class::CapChanged, key).detail(from_to(cap, cap_now)).lost(lost);
        comparison.add(
            change.help("keep the cap, unless the people who read the metric and pay for its series agree"),
        );
    }
    if max_len != length_now {
        let lost = "longer values are cut at another length: their series end, and new ones begin";
        comparison
            .add(change(pair, Class::LengthChanged, key).detail(from_to(max_len, length_now)).lost(lost));
    }
    if other != other_now {
        let from = quote(other);
        let to = quote(other_now);
        let change = change(pair, Class::OtherChanged, key).detail(from_to(&from, &to));
        comparison.add(change.lost(describe_lost_series(&pair.names.selector(key, other))));
    }
    for value in known.difference(known_now) {
        let removed = value_removed(pair, key, value).lost("past the cap it counts as `other` from now on");
        comparison.add(removed.help("keep it among the `known` ones"));
    }
    for value in known_now.difference(known) {
        comparison.add(value_added(pair, key, value));
    }
}

fn value_removed(pair: &Pair<'_>, key: &str, value: &str) -> Change {
    Change::new(Class::ValueRemoved, format!("{value:?} of `{key}` of `{}`", pair.name))
        .declared(&pair.declared)
        .lost(describe_lost_series(&pair.names.selector(key, value)))
        .help("keep the value while a dashboard or an alert names it; to rename a variant, `#[label(rename = ...)]`")
}

fn value_added(pair: &Pair<'_>, key: &str, value: &str) -> Change {
    Change::new(Class::ValueAdded, format!("{value:?} of `{key}` of `{}`", pair.name))
        .declared(&pair.declared)
}

/// Describes the loss of a series.
fn describe_lost_series(series: &str) -> String {
    format!("{series} gets no more samples: a panel of it goes flat, and an alert on it never fires")
}

/// Describes a set in a few words.
fn describe_set(set: &LockedSet) -> String {
    match set {
        LockedSet::Closed { values } => format!("closed ({})", quote_all(values)),
        LockedSet::Range { start, end } => format!("the range {start} to {end}"),
        LockedSet::Open { cap, .. } => format!("open with a cap of {cap}"),
    }
}
