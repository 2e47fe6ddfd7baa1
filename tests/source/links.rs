//! The rendered documentation has no dead link and no dead picture.

use crate::files::{below, repository};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// The crates whose pages users read.
const CRATES: [&str; 2] = ["telemetry", "telemetry_macros"];

#[test]
fn rendered_documentation_has_no_dead_link() {
    let root = rendered();
    let mut pages = Pages::default();
    let files: Vec<PathBuf> = CRATES.iter().flat_map(|name| below(&root.join(name), "html")).collect();
    let mut links = 0;
    let mut dead = BTreeSet::new();
    for file in files {
        let html = fs::read_to_string(&file).unwrap();
        for link in links_of(&html) {
            links += 1;
            if !is_of_another_crate(&link) && !is_list_of_nothing(&link) && !pages.has(&file, &link) {
                dead.insert(format!("{} in {}", link, file.strip_prefix(&root).unwrap().display()));
            }
        }
    }
    println!("{links} links to files");
    assert!(links > 5_000, "only {links} links were found");
    assert!(dead.is_empty(), "dead links:\n{}", dead.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn dead_links_are_found() {
    let html =
        r##"<a href="#a">A</a> <img src='b.png' alt="x"> <a href="https://c.example">C</a> <p id="a">"##;
    assert_eq!(links_of(html), ["#a", "b.png"]);
    assert_eq!(ids_of(html), BTreeSet::from(["a".to_owned()]));
    assert!(!Pages::default().has(&repository().join("README.html"), "no-such-file.png"));
    assert!(Pages::default().has(&repository().join("README.html"), "README.md"));
}

/// Builds the documentation of the workspace, as `tests/run` does, and returns its folder.
fn rendered() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["doc", "--workspace", "--all-features", "--no-deps", "--locked", "--quiet"]);
    cargo.current_dir(repository()).env("RUSTDOCFLAGS", "-D warnings");
    assert!(cargo.status().unwrap().success(), "the documentation does not build");
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("doc")
}

/// Recognizes the links in documentation that a trait of another crate brings along, which rustdoc leaves as
/// they stand in its source: a path, or a page of that crate. rustdoc itself rejects a path of ours that
/// leads nowhere.
fn is_of_another_crate(link: &str) -> bool {
    link.contains("::") || link.starts_with("dispatcher#")
}

/// Recognizes rustdoc's script with the implementations of a trait. rustdoc names it on each trait's page,
/// and writes none for a trait without implementations.
fn is_list_of_nothing(link: &str) -> bool {
    link.contains("/trait.impl/")
}

/// The fragments of the pages that links lead to.
#[derive(Default)]
struct Pages {
    ids: BTreeMap<PathBuf, BTreeSet<String>>,
}

impl Pages {
    /// Returns true if the link of this page leads to a file, and to an element of it if it names one.
    fn has(&mut self, page: &Path, link: &str) -> bool {
        let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
        let path = path.split('?').next().unwrap_or_default();
        let target =
            if path.is_empty() { page.to_path_buf() } else { normal(&page.parent().unwrap().join(path)) };
        if target.is_dir() {
            return target.join("index.html").exists() && fragment.is_empty();
        }
        // Lines of the rendered sources have their numbers from a script.
        let is_source = target.components().any(|part| part == Component::Normal("src".as_ref()));
        target.exists() && (fragment.is_empty() || is_source || self.ids_of(target).contains(fragment))
    }

    fn ids_of(&mut self, file: PathBuf) -> &BTreeSet<String> {
        self.ids.entry(file).or_insert_with_key(|file| ids_of(&fs::read_to_string(file).unwrap_or_default()))
    }
}

/// Resolves `..` without asking the file system, as a browser does.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            normal.pop();
        } else {
            normal.push(part);
        }
    }
    normal
}

/// Lists the links of a page that are relative.
fn links_of(html: &str) -> Vec<String> {
    let all = [" href=", " src="].into_iter().flat_map(|name| values(html, name));
    all.filter(|link| !link.contains("://") && !link.starts_with("data:") && !link.starts_with("mailto:"))
        .collect()
}

fn ids_of(html: &str) -> BTreeSet<String> {
    values(html, " id=").collect()
}

/// Lists the values of an attribute, in single or double quotes.
fn values<'a>(html: &'a str, name: &'a str) -> impl Iterator<Item = String> + 'a {
    html.match_indices(name).filter_map(move |(at, _)| {
        let value = &html[at + name.len()..];
        let quote = value.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
        let (value, _) = value[1..].split_once(quote)?;
        Some(value.replace("&amp;", "&").replace("&#x27;", "'"))
    })
}
