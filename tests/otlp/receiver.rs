//! The receiver in Python, made of the official protobufs, and what it was sent.

use crate::tool::{Process, program};
use serde_json::Value;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{ChildStdout, Stdio};

pub struct Receiver {
    pub http: String,
    pub grpc: String,
    lines: Lines<BufReader<ChildStdout>>,
    _process: Process,
}

impl Receiver {
    /// See `receiver.py` for the answers.
    pub fn start(answers: &[&str]) -> Self {
        Receiver::start_with(answers.iter().flat_map(|answer| ["--answer", answer]))
    }

    pub fn start_with(arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("otlp/receiver.py");
        let mut command = program("venv/bin/python");
        command.arg(script).args(arguments);
        let mut process = Process::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()));
        let mut lines = BufReader::new(process.0.stdout.take().unwrap()).lines();
        let ports: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        let url = |name: &str| format!("http://127.0.0.1:{}", ports[name]);
        Receiver { http: url("http"), grpc: url("grpc"), lines, _process: process }
    }

    /// The next request. A receiver that is never sent one makes the test hang, so flush first.
    pub fn request(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap()
    }
}
