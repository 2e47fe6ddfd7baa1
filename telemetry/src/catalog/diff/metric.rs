//! Compares the metrics: which exist, and the properties of each.

use super::change::{Change, Class};
use super::comparison::{Comparison, Pair, QueryNames, quote, quote_all};
use super::label;
use crate::catalog::lock::LockedMetric;
use crate::schema::Spelling;
use semver::Version;

/// Adds the changes of all metrics.
pub(super) fn compare(comparison: &mut Comparison<'_>) {
    let old = comparison.old;
    let new = std::mem::take(&mut comparison.new.metrics);
    for (name, metric) in &old.metrics {
        let names = comparison.query_names(name, metric);
        let now =
            if new.contains_key(name) { Some(name.as_str()) } else { find_declared_rename(&names, &new) };
        match now.and_then(|now| Some((now, new.get(now)?))) {
            Some((now, new)) => {
                let declared = comparison.declaration_of(now);
                let pair = Pair { names, name: now, declared, old: metric, new };
                if now != name {
                    comparison.add(kept_both(name, &format!("`{now}`"), &pair));
                } else if let Some(change) = suffixes(comparison, name, &pair) {
                    comparison.add(change.declared(&pair.declared));
                }
                compare_one(comparison, name, &pair);
            }
            None if is_reached(&metric.deprecated, comparison.catalog.version) => {
                comparison.add(ended(name, metric));
            }
            None => match find_rename(name, metric, &old.metrics, &new) {
                Some(now) => {
                    comparison.add(renamed(name, now, &names).declared(comparison.declaration_of(now)));
                }
                None => comparison.add(removed(name, metric, &names)),
            },
        }
    }
    for (name, metric) in &new {
        let is_known = old.metrics.contains_key(name);
        let has_been = |(before, locked): (&String, &LockedMetric)| {
            metric.was.as_ref() == Some(&comparison.query_names(before, locked).was)
        };
        let from = metric.was.is_some() && old.metrics.iter().any(has_been);
        let is_moved = old.metrics.iter().any(|(before, locked)| {
            !new.contains_key(before) && find_rename(before, locked, &old.metrics, &new) == Some(name)
        });
        if !(is_known || from || is_moved) {
            let added = Change::new(Class::MetricAdded, quote(name)).detail(describe(metric));
            comparison.add(added.declared(comparison.declaration_of(name)));
        }
        report_past_due(comparison, name, metric);
    }
    comparison.new.metrics = new;
}

type Metrics = std::collections::BTreeMap<String, LockedMetric>;

fn find_declared_rename<'n>(old: &QueryNames, new: &'n Metrics) -> Option<&'n str> {
    let (name, _) = new.iter().find(|(_, metric)| metric.was.as_ref() == Some(&old.was))?;
    Some(name)
}

/// Returns the new name of a removed metric, if exactly one added metric is like it and no other removed
/// metric is.
fn find_rename<'n>(name: &str, metric: &LockedMetric, old: &Metrics, new: &'n Metrics) -> Option<&'n str> {
    let like = |other: &LockedMetric| {
        other.kind == metric.kind && other.unit == metric.unit && other.labels == metric.labels
    };
    let mut removed = old.iter().filter(|(other, locked)| !new.contains_key(*other) && like(locked));
    let is_only = removed.next().is_some_and(|(other, _)| other == name) && removed.next().is_none();
    let mut added =
        new.iter().filter(|(other, now)| !old.contains_key(*other) && now.was.is_none() && like(now));
    match (is_only, added.next(), added.next()) {
        (true, Some((now, _)), None) => Some(now),
        _ => None,
    }
}

/// Describes a metric in a few words.
fn describe(metric: &LockedMetric) -> String {
    let kind = metric.kind.replace("up_down", "up-down").replace('_', " ");
    let unit = if metric.unit.is_empty() { String::new() } else { format!(" of {}", metric.unit) };
    let labels = if metric.labels.is_empty() {
        String::new()
    } else {
        format!(", labelled {}", quote_all(metric.labels.keys()))
    };
    let article = if kind.starts_with('u') { "an" } else { "a" };
    format!("{article} {kind}{unit}{labels}")
}

