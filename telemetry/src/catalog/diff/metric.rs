//! What has changed of metrics: which there are, and what each is.

use super::{Change, Class, Found, Known, label, list, shown};
use crate::catalog::lock::LockedMetric;
use semver::Version;

/// A metric that both sides have, under one name or two.
pub(super) struct Pair<'p> {
    pub known: Known,
    /// The name in the declaration now.
    pub name: &'p str,
    pub declared: String,
    pub old: &'p LockedMetric,
    pub new: &'p LockedMetric,
}

pub(super) fn compare(found: &mut Found<'_>) {
    let (old, new) = (found.old, std::mem::take(&mut found.new.metrics));
    let renamed = |old: &str| {
        let was = |metric: &LockedMetric| metric.was.as_deref() == Some(old);
        new.iter().find(|(_, metric)| was(metric)).map(|(name, _)| name.as_str())
    };
    for (name, metric) in &old.metrics {
        let known = found.locked(name, metric);
        let now = if new.contains_key(name) { Some(name.as_str()) } else { renamed(name) };
        match now.and_then(|now| Some((now, new.get(now)?))) {
            Some((now, new)) => {
                let declared = found.declared(now);
                let pair = Pair { known, name: now, declared, old: metric, new };
                if now != name {
                    found.add(kept_both(name, &pair));
                }
                compare_one(found, name, &pair);
            }
            None => match alone(name, metric, &old.metrics, &new) {
                Some(now) => found.add(moved(name, now, &known).declared(found.declared(now))),
                None => found.add(removed(name, metric, &known)),
            },
        }
    }
    for (name, metric) in &new {
        let is_known = old.metrics.contains_key(name);
        let from = metric.was.as_ref().is_some_and(|was| old.metrics.contains_key(was));
        let is_moved = old.metrics.iter().any(|(before, locked)| {
            !new.contains_key(before) && alone(before, locked, &old.metrics, &new) == Some(name)
        });
        if !(is_known || from || is_moved) {
            let added = Change::new(Class::MetricAdded, shown(name)).detail(what(metric));
            found.add(added.declared(found.declared(name)));
        }
        due(found, name, metric);
    }
    found.new.metrics = new;
}

type Metrics = std::collections::BTreeMap<String, LockedMetric>;

/// What a removed metric is called now, if one metric is new that is like it, and no other removed one is.
fn alone<'n>(name: &str, metric: &LockedMetric, old: &Metrics, new: &'n Metrics) -> Option<&'n str> {
    let like = |other: &LockedMetric| {
        other.kind == metric.kind && other.unit == metric.unit && other.labels == metric.labels
    };
    let mut gone = old.iter().filter(|(other, locked)| !new.contains_key(*other) && like(locked));
    let is_alone = gone.next().is_some_and(|(other, _)| other == name) && gone.next().is_none();
    let mut come =
        new.iter().filter(|(other, now)| !old.contains_key(*other) && now.was.is_none() && like(now));
    match (is_alone, come.next(), come.next()) {
        (true, Some((now, _)), None) => Some(now),
        _ => None,
    }
}

/// A metric in a few words.
fn what(metric: &LockedMetric) -> String {
    let kind = metric.kind.replace("up_down", "up-down").replace('_', " ");
    let unit = if metric.unit.is_empty() { String::new() } else { format!(" of {}", metric.unit) };
    let labels = if metric.labels.is_empty() {
        String::new()
    } else {
        format!(", labelled {}", list(metric.labels.keys()))
    };
    let article = if kind.starts_with('u') { "an" } else { "a" };
    format!("{article} {kind}{unit}{labels}")
}

fn removed(name: &str, metric: &LockedMetric, known: &Known) -> Change {
    Change::new(Class::MetricRemoved, shown(name)).detail(what(metric)).lost(known.gone()).help(format!(
        "declare it again; if it has another name now, say `was = \"{name}\"` there, which exports both"
    ))
}

fn moved(name: &str, now: &str, known: &Known) -> Change {
    Change::new(Class::MetricRenamed, shown(name))
        .detail(format!("it seems to be `{now}` now"))
        .lost(known.gone())
        .help(format!(
            "say `was = \"{name}\"` on `{now}`: it is exported under both names until you drop that"
        ))
}

fn kept_both(name: &str, pair: &Pair<'_>) -> Change {
    let until = if pair.new.until.is_empty() {
        "drop `was` when nothing reads the old name any more".to_owned()
    } else {
        format!("the old name goes in {}", pair.new.until)
    };
    Change::new(Class::MetricRenamedKeepingBoth, shown(name))
        .detail(format!("it is `{}` now; {until}", pair.name))
        .declared(&pair.declared)
}

fn compare_one(found: &mut Found<'_>, name: &str, pair: &Pair<'_>) {
    for compare in [kind, unit, buckets, sign, stability] {
        if let Some(change) = compare(pair) {
            found.add(change.declared(&pair.declared));
        }
    }
    former(found, name, pair);
    label::compare(found, pair);
}

fn change(pair: &Pair<'_>, class: Class, detail: impl Into<String>) -> Change {
    Change::new(class, shown(pair.name)).detail(detail)
}

