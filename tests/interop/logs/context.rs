//! Lines with hostile context: each reader sees the same fields, and the same series once a recipe names it.

use crate::recipe;
use crate::tool::{self, Scratch};
use crate::{outbox, python};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::{self, File};
use telemetry::log::{Format, Layer};
use telemetry::{Label, Log, metrics};
use tracing_subscriber::prelude::*;

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Lease,
    Insert,
}

#[metrics(namespace = "jobs")]
trait Metrics {
    /// Failed jobs.
    #[counter]
    #[counter(name = "rows_lost", value = rows)]
    #[log("job.failed")]
    fn failures(
        &self,
        stage: Stage,
        rows: u64,
        #[context] id: u64,
        #[context] error: Option<&dyn Display>,
        #[context] peer: &str,
    );
}

/// Logs a failure with each hostile text, twice, and one without an error. Returns the lines.
fn run(format: Format, scratch: &Scratch) -> String {
    let path = scratch.file(format.name());
    let layer = Layer::new(format, File::create(&path).map(std::sync::Arc::new).unwrap());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let log = Log::default();
        for (id, text) in (0..).zip(outbox::HOSTILE) {
            log.failures(Stage::Lease, 3, id, Some(text), "10.0.0.1");
            log.failures(Stage::Insert, 1, id, Some(&"timeout"), text);
        }
        log.failures(Stage::Lease, 3, 0, None, "");
    });
    fs::read_to_string(path).unwrap()
}

#[test]
fn jq_counts_the_same_series_without_context() {
    let scratch = Scratch::new("context-jq").unwrap();
    run(Format::Json, &scratch);
    let program = scratch.file("program.jq");
    let recipe = recipe::block("jq counters");
    assert_eq!(recipe.matches("inputs").count(), 1);
    fs::write(&program, recipe.replace("inputs", "inputs | del(.id, .error, .peer)")).unwrap();
    let mut jq = tool::program("bin/jq");
    let output =
        jq.args(["-n", "-c", "-f"]).arg(&program).arg(scratch.file(Format::Json.name())).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Vec<Value> = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    let calls = outbox::HOSTILE.len();
    assert_eq!(
        found,
        [
            json!({"name": "job.failed", "labels": {"stage": "insert"}, "calls": calls, "sums": {"rows": calls}}),
            json!({"name": "job.failed", "labels": {"stage": "lease"}, "calls": calls + 1,
                "sums": {"rows": 3 * (calls + 1)}}),
        ]
    );
}

#[test]
fn a_strict_reader_of_logfmt_sees_each_field_and_no_other() {
    let scratch = Scratch::new("context-logfmt").unwrap();
    let lines: Vec<Vec<(String, String)>> = python::ask("logfmt", &run(Format::Logfmt, &scratch));
    assert_eq!(lines.len(), 2 * outbox::HOSTILE.len() + 1);
    for (at, pairs) in lines.iter().enumerate() {
        let pairs: BTreeMap<&str, &str> = pairs[2..].iter().map(|(key, text)| (&**key, &**text)).collect();
        let text = outbox::HOSTILE.get(at / 2).map(|text| outbox::mapped(text)).unwrap_or_default();
        let (stage, rows, error, peer) = match at % 2 {
            0 if at + 1 == lines.len() => ("lease", "3", "", ""),
            0 => ("lease", "3", text.as_str(), "10.0.0.1"),
            _ => ("insert", "1", "timeout", text.as_str()),
        };
        let id = if at + 1 == lines.len() { 0 } else { at / 2 }.to_string();
        let expected = [
            ("event", "job.failed"),
            ("stage", stage),
            ("rows", rows),
            ("id", &id),
            ("error", error),
            ("peer", peer),
        ];
        assert_eq!(pairs, expected.into_iter().filter(|(_, text)| !text.is_empty()).collect());
    }
}

#[test]
fn amazon_s_library_writes_the_same_document() {
    let scratch = Scratch::new("context-emf").unwrap();
    let lines = run(Format::Emf, &scratch);
    let answers: Vec<Vec<Value>> = python::ask("emf", &lines);
    assert_eq!(answers.len(), 2 * outbox::HOSTILE.len() + 1);
    for (line, documents) in lines.lines().zip(answers) {
        assert_eq!(documents, [serde_json::from_str::<Value>(line).unwrap()]);
    }
}
