//! Checks generated files that are checked in, and rewrites them on request.

use similar::TextDiff;
use std::env;
use std::fmt::{self, Write};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The environment variable that lets a test rewrite the files that it checks: `1`, or `breaking` for a
/// lock that loses something.
pub const UPDATE: &str = "TELEMETRY_UPDATE";

/// The most lines of a difference that are printed.
const LINES_MAX: usize = 200;

/// Asserts that a checked-in file has these contents. With `TELEMETRY_UPDATE=1` it writes the file instead.
///
/// A relative path starts at the test's working directory, which `cargo test` sets to the directory of the
/// package's `Cargo.toml`, also in a workspace. Line endings do not matter, since git may change them.
///
/// # Panics
///
/// Panics if the file is missing, differs (prints the difference), or cannot be read or written, or if
/// `TELEMETRY_UPDATE` is neither `1` nor `breaking`.
///
/// # Examples
///
/// ```no_run
/// telemetry::catalog::assert_fresh("generated/settings.yaml", "answer: 42\n");
/// ```
#[track_caller]
pub fn assert_fresh(path: impl AsRef<Path>, contents: &str) {
    let checked = Update::from_env().and_then(|update| check(path.as_ref(), contents, update));
    if let Err(fault) = checked {
        fail(&fault.to_string());
    }
}

/// The permission of a test to rewrite the files that it checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Update {
    /// Writes nothing.
    Never,
    /// Rewrites files, but not a lock that loses something.
    Additive,
    /// Rewrites all files.
    Breaking,
}

impl Update {
    pub(super) fn from_env() -> Result<Self, Fault> {
        Self::parse(&env::var_os(UPDATE).unwrap_or_default().to_string_lossy())
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        match text {
            "" | "0" => Ok(Update::Never),
            "1" => Ok(Update::Additive),
            "breaking" => Ok(Update::Breaking),
            other => Err(Fault::Update(other.to_owned())),
        }
    }
}

/// The reason why a file fails the check.
#[derive(Debug)]
pub(super) enum Fault {
    /// The environment variable has an unknown value.
    Update(String),
    Missing(PathBuf),
    Stale(PathBuf, String),
    Read(PathBuf, io::Error),
    Write(PathBuf, io::Error),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Update(text) => write!(
                f,
                "`{UPDATE}={text}` is not a known value\nhelp: `{UPDATE}=1` rewrites files, `{UPDATE}=breaking` also a lock \
                 that loses something"
            ),
            Fault::Missing(path) => write!(
                f,
                "`{}` does not exist\nhelp: run this test with `{UPDATE}=1` to write it, and check it in",
                path.display()
            ),
            Fault::Stale(path, difference) => write!(
                f,
                "`{}` differs from the declaration\nhelp: run this test with `{UPDATE}=1` to rewrite it, \
                 if the difference is intended\n\n{difference}",
                path.display()
            ),
            Fault::Read(path, error) => write!(
                f,
                "`{}` cannot be read: {error}\nhelp: a relative path starts at the test's working directory, \
                 the package's",
                path.display()
            ),
            Fault::Write(path, error) => write!(f, "`{}` cannot be written: {error}", path.display()),
        }
    }
}

fn check(path: &Path, contents: &str, update: Update) -> Result<(), Fault> {
    let found = read(path)?;
    if found.as_deref() == Some(contents) {
        return Ok(());
    }
    if update != Update::Never {
        return write(path, contents);
    }
    match found {
        None => Err(Fault::Missing(path.to_owned())),
        Some(found) => Err(Fault::Stale(path.to_owned(), difference(&found, contents))),
    }
}

/// Returns the file's text with plain line endings, or `None` if the file does not exist.
pub(super) fn read(path: &Path) -> Result<Option<String>, Fault> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.replace("\r\n", "\n"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Fault::Read(path.to_owned(), error)),
    }
}

pub(super) fn write(path: &Path, contents: &str) -> Result<(), Fault> {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    let made = directory.map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(path, contents)).map_err(|error| Fault::Write(path.to_owned(), error))
}

/// Returns the difference between the file and the generated text, as a patch.
fn difference(found: &str, made: &str) -> String {
    let diff = TextDiff::from_lines(found, made);
    let patch = diff.unified_diff().context_radius(2).header("checked in", "made now").to_string();
    let more = patch.lines().count().saturating_sub(LINES_MAX);
    let mut shown: String = patch.lines().take(LINES_MAX).flat_map(|line| [line, "\n"]).collect();
    if more > 0 {
        // Writing to a `String` cannot fail.
        let _ = writeln!(shown, "({more} more lines)");
    }
    shown
}

/// Fails an assertion, at the caller's line.
#[track_caller]
#[allow(clippy::panic, reason = "a failing assertion of a test")]
pub(super) fn fail(message: &str) -> ! {
    panic!("{message}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    /// A directory of this test's own, which goes when the test ends.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = env::temp_dir().join(format!("telemetry-fresh-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Scratch(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_file_is_checked_and_only_written_on_request() {
        let scratch = Scratch::new("request");
        let path = scratch.0.join("deep/er/METRICS.md");
        let missing = check(&path, "one\n", Update::Never).unwrap_err();
        assert!(matches!(missing, Fault::Missing(_)) && !path.exists());

        check(&path, "one\n", Update::Additive).unwrap();
        check(&path, "one\n", Update::Never).unwrap();
        let stale = check(&path, "two\n", Update::Never).unwrap_err().to_string();
        assert!(stale.ends_with("--- checked in\n+++ made now\n@@ -1 +1 @@\n-one\n+two\n"), "{stale}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\n");
    }

    #[test]
    fn line_endings_do_not_matter() {
        let scratch = Scratch::new("endings");
        let path = scratch.0.join("METRICS.md");
        fs::write(&path, "one\r\ntwo\r\n").unwrap();
        check(&path, "one\ntwo\n", Update::Never).unwrap();
    }

    #[test]
    fn an_unreadable_file_is_reported() {
        let scratch = Scratch::new("unreadable");
        let directory = check(&scratch.0, "one\n", Update::Additive).unwrap_err();
        assert!(directory.to_string().contains("cannot be read"), "{directory}");
        fs::write(scratch.0.join("file"), "").unwrap();
        let below = check(&scratch.0.join("file/METRICS.md"), "one\n", Update::Additive);
        assert!(matches!(below, Err(Fault::Read(..) | Fault::Write(..))));
    }

    #[test]
    fn a_long_difference_is_cut() {
        let long: String = (0..1_000).flat_map(|n| [n.to_string(), "\n".to_owned()]).collect();
        let shown = difference("", &long);
        assert_eq!(shown.lines().count(), LINES_MAX + 1);
        assert!(shown.ends_with("(803 more lines)\n"), "{shown}");
    }

    #[test]
    fn the_variable_says_one_of_three_things() {
        assert_eq!(Update::parse("").unwrap(), Update::Never);
        assert_eq!(Update::parse("1").unwrap(), Update::Additive);
        assert_eq!(Update::parse("breaking").unwrap(), Update::Breaking);
        let fault = Update::parse("yes").unwrap_err().to_string();
        assert!(fault.starts_with("`TELEMETRY_UPDATE=yes` is not a known value\nhelp: "), "{fault}");
    }
}
