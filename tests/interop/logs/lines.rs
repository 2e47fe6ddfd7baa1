//! Readers of pairs: `logfmtkv`, Splunk's rule, lnav and mtail.

use crate::outbox::{Found, Run, counters, mapped, with_lag};
use crate::samples::{Samples, Series};
use crate::strict::Strict;
use crate::tool::{self, Scratch};
use crate::{python, recipe};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;
use telemetry::prometheus::Format;

type Pairs = Vec<(String, String)>;

/// One run for all tests of this format, and its log as a file.
fn logfmt() -> &'static (Run, Scratch, PathBuf) {
    static RUN: OnceLock<(Run, Scratch, PathBuf)> = OnceLock::new();
    RUN.get_or_init(|| {
        let run = Run::of("logfmt");
        let scratch = Scratch::new("readers-logfmt").unwrap();
        let file = scratch.file("metrics.log");
        fs::write(&file, run.text()).unwrap();
        (run, scratch, file)
    })
}

/// What the scrape must be for a reader of pairs.
fn expected(run: &Run) -> Samples {
    run.scrape.clone().mapped(mapped).without_empty_labels()
}

/// Adds lines up by the rule of the documentation.
fn rebuilt(lines: &[Pairs]) -> Samples {
    let mut found: BTreeMap<(String, BTreeMap<String, String>), Found> = BTreeMap::new();
    let mut lag = None;
    for pairs in lines {
        let mut pairs: BTreeMap<&str, &str> =
            pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let mut take = |key: &str| pairs.remove(key);
        assert_eq!((take("level"), take("time").map(str::len)), (Some("info"), Some(27)));
        let silent = take("silent").map(|calls| calls.parse().unwrap());
        if take("gauge") == Some("publisher.lag_seconds") {
            lag = take("value").map(|value| value.parse().unwrap());
            continue;
        }
        let (event, summary) = (take("event"), take("summary"));
        assert!(event.is_some() != summary.is_some() && summary.is_some() == silent.is_some());
        let name = event.or(summary).unwrap().to_owned();
        let sums: BTreeMap<&str, f64> = ["matched", "count"]
            .into_iter()
            .filter_map(|key| take(key).map(|value| (key, value.parse().unwrap())))
            .collect();
        let labels = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let found = found.entry((name, labels)).or_default();
        found.calls += silent.unwrap_or(1.0);
        for (key, value) in sums {
            *found.sums.entry(key.to_owned()).or_default() += value;
        }
    }
    let found = found.into_iter().map(|((name, labels), found)| (name, labels, found));
    with_lag(counters(found), lag.unwrap())
}

#[test]
fn a_strict_reader_of_logfmt_rebuilds_every_series_exactly() {
    let (run, ..) = logfmt();
    let lines: Vec<Pairs> = python::ask("logfmt", &run.text());
    assert_eq!(lines.len(), run.lines.len());
    expected(run).assert_same(&rebuilt(&lines), "logfmtkv");

    // The control: a line less, or one that another reader would see as two, is noticed.
    let without_one: Vec<Pairs> = lines[1..].to_vec();
    assert_eq!(expected(run).differences(&rebuilt(&without_one)).len(), 1);
    let mut forged = lines;
    forged.push(forged[0].clone());
    assert_eq!(expected(run).differences(&rebuilt(&forged)).len(), 1);
}

#[test]
fn splunk_s_rule_rebuilds_every_series_exactly() {
    let (run, ..) = logfmt();
    let lines: Vec<Pairs> = python::ask("splunk", &run.text());
    // A newline is two characters to it.
    let expected = run.scrape.clone().mapped(|text| mapped(text).replace('\n', "\\n")).without_empty_labels();
    expected.assert_same(&rebuilt(&lines), "Splunk's rule");
}

#[derive(Deserialize)]
struct Row {
    name: String,
    labels: BTreeMap<String, String>,
    calls: f64,
    matched: f64,
    count: f64,
}

#[derive(Deserialize)]
struct Gauge {
    name: String,
    value: f64,
}

