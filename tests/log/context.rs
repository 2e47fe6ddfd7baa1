//! Context on the line: in each format, bounded, escaped, and formatted only for a line that is written.

#![allow(clippy::too_many_arguments, reason = "as many as there may be")]

use crate::capture::{self, Seen, Typed, Written, with_default};
use crate::events::{hostile, in_a_child, mapped, parse};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::cell::Cell;
use std::fmt::{self, Display};
use std::panic::resume_unwind;
use std::time::Duration;
use telemetry::log::{Format, Layer};
use telemetry::{Label, Log, Surface, metrics};
use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    Failed,
}

#[metrics(namespace = "app")]
pub trait Metrics {
    /// Jobs finished.
    #[counter]
    #[histogram(name = "job_duration", labels())]
    #[log("job")]
    #[log(level = warn, when(outcome = ["failed"]))]
    fn jobs(
        &self,
        #[context] id: &str,
        outcome: Outcome,
        took: Duration,
        #[context] error: Option<&dyn Display>,
        #[context] tries: u8,
    );

    /// Every type.
    #[gauge(name = "depth")]
    #[log("all", level = debug)]
    fn set_all(
        &self,
        depth: u64,
        #[context] unsigned: u64,
        #[context] signed: Option<i64>,
        #[context] float: f32,
        #[context] waited: Option<Duration>,
        #[context] retried: bool,
    );

