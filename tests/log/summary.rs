//! `Log::with_summary`: what the policies silence is added up and written, and no number is lost.

use crate::capture::{self, Acts};
use crate::events::parse;
use crate::surface::{Bytes, Metrics, Stage};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use telemetry::log::{Format, Layer, Lines};
use telemetry::{Label, Log, metrics};
use tracing::{Event, Level};
use tracing_subscriber::prelude::*;

#[test]
fn a_summary_is_a_line_for_each_series_that_was_silenced() {
    let log = Log::with_summary();
    let lines = capture::lines(|| {
        log.set_lag(1.0);
        log.set_lag(2.5);
        log.rows_deleted(true, 0);
        log.rows_deleted(true, 7);
        log.received(Some(Stage::ListWebhooks), Bytes(5));
        log.received(None, Bytes(6));
        log.received(None, Bytes(7));
        log.received(None, Bytes(8));
        log.failures(Stage::Lease);
        log.summarize();
        log.summarize();
    });
    assert_eq!(
        lines,
        [
            "[metrics] event=janitor.delete archived=true count=7",
            "[metrics] event=received size=7",
            "[metrics] event=failures stage=lease",
            "[metrics] gauge=lag silent=2 value=2.5",
            "[metrics] summary=janitor.delete archived=true silent=1 count=0",
            "[metrics] summary=received type=list_webhooks silent=1 size=5",
            "[metrics] summary=received silent=2 size=14",
        ],
    );
}

#[test]
fn a_log_without_a_summary_has_none() {
    let log = Log::default();
    let lines = capture::lines(|| {
        log.set_lag(1.0);
        log.summarize();
        drop(log);
    });
    assert_eq!(lines, [""; 0]);
}

#[test]
fn the_end_of_a_log_writes_the_last_summary() {
    let log = Log::with_summary();
    let lines = capture::lines(|| {
        log.set_lag(1.0);
        drop(log);
    });
    assert_eq!(lines, ["[metrics] gauge=lag silent=1 value=1"]);
}

#[test]
fn a_gauge_has_its_last_number_although_a_threshold_let_it_through() {
    let log = Log::with_summary();
    let lines = capture::lines(|| {
        log.set_lag(1.0);
        log.set_lag(31.0);
        log.summarize();
    });
    assert_eq!(lines, ["[metrics] gauge=lag value=31", "[metrics] gauge=lag silent=1 value=31"]);
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

#[metrics]
trait Odd {
    /// A label of each kind, and a policy that silences most.
    #[counter]
    #[counter(name = "sizes", value = size, help = "Sizes.")]
    #[up_down_counter(name = "balance", value = change, help = "Balance.")]
    #[histogram(name = "took", value = took, unit = seconds, help = "Time.")]
    #[log("odd", or_above = 1_000_000, on = size)]
    fn odd(
        &self,
        side: Option<Side>,
        #[label(range = -2..=2)] step: i64,
        #[label(cap = 4)] name: &str,
        size: u64,
        change: i64,
        took: Option<Duration>,
    );

    /// Floats.
    #[counter(value = seconds, unit = seconds)]
    #[log("floats", or_above = 1e9)]
    fn floats(&self, seconds: f64);
}

#[test]
fn sums_are_typed_and_open_labels_are_left_out() {
    let log = Log::with_summary();
    let lines = capture::lines(|| {
        log.odd(Some(Side::Right), -2, "a", 5, -7, Some(Duration::from_millis(1_500)));
        log.odd(Some(Side::Right), -2, "b", 6, 3, None);
        log.odd(None, 99, "b", u64::MAX >> 50, 0, None);
        log.odd(Some(Side::Left), 1, "b", 2_000_000, 1, None);
        for seconds in [0.5, f64::NAN, -1.0, f64::NEG_INFINITY, 0.25] {
            log.floats(seconds);
        }
        log.summarize();
    });
    assert_eq!(
        lines,
        [
            "[metrics] event=odd side=left step=1 name=b size=2000000 change=1",
            "[metrics] summary=odd side=right step=-2 silent=2 size=11 change=-4 took=1.5",
            "[metrics] summary=odd step=other silent=1 size=16383 change=0",
            "[metrics] summary=floats silent=5 seconds=0.75",
        ],
    );
}

#[test]
fn emf_has_the_sums_as_metrics_and_no_label_that_was_left_out() {
    let log = Log::with_summary();
    log.odd(Some(Side::Right), -2, "a", 5, -7, Some(Duration::from_millis(1_500)));
    log.odd(None, 2, "b", 6, 3, None);
    let written = capture::Written::default();
    let layer = Layer::new(Format::Emf, written.clone());
    crate::capture::with_default(tracing_subscriber::registry().with(layer), || log.summarize());
    let lines: Vec<Value> = written.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (line, side, step, size, balance) in
        [(&lines[0], "right", "-2", 5, -7), (&lines[1], "none", "2", 6, 3)]
    {
        assert_eq!(
            (&line["summary"], &line["side"], &line["step"]),
            (&json!("odd"), &json!(side), &json!(step))
        );
        assert_eq!(
            (&line["odd"], &line["sizes"], &line["balance"]),
            (&json!(1), &json!(size), &json!(balance))
        );
        assert_eq!((line.get("name"), line.get("took")), (None, None));
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["side", "step"]]));
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap().len(), 3);
    }
    assert_eq!(lines.len(), 2);
}