#[test]
fn lnav_rebuilds_every_series_exactly() {
    let (run, _, log) = logfmt();
    let scratch = Scratch::new("readers-lnav").unwrap();
    let ask = |fence: &str| {
        let script = scratch.file("script.lnav");
        fs::write(&script, recipe::block(fence).replace("\n ", " ")).unwrap();
        let mut lnav = tool::program("bin/lnav");
        lnav.env("HOME", scratch.file("home"))
            .env("XDG_CONFIG_HOME", scratch.file("home"))
            .env("TERM", "xterm");
        fs::create_dir_all(scratch.file("home")).unwrap();
        let output = lnav.args(["-n", "-f"]).arg(&script).arg(log).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let rows = ask("lnav counters");
    let rows =
        rows.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    let found = rows.map(|Row { name, labels, calls, matched, count }| {
        let sums = BTreeMap::from([("matched".to_owned(), matched), ("count".to_owned(), count)]);
        (name, labels, Found { calls, sums })
    });
    let found = counters(found);
    let gauge: Gauge = serde_json::from_str(ask("lnav gauges").trim()).unwrap();
    assert_eq!(gauge.name, "publisher.lag_seconds");
    expected(run).assert_same(&with_lag(found, gauge.value), "lnav");
}

#[test]
fn mtail_rebuilds_every_series_exactly() {
    let run = Run::of("prefixed");
    let scratch = Scratch::new("readers-mtail").unwrap();
    let (log, program) = (scratch.file("metrics.log"), scratch.file("outbox.mtail"));
    fs::write(&log, run.text()).unwrap();
    fs::write(&program, recipe::block("mtail")).unwrap();
    let mut mtail = tool::program("bin/mtail");
    mtail.args([
        "-logtostderr",
        "-one_shot",
        "-one_shot_format=prometheus",
        "-address=127.0.0.1",
        "-port=0",
        "-progs",
    ]);
    let output = mtail.arg(&program).arg("-logs").arg(&log).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let body = String::from_utf8(output.stdout).unwrap();
    let found = Strict::start().read(Format::Text, &body).unwrap().samples;
    let found = found.renamed(|name| format!("e2a_{name}")).without_label("prog").without_empty_labels();
    // It keeps quotes and escapes.
    let quoted = run.scrape.clone().mapped(|text| quoted(&mapped(text), text)).without_empty_labels();
    quoted.assert_same(&found, "mtail");
}

/// A text as it stands on the line, by the grammar of the documentation.
fn quoted(shown: &str, text: &str) -> String {
    let bare = |c: char| !c.is_whitespace() && !"=\"'\\".contains(c);
    if text.chars().all(bare) && shown == text {
        return text.to_owned();
    }
    format!("\"{}\"", shown.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// Any text at all, in as many lines as there are texts.
#[test]
fn a_strict_reader_of_logfmt_gives_any_text_back() {
    let mut runner = TestRunner::deterministic();
    let marked: Vec<char> = "\"\\\n\r\t\0\u{1b}\u{202e}{}=,;' naN+-?".chars().collect();
    let char = prop_oneof![3 => prop::sample::select(marked), 1 => prop::char::any()];
    let text = prop::collection::vec(char, 0..40).prop_map(String::from_iter);
    let texts: Vec<String> = (0..5_000).map(|_| text.new_tree(&mut runner).unwrap().current()).collect();
    let log = logged(&texts);
    let lines: Vec<Pairs> = python::ask("logfmt", &log);
    assert_eq!(lines.len(), texts.len());
    for (pairs, text) in lines.iter().zip(&texts) {
        let pairs: Vec<(&str, &str)> =
            pairs[2..].iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let shown = mapped(text);
        let mut expected = vec![("event", "seen"), ("text", shown.as_str()), ("n", "7")];
        expected.retain(|(_, value)| !value.is_empty());
        assert_eq!(pairs, expected, "{text:?}");
    }
}

/// What any reader of a scrape above the cap cannot have, the log has: the totals are the same.
#[test]
fn above_a_cap_the_totals_of_each_instrument_are_the_same() {
    let registry = telemetry::Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    let texts: Vec<String> = (0..500).map(|n| format!("text {}", n % 100)).collect();
    for text in &texts {
        metrics.seen(text, 7);
    }
    let lines: Vec<Pairs> = python::ask("logfmt", &logged(&texts));
    let log: f64 = lines.iter().map(|pairs| pairs.last().unwrap().1.parse::<f64>().unwrap()).sum();
    let body = telemetry::prometheus::render(&registry, Format::Text);
    let scrape = Strict::start().read(Format::Text, &body).unwrap().samples;
    let scrape = scrape.only(|name| name == "readers_seen_total");
    assert_eq!(scrape.len(), 9, "eight texts and `other`");
    let mut total = Samples::default();
    total.add(Series::new("readers_seen_total", &[]), log);
    total.assert_same(&scrape.without_label("text"), "the log");
}

#[telemetry::metrics(namespace = "readers")]
trait Metrics {
    /// Texts seen.
    #[counter(value = n)]
    fn seen(&self, #[label(cap = 8)] text: &str, n: u64);
}

/// The log of these texts.
fn logged(texts: &[String]) -> String {
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::prelude::*;
    let written = Arc::new(Mutex::new(Vec::new()));
    let kept = written.clone();
    let writer = move || Kept(kept.clone());
    let layer = telemetry::log::Layer::new(telemetry::log::Format::Logfmt, writer);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let log = telemetry::Log::default();
        for text in texts {
            log.seen(text, 7);
        }
    });
    String::from_utf8(std::mem::take(&mut written.lock().unwrap())).unwrap()
}

struct Kept(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
