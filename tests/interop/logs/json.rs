//! jq counts from JSON lines.

use crate::outbox::{Found, Run, counters, with_lag};
use crate::recipe;
use crate::tool::{self, Scratch};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;

#[derive(Deserialize)]
struct Counter {
    name: String,
    labels: BTreeMap<String, String>,
    calls: f64,
    sums: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Gauge {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

#[test]
fn jq_rebuilds_every_series_exactly() {
    let run = Run::of("json");
    let scratch = Scratch::new("readers-jq").unwrap();
    let log = scratch.file("metrics.jsonl");
    fs::write(&log, run.text()).unwrap();
    let ask = |fence: &str| {
        let program = scratch.file("program.jq");
        fs::write(&program, recipe::block(fence)).unwrap();
        let output =
            tool::program("bin/jq").args(["-n", "-c", "-f"]).arg(&program).arg(&log).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let found = ask("jq counters");
    let found = found.lines().map(|line| serde_json::from_str(line).unwrap());
    let found = found.map(|Counter { name, labels, calls, sums }| (name, labels, Found { calls, sums }));
    let gauges = ask("jq gauges");
    let gauges: Vec<Gauge> = gauges.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(gauges.len() == 1 && gauges[0].name == "publisher.lag_seconds" && gauges[0].labels.is_empty());
    run.scrape.assert_same(&with_lag(counters(found), gauges[0].value), "jq");
}
