//! No module of the library crates imports, however indirectly, from a sibling that imports from it.

use crate::files::library;
use crate::imports::{Arrows, arrows};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

#[test]
fn the_library_has_no_circle_of_imports() {
    assert_no_circle(&arrows(&library("telemetry")));
}

#[test]
fn the_macros_have_no_circle_of_imports() {
    assert_no_circle(&arrows(&library("telemetry-macros")));
}

#[test]
fn a_circle_is_found() {
    let one = |name: &str, to: &[&str]| (name.to_owned(), to.iter().map(|to| (*to).to_owned()).collect());
    let arrows = Arrows::from([one("a", &["b", "d"]), one("b", &["c"]), one("c", &["a"]), one("d", &[])]);
    assert_eq!(circles(&arrows), ["a -> b -> c -> a"]);
}

fn assert_no_circle(arrows: &Arrows) {
    assert!(arrows.values().map(BTreeSet::len).sum::<usize>() > 20, "few imports were found: {arrows:?}");
    let circles = circles(arrows);
    assert!(circles.is_empty(), "{} circles of imports:\n{}", circles.len(), circles.join("\n"));
}

/// Finds circles until each module that is in one has been shown: of each, the shortest.
fn circles(arrows: &Arrows) -> Vec<String> {
    let mut shown = BTreeSet::new();
    let mut circles = Vec::new();
    for module in arrows.keys() {
        if !shown.contains(module)
            && let Some(circle) = shortest(arrows, module)
        {
            circles.push([circle.join(" -> "), circle[0].clone()].join(" -> "));
            shown.extend(circle);
        }
    }
    circles
}

/// Returns the shortest way from the module back to itself, if there is one.
fn shortest(arrows: &Arrows, start: &str) -> Option<Vec<String>> {
    let mut from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut next = VecDeque::from([start]);
    while let Some(module) = next.pop_front() {
        for to in arrows.get(module).into_iter().flatten() {
            if to == start {
                let back = std::iter::successors(Some(module), |module| from.get(module).copied());
                let mut circle: Vec<String> = back.map(str::to_owned).collect();
                circle.reverse();
                return Some(circle);
            }
            if to != module && !from.contains_key(to.as_str()) {
                from.insert(to, module);
                next.push_back(to);
            }
        }
    }
    None
}
