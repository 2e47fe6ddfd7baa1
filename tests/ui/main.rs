//! Compile errors as users see them, and declarations that must compile.
//!
//! ```text
//! macros/RULE.rs   a rule of the macros; RULE_more.rs is another way to break it
//! const/RULE.rs    a rule that the library checks in constants
//! rustc/*.rs       what rustc says, so that a new compiler breaks few files
//! pass/*.rs        what must compile and run
//! ```
//!
//! The first line of a file that fails says how many errors it has. `TRYBUILD=overwrite` writes the
//! compiler's output anew.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "../../telemetry-macros/src/rules.rs"]
#[allow(dead_code, missing_docs, reason = "the table is what is asked for")]
mod rules;

use std::fs;
use std::path::{Path, PathBuf};
use telemetry::__private::check;

/// As many columns a line of ours may have.
const COLUMNS: usize = 100;

#[test]
fn mistakes_are_told() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("macros/*.rs");
    cases.compile_fail("const/*.rs");
    cases.compile_fail("rustc/*.rs");
}

/// Apart from the others: those need no code, and are checked in one go.
#[test]
fn declarations_compile_and_run() {
    trybuild::TestCases::new().pass("pass/*.rs");
}

#[test]
fn every_rule_of_the_macros_has_a_case_that_shows_its_message() {
    for (name, message) in rules::TABLE {
        shows(&folder("macros").join(name), &fixed_parts(message));
    }
}

#[test]
fn every_rule_of_the_constants_has_a_case_that_shows_its_message() {
    for rule in check::RULES {
        let message = rule.message.lines().next().unwrap_or_default();
        shows(&folder("const").join(rule.name), &fixed_parts(message));
    }
}

#[test]
fn every_case_has_the_errors_that_it_declares() {
    for case in failing() {
        let source = read(&case);
        let declared = source.lines().next().and_then(|line| line.strip_prefix("//! errors: "));
        let declared: usize = declared.and_then(|count| count.parse().ok()).unwrap_or_else(|| {
            panic!("{} does not begin with `//! errors: N`", case.display());
        });
        let output = read(&case.with_extension("stderr"));
        let found = output.lines().filter(|line| is_error(line)).count();
        assert_eq!(found, declared, "errors of {}", case.display());
    }
}

#[test]
fn every_output_has_its_case() {
    for path in folders().iter().flat_map(|folder| files(folder, "stderr")) {
        assert!(path.with_extension("rs").exists(), "{} has no case", path.display());
    }
}

#[test]
fn every_misuse_of_the_fault_list_has_a_case() {
    let mut cases = failing();
    cases.extend(files(&folder("pass"), "rs"));
    let sources: Vec<String> = cases.iter().map(|path| read(path)).collect();
    let covers = |source: &String, row: &str| {
        let head = source.lines().take_while(|line| line.starts_with("//!"));
        head.flat_map(|line| line.split([' ', ',', ':'])).any(|word| word == row)
    };
    for row in 1..=18 {
        let row = format!("M{row}");
        assert!(sources.iter().any(|source| covers(source, &row)), "no case says that it covers {row}");
    }
    assert!(cases.len() >= 60, "{} cases", cases.len());
}

#[test]
fn our_lines_are_short() {
    let ours = [folder("macros"), folder("const")];
    for path in ours.iter().flat_map(|folder| files(folder, "stderr")) {
        for line in read(&path).lines().filter(|line| is_ours(line)) {
            let text = line.trim_start().trim_start_matches("error[E0080]: evaluation panicked: ");
            assert!(text.chars().count() <= COLUMNS, "{} has a long line: {text}", path.display());
        }
    }
    for (name, message) in rules::TABLE {
        assert!(message.chars().count() <= COLUMNS, "{name}");
    }
}

/// The first line of an error, or the help that it says itself.
fn is_ours(line: &str) -> bool {
    is_error(line) || line.trim_start().starts_with("help: ")
}

fn is_error(line: &str) -> bool {
    line.starts_with("error")
        && !line.starts_with("error: aborting")
        && !line.starts_with("error: could not compile")
}

/// A message without its `{arguments}`.
fn fixed_parts(message: &str) -> Vec<String> {
    let plain = message.replace("{{", "\u{1}").replace("}}", "\u{2}");
    let parts = plain.split('{').enumerate().map(|(index, part)| match part.split_once('}') {
        Some((_, rest)) if index > 0 => rest,
        _ => part,
    });
    parts.map(|part| part.replace('\u{1}', "{").replace('\u{2}', "}")).collect()
}

/// Whether the case's output has a line with these parts, in this order.
fn shows(case: &Path, parts: &[String]) {
    let path = case.with_extension("stderr");
    let shown = |line: &str| {
        let mut rest = line;
        parts.iter().all(|part| {
            let found = rest.find(part.as_str());
            rest = found.map_or("", |at| &rest[at + part.len()..]);
            found.is_some()
        })
    };
    assert!(case.with_extension("rs").exists() && path.exists(), "no case for {}", case.display());
    assert!(read(&path).lines().filter(|line| is_error(line)).any(shown), "{} says else", path.display());
}

fn failing() -> Vec<PathBuf> {
    folders().iter().flat_map(|folder| files(folder, "rs")).collect()
}

fn folders() -> [PathBuf; 3] {
    [folder("macros"), folder("const"), folder("rustc")]
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|own| own == extension)).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
