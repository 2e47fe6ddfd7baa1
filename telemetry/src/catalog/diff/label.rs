//! What has changed of a metric's labels and their values.

use super::metric::Pair;
use super::{Change, Class, Found, list, shown};
use crate::catalog::lock::{LockedLabel, LockedSet};

pub(super) fn compare(found: &mut Found<'_>, pair: &Pair<'_>) {
    let (old, new) = (&pair.old.labels, &pair.new.labels);
    let mut gone: Vec<_> = old.iter().filter(|(key, _)| !new.contains_key(*key)).collect();
    let mut come: Vec<_> = new.iter().filter(|(key, _)| !old.contains_key(*key)).collect();
    // One that is gone and one that has come, with the same values, are one label.
    if let ([(from, before)], [(to, now)]) = (&gone[..], &come[..])
        && before == now
    {
        found.add(renamed(pair, from, to));
        (gone, come) = (Vec::new(), Vec::new());
    }
    for (key, _) in gone {
        found.add(removed(pair, key));
    }
    for (key, _) in come {
        found.add(added(pair, key));
    }
    for (key, old) in old {
        if let Some(new) = new.get(key) {
            values(found, pair, key, old, new);
        }
    }
}

fn change(pair: &Pair<'_>, class: Class, key: &str) -> Change {
    Change::new(class, format!("`{key}` of `{}`", pair.name)).declared(&pair.declared)
}

fn renamed(pair: &Pair<'_>, from: &str, to: &str) -> Change {
    change(pair, Class::LabelRenamed, from)
        .detail(format!("it is `{to}` now"))
        .lost(grouping(pair, from))
        .help(format!("keep the key: `#[label(name = \"{from}\")]`"))
}

fn removed(pair: &Pair<'_>, key: &str) -> Change {
    let help = format!("keep the label, or declare a new metric beside `{}`", pair.name);
    change(pair, Class::LabelRemoved, key).lost(grouping(pair, key)).help(help)
}

/// What goes with a key.
fn grouping(pair: &Pair<'_>, key: &str) -> String {
    format!(
        "`sum by ({key}) ({})` has one nameless row, and a selector `{key}=\"...\"` matches nothing",
        pair.known.first()
    )
}

fn added(pair: &Pair<'_>, key: &str) -> Change {
    let first = pair.known.first();
    if pair.old.stability == "stable" {
        let help = "declare a new metric beside it, or feed a second instrument that has the label";
        return change(pair, Class::LabelAddedToStable, key)
            .lost(format!("a query for `{first}` by its labels finds several series where it found one"))
            .help(help);
    }
    change(pair, Class::LabelAdded, key)
        .detail(format!("a query for `{first}` that found one series may find several: sum them"))
}

fn values(found: &mut Found<'_>, pair: &Pair<'_>, key: &str, old: &LockedLabel, new: &LockedLabel) {
    match (&old.set, &new.set) {
        (LockedSet::Closed { values: before }, LockedSet::Closed { values: now }) => {
            for value in before.difference(now) {
                found.add(value_removed(pair, key, value));
            }
            for value in now.difference(before) {
                found.add(value_added(pair, key, value));
            }
        }
        (LockedSet::Range { start, end }, LockedSet::Range { start: from, end: to }) => {
            let detail = || format!("it was {start} to {end} and is {from} to {to}");
            if from > start || to < end {
                let lost = "a number that is outside now counts as `other`: its own series ends";
                found.add(change(pair, Class::ValueRemoved, key).detail(detail()).lost(lost));
            } else if (start, end) != (from, to) {
                found.add(change(pair, Class::ValueAdded, key).detail(detail()));
            }
        }
        (LockedSet::Open { .. }, LockedSet::Open { .. }) => open(found, pair, key, &old.set, &new.set),
        (before, now) => {
            let detail = format!("it was {} and is {}", sort(before), sort(now));
            let lost = format!("values of `{key}` that queries on `{}` name may be gone", pair.known.first());
            let change = change(pair, Class::LabelSetChanged, key).detail(detail).lost(lost);
            found.add(change.help("keep the set, or take a new label or metric"));
        }
    }
    match (&old.none, &new.none) {
        (None, Some(none)) => found.add(value_added(pair, key, none)),
        (Some(none), None) => found.add(value_removed(pair, key, none)),
        (Some(none), Some(now)) if none != now => {
            let series = pair.known.with(key, none);
            let renamed =
                change(pair, Class::NoneChanged, key).detail(format!("it was `{none}` and is `{now}`"));
            found.add(renamed.lost(ends(&series)).help(format!("say `#[label(none = \"{none}\")]`")));
        }
        _ => {}
    }
}

/// Two open sets: whatever moves the border between a text and `other`.
fn open(found: &mut Found<'_>, pair: &Pair<'_>, key: &str, old: &LockedSet, new: &LockedSet) {
    let (
        LockedSet::Open { cap, max_len, other, known },
        LockedSet::Open { cap: cap_now, max_len: length_now, other: other_now, known: known_now },
    ) = (old, new)
    else {
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
        found
            .add(change.help("keep the cap, unless whoever reads the metric and pays for its series agrees"));
    }
    if max_len != length_now {
        let lost = "longer values are cut elsewhere: their series end, and others begin";
        found.add(change(pair, Class::LengthChanged, key).detail(from_to(max_len, length_now)).lost(lost));
    }
    if other != other_now {
        let (from, to) = (shown(other), shown(other_now));
        let change = change(pair, Class::OtherChanged, key).detail(from_to(&from, &to));
        found.add(change.lost(ends(&pair.known.with(key, other))));
    }
    for value in known.difference(known_now) {
        let removed = value_removed(pair, key, value).lost("past the cap it counts as `other` from now on");
        found.add(removed.help("keep it among the `known` ones"));
    }
    for value in known_now.difference(known) {
        found.add(value_added(pair, key, value));
    }
}

fn value_removed(pair: &Pair<'_>, key: &str, value: &str) -> Change {
    Change::new(Class::ValueRemoved, format!("{value:?} of `{key}` of `{}`", pair.name))
        .declared(&pair.declared)
        .lost(ends(&pair.known.with(key, value)))
        .help("keep the value while a dashboard or an alert names it; to rename a variant, `#[label(rename = ...)]`")
}

fn value_added(pair: &Pair<'_>, key: &str, value: &str) -> Change {
    Change::new(Class::ValueAdded, format!("{value:?} of `{key}` of `{}`", pair.name))
        .declared(&pair.declared)
}

fn ends(series: &str) -> String {
    format!("{series} gets no sample any more: a panel of it goes flat, and an alert on it never fires")
}

fn sort(set: &LockedSet) -> String {
    match set {
        LockedSet::Closed { values } => format!("closed ({})", list(values)),
        LockedSet::Range { start, end } => format!("the range {start} to {end}"),
        LockedSet::Open { cap, .. } => format!("open with a cap of {cap}"),
    }
}
