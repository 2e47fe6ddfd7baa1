//! Compares the log lines, for the programs that read them.

use super::change::{Change, Class};
use super::comparison::{Comparison, quote};
use crate::catalog::lock::LockedLine;
use std::collections::BTreeMap;

type Lines = BTreeMap<String, LockedLine>;

/// Adds the changes of all log lines.
pub(super) fn compare(comparison: &mut Comparison<'_>) {
    let old = &comparison.old.lines;
    let new = std::mem::take(&mut comparison.new.lines);
    for (name, line) in old {
        match new.get(name) {
            Some(now) => compare_one(comparison, name, line, now),
            None => {
                let change = match find_rename(name, old, &new) {
                    Some(now) => Change::new(Class::LineRenamed, head(name, line))
                        .detail(format!("it seems to be `{now}` now"))
                        .declared(declaration_of(comparison, now))
                        .help(format!("keep the name: `#[log(\"{name}\")]`")),
                    None => Change::new(Class::LineRemoved, head(name, line)),
                };
                comparison.add(
                    change.lost("searches of the log, and metrics made of it, find nothing under this name"),
                );
            }
        }
    }
    for (name, line) in &new {
        let is_moved = old
            .keys()
            .any(|before| !new.contains_key(before) && find_rename(before, old, &new) == Some(name));
        if !(old.contains_key(name) || is_moved) {
            comparison.add(
                Change::new(Class::LineAdded, head(name, line)).declared(declaration_of(comparison, name)),
            );
        }
    }
    comparison.new.lines = new;
}

/// Returns the new name of a removed line, if exactly one added line equals it and no other removed line
/// does.
fn find_rename<'n>(name: &str, old: &Lines, new: &'n Lines) -> Option<&'n str> {
    let line = old.get(name)?;
    let mut removed = old.iter().filter(|(other, locked)| !new.contains_key(*other) && *locked == line);
    let is_only = removed.next().is_some_and(|(other, _)| other == name) && removed.next().is_none();
    let mut added = new.iter().filter(|(other, now)| !old.contains_key(*other) && *now == line);
    match (is_only, added.next(), added.next()) {
        (true, Some((now, _)), None) => Some(now),
        _ => None,
    }
}

fn compare_one(comparison: &mut Comparison<'_>, name: &str, old: &LockedLine, new: &LockedLine) {
    let declared = declaration_of(comparison, name);
    let head = head(name, old);
    let mut add = |class, subject: String, detail: String, lost: &str| {
        comparison.add(Change::new(class, subject).detail(detail).declared(&declared).lost(lost));
    };
    let parts = [
        ("key", &old.key, &new.key, "a search for it by the old key finds nothing"),
        ("level", &old.level, &new.level, "subscribers and searches by level treat it differently"),
        ("target", &old.target, &new.target, "filters by target treat it differently"),
    ];
    for (part, before, now, lost) in parts.into_iter().filter(|(_, before, now, _)| before != now) {
        let detail = format!("its {part} was {} and is {}", quote(before), quote(now));
        add(Class::LineChanged, head.clone(), detail, lost);
    }
    for field in old.fields.difference(&new.fields) {
        let lost = "searches of the log by it, and metrics made of it, find nothing";
        add(Class::FieldRemoved, format!("`{field}` of {head}"), String::new(), lost);
    }
    for field in new.fields.difference(&old.fields) {
        add(Class::FieldAdded, format!("`{field}` of {head}"), String::new(), "");
    }
}

/// Returns a line in the form in which a search finds it.
fn head(name: &str, line: &LockedLine) -> String {
    format!("`{}={name}`", line.key)
}

/// Returns the methods that write a line.
fn declaration_of(comparison: &Comparison<'_>, name: &str) -> String {
    let lines = comparison.catalog.lines.iter().filter(|line| line.name == name);
    let methods: Vec<String> =
        lines.map(|line| comparison.describe_method(line.method, &line.source)).collect();
    methods.join(", ")
}
