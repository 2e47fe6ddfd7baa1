//! The readers that are Python packages, in a process that reads a whole log.

use crate::tool::{self, Process};
use serde::de::DeserializeOwned;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Stdio;
use std::thread;

/// What `parse.py` answers to each line.
pub fn ask<T: DeserializeOwned>(mode: &str, lines: &str) -> Vec<T> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/logs/parse.py");
    let mut python = tool::program("venv/bin/python");
    python.arg(script).arg(mode).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = Process::start(&mut python);
    let (mut stdin, mut stdout) = (process.0.stdin.take().unwrap(), process.0.stdout.take().unwrap());
    let lines = lines.to_owned();
    let writer = thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let mut answers = String::new();
    stdout.read_to_string(&mut answers).unwrap();
    writer.join().unwrap().unwrap();
    assert!(process.0.wait().unwrap().success(), "parse.py {mode}");
    answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