    /// Some errors of many.
    #[counter]
    #[log(every = 3)]
    fn error(&self, #[context] error: &dyn Display);

    /// Without a line.
    #[counter]
    #[log(off)]
    fn silent(&self, #[context] error: &dyn Display);
}

/// What the closure logs in a format.
fn lines(format: Format, run: impl FnOnce(&Log)) -> Vec<String> {
    let written = Written::default();
    let log = Log::default();
    with_default(registry().with(Layer::new(format, written.clone())), || run(&log));
    assert_eq!(log.dropped(), 0);
    written.text().split_terminator('\n').map(str::to_owned).collect()
}

fn two_jobs(log: &impl Metrics) {
    log.jobs("a b", Outcome::Failed, Duration::from_millis(1_500), Some(&"say \"no\""), 3);
    log.jobs("c", Outcome::Ok, Duration::from_secs(1), None, 1);
}

fn all(log: &impl Metrics) {
    log.set_all(1, u64::MAX, Some(-4), 0.5, Some(Duration::from_millis(2_500)), true);
    log.set_all(1, 0, None, f32::NAN, None, false);
}

#[test]
fn context_follows_labels_and_values() {
    let prefixed = [
        r#"[metrics] event=job outcome=failed took=1.5 id="a b" error="say \"no\"" tries=3"#,
        "[metrics] event=job outcome=ok took=1 id=c tries=1",
    ];
    assert_eq!(lines(Format::Prefixed, two_jobs), prefixed);
    assert_eq!(capture::lines(|| two_jobs(&Log::default())), prefixed);
    let logfmt = lines(Format::Logfmt, two_jobs);
    assert!(logfmt[0].ends_with(prefixed[0].trim_start_matches("[metrics]")), "{logfmt:?}");
    assert!(logfmt[0].contains(" level=warn ") && logfmt[1].contains(" level=info "), "{logfmt:?}");
    assert_eq!(
        lines(Format::Prefixed, all),
        [
            "[metrics] gauge=all value=1 unsigned=18446744073709551615 signed=-4 float=0.5 waited=2.5 retried=true",
            "[metrics] gauge=all value=1 unsigned=0 float=NaN retried=false",
        ]
    );
}

#[test]
fn a_subscriber_sees_typed_fields() {
    let text = |text: &str| Typed::Str(text.to_owned());
    let events = capture::events(|| {
        two_jobs(&Log::default());
        all(&Log::default());
    });
    let fields: Vec<_> = events.into_iter().map(|Seen { fields, .. }| fields[1..].to_vec()).collect();
    assert_eq!(
        fields[0],
        [
            ("outcome", text("failed")),
            ("took", Typed::F64(1.5)),
            ("id", text("a b")),
            ("error", text("say \"no\"")),
            ("tries", Typed::U64(3)),
        ]
    );
    assert_eq!(
        fields[2],
        [
            ("value", Typed::U64(1)),
            ("unsigned", Typed::U64(u64::MAX)),
            ("signed", Typed::I64(-4)),
            ("float", Typed::F64(0.5)),
            ("waited", Typed::F64(2.5)),
            ("retried", Typed::Debug("true".to_owned())),
        ]
    );
    assert_eq!((fields[1].len(), fields[3].len()), (4, 4), "what is absent is left out");
}

fn json_of(line: &str) -> Value {
    let mut value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let members = value.as_object_mut().unwrap();
    members.remove("time");
    members.remove("target");
    members.remove("level");
    if let Some(aws) = members.get_mut("_aws").and_then(Value::as_object_mut) {
        aws.remove("Timestamp");
    }
    value
}

#[test]
fn json_has_context_as_typed_members() {
    let found: Vec<Value> = [two_jobs, all]
        .into_iter()
        .flat_map(|run: fn(&Log)| lines(Format::Json, run))
        .map(|line| json_of(&line))
        .collect();
    assert_eq!(
        found,
        [
            json!({"event": "job", "outcome": "failed", "took": 1.5, "id": "a b", "error": "say \"no\"", "tries": 3}),
            json!({"event": "job", "outcome": "ok", "took": 1, "id": "c", "tries": 1}),
            json!({"gauge": "all", "value": 1, "unsigned": u64::MAX, "signed": -4, "float": 0.5, "waited": 2.5,
                "retried": true}),
            json!({"gauge": "all", "value": 1, "unsigned": 0, "float": "NaN", "retried": false}),
        ]
    );
}

#[test]
fn cloudwatch_takes_a_line_with_context_for_a_call_and_no_context_for_a_metric() {
    let directive = |dimensions: &[&str], name: &str, unit: &str| json!({"Namespace": "app", "Dimensions": [dimensions], "Metrics": [{"Name": name, "Unit": unit}]});
    let jobs = [directive(&["outcome"], "jobs", "Count"), directive(&[], "job_duration", "Seconds")];
    let found: Vec<Value> = lines(Format::Emf, |log| {
        two_jobs(log);
        all(log);
        (0..3).for_each(|_| log.error(&"no space"));
    })
    .iter()
    .map(|line| json_of(line))
    .collect();
    assert_eq!(
        found,
        [
            json!({"event": "job", "outcome": "failed", "id": "a b", "error": "say \"no\"", "tries": 3, "jobs": 1,
                "job_duration": 1.5, "_aws": {"CloudWatchMetrics": jobs}}),
            json!({"event": "job", "outcome": "ok", "id": "c", "tries": 1, "jobs": 1, "job_duration": 1,
                "_aws": {"CloudWatchMetrics": jobs}}),
            json!({"gauge": "all", "unsigned": u64::MAX, "signed": -4, "float": 0.5, "waited": 2.5, "retried": true,
                "depth": 1, "_aws": {"CloudWatchMetrics": [directive(&[], "depth", "None")]}}),
            json!({"gauge": "all", "unsigned": 0, "float": "NaN", "retried": false, "depth": 1,
                "_aws": {"CloudWatchMetrics": [directive(&[], "depth", "None")]}}),
            // The metric has the name of a context parameter.
            json!({"event": "error", "error": "no space", "app_error": 1,
                "_aws": {"CloudWatchMetrics": [directive(&[], "app_error", "Count")]}}),
        ]
    );
}

#[test]
fn a_summary_has_no_context() {
    for format in [Format::Prefixed, Format::Emf] {
        let written = Written::default();
        with_default(registry().with(Layer::new(format, written.clone())), || {
            let log = Log::with_summary();
            log.error(&"first");
            log.error(&"second");
            log.summarize();
        });
        match format {
            Format::Prefixed => assert_eq!(written.text(), "[metrics] summary=error silent=2\n"),
            _ => assert_eq!(json_of(&written.text())["app_error"], json!(2)),
        }
    }
}

/// Writes pieces, counts them, and then returns or panics.
struct Pieces<'a> {
    piece: &'a str,
    times: u32,
    written: Cell<u32>,
    end: fn() -> fmt::Result,
}

impl<'a> Pieces<'a> {
    fn new(piece: &'a str, times: u32, end: fn() -> fmt::Result) -> Self {
        Pieces { piece, times, written: Cell::new(0), end }
    }
}

impl Display for Pieces<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for _ in 0..self.times {
            self.written.set(self.written.get() + 1);
            f.write_str(self.piece)?;
        }
        (self.end)()
    }
}