fn kind(pair: &Pair<'_>) -> Option<Change> {
    let (old, new) = (&pair.old.kind, &pair.new.kind);
    let detail = format!("it was {} and is {}", what_kind(old), what_kind(new));
    let samples = list(&pair.known.samples);
    (old != new).then(|| {
        change(pair, Class::KindChanged, detail)
            .lost(format!(
                "queries for {samples} find other samples or none, and `rate` or a quantile of them lies"
            ))
            .help("declare a new metric beside it, under another name")
    })
}

fn unit(pair: &Pair<'_>) -> Option<Change> {
    let (old, new) = (&pair.old.unit, &pair.new.unit);
    let samples = list(&pair.known.samples);
    (old != new).then(|| {
        change(pair, Class::UnitChanged, format!("it was {} and is {}", shown(old), shown(new)))
            .lost(format!(
                "the unit is part of {samples}: queries find nothing, and thresholds are of another scale"
            ))
            .help("declare a new metric beside it, under another name")
    })
}

fn buckets(pair: &Pair<'_>) -> Option<Change> {
    let (old, new) = (&pair.old.buckets, &pair.new.buckets);
    if old == new || pair.old.kind != pair.new.kind {
        return None;
    }
    let gone = old.iter().filter(|bound| !new.contains(bound));
    let gone: Vec<String> = gone.map(|bound| format!("le=\"{bound}\"")).collect();
    let ended = if gone.is_empty() { String::new() } else { format!("{} end; ", list(&gone)) };
    let change = change(pair, Class::BucketsChanged, format!("they were {old:?} and are {new:?}"))
        .lost(format!("{ended}a `histogram_quantile` over the change mixes two sets of bounds"));
    Some(change.help("keep the bounds, or declare a new histogram beside it"))
}

fn sign(pair: &Pair<'_>) -> Option<Change> {
    let (now, lost) = match (pair.old.signed, pair.new.signed) {
        (false, true) => {
            ("it takes negative numbers now", "OpenMetrics has no sum and no count of it any more")
        }
        (true, false) => {
            ("it takes no negative numbers any more", "negative numbers are refused, and missing in all sums")
        }
        _ => return None,
    };
    Some(change(pair, Class::SignChanged, now).lost(lost).help("declare a new histogram beside it"))
}

fn stability(pair: &Pair<'_>) -> Option<Change> {
    let (old, new) = (&pair.old.stability, &pair.new.stability);
    let detail = format!("it was {old} and is {new}");
    match new.as_str() {
        _ if old == new => None,
        "stable" => Some(change(pair, Class::StabilityRaised, detail)),
        _ => {
            let lost = "who built on its labels is promised less";
            Some(change(pair, Class::StabilityLowered, detail).lost(lost))
        }
    }
}

fn what_kind(kind: &str) -> String {
    let kind = kind.replace("up_down", "up-down").replace('_', " ");
    let article = if kind.starts_with('u') { "an" } else { "a" };
    format!("{article} {kind}")
}

/// The name that a metric had before the lock, and may have lost since.
fn former(found: &mut Found<'_>, name: &str, pair: &Pair<'_>) {
    let (old, new) = (pair.old, pair.new);
    let change = |class, subject: &str| Change::new(class, shown(subject)).declared(&pair.declared);
    match (&old.was, &new.was) {
        (Some(before), now) if now.as_ref() != Some(before) => {
            let known = found.locked(before, old);
            let until = if old.until.is_empty() { "no version" } else { &old.until };
            if is_reached(&old.until, found.catalog.version) {
                let detail = format!("it was a second name of `{}` until {until}", pair.name);
                found.add(change(Class::FormerNameEnded, before).detail(detail));
            } else {
                let detail =
                    format!("it was a second name of `{}`, with {until} given for its end", pair.name);
                let dropped = change(Class::FormerNameDropped, before).detail(detail).lost(known.gone());
                found.add(dropped.help(format!("keep `was = \"{before}\"` until nothing reads that name")));
            }
        }
        (None, Some(now)) if now != name => {
            found
                .add(change(Class::FormerNameAdded, now).detail(format!("a second name of `{}`", pair.name)));
        }
        (Some(_), Some(_)) if old.until != new.until => {
            let detail = format!("from {} to {}", shown(&old.until), shown(&new.until));
            found.add(change(Class::FormerNameMoved, old.was.as_deref().unwrap_or_default()).detail(detail));
        }
        _ => {}
    }
}

/// Reminds of an old name whose version has come.
fn due(found: &mut Found<'_>, name: &str, metric: &LockedMetric) {
    let Some(was) = metric.was.as_ref().filter(|_| is_reached(&metric.until, found.catalog.version)) else {
        return;
    };
    let (until, now) = (&metric.until, found.catalog.version);
    let due = Change::new(Class::FormerNameDue, shown(was))
        .detail(format!("a second name of `{name}` until {until}, and this is {now}"))
        .declared(found.declared(name))
        .help("drop `was` and `until` there, or give it until a later version");
    found.add(due);
}

/// Whether a package has come to a version; a pre-release of it has not.
fn is_reached(until: &str, now: &str) -> bool {
    let full = if until.matches('.').count() == 1 { format!("{until}.0") } else { until.to_owned() };
    match (Version::parse(&full), Version::parse(now)) {
        (Ok(until), Ok(now)) => now >= until,
        _ => false,
    }
}
