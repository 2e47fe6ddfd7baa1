//! The outbox as a process.

use crate::tool::Process;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The outbox with these arguments.
pub fn command(args: &[&str]) -> Command {
    static OUTBOX: OnceLock<PathBuf> = OnceLock::new();
    let mut command = Command::new(OUTBOX.get_or_init(|| build("outbox")));
    command.args(args);
    command
}

/// The simulated relay with these arguments.
pub fn relay(args: &[&str]) -> Command {
    static RELAY: OnceLock<PathBuf> = OnceLock::new();
    let mut command = Command::new(RELAY.get_or_init(|| build("relay")));
    command.args(args);
    command
}

#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

/// An example: cargo builds it without its tests only if it is asked to. With the flags of `tests/run`, so
/// that what that built is taken.
fn build(example: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let name = profile.file_name().and_then(|name| name.to_str()).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--example", example, "--workspace", "--all-features", "--locked"]);
    cargo.args(["--message-format=json", "--profile", if name == "debug" { "dev" } else { name }]);
    cargo.arg("--target-dir").arg(profile.parent().unwrap()).stderr(Stdio::piped());
    let built = cargo.output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8(built.stdout).unwrap();
    let message = |line| serde_json::from_str::<Message>(line).unwrap();
    messages.lines().find_map(|line| message(line).executable).expect("an executable")
}

/// A process that says on stderr where it serves.
pub struct Serving {
    _process: Process,
    pub address: SocketAddr,
}

impl Serving {
    /// Starts it, with a port of its own; it runs until this is dropped.
    pub fn start(command: &mut Command) -> Self {
        command.args(["--backend=prometheus", "--listen=127.0.0.1:0", "--linger=600"]);
        let mut process = Process::start(command.stdout(Stdio::null()).stderr(Stdio::piped()));
        let mut lines = BufReader::new(process.0.stderr.take().unwrap()).lines();
        let url = lines.find_map(|line| line.unwrap().strip_prefix("serving http://").map(str::to_owned));
        // The rest is read, so that nobody waits for it.
        thread::spawn(move || lines.for_each(drop));
        let address = url.unwrap().strip_suffix("/metrics").unwrap().parse().unwrap();
        Serving { _process: process, address }
    }
}

/// An outbox that goes on serving when its events are done.
pub struct Outbox {
    process: Process,
    served_at: Receiver<SocketAddr>,
    stderr: JoinHandle<Vec<String>>,
}

/// The table's numbers, by group and item.
pub type Summary = BTreeMap<(String, String), String>;

impl Outbox {
    pub fn start(backends: &[&str], args: &[&str], database: &Path) -> Self {
        let mut command = command(backends);
        command.args(args).arg("--listen=127.0.0.1:0").arg("--database").arg(database);
        let mut process = Process::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
        let stderr = process.0.stderr.take().unwrap();
        let (found, served_at) = mpsc::channel();
        let stderr = thread::spawn(move || {
            let mut kept = Vec::new();
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if let Some(url) = line.strip_prefix("serving http://") {
                    let _ = found.send(url.strip_suffix("/metrics").unwrap().parse().unwrap());
                }
                kept.push(line);
            }
            kept
        });
        Outbox { process, served_at, stderr }
    }

    /// Where it serves, as it says.
    pub fn address(&self) -> SocketAddr {
        self.served_at.recv_timeout(Duration::from_mins(1)).unwrap()
    }

    /// Waits for the table that ends the run.
    pub fn summary(&mut self) -> Summary {
        let mut summary = Summary::new();
        let mut group = String::new();
        for line in BufReader::new(self.process.0.stdout.as_mut().unwrap()).lines() {
            let line = line.unwrap();
            if !line.starts_with(' ') {
                line[..16].trim().clone_into(&mut group);
            }
            let item = line[16..48].trim().to_owned();
            let last = item == "elapsed seconds";
            summary.insert((group.clone(), item), line[48..].trim().to_owned());
            if last {
                break;
            }
        }
        summary
    }

    /// Ends it as a user does, and returns the lines that it printed on stderr.
    pub fn stop(mut self) -> Vec<String> {
        let interrupt = Command::new("kill").args(["-INT", &self.process.0.id().to_string()]).status();
        assert!(interrupt.unwrap().success());
        let status = self.process.0.wait().unwrap();
        assert!(status.success(), "{status}");
        let mut rest = String::new();
        self.process.0.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "the summary was all");
        self.stderr.join().unwrap()
    }
}