fn removed(name: &str, metric: &LockedMetric, names: &QueryNames) -> Change {
    let removed =
        Change::new(Class::MetricRemoved, quote(name)).detail(describe(metric)).lost(names.describe_loss());
    if !metric.deprecated.is_empty() {
        return removed
            .help(format!("declare it again: it is deprecated, and goes in {}", metric.deprecated));
    }
    removed.help(format!(
        "declare it again; if it has another name now, say `was = \"{}\"` there, which exports both; if nobody \
         needs it, announce its end there: `deprecated = \"VERSION\"`",
        names.was
    ))
}

/// Reports a deprecated metric that is gone in the version of its end, or later.
fn ended(name: &str, metric: &LockedMetric) -> Change {
    let detail = format!("{}, deprecated until {}", describe(metric), metric.deprecated);
    Change::new(Class::DeprecatedEnded, quote(name)).detail(detail)
}

fn renamed(name: &str, now: &str, names: &QueryNames) -> Change {
    Change::new(Class::MetricRenamed, quote(name))
        .detail(format!("it seems to be `{now}` now"))
        .lost(names.describe_loss())
        .help(format!(
            "say `was = \"{}\"` on `{now}`: it is exported under both names until you drop that",
            names.was
        ))
}

/// Reports another name under which the metric is exported too.
fn kept_both(name: &str, now: &str, pair: &Pair<'_>) -> Change {
    let until = if pair.new.until.is_empty() {
        "drop `was` when nothing reads the old name".to_owned()
    } else {
        format!("the old name goes in {}", pair.new.until)
    };
    Change::new(Class::MetricRenamedKeepingBoth, quote(name))
        .detail(format!("it is {now} now; {until}"))
        .declared(&pair.declared)
}

fn compare_one(comparison: &mut Comparison<'_>, name: &str, pair: &Pair<'_>) {
    for compare in [kind, unit, buckets, sign, native, observed, initial, stability, deprecation] {
        if let Some(change) = compare(pair) {
            comparison.add(change.declared(&pair.declared));
        }
    }
    compare_removals(comparison, pair);
    compare_former_name(comparison, name, pair);
    label::compare(comparison, pair);
}

/// Compares the suffixes of a metric that has its name still.
fn suffixes(comparison: &Comparison<'_>, name: &str, pair: &Pair<'_>) -> Option<Change> {
    let old = comparison.spelling(name, pair.old);
    let now = Spelling { suffixes: pair.new.suffixes, ..old }.present().samples();
    if now == pair.names.samples {
        return None;
    }
    if pair.new.was.as_ref() == Some(&pair.names.was) {
        return Some(kept_both(&pair.names.was, &quote_all(&now), pair));
    }
    let word = if pair.new.suffixes { "off" } else { "on" };
    let (was, samples) = (&pair.names.was, quote_all(&pair.names.samples));
    Some(
        change(pair, Class::SuffixesChanged, format!("{samples} became {}", quote_all(&now)))
            .lost(pair.names.describe_loss_beside(&pair.names))
            .help(format!("put `suffixes = {word}` back, or say `was = \"{was}\"`, which exports both")),
    )
}

fn change(pair: &Pair<'_>, class: Class, detail: impl Into<String>) -> Change {
    Change::new(class, quote(pair.name)).detail(detail)
}

fn kind(pair: &Pair<'_>) -> Option<Change> {
    let old = &pair.old.kind;
    let new = &pair.new.kind;
    let detail = format!("it was {} and is {}", describe_kind(old), describe_kind(new));
    let samples = quote_all(&pair.names.samples);
    (old != new).then(|| {
        change(pair, Class::KindChanged, detail)
            .lost(format!(
                "queries for {samples} find other samples or none, and `rate` or a quantile of them is wrong"
            ))
            .help("declare a new metric next to it, under another name")
    })
}

fn unit(pair: &Pair<'_>) -> Option<Change> {
    let old = &pair.old.unit;
    let new = &pair.new.unit;
    let samples = quote_all(&pair.names.samples);
    let lost = if pair.new.suffixes {
        format!("the unit is part of {samples}: queries find nothing, and thresholds are of another scale")
    } else {
        format!("queries for {samples} find numbers of another scale")
    };
    (old != new).then(|| {
        change(pair, Class::UnitChanged, format!("it was {} and is {}", quote(old), quote(new)))
            .lost(lost)
            .help("declare a new metric next to it, under another name")
    })
}

