//! Compile errors as users see them, and declarations that must compile.
//!
//! ```text
//! counter/, gauge/, histogram/, instrument/   one kind's attribute; what all three share
//! alert/, context/, log/, label/, metrics/    the attribute of that name; `metrics` is on the whole trait
//! registration/                               `labels(...)` on the trait, and who registers with them
//! slo/                                        `#[slo]`
//! guard/                                      `#[guard]`, `#[end]` and `in_flight`
//! derive_label/                               `#[derive(Label)]` and its attributes
//! argument/                                   the syntax of arguments, whichever attribute they stand in
//! method/, parameter/                         signatures
//! rustc/                                      what rustc words, apart: a new compiler changes few files
//! pass/                                       declarations that must compile and run
//! ```
//!
//! A case is named after its rule: `RULE.rs`, and `RULE_more.rs` for another way to break it. Its first line
//! declares the number of its errors. `TRYBUILD=overwrite` writes the compiler's output to the `.stderr`
//! files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "../../telemetry-macros/src/rules.rs"]
#[allow(dead_code, missing_docs, reason = "only the table is read")]
mod rules;

use std::fs;
use std::path::{Path, PathBuf};
use telemetry::__private::check;

/// The widest line that a message of ours may have.
const COLUMNS: usize = 100;

/// Folders of cases that break a rule of ours.
const RULES: [&str; 17] = [
    "alert",
    "argument",
    "context",
    "counter",
    "derive_label",
    "gauge",
    "guard",
    "histogram",
    "instrument",
    "label",
    "log",
    "method",
    "metrics",
    "parameter",
    "registration",
    "remove",
    "slo",
];

/// The folder of errors that rustc words.
const RUSTC: &str = "rustc";

/// The folder of declarations that must compile.
const PASS: &str = "pass";

#[test]
fn mistakes_have_the_expected_errors() {
    let cases = trybuild::TestCases::new();
    for folder in failing_folders() {
        cases.compile_fail(format!("{folder}/*.rs"));
    }
}

/// A test of its own: the failing cases need no code generation, and trybuild checks them in one go.
#[test]
fn declarations_compile_and_run() {
    trybuild::TestCases::new().pass(format!("{PASS}/*.rs"));
}

#[test]
fn every_rule_of_the_macros_has_a_case_that_shows_its_message() {
    for (name, message) in rules::TABLES.into_iter().flatten() {
        shows(name, &fixed_parts(message));
    }
}

#[test]
fn every_rule_of_the_constants_has_a_case_that_shows_its_message() {
    for rule in check::RULES {
        let message = rule.message.lines().next().unwrap_or_default();
        shows(rule.name, &fixed_parts(message));
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
fn every_case_stands_in_one_listed_folder() {
    let mut listed: Vec<&str> = failing_folders().chain([PASS]).collect();
    let entries = fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap().map(|entry| name(&entry.unwrap().path()));
    let has_cases = |name: &String| path(name).is_dir() && !files(name, "rs").is_empty();
    let mut found: Vec<String> = entries.filter(has_cases).collect();
    listed.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, listed, "folders of cases");

    let mut names: Vec<String> = failing().iter().map(|case| name(case)).collect();
    names.sort_unstable();
    let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
    assert_eq!(twice, None, "two cases have one name");
}

#[test]
fn every_output_has_its_case() {
    for path in failing_folders().flat_map(|folder| files(folder, "stderr")) {
        assert!(path.with_extension("rs").exists(), "{} has no case", path.display());
    }
}

#[test]
fn every_misuse_of_the_fault_list_has_a_case() {
    let mut cases = failing();
    cases.extend(files(PASS, "rs"));
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
    for path in RULES.into_iter().flat_map(|folder| files(folder, "stderr")) {
        for line in read(&path).lines().filter(|line| is_ours(line)) {
            let text = line.trim_start().trim_start_matches("error[E0080]: evaluation panicked: ");
            assert!(text.chars().count() <= COLUMNS, "{} has a long line: {text}", path.display());
        }
    }
    for (name, message) in rules::TABLES.into_iter().flatten() {
        assert!(message.chars().count() <= COLUMNS, "{name}");
    }
}

/// Recognizes the first line of an error, and the help that belongs to it.
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

/// Asserts that the output of the rule's case has a line with these parts, in this order.
fn shows(rule: &str, parts: &[String]) {
    let own = format!("{rule}.rs");
    let case = RULES.into_iter().map(|folder| path(folder).join(&own)).find(|case| case.exists());
    let case = case.unwrap_or_else(|| panic!("no case for `{rule}`"));
    let output = read(&case.with_extension("stderr"));
    let mut errors = output.lines().filter(|line| is_error(line));
    assert!(errors.any(|line| has_parts(line, parts)), "{} shows another error", case.display());
}

fn has_parts(line: &str, parts: &[String]) -> bool {
    let mut rest = line;
    parts.iter().all(|part| match rest.split_once(part.as_str()) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

fn failing() -> Vec<PathBuf> {
    failing_folders().flat_map(|folder| files(folder, "rs")).collect()
}

fn failing_folders() -> impl Iterator<Item = &'static str> {
    RULES.into_iter().chain([RUSTC])
}

fn path(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(path(folder)).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|own| own == extension)).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