#[test]
fn integers_saturate() {
    let log = Log::with_summary();
    let lines = capture::lines(|| {
        log.received(None, Bytes(u64::MAX));
        log.received(None, Bytes(1));
        log.received(None, Bytes(1));
        log.summarize();
    });
    assert_eq!(lines[1], "[metrics] summary=received silent=2 size=18446744073709551615");
}

/// Calls and sums by the lines of events and summaries together.
fn totals(lines: &[String]) -> BTreeMap<String, (u64, u64)> {
    let mut totals: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for line in lines {
        let mut series = String::new();
        let (mut calls, mut sum) = (1, 0);
        for (key, value) in parse(line) {
            match key.as_str() {
                "event" | "gauge" | "summary" => series += &value,
                "silent" => calls = value.parse().unwrap(),
                "size" => sum = value.parse().unwrap(),
                _ => write!(series, " {key}={value}").unwrap(),
            }
        }
        let total = totals.entry(series).or_default();
        *total = (total.0 + calls, total.1 + sum);
    }
    totals
}

/// Threads that record, while another thread writes one summary after the other.
#[test]
fn totals_are_exact_whatever_the_threads_do() {
    const THREADS: u64 = 4;
    const CALLS: u64 = 5_000;
    let log = Log::with_summary();
    let lines = Arc::new(Mutex::new(Vec::new()));
    thread::scope(|scope| {
        let recorders: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (log, lines) = (&log, lines.clone());
                scope.spawn(move || {
                    let seen = capture::lines(|| {
                        for call in 0..CALLS {
                            let stage = if (call + thread) % 2 == 0 { Some(Stage::Lease) } else { None };
                            log.received(stage, Bytes(call));
                        }
                    });
                    lines.lock().unwrap().extend(seen);
                })
            })
            .collect();
        let seen = capture::lines(|| {
            while !recorders.iter().all(thread::ScopedJoinHandle::is_finished) {
                log.summarize();
            }
        });
        lines.lock().unwrap().extend(seen);
    });
    lines.lock().unwrap().extend(capture::lines(|| drop(log)));
    let lines = lines.lock().unwrap();
    let events = lines.iter().filter(|line| line.starts_with("[metrics] event=")).count() as u64;
    assert_eq!(events, THREADS * CALLS / 2, "`every = 2`");
    // Each stage has half of the calls of each thread, even ones in one thread and odd ones in the next.
    let half = (THREADS * CALLS / 2, THREADS / 2 * (0..CALLS).sum::<u64>());
    let expected = BTreeMap::from([("received".to_owned(), half), ("received type=lease".to_owned(), half)]);
    assert_eq!(totals(&lines), expected);
}

#[test]
fn a_thread_writes_it_from_time_to_time() {
    let seen = capture::Written::default();
    let subscriber =
        tracing_subscriber::fmt().event_format(Lines::default()).with_writer(seen.clone()).finish();
    let log = crate::capture::with_default(subscriber, || {
        Log::with_summary_every(Duration::from_millis(10)).unwrap()
    });
    for round in 1..=3 {
        log.set_lag(1.0);
        // Every third is written, to a subscriber that this thread does not have.
        if round < 3 {
            while seen.text().lines().count() < round {
                thread::sleep(Duration::from_millis(1));
            }
        }
    }
    drop(log);
    assert_eq!(seen.text(), "[metrics] gauge=lag silent=1 value=1\n".repeat(2));
}

#[test]
fn a_summary_that_no_subscriber_wants_stays_for_the_next() {
    let log = Log::with_summary();
    let written = capture::Written::default();
    let errors = tracing_subscriber::fmt().with_max_level(Level::ERROR).with_writer(written.clone()).finish();
    crate::capture::with_default(errors, || {
        log.set_lag(1.0);
        log.summarize();
    });
    assert_eq!(written.text(), "");
    assert_eq!(capture::lines(|| log.summarize()), ["[metrics] gauge=lag silent=1 value=1"]);
}

#[test]
fn a_subscriber_that_panics_at_a_summary_is_contained_and_counted() {
    let log = Log::with_summary();
    log.set_lag(1.0);
    crate::capture::with_default(Acts(|_: &Event<'_>| panic!("a subscriber's own")), || log.summarize());
    assert_eq!(log.dropped(), 1);
}
