//! promtool: `check metrics`, which reads the text format with the parser of Prometheus' Go client, `check
//! rules` and `test rules`, which read and evaluate rules as the server does, and `tsdb create-blocks-from`,
//! which makes a server's data of samples that are older than the test.

use crate::server::Version;
use crate::tool::{self, Process, Scratch};
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::thread;

/// Why the text is refused by a version: a syntax error, or a lint.
pub fn check(text: &str) -> Result<(), String> {
    Version::ALL.into_iter().try_for_each(|version| {
        let (status, said) = checked(version, text);
        let has_passed = status.success() && said.is_empty();
        if has_passed { Ok(()) } else { Err(format!("{version:?}: {status}: {said}")) }
    })
}

/// The lints, a line each, which are those of both versions. It must have read all of the text for them.
pub fn lints(text: &str) -> Vec<String> {
    let [two, three] = Version::ALL.map(|version| lints_of(version, text));
    assert_eq!(two, three);
    two
}

fn lints_of(version: Version, text: &str) -> Vec<String> {
    let (status, said) = checked(version, text);
    // 1 is for syntax, 3 for lints.
    assert!(matches!(status.code(), Some(0 | 3)), "{status}: {said}");
    said.lines().map(str::to_owned).collect()
}

fn checked(version: Version, text: &str) -> (ExitStatus, String) {
    let mut promtool = tool::program(&version.program("promtool"));
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut process = Process::start(&mut promtool);
    let mut stdin = process.0.stdin.take().unwrap();
    let text = text.to_owned();
    // It may stop reading at the first error.
    let writing = thread::spawn(move || drop(stdin.write_all(text.as_bytes())));
    let mut said = String::new();
    process.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    writing.join().unwrap();
    (process.0.wait().unwrap(), said)
}

/// Why a rule file is refused; else how many rules it has.
pub fn check_rules(name: &str, rules: &str) -> Result<usize, String> {
    let [two, three] = Version::ALL.map(|version| check_rules_by(version, name, rules));
    assert_eq!(two.as_ref().ok(), three.as_ref().ok(), "{two:?}, {three:?}");
    two
}

fn check_rules_by(version: Version, name: &str, rules: &str) -> Result<usize, String> {
    let scratch = Scratch::new(&format!("check-rules-{name}")).unwrap();
    fs::write(scratch.file("rules.yml"), rules).unwrap();
    let mut promtool = tool::program(&version.program("promtool"));
    promtool.args(["check", "rules", "--lint=all", "--lint-fatal"]).arg(scratch.file("rules.yml"));
    let checked = promtool.output().unwrap();
    let said = String::from_utf8(checked.stdout).unwrap() + &String::from_utf8(checked.stderr).unwrap();
    let found =
        said.lines().find_map(|line| line.trim().strip_prefix("SUCCESS: ")?.strip_suffix(" rules found"));
    match found.filter(|_| checked.status.success()) {
        Some(count) => Ok(count.parse().unwrap()),
        None => Err(said),
    }
}

/// Why the tests fail, if they do; they are in the form of Prometheus' unit tests for rules.
pub fn test_rules(name: &str, rules: &str, tests: &[Value]) -> Result<(), String> {
    test_rules_each("1m", name, rules, tests)
}

/// The same, with rules that are evaluated in another interval: tests of many hours take as much less time.
pub fn test_rules_each(interval: &str, name: &str, rules: &str, tests: &[Value]) -> Result<(), String> {
    let [two, three] = Version::ALL.map(|version| test_rules_by(version, interval, name, rules, tests));
    assert_eq!(two.is_ok(), three.is_ok(), "{two:?}, {three:?}");
    two
}

/// The same by version 3 alone, for tests with native histograms: version 2.42 cannot write them down.
pub fn test_native_rules(name: &str, rules: &str, tests: &[Value]) -> Result<(), String> {
    test_rules_by(Version::Three, "1m", name, rules, tests)
}

fn test_rules_by(
    version: Version,
    interval: &str,
    name: &str,
    rules: &str,
    tests: &[Value],
) -> Result<(), String> {
    let scratch = Scratch::new(&format!("test-rules-{name}")).unwrap();
    fs::write(scratch.file("rules.yml"), rules).unwrap();
    // JSON is YAML.
    let file =
        serde_json::json!({ "rule_files": ["rules.yml"], "evaluation_interval": interval, "tests": tests });
    fs::write(scratch.file("tests.yml"), file.to_string()).unwrap();
    let tested = tool::program(&version.program("promtool"))
        .args(["test", "rules"])
        .arg(scratch.file("tests.yml"))
        .output()
        .unwrap();
    let said = String::from_utf8(tested.stdout).unwrap() + &String::from_utf8(tested.stderr).unwrap();
    if tested.status.success() && said.contains("SUCCESS") { Ok(()) } else { Err(said) }
}

/// Makes a server's data of these samples: `OpenMetrics` with timestamps, which goes into a file on the way.
pub fn backfill(version: Version, history: &str, file: &Path, data: &Path) {
    fs::write(file, history).unwrap();
    let mut promtool = tool::program(&version.program("promtool"));
    promtool.args(["tsdb", "create-blocks-from", "openmetrics"]).arg(file).arg(data);
    let made = promtool.output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
