//! The judges' programs: where they are, and processes that end with the test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

/// A program that `tests/setup` put into `target/judges`. A test without it fails.
pub fn program(path: &str) -> Command {
    Command::new(self::path(path))
}

/// The same of a file.
pub fn path(path: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/judges").join(path);
    assert!(file.exists(), "{path} is missing: run tests/setup");
    file
}

/// A process that is killed when this is dropped.
pub struct Process(pub Child);

impl Process {
    pub fn start(command: &mut Command) -> Self {
        Process(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error says that it has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A directory that is removed when this is dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(name: &str) -> io::Result<Self> {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Scratch(path))
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Asks again and again until there is an answer; `explain` says why there is no answer.
pub fn poll<T>(mut ask: impl FnMut() -> Option<T>, explain: impl FnOnce() -> String) -> T {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "no answer in a minute: {}", explain());
        thread::sleep(Duration::from_millis(50));
    }
}