#[test]
fn a_text_is_cut_at_1024_bytes() {
    let megabyte = "ü".repeat(500_000);
    let pieces = Pieces::new("0123456789", 100_000, || Ok(()));
    let whole = "x".repeat(1_024);
    for format in [Format::Prefixed, Format::Logfmt, Format::Json, Format::Emf] {
        let found = lines(format, |log| {
            log.jobs(&megabyte, Outcome::Ok, Duration::ZERO, Some(&pieces), 1);
            log.jobs(&whole, Outcome::Ok, Duration::ZERO, Some(&megabyte), 1);
        });
        assert_eq!(found.len(), 2);
        let text = |line: &str, start: &str| {
            let rest = &line[line.find(start).unwrap_or_else(|| panic!("{line}"))..];
            rest[..rest.find('…').unwrap() + '…'.len_utf8()].to_owned()
        };
        let cut = "ü".repeat(510) + "…";
        assert_eq!((cut.len(), text(&found[0], "ü")), (1_023, cut.clone()));
        assert_eq!(text(&found[0], "0123").len(), 1_024);
        assert!(found[1].contains(&whole) && !found[1].contains(&format!("{whole}…")));
        assert_eq!(text(&found[1], "ü"), cut);
    }
    assert_eq!(pieces.written.get(), 4 * 103, "a `Display` is stopped where the text is full");
}

#[test]
fn a_display_that_fails_or_panics_costs_the_rest_of_its_text() {
    let fails = Pieces::new("half", 1, || Err(fmt::Error));
    let panics = Pieces::new("half", 1, || resume_unwind(Box::new("a panic")));
    let found = lines(Format::Prefixed, |log| {
        log.jobs("a", Outcome::Failed, Duration::ZERO, Some(&fails), 1);
        log.jobs("b", Outcome::Failed, Duration::ZERO, Some(&panics), 2);
    });
    assert_eq!(
        found,
        [
            "[metrics] event=job outcome=failed took=0 id=a error=half… tries=1",
            "[metrics] event=job outcome=failed took=0 id=b error=half… tries=2",
        ]
    );
}

/// In a process of its own: `tracing` may keep the interest of another test's subscriber in a callsite that
/// two threads meet for the first time.
#[test]
fn only_a_line_that_is_written_is_formatted() {
    in_a_child("context", "only_a_line_that_is_written_is_formatted", || {
        let error = Pieces::new("x", 1, || Ok(()));
        let log = Log::default();
        log.error(&error);
        log.jobs("", Outcome::Failed, Duration::ZERO, Some(&error), 1);
        with_default(
            registry().with(Layer::new(Format::Json, Written::default()).with_filter(LevelFilter::ERROR)),
            || {
                log.jobs("", Outcome::Failed, Duration::ZERO, Some(&error), 1);
            },
        );
        with_default(registry().with(Layer::new(Format::Json, Written::default())), || {
            log.silent(&error);
            log.error(&error);
            assert_eq!(error.written.get(), 0);
            log.error(&error);
            assert_eq!(error.written.get(), 1, "each third is written");
        });
    });
}

/// Records a metric and writes a line of the program while it is formatted.
struct Records<'a>(&'a Log);

impl Display for Records<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tracing::info!("inside");
        self.0.jobs("inner", Outcome::Ok, Duration::ZERO, None, 1);
        f.write_str("recorded")
    }
}