fn buckets(pair: &Pair<'_>) -> Option<Change> {
    let old = &pair.old.buckets;
    let new = &pair.new.buckets;
    if old == new || pair.old.kind != pair.new.kind {
        return None;
    }
    let gone = old.iter().filter(|bound| !new.contains(bound));
    let gone: Vec<String> = gone.map(|bound| format!("le=\"{bound}\"")).collect();
    let ended = if gone.is_empty() { String::new() } else { format!("{} end; ", quote_all(&gone)) };
    let change = change(pair, Class::BucketsChanged, format!("they were {old:?} and are {new:?}"))
        .lost(format!("{ended}a `histogram_quantile` over the change mixes two sets of bounds"));
    Some(change.help("keep the bounds, or declare a new histogram next to it"))
}

fn sign(pair: &Pair<'_>) -> Option<Change> {
    let (now, lost) = match (pair.old.signed, pair.new.signed) {
        (false, true) => ("it takes negative numbers now", "OpenMetrics no longer has its sum and its count"),
        (true, false) => {
            ("it no longer takes negative numbers", "negative numbers are rejected, and missing in all sums")
        }
        _ => return None,
    };
    Some(change(pair, Class::SignChanged, now).lost(lost).help("declare a new histogram next to it"))
}

fn native(pair: &Pair<'_>) -> Option<Change> {
    let samples = quote_all(&pair.names.samples);
    let (now, lost, help) = match (pair.old.native, pair.new.native) {
        (false, true) => (
            "it is a native one too now",
            format!(
                "queries for {samples} find nothing in a Prometheus that scrapes native histograms and not their buckets"
            ),
            "set `always_scrape_classic_histograms` there, or ask for both forms, as the generated rules do",
        ),
        (true, false) => (
            "it is no longer a native one",
            "queries for the native form find nothing".to_owned(),
            "put `native` back, or ask for the buckets where the native form is asked for",
        ),
        _ => return None,
    };
    Some(change(pair, Class::NativeChanged, now).lost(lost).help(help))
}

fn observed(pair: &Pair<'_>) -> Option<Change> {
    let now = match (pair.old.observed, pair.new.observed) {
        (false, true) => "a series that a collection does not set is absent now, and its alerts end",
        (true, false) => {
            "it keeps its last number now: a series that nobody sets stays, and so do its alerts"
        }
        _ => return None,
    };
    Some(change(pair, Class::ObservedChanged, now))
}

fn initial(pair: &Pair<'_>) -> Option<Change> {
    let words = |initial: &str| match initial {
        "" => "as its kind has it".to_owned(),
        initial => format!("`{initial}`"),
    };
    let (old, new) = (&pair.old.initial, &pair.new.initial);
    (old != new).then(|| {
        let now = format!("what exists before the first use was {} and is {}", words(old), words(new));
        change(pair, Class::InitialChanged, now)
    })
}

fn stability(pair: &Pair<'_>) -> Option<Change> {
    let old = &pair.old.stability;
    let new = &pair.new.stability;
    let detail = format!("it was {old} and is {new}");
    match new.as_str() {
        _ if old == new => None,
        "stable" => Some(change(pair, Class::StabilityRaised, detail)),
        _ => {
            let lost = "readers that rely on its labels are promised less";
            Some(change(pair, Class::StabilityLowered, detail).lost(lost))
        }
    }
}

/// Compares the label sets by which series are removed.
fn compare_removals(comparison: &mut Comparison<'_>, pair: &Pair<'_>) {
    let old = &pair.old.removed_by;
    let new = &pair.new.removed_by;
    let first = pair.names.first();
    for labels in old.difference(new) {
        let lost = "series of what is gone keep their last value: an alert on one does not go quiet, and they \
                    take the places of new values, which count as `other` or are refused past the cap";
        let dropped = change(pair, Class::RemovalDropped, format!("by `{labels}`"))
            .lost(lost)
            .help(format!("keep a method with `#[remove({})]` and these labels", pair.name));
        comparison.add(dropped.declared(&pair.declared));
    }
    for labels in new.difference(old) {
        let seen = if pair.new.kind == "gauge" {
            format!("a query for `{first}` finds nothing of what was removed")
        } else {
            format!("`sum({first})` may fall; `rate` and `increase` stay right")
        };
        let added = change(pair, Class::RemovalAdded, format!("by `{labels}`: {seen}"));
        comparison.add(added.declared(&pair.declared));
    }
}

