//! Files that are checked in: fresh, compatible, and rewritten only when asked.

use crate::surface::Metrics;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use telemetry::catalog;

/// What the tests below run in a process of their own, since the environment is what lets files be written.
#[test]
#[ignore = "the other tests run it"]
fn assertion() {
    let path = PathBuf::from(env::var_os("ASSERTED_FILE").unwrap());
    match env::var("ASSERTION").unwrap().as_str() {
        "fresh" => catalog::assert_fresh(path, &catalog::markdown::<dyn Metrics>()),
        "compatible" => catalog::assert_schema_compatible::<dyn Metrics>(path),
        "locked" => catalog::assert_schema_locked::<dyn Metrics>(path),
        other => panic!("{other}"),
    }
}

/// A file of one test.
struct File(PathBuf);

impl File {
    fn new(name: &str, contents: &str) -> Self {
        let file = File::missing(name);
        fs::write(&file.0, contents).unwrap();
        file
    }

    fn missing(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_file(&path);
        File(path)
    }

    fn contents(&self) -> String {
        fs::read_to_string(&self.0).unwrap()
    }

    /// Whether the assertion passes with this in `TELEMETRY_UPDATE`, and what is said.
    fn asserted(&self, assertion: &str, update: &str) -> Result<String, String> {
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "files::assertion", "--ignored", "--nocapture"])
            .envs([("ASSERTION", assertion), (catalog::UPDATE, update)])
            .env("ASSERTED_FILE", &self.0)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("running 1 test"), "{said}");
        if output.status.success() { Ok(said) } else { Err(said) }
    }

    fn passes(&self, assertion: &str, update: &str) -> String {
        self.asserted(assertion, update).unwrap_or_else(|said| panic!("{said}"))
    }

    fn fails(&self, assertion: &str, update: &str) -> String {
        self.asserted(assertion, update).unwrap_err()
    }
}

#[track_caller]
fn says(said: &str, part: &str) {
    assert!(said.contains(part), "`{part}` is not in:\n{said}");
}

/// The lock without one of its metrics, as it was before that was declared.
fn older_lock() -> String {
    let lock = catalog::lock::<dyn Metrics>();
    let (head, rest) = lock.split_once("[metrics.skew]").unwrap();
    let (_, rest) = rest.split_once("\n[").unwrap();
    format!("{head}[{rest}")
}

/// The lock of a surface that had something which this one has not.
fn richer_lock() -> String {
    catalog::lock::<dyn Metrics>().replace("hostile", "friendly")
}

#[test]
fn a_stale_page_fails_with_the_difference_at_the_line_of_the_test() {
    let page = catalog::markdown::<dyn Metrics>();
    let file = File::new("stale.md", &page.replace("Events published.", "Events."));
    let said = file.fails("fresh", "");
    says(&said, "files.rs:16:");
    says(&said, "help: run this test with `TELEMETRY_UPDATE=1`");
    says(&said, "\n-Events.\n+Events published.\n");
    file.passes("fresh", "1");
    assert_eq!(file.contents(), page);
}

#[test]
fn a_missing_file_is_written_on_request_only() {
    for assertion in ["fresh", "compatible"] {
        let file = File::missing(&format!("missing.{assertion}"));
        let said = file.fails(assertion, "");
        says(&said, "` does not exist\n");
        says(&said, "help: run this test with `TELEMETRY_UPDATE=1` to write it, and check it in");
        file.passes(assertion, "1");
        file.passes(assertion, "");
    }
}

#[test]
fn a_file_that_is_not_a_lock_is_never_overwritten() {
    let cases = [
        ("syntax.lock", "format = 1\nsurface = [", "is not a lock of `telemetry`: TOML parse error"),
        ("merge.lock", "<<<<<<< HEAD\nformat = 1\n", "is not a lock of `telemetry`: TOML parse error"),
        ("other.lock", "version = 4\n", "is not a lock of `telemetry`: TOML parse error"),
        (
            "later.lock",
            "format = 2\nmetrics = 0\n",
            "is a lock of format 2, and this version of `telemetry` reads",
        ),
    ];
    for (name, text, message) in cases {
        let file = File::new(name, text);
        for update in ["", "1", "breaking"] {
            says(&file.fails("compatible", update), message);
        }
        assert_eq!(file.contents(), text);
    }
}

#[test]
fn an_addition_passes_and_fails_where_the_lock_must_have_all() {
    let file = File::new("older.lock", &older_lock());
    says(&file.passes("compatible", ""), "added (1)\n- metric added: `skew`, a histogram of seconds\n");
    assert_eq!(file.contents(), older_lock());
    says(&file.fails("locked", ""), "the surface has additions that its lock lacks, according to `");
    file.passes("compatible", "1");
    assert_eq!(file.contents(), catalog::lock::<dyn Metrics>());
    file.passes("locked", "");
}

#[test]
fn a_loss_takes_its_own_word() {
    let file = File::new("richer.lock", &richer_lock());
    for update in ["", "1"] {
        let said = file.fails("compatible", update);
        says(&said, "files.rs:17:");
        says(&said, "the surface breaks what dashboards and alerts rely on, according to `");
        says(
            &said,
            "help: undo the breaking changes, or accept the loss by running this test with `TELEMETRY_UPDATE=breaking`",
        );
        says(&said, "label renamed: `friendly` of `lookups`, it is `hostile` now");
        assert_eq!(file.contents(), richer_lock());
    }
    file.passes("compatible", "breaking");
    assert_eq!(file.contents(), catalog::lock::<dyn Metrics>());
}

#[test]
fn another_word_in_the_environment_is_said() {
    let file = File::new("word.lock", &catalog::lock::<dyn Metrics>());
    for assertion in ["fresh", "compatible", "locked"] {
        says(&file.fails(assertion, "yes"), "`TELEMETRY_UPDATE=yes` is not a known value");
    }
}
