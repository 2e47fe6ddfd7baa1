//! A surface against its lock file: what passes, what fails, and what rewrites the file.

use super::diff::{self, Changes, Severity};
use super::fail;
use super::fresh::{self, Fault, UPDATE, Update};
use super::lock::{Lock, LockError};
use super::model::Catalog;
use crate::surface::Surface;
use std::fmt;
use std::path::{Path, PathBuf};

/// Asserts that a surface has lost nothing since its lock file was written.
///
/// What may be added passes, although the lock does not have it yet: `TELEMETRY_UPDATE=1` writes it there, and
/// until then nothing keeps the addition from going again. [`assert_schema_locked`] fails instead.
/// `TELEMETRY_UPDATE=1` never writes a lock that loses something: that takes `TELEMETRY_UPDATE=breaking`. Paths
/// are those of [`assert_fresh`](super::assert_fresh).
///
/// ```no_run
/// # #[telemetry::metrics] trait Metrics {}
/// telemetry::catalog::assert_schema_compatible::<dyn Metrics>("metrics.lock");
/// ```
///
/// # Panics
///
/// If there is no lock file, or it cannot be read or written; if the surface has lost something; if an old
/// name (`was`) has come to its version (`until`).
#[track_caller]
pub fn assert_schema_compatible<S: Surface + ?Sized>(path: impl AsRef<Path>) {
    assert(&Catalog::of::<S>(), path.as_ref(), false);
}

/// [`assert_schema_compatible`], and that the lock file has all that the surface has.
///
/// # Panics
///
/// As that, and if the surface has something that the lock has not.
#[track_caller]
pub fn assert_schema_locked<S: Surface + ?Sized>(path: impl AsRef<Path>) {
    assert(&Catalog::of::<S>(), path.as_ref(), true);
}

#[track_caller]
fn assert(catalog: &Catalog, path: &Path, all: bool) {
    let checked =
        Update::from_env().map_err(Unlocked::File).and_then(|update| check(catalog, path, update, all));
    match checked {
        // Shown by `cargo test -- --nocapture`, and where another test fails.
        Ok(Some(told)) => eprintln!("{told}"),
        Ok(None) => {}
        Err(unlocked) => fail(&unlocked.to_string()),
    }
}

/// Why a surface is not as its lock says.
#[derive(Debug)]
enum Unlocked {
    File(Fault),
    Missing(PathBuf),
    Lock(PathBuf, LockError),
    Changed(PathBuf, Changes),
}

/// What there is to tell about a surface that passes, perhaps after the file was rewritten.
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
    let told = (!changes.is_empty()).then(|| match update {
        Update::Never => format!("`{}` lacks what is new; `{UPDATE}=1` writes it\n{changes}", path.display()),
        Update::Additive | Update::Breaking => format!("`{}` is rewritten\n{changes}", path.display()),
    });
    Ok(told)
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
                "there is no lock `{}`\nhelp: run this test with `{UPDATE}=1` to write it, and check it in",
                path.display()
            ),
            Unlocked::Lock(path, error) => write!(f, "`{}` is {error}", path.display()),
            Unlocked::Changed(path, changes) => {
                let (breaking, due) = (changes.count(Severity::Breaking), changes.count(Severity::Due));
                let path = path.display();
                let (what, help) = if due > 0 {
                    ("has come to the end of an old name", "do what is said below".to_owned())
                } else if breaking > 0 {
                    let help = format!(
                        "undo what breaks, or accept the loss by running this test with `{UPDATE}=breaking`"
                    );
                    ("loses what dashboards and alerts may rely on", help)
                } else {
                    (
                        "has what its lock has not",
                        format!("run this test with `{UPDATE}=1` to write it there"),
                    )
                };
                write!(f, "the surface {what}, by `{path}`\nhelp: {help}\n\n{changes}")
            }
        }
    }
}