#[test]
fn a_display_that_records_does_not_recurse() {
    let written = Written::default();
    let log = Log::default();
    with_default(registry().with(Layer::new(Format::Prefixed, written.clone())), || {
        log.jobs("outer", Outcome::Ok, Duration::ZERO, Some(&Records(&log)), 1);
    });
    assert_eq!(written.text(), "[metrics] event=job outcome=ok took=0 id=outer error=recorded tries=1\n");
    assert_eq!(log.dropped(), 1);
}

proptest! {
    #[test]
    fn no_context_forges_a_line_or_a_key(id in hostile(), error in hostile()) {
        let call = |log: &Log| log.jobs(&id, Outcome::Ok, Duration::ZERO, Some(&error), 1);
        let found = lines(Format::Prefixed, call);
        prop_assert_eq!(found.len(), 1);
        let pairs = parse(&found[0]);
        let keys: Vec<&str> = pairs.iter().map(|(key, _)| key.as_str()).collect();
        let expected = ["event", "outcome", "took", "id", "error", "tries"];
        let expected: Vec<&str> = expected
            .into_iter()
            .filter(|key| !(*key == "id" && id.is_empty() || *key == "error" && error.is_empty()))
            .collect();
        prop_assert_eq!(keys, expected);
        for (key, text) in [("id", &id), ("error", &error)] {
            let read = pairs.iter().find(|(found, _)| found == key).map(|(_, text)| text.clone());
            prop_assert!(text.len() > 1_024 || read.unwrap_or_default() == mapped(text));
        }
        for format in [Format::Json, Format::Emf] {
            let found = lines(format, call);
            prop_assert_eq!(found.len(), 1);
            prop_assert!(found[0].chars().all(|c| mapped(&c.to_string()) == c.to_string()));
            let read = json_of(&found[0]);
            prop_assert!(id.len() > 1_024 || read["id"] == json!(id), "{}", read);
            prop_assert!(error.len() > 1_024 || read["error"] == json!(error), "{}", read);
        }
    }
}

/// A method with as many parameters as there may be.
#[metrics]
pub trait Most {
    /// Calls.
    #[counter]
    #[log(every = 2)]
    #[rustfmt::skip]
    fn calls(
        &self, outcome: Outcome, #[context] a0: u8, #[context] a1: u8, #[context] a2: u8, #[context] a3: u8,
        #[context] a4: u8, #[context] a5: u8, #[context] a6: u8, #[context] a7: u8, #[context] a8: u8,
        #[context] a9: u8, #[context] b0: u8, #[context] b1: u8, #[context] b2: u8, #[context] b3: u8,
        #[context] b4: u8, #[context] b5: u8, #[context] b6: u8, #[context] b7: u8, #[context] b8: u8,
        #[context] b9: u8, #[context] c0: u8, #[context] c1: u8, #[context] c2: u8, #[context] c3: u8,
        #[context] c4: u8, #[context] c5: u8, #[context] c6: u8, #[context] c7: u8, #[context] c8: u8,
        #[context] last: &dyn Display,
    );
}

#[test]
fn a_line_has_room_for_all_parameters() {
    assert_eq!(<dyn Most as Surface>::SCHEMA.events[0].context.len(), 30);
    let written = Written::default();
    with_default(registry().with(Layer::new(Format::Emf, written.clone())), || {
        let log = Log::with_summary();
        for _ in 0..3 {
            #[rustfmt::skip]
            log.calls(
                Outcome::Ok, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8,
                &"end",
            );
        }
    });
    let text = written.text();
    let [line, summary] = text.lines().collect::<Vec<_>>()[..] else { panic!("{text}") };
    assert_eq!(json_of(line).as_object().unwrap().len(), 1 + 31 + 2);
    assert_eq!(json_of(line)["last"], json!("end"));
    assert_eq!(json_of(summary)["calls"], json!(2));
}

#[test]
fn a_case_of_the_line_has_context_at_its_own_level() {
    let seen = capture::events(|| two_jobs(&Log::default()));
    let levels: Vec<Level> = seen.iter().map(|seen| seen.level).collect();
    assert_eq!(levels, [Level::WARN, Level::INFO]);
    assert!(seen[0].fields.iter().any(|(key, _)| *key == "error"));
}
