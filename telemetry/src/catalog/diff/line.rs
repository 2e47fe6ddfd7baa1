//! What has changed of log lines, for programs that read them.

use super::{Change, Class, Found, shown};
use crate::catalog::lock::LockedLine;
use std::collections::BTreeMap;

type Lines = BTreeMap<String, LockedLine>;

pub(super) fn compare(found: &mut Found<'_>) {
    let (old, new) = (&found.old.lines, std::mem::take(&mut found.new.lines));
    for (name, line) in old {
        match new.get(name) {
            Some(now) => compare_one(found, name, line, now),
            None => {
                let change = match renamed(name, old, &new) {
                    Some(now) => Change::new(Class::LineRenamed, head(name, line))
                        .detail(format!("it seems to be `{now}` now"))
                        .declared(declared(found, now))
                        .help(format!("keep the name: `#[log(\"{name}\")]`")),
                    None => Change::new(Class::LineRemoved, head(name, line)),
                };
                found.add(
                    change.lost("searches of the log, and metrics made of it, find nothing under this name"),
                );
            }
        }
    }
    for (name, line) in &new {
        let is_moved =
            old.keys().any(|before| !new.contains_key(before) && renamed(before, old, &new) == Some(name));
        if !(old.contains_key(name) || is_moved) {
            found.add(Change::new(Class::LineAdded, head(name, line)).declared(declared(found, name)));
        }
    }
    found.new.lines = new;
}

/// What a removed line is called now, if one line is new that is like it, and no other removed one is.
fn renamed<'n>(name: &str, old: &Lines, new: &'n Lines) -> Option<&'n str> {
    let line = old.get(name)?;
    let mut gone = old.iter().filter(|(other, locked)| !new.contains_key(*other) && *locked == line);
    let is_alone = gone.next().is_some_and(|(other, _)| other == name) && gone.next().is_none();
    let mut come = new.iter().filter(|(other, now)| !old.contains_key(*other) && *now == line);
    match (is_alone, come.next(), come.next()) {
        (true, Some((now, _)), None) => Some(now),
        _ => None,
    }
}

fn compare_one(found: &mut Found<'_>, name: &str, old: &LockedLine, new: &LockedLine) {
    let declared = declared(found, name);
    let head = head(name, old);
    let mut add = |class, subject: String, detail: String, lost: &str| {
        found.add(Change::new(class, subject).detail(detail).declared(&declared).lost(lost));
    };
    let parts = [
        ("key", &old.key, &new.key, "a search for it by the old key finds nothing"),
        ("level", &old.level, &new.level, "a subscriber or a search by level does not see it as before"),
        ("target", &old.target, &new.target, "a filter by target does not see it as before"),
    ];
    for (part, before, now, lost) in parts.into_iter().filter(|(_, before, now, _)| before != now) {
        let detail = format!("its {part} was {} and is {}", shown(before), shown(now));
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

/// A line as a search finds it.
fn head(name: &str, line: &LockedLine) -> String {
    format!("`{}={name}`", line.key)
}

/// The methods that write it.
fn declared(found: &Found<'_>, name: &str) -> String {
    let lines = found.catalog.lines.iter().filter(|line| line.name == name);
    let methods: Vec<String> = lines.map(|line| found.method(line.method, &line.source)).collect();
    methods.join(", ")
}
