//! Checks a surface against its lock file, and rewrites the file on request.

use super::diff::{self, Changes, Severity};
use super::fresh::{self, Fault, UPDATE, Update, fail};
use super::lock::{Lock, LockError};
use super::model::Catalog;
use crate::surface::Surface;
use std::fmt;
use std::path::{Path, PathBuf};

/// Asserts that a surface has lost nothing since its lock file was written.
///
/// Additions pass, even if the lock does not have them yet. `TELEMETRY_UPDATE=1` writes them to the lock;
/// until then the lock does not protect them. [`assert_schema_locked`] fails instead.
///
/// `TELEMETRY_UPDATE=1` never writes a lock that loses something: that takes `TELEMETRY_UPDATE=breaking`.
/// Relative paths are resolved as in [`assert_fresh`](super::assert_fresh).
///
/// # Panics
///
/// Panics if the lock file does not exist or cannot be read or written, if the surface has lost something, or
/// if an old name (`was`) has reached its version (`until`).
///
/// # Examples
///
/// ```no_run
/// # #[telemetry::metrics] trait Metrics {}
/// telemetry::catalog::assert_schema_compatible::<dyn Metrics>("metrics.lock");
/// ```
#[track_caller]
pub fn assert_schema_compatible<S: Surface + ?Sized>(path: impl AsRef<Path>) {
    assert(&Catalog::of::<S>(), path.as_ref(), false);
}

/// Asserts that a surface has lost nothing since its lock file was written, and that the lock is complete.
///
/// # Panics
///
/// Panics where [`assert_schema_compatible`] does, and if the surface has an addition that the lock does not
/// have.
#[track_caller]
pub fn assert_schema_locked<S: Surface + ?Sized>(path: impl AsRef<Path>) {
    assert(&Catalog::of::<S>(), path.as_ref(), true);
}

#[track_caller]
fn assert(catalog: &Catalog, path: &Path, all: bool) {
    let checked =
        Update::from_env().map_err(Unlocked::File).and_then(|update| check(catalog, path, update, all));
    match checked {
        // Visible with `cargo test -- --nocapture`, and if the test fails later.
        Ok(Some(notice)) => eprintln!("{notice}"),
        Ok(None) => {}
        Err(unlocked) => fail(&unlocked.to_string()),
    }
}

/// The reason why a surface fails the check.
#[derive(Debug)]
enum Unlocked {
    File(Fault),
    Missing(PathBuf),
    Lock(PathBuf, LockError),
    Changed(PathBuf, Changes),
}

/// Checks a surface, and rewrites the file if that is requested. Returns a notice about additions, if there
/// are any.
fn check(catalog: &Catalog, path: &Path, update: Update, all: bool) -> Result<Option<String>, Unlocked> {
    let Some(found) = fresh::read(path).map_err(Unlocked::File)? else {
        return match update {
            Update::Never => Err(Unlocked::Missing(path.to_owned())),
            Update::Additive | Update::Breaking => write(catalog, path).map(|()| None),
        };
    };
    let lock = Lock::parse(&found).map_err(|error| Unlocked::Lock(path.to_owned(), error))?;
    let changes = diff::compare(&lock, catalog);
    let passes = match (changes.worst(), update) {
        (Some(Severity::Due), _) => false,
        (Some(Severity::Breaking), update) => update == Update::Breaking,
        (Some(Severity::Notable | Severity::Additive), update) => !all || update != Update::Never,
        (None, _) => true,
    };
    if !passes {
        return Err(Unlocked::Changed(path.to_owned(), changes));
    }
    let is_old = found != Lock::of(catalog).text();
    if is_old && update != Update::Never {
        write(catalog, path)?;
    }
    let notice = (!changes.is_empty()).then(|| match update {
        Update::Never => format!("`{}` lacks additions; `{UPDATE}=1` writes them\n{changes}", path.display()),
        Update::Additive | Update::Breaking => format!("`{}` was rewritten\n{changes}", path.display()),
    });
    Ok(notice)
}

fn write(catalog: &Catalog, path: &Path) -> Result<(), Unlocked> {
    fresh::write(path, &Lock::of(catalog).text()).map_err(Unlocked::File)
}

impl fmt::Display for Unlocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unlocked::File(fault) => fault.fmt(f),
            Unlocked::Missing(path) => write!(
                f,
                "the lock `{}` does not exist\nhelp: run this test with `{UPDATE}=1` to write it, and check it in",
                path.display()
            ),
            Unlocked::Lock(path, error) => write!(f, "`{}` is {error}", path.display()),
            Unlocked::Changed(path, changes) => {
                let breaking = changes.count(Severity::Breaking);
                let due = changes.count(Severity::Due);
                let path = path.display();
                let (problem, help) = if due > 0 {
                    ("has an old name past its end", "follow the help below".to_owned())
                } else if breaking > 0 {
                    let help = format!(
                        "undo the breaking changes, or accept the loss by running this test with `{UPDATE}=breaking`"
                    );
                    ("breaks what dashboards and alerts rely on", help)
                } else {
                    (
                        "has additions that its lock lacks",
                        format!("run this test with `{UPDATE}=1` to write them"),
                    )
                };
                write!(f, "the surface {problem}, according to `{path}`\nhelp: {help}\n\n{changes}")
            }
        }
    }
}
