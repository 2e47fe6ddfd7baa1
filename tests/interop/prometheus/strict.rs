//! The parsers of `prometheus_client`, in a process that reads one exposition after the other.

use crate::samples::{Meta, Metas, Samples, Series};
use crate::tool::{self, Process};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Stdio};
use telemetry::prometheus::Format;

pub struct Strict {
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    _process: Process,
}

/// What an exposition says.
#[derive(Debug)]
pub struct Read {
    pub samples: Samples,
    pub metas: Metas,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Families(Vec<Family>),
    Refused(String),
}

#[derive(Deserialize)]
struct Family {
    name: String,
    #[serde(flatten)]
    meta: Meta,
    samples: Vec<(String, BTreeMap<String, String>, String)>,
}

impl Strict {
    pub fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/prometheus/strict.py");
        let mut python = tool::program("venv/bin/python");
        python.arg(script).arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process::start(&mut python);
        let (stdin, stdout) = (process.0.stdin.take().unwrap(), process.0.stdout.take().unwrap());
        Strict { stdin, stdout: BufReader::new(stdout), _process: process }
    }

    /// What the body says, or why it is refused.
    pub fn read(&mut self, format: Format, body: &str) -> Result<Read, String> {
        let name = match format {
            Format::Text => "text",
            Format::OpenMetrics => "openmetrics",
        };
        write!(self.stdin, "{name} {}\n{body}", body.len()).unwrap();
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        match serde_json::from_str(&line).unwrap_or_else(|error| panic!("strict.py: {error}: {line}")) {
            Answer::Families(families) => Ok(Read::of(families)),
            Answer::Refused(why) => Err(why),
        }
    }
}

impl Read {
    fn of(families: Vec<Family>) -> Self {
        let mut read = Read { samples: Samples::default(), metas: Metas::new() };
        for family in families {
            for (name, labels, value) in family.samples {
                read.samples.add(Series { name, labels }, value.parse().unwrap());
            }
            read.metas.insert(family.name, family.meta);
        }
        read
    }
}
