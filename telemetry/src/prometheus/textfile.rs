//! Writes a registry into a file for the textfile collector of `node_exporter`.

use super::{Format, render};
use crate::registry::Registry;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes the registry in the text format into a file for the [textfile collector] of `node_exporter`, which
/// reads `*.prom`. A reader sees the old file or the new one, and nothing in between.
///
/// Writes another file in the same directory first, syncs it to the disk, and renames it. The other file's
/// name does not end in `.prom`, and is different for each process and call. Runs callbacks as
/// [`render`] does, and blocks on the disk.
///
/// [textfile collector]: https://github.com/prometheus/node_exporter#textfile-collector
///
/// # Errors
///
/// Returns `InvalidInput` if the path has no file name, and the system's error if the file cannot be written
/// or renamed. The old file then stays as it was, and the other one is removed.
///
/// # Examples
///
/// ```
/// use telemetry::{Registry, prometheus};
///
/// let registry = Registry::builder().constant_label("batch", "cleanup").build()?;
/// let file = std::env::temp_dir().join(format!("cleanup-{}.prom", std::process::id()));
/// prometheus::write_textfile(&registry, &file)?;
/// assert!(std::fs::read_to_string(&file)?.contains(r#"telemetry_collect_panics_total{batch="cleanup"} 0"#));
/// # std::fs::remove_file(&file)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_textfile(registry: &Registry, path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref();
    let unfinished = unfinished(path)?;
    let written = write(&unfinished, render(registry, Format::Text).as_bytes());
    let replaced = written.and_then(|()| fs::rename(&unfinished, path));
    if replaced.is_err() {
        // The error that matters is the first one.
        let _ = fs::remove_file(&unfinished);
    }
    replaced
}

/// Returns the name of a file next to this one, which nobody else writes.
fn unfinished(path: &Path) -> io::Result<PathBuf> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let no_name = || io::Error::new(io::ErrorKind::InvalidInput, format!("{} names no file", path.display()));
    let mut name = OsString::from(path.file_name().ok_or_else(no_name)?);
    name.push(format!(".{}-{}.tmp", process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    Ok(path.with_file_name(name))
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text)?;
    // A file that is renamed before its content is on the disk may be empty after a power cut.
    file.sync_all()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use std::thread;

    /// A directory that is removed when this is dropped.
    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("telemetry-textfile-{name}-{}", process::id()));
            fs::create_dir_all(&path).unwrap();
            Directory(path)
        }

        fn files(&self) -> Vec<OsString> {
            let mut names: Vec<_> =
                fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_reader_sees_a_whole_file_however_many_write_it() {
        let directory = Directory::new("readers");
        let file = directory.0.join("job.prom");
        let registry = Registry::new();
        write_textfile(&registry, &file).unwrap();
        let whole = fs::read_to_string(&file).unwrap();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..50).for_each(|_| write_textfile(&registry, &file).unwrap()));
            }
            for _ in 0..200 {
                assert_eq!(fs::read_to_string(&file).unwrap(), whole);
            }
        });
        assert_eq!(directory.files(), ["job.prom"]);
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_no_other() {
        let directory = Directory::new("failures");
        let registry = Registry::new();
        let missing = write_textfile(&registry, directory.0.join("no/job.prom")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        let nameless = write_textfile(&registry, "/").unwrap_err();
        assert_eq!(
            (nameless.kind(), nameless.to_string().as_str()),
            (io::ErrorKind::InvalidInput, "/ names no file")
        );
        // A directory cannot be replaced by a file.
        fs::create_dir_all(directory.0.join("job.prom/inside")).unwrap();
        assert!(write_textfile(&registry, directory.0.join("job.prom")).is_err());
        assert_eq!(directory.files(), ["job.prom"]);
    }
}