/// Returns a kind with its article.
fn describe_kind(kind: &str) -> String {
    let kind = kind.replace("up_down", "up-down").replace('_', " ");
    let article = if kind.starts_with('u') { "an" } else { "a" };
    format!("{article} {kind}")
}

fn deprecation(pair: &Pair<'_>) -> Option<Change> {
    let detail = match (pair.old.deprecated.as_str(), pair.new.deprecated.as_str()) {
        (before, now) if before == now => return None,
        ("", now) => format!("it goes in {now}"),
        (_, "") => "it stays".to_owned(),
        (before, now) => format!("it goes in {now}, and not in {before}"),
    };
    Some(Change::new(Class::DeprecationChanged, quote(pair.name)).detail(detail))
}

/// Compares the older name under which a metric is exported too.
fn compare_former_name(comparison: &mut Comparison<'_>, name: &str, pair: &Pair<'_>) {
    let old = pair.old;
    let new = pair.new;
    let change = |class, subject: &str| Change::new(class, quote(subject)).declared(&pair.declared);
    match (&old.was, &new.was) {
        // It is the name that the metric has.
        (Some(before), None) if comparison.query_names(pair.name, new).was == *before => {}
        (Some(before), now) if now.as_ref() != Some(before) => {
            let until = if old.until.is_empty() { "no version" } else { &old.until };
            if is_reached(&old.until, comparison.catalog.version) {
                let detail = format!("it was a second name of `{}` until {until}", pair.name);
                comparison.add(change(Class::FormerNameEnded, before).detail(detail));
            } else {
                let detail =
                    format!("it was a second name of `{}`, with {until} given for its end", pair.name);
                let names = comparison.former_names(name, old);
                let lost = names.map(|names| names.describe_loss_beside(&pair.names)).unwrap_or_default();
                let dropped = change(Class::FormerNameDropped, before).detail(detail).lost(lost);
                comparison
                    .add(dropped.help(format!("keep `was = \"{before}\"` until nothing reads that name")));
            }
        }
        (None, Some(now)) if *now != pair.names.was => {
            comparison
                .add(change(Class::FormerNameAdded, now).detail(format!("a second name of `{}`", pair.name)));
        }
        (Some(_), Some(_)) if old.until != new.until => {
            let detail = format!("from {} to {}", quote(&old.until), quote(&new.until));
            comparison
                .add(change(Class::FormerNameMoved, old.was.as_deref().unwrap_or_default()).detail(detail));
        }
        _ => {}
    }
}

/// Reports an old name that has reached the version of its end.
fn report_past_due(comparison: &mut Comparison<'_>, name: &str, metric: &LockedMetric) {
    report_deprecated(comparison, name, metric);
    let Some(was) = metric.was.as_ref().filter(|_| is_reached(&metric.until, comparison.catalog.version))
    else {
        return;
    };
    let until = &metric.until;
    let now = comparison.catalog.version;
    let change = Change::new(Class::FormerNameDue, quote(was))
        .detail(format!("a second name of `{name}` until {until}, and this is {now}"))
        .declared(comparison.declaration_of(name))
        .help("drop `was` and `until` there, or give it until a later version");
    comparison.add(change);
}

/// Reports a deprecated metric that has reached the version of its end.
fn report_deprecated(comparison: &mut Comparison<'_>, name: &str, metric: &LockedMetric) {
    let (until, now) = (&metric.deprecated, comparison.catalog.version);
    if is_reached(until, now) {
        let change = Change::new(Class::DeprecatedDue, quote(name))
            .detail(format!("deprecated until {until}, and this is {now}"))
            .declared(comparison.declaration_of(name))
            .help("remove the metric, or give it until a later version");
        comparison.add(change);
    }
}

/// Returns whether a package has reached a version. A pre-release of that version has not.
fn is_reached(until: &str, now: &str) -> bool {
    let full = if until.matches('.').count() == 1 { format!("{until}.0") } else { until.to_owned() };
    match (Version::parse(&full), Version::parse(now)) {
        (Ok(until), Ok(now)) => now >= until,
        _ => false,
    }
}
