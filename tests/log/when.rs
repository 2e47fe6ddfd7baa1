//! `when`: lines for calls with some values of a label, at a level of their own.

use crate::capture::{self, Seen, Typed};
use std::sync::Arc;
use std::time::Duration;
use telemetry::catalog::Catalog;
use telemetry::log::{self, Format, Layer, Muted};
use telemetry::{Label, Log, metrics};
use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::prelude::*;

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Ok,
    Failed,
    Timeout,
}

#[metrics(namespace = "app")]
trait Metrics {
    /// Jobs that ended.
    #[counter]
    #[log("job.ended")]
    #[log(level = warn, target = "jobs", when(outcome = ["failed", "timeout"]))]
    fn ended(&self, outcome: Outcome, #[label(cap = 2)] queue: &str);

    /// Jobs that failed.
    #[counter]
    #[log("job.failed", level = error, when(outcome = "failed"))]
    fn failed(&self, outcome: Outcome);

    /// Jobs with all policies.
    #[counter]
    #[histogram(name = "time", value = took, unit = seconds, labels())]
    #[log("job.took", every = 3)]
    #[log(level = warn, every = 2, or_above = 5.0, skip_zero, when(outcome = ["failed"]))]
    fn took(&self, outcome: Outcome, took: Duration);
}

#[metrics]
trait Kinds {
    /// An absent value, and one outside the range.
    #[counter]
    #[log(level = warn, when(attempt = ["2", "other"], zone = ["none", "eu"]))]
    #[log(level = debug, when(zone = "-"))]
    fn tries(&self, #[label(range = -2..=2)] attempt: i8, #[label(cap = 4, max_len = 32)] zone: Option<&str>);

    /// Integers of an open set.
    #[counter]
    #[log(when(port = ["80", "443"]))]
    fn ports(&self, #[label(cap = 8)] port: u16);
}

#[metrics]
trait Operations {
    /// Transfers.
    #[counter]
    #[guard(start_transfer)]
    #[log("transfer", level = debug)]
    #[log(level = warn, when(outcome = ["failed", "timeout"]))]
    fn transfers(&self, #[end(default = Outcome::Failed)] outcome: Outcome);
}

fn levels(run: impl FnOnce()) -> Vec<(Level, String)> {
    let events = capture::events(run);
    let texts = |seen: &Seen| {
        let text = |(key, value): &(&str, Typed)| match value {
            Typed::Str(text) => format!("{key}={text}"),
            value => format!("{key}={value:?}"),
        };
        seen.fields.iter().map(text).collect::<Vec<_>>().join(" ")
    };
    events.iter().map(|seen| (seen.level, texts(seen))).collect()
}

#[test]
fn a_call_takes_the_level_and_the_target_of_the_first_that_matches() {
    let log = Log::default();
    let events = capture::events(|| {
        log.ended(Outcome::Ok, "mail");
        log.ended(Outcome::Timeout, "mail");
        log.ended(Outcome::Failed, "other");
        log.ended(Outcome::Ok, "failed");
    });
    let seen: Vec<_> = events.iter().map(|seen| (seen.level, seen.target.as_str())).collect();
    let (info, warn) = ((Level::INFO, "metrics"), (Level::WARN, "jobs"));
    assert_eq!(seen, [info, warn, warn, info]);
    let names = events.iter().all(|seen| seen.fields[0] == ("event", Typed::Str("job.ended".to_owned())));
    assert!(names, "all have one name");
}

#[test]
fn without_a_line_for_the_rest_other_calls_are_silent() {
    let log = Log::default();
    let lines = levels(|| {
        log.failed(Outcome::Ok);
        log.failed(Outcome::Timeout);
        log.failed(Outcome::Failed);
    });
    assert_eq!(lines, [(Level::ERROR, "event=job.failed outcome=failed".to_owned())]);
}

#[test]
fn other_policies_decide_among_the_calls_that_match() {
    let log = Log::default();
    let secs = Duration::from_secs;
    let lines = levels(|| {
        log.took(Outcome::Failed, secs(0)); // skipped, and not counted
        log.took(Outcome::Failed, secs(1)); // 1
        log.took(Outcome::Ok, secs(9)); // another series and line: 1
        log.took(Outcome::Failed, secs(2)); // 2: written
        log.took(Outcome::Failed, secs(6)); // 3: above the threshold
        log.took(Outcome::Timeout, secs(7)); // 1
        log.took(Outcome::Ok, secs(8)); // 2
        log.took(Outcome::Ok, secs(0)); // 3: written
        log.took(Outcome::Failed, secs(3)); // 4: written
    });
    let line = |level, outcome: &str, took: f64| {
        (level, format!("event=job.took outcome={outcome} took=F64({took:?})"))
    };
    assert_eq!(
        lines,
        [
            line(Level::WARN, "failed", 2.0),
            line(Level::WARN, "failed", 6.0),
            line(Level::INFO, "ok", 0.0),
            line(Level::WARN, "failed", 3.0),
        ],
    );
}

#[test]
fn values_are_those_of_series() {
    let log = Log::default();
    let cut = "eu".repeat(40);
    let lines = levels(|| {
        log.tries(2, None);
        log.tries(9, Some("eu")); // `other`
        log.tries(1, Some("eu"));
        log.tries(-2, None);
        log.tries(2, Some("none"));
        log.tries(2, Some("eu-west"));
        log.tries(2, Some(&cut));
        log.tries(2, Some(""));
        log.tries(0, Some("-"));
        for port in [80, 8, 443, 4430, 22] {
            log.ports(port);
        }
    });
    let texts: Vec<_> = lines.iter().map(|(level, text)| format!("{level} {text}")).collect();
    assert_eq!(
        texts,
        [
            "WARN event=tries attempt=I64(2)",
            "WARN event=tries attempt=other zone=eu",
            "WARN event=tries attempt=I64(2) zone=none",
            "DEBUG event=tries attempt=I64(0) zone=-",
            "INFO event=ports port=U64(80)",
            "INFO event=ports port=U64(443)",
        ],
    );
}

#[test]
fn a_guard_s_line_takes_its_level_from_the_outcome() {
    let log: Arc<dyn Operations> = Arc::new(Log::default());
    let lines = levels(|| {
        log.start_transfer().end(Outcome::Ok);
        drop(log.start_transfer());
    });
    let line = |level, outcome: &str| (level, format!("event=transfer outcome={outcome}"));
    assert_eq!(lines, [line(Level::DEBUG, "ok"), line(Level::WARN, "failed")]);
}

#[test]
fn a_summary_has_the_calls_that_no_line_was_for() {
    let log = Log::with_summary();
    let lines = levels(|| {
        log.failed(Outcome::Ok);
        log.failed(Outcome::Ok);
        log.failed(Outcome::Failed);
        log.ended(Outcome::Failed, "mail");
        log.took(Outcome::Failed, Duration::from_secs(1));
        log.took(Outcome::Ok, Duration::from_secs(2));
        log.summarize();
    });
    let texts: Vec<_> = lines.iter().map(|(level, text)| format!("{level} {text}")).collect();
    assert_eq!(
        texts,
        [
            "ERROR event=job.failed outcome=failed",
            "WARN event=job.ended outcome=failed queue=mail",
            "INFO summary=job.failed outcome=ok silent=U64(2)",
            "INFO summary=job.took outcome=ok silent=U64(1) took=F64(2.0)",
            "INFO summary=job.took outcome=failed silent=U64(1) took=F64(1.0)",
        ],
    );
}

#[test]
fn a_filter_can_let_the_severe_lines_alone_pass() {
    let written = capture::Written::default();
    let layer = Layer::new(Format::Prefixed, written.clone()).with_filter(LevelFilter::WARN);
    let log = Log::default();
    capture::with_default(tracing_subscriber::registry().with(layer), || {
        log.ended(Outcome::Ok, "mail");
        log.ended(Outcome::Failed, "mail");
        // The line of the other calls is missed.
        let muted = Muted::Filtered { event: "job.ended", level: Level::INFO, target: "metrics" };
        assert_eq!(log::check::<dyn Metrics>(), Err(muted));
    });
    assert_eq!(written.text(), "[metrics] event=job.ended outcome=failed queue=mail\n");
}

#[test]
fn a_check_asks_for_each_line() {
    let written = capture::Written::default();
    let no_jobs = tracing_subscriber::filter::filter_fn(|metadata| metadata.target() != "jobs");
    let layer = Layer::new(Format::Prefixed, written).with_filter(no_jobs);
    capture::with_default(tracing_subscriber::registry().with(layer), || {
        let muted = Muted::Filtered { event: "job.ended", level: Level::WARN, target: "jobs" };
        assert_eq!(log::check::<dyn Metrics>(), Err(muted));
    });
}

#[test]
fn the_catalog_lists_each_line_with_its_calls() {
    let catalog = Catalog::of::<dyn Metrics>();
    let lines: Vec<_> = catalog
        .lines
        .iter()
        .map(|line| format!("{} {} {}: {}", line.name, line.level, line.target, line.policy))
        .collect();
    assert_eq!(
        lines,
        [
            "job.ended info metrics: all other calls",
            r#"job.ended warn jobs: when(outcome = ["failed", "timeout"])"#,
            r#"job.failed error metrics: when(outcome = ["failed"])"#,
            "job.took info metrics: all other calls, every = 3",
            r#"job.took warn metrics: when(outcome = ["failed"]), every = 2, or_above = 5.0, skip_zero"#,
        ],
    );
}
