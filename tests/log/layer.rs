//! `log::Layer`: its formats, what it leaves to other layers, and writers that do not do as they should.

use crate::capture::with_default;
use crate::capture::{self, Written};
use crate::events::{hostile, in_a_child, mapped, parse};
use crate::surface::{Bytes, EventType, Metrics, Protocol, Stage};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use telemetry::Log;
use telemetry::log::{Format, Layer, is_metric};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

const FORMATS: [Format; 4] = [Format::Prefixed, Format::Logfmt, Format::Json, Format::Emf];

/// What the closure logs in a format.
fn lines(format: Format, run: impl FnOnce()) -> Vec<String> {
    let written = Written::default();
    with_default(registry().with(Layer::new(format, written.clone())), run);
    let text = written.text();
    assert!(text.is_empty() || text.ends_with('\n'));
    // Not `lines`, which would forgive a `\r`.
    text.split_terminator('\n').map(str::to_owned).collect()
}

fn every_method(log: &Log) {
    log.failures(Stage::ListWebhooks);
    log.publish(EventType("a \"b\""), u64::MAX);
    log.requests(Some("/v1"), Some(Duration::from_millis(2_500)));
    log.requests(None, None);
    log.rows_deleted(true, 5);
    log.opened(Protocol::Tcp);
    log.hit();
    log.miss(9, -7);
    log.set_lag(31.5);
    log.set_lag(1e300);
    log.set_lag(f64::INFINITY);
    log.set_lag(f64::NEG_INFINITY);
}

#[test]
fn prefixed_lines_are_those_of_lines() {
    let (layer, lines_) = (
        lines(Format::Prefixed, || every_method(&Log::default())),
        capture::lines(|| every_method(&Log::default())),
    );
    assert_eq!(layer, lines_);
    assert_eq!(layer[1], r#"[metrics] event=outbox.published type="a \"b\"" rows=18446744073709551615"#);
}

#[test]
fn logfmt_lines_have_time_and_level_and_no_word_without_a_key() {
    let with_time = lines(Format::Logfmt, || every_method(&Log::default()));
    let without = lines(Format::Prefixed, || every_method(&Log::default()));
    assert_eq!(with_time.len(), without.len());
    for (with_time, without) in with_time.iter().zip(without) {
        let (head, rest) = with_time.split_at("time=2026-05-04T09:00:00.000001Z".len());
        assert!(head.starts_with("time=20") && head.ends_with('Z'), "{head}");
        let level = if without.contains("event=hit") { "debug" } else { "info" };
        assert_eq!(rest, without.replacen("[metrics]", &format!(" level={level}"), 1));
    }
}

fn json_of(line: &str) -> Value {
    let mut value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let time = value.as_object_mut().unwrap().remove("time").unwrap();
    assert_eq!(time.as_str().unwrap().len(), "2026-05-04T09:00:00.000001Z".len());
    value
}

#[test]
fn json_lines_are_typed() {
    let found: Vec<Value> =
        lines(Format::Json, || every_method(&Log::default())).iter().map(|line| json_of(line)).collect();
    let info = |rest: Value| {
        let mut all = json!({"level": "INFO", "target": "metrics"});
        all.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        all
    };
    assert_eq!(
        found,
        [
            info(json!({"event": "failures", "stage": "list_webhooks"})),
            info(json!({"event": "outbox.published", "type": "a \"b\"", "rows": u64::MAX})),
            info(json!({"event": "requests", "route": "/v1", "took": 2.5})),
            info(json!({"event": "requests"})),
            info(json!({"event": "janitor.delete", "archived": "true", "count": 5})),
            info(json!({"event": "opened", "protocol": "stream"})),
            json!({"level": "DEBUG", "target": "cache", "event": "hit"}),
            info(json!({"event": "miss", "attempt": "other", "shard": -7})),
            info(json!({"gauge": "lag", "value": 31.5})),
            info(json!({"gauge": "lag", "value": 1e300})),
            info(json!({"gauge": "lag", "value": "+Inf"})),
            info(json!({"gauge": "lag", "value": "-Inf"})),
        ],
    );
}

fn emf_of(line: &str) -> Value {
    let mut value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let time = value["_aws"].as_object_mut().unwrap().remove("Timestamp").unwrap();
    assert_eq!(time.to_string().len(), "1777885200000".len(), "milliseconds");
    value
}

fn directive(dimensions: &[&str], metrics: &[(&str, &str)]) -> Value {
    let metrics: Vec<Value> =
        metrics.iter().map(|(name, unit)| json!({"Name": name, "Unit": unit})).collect();
    json!({"Namespace": "app", "Dimensions": [dimensions], "Metrics": metrics})
}

#[test]
fn emf_says_which_members_are_metrics() {
    let log = Log::default();
    let found: Vec<Value> = lines(Format::Emf, || {
        every_method(&log);
        log.received(None, Bytes(9));
        log.received(None, Bytes(10));
    })
    .iter()
    .map(|line| emf_of(line))
    .collect();
    let aws = |directives: &[Value]| json!({"CloudWatchMetrics": directives});
    let published = [("published", "Count"), ("published_rows", "Count")];
    let lag = |value: f64| json!({"gauge": "lag", "lag": value, "_aws": aws(&[directive(&[], &[("lag", "Seconds")])])});
    // 1e300 is beyond CloudWatch's numbers too.
    let no_metrics = json!({"gauge": "lag", "_aws": aws(&[])});
    assert_eq!(
        found,
        [
            json!({"event": "failures", "stage": "list_webhooks", "failures": 1,
                "_aws": aws(&[directive(&["stage"], &[("failures", "Count")])])}),
            json!({"event": "outbox.published", "type": "a \"b\"", "published": 1, "published_rows": u64::MAX,
                "_aws": aws(&[directive(&["type"], &published)])}),
            json!({"event": "requests", "route": "/v1", "requests": 1, "request_duration": 2.5,
                "_aws": aws(&[directive(&["route"], &[("requests", "Count"), ("request_duration", "Seconds")])])}),
            json!({"event": "requests", "route": "unrouted", "requests": 1,
                "_aws": aws(&[directive(&["route"], &[("requests", "Count")])])}),
            json!({"event": "janitor.delete", "archived": "true", "rows_deleted": 5,
                "_aws": aws(&[directive(&["archived"], &[("rows_deleted", "Count")])])}),
            json!({"event": "opened", "protocol": "stream", "connections": 1,
                "_aws": aws(&[directive(&["protocol"], &[("connections", "None")])])}),
            json!({"event": "hit", "result": "hit", "lookups": 1,
                "_aws": aws(&[directive(&["result"], &[("lookups", "Count")])])}),
            json!({"event": "miss", "attempt": "other", "shard": "-7", "tier": "disk", "misses": 1,
                "_aws": aws(&[directive(&["attempt", "shard", "tier"], &[("misses", "Count")])])}),
            lag(31.5),
            no_metrics.clone(),
            no_metrics.clone(),
            no_metrics,
            json!({"event": "received", "type": "none", "received": 10,
                "_aws": aws(&[directive(&["type"], &[("received", "Bytes")])])}),
        ],
    );
}

#[test]
fn a_line_is_one_call_of_write() {
    #[derive(Clone, Default)]
    struct Calls(Arc<Mutex<Vec<String>>>);
    impl Write for Calls {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().push(String::from_utf8(bytes.to_vec()).unwrap());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for format in FORMATS {
        let calls = Calls::default();
        let writer = calls.clone();
        with_default(registry().with(Layer::new(format, move || writer.clone())), || {
            every_method(&Log::default());
        });
        let calls = calls.0.lock().unwrap();
        assert_eq!(calls.len(), 12);
        assert!(
            calls.iter().all(|call| call.ends_with('\n') && call.matches('\n').count() == 1),
            "{calls:?}"
        );
    }
}

#[test]
fn metrics_and_other_events_go_to_layers_of_their_own() {
    let (metrics, others) = (Written::default(), Written::default());
    let layer = Layer::new(Format::Prefixed, metrics.clone()).with_filter(filter_fn(is_metric));
    let fmt = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(others.clone());
    let subscriber = registry().with(layer).with(fmt.with_filter(filter_fn(|metadata| !is_metric(metadata))));
    with_default(subscriber, || {
        Log::default().failures(Stage::Lease);
        tracing::info!(event = "x", "an event of the application");
        tracing::info!(name: "telemetry", "another");
    });
    assert_eq!(metrics.text(), "[metrics] event=failures stage=lease\n");
    assert_eq!(others.text().lines().count(), 2, "{}", others.text());
}

#[test]
fn every_layer_sees_the_same_typed_event() {
    let ours = Written::default();
    let seen = Written::default();
    let fmt = tracing_subscriber::fmt::layer().with_ansi(false).without_time().with_writer(seen.clone());
    let subscriber = registry().with(Layer::new(Format::Json, ours.clone())).with(fmt);
    with_default(subscriber, || Log::default().publish(EventType("a b"), 3));
    assert_eq!(ours.text().lines().count(), 1);
    assert_eq!(seen.text(), " INFO metrics: event=\"outbox.published\" type=\"a b\" rows=3\n");
}

proptest! {
    #[test]
    fn json_gives_any_text_back(text in hostile().prop_filter("too long", |text| text.len() <= 256)) {
        let log = Log::default();
        let lines = lines(Format::Json, || log.publish(EventType(&text), 1));
        prop_assert_eq!(lines.len(), 1);
        prop_assert!(lines[0].chars().all(|c| !c.is_control() && mapped(&c.to_string()) == c.to_string()), "{}", lines[0]);
        let expected = json!({"level": "INFO", "target": "metrics", "event": "outbox.published", "type": text, "rows": 1});
        prop_assert_eq!(json_of(&lines[0]), expected);
    }

    #[test]
    fn logfmt_gives_any_text_back_after_the_mapping(text in hostile().prop_filter("too long", |text| text.len() <= 256)) {
        let log = Log::default();
        let lines = lines(Format::Logfmt, || log.publish(EventType(&text), 1));
        prop_assert_eq!(lines.len(), 1);
        let pairs = parse(&format!("[metrics] {}", lines[0]));
        let shown = mapped(&text);
        let expected = if shown.is_empty() { None } else { Some(&shown) };
        prop_assert_eq!(pairs.iter().find(|(key, _)| key == "type").map(|(_, text)| text), expected);
        prop_assert_eq!(pairs.len(), 4 + usize::from(expected.is_some()));
    }

    /// Whatever the label, what CloudWatch refuses does not come.
    #[test]
    fn emf_keeps_to_the_rules_of_cloudwatch(text in hostile()) {
        let log = Log::default();
        let lines = lines(Format::Emf, || log.publish(EventType(&text), 1));
        prop_assert_eq!(lines.len(), 1);
        let found = emf_of(&lines[0]);
        let value = found["type"].as_str().unwrap();
        prop_assert!(value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && !value.starts_with(':'));
        let dimensions = &found["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0];
        prop_assert_eq!(dimensions, &if text.trim().is_empty() { json!([]) } else { json!(["type"]) });
    }

    #[test]
    fn numbers_read_back(rows: u64, bits: u64) {
        let value = f64::from_bits(bits);
        let log = Log::default();
        let lines = lines(Format::Json, || {
            log.publish(EventType("x"), rows);
            for _ in 0..3 {
                log.set_lag(value);
            }
        });
        prop_assert_eq!(json_of(&lines[0])["rows"].as_u64(), Some(rows));
        let last = json_of(lines.last().unwrap());
        match last["value"].as_f64() {
            Some(read) => prop_assert!(read.to_bits() == bits),
            None => prop_assert!(!value.is_finite()),
        }
    }
}

/// A writer that does what the closure says, call by call.
#[derive(Clone)]
struct Does<F>(F);

impl<F: Fn(&[u8]) -> io::Result<usize>> Write for Does<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.0)(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<F: Fn(&[u8]) -> io::Result<usize> + Clone> MakeWriter<'_> for Does<F> {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// What arrives through a writer that takes what `how_much` says, and the layer's count of failures.
fn through(
    how_much: impl Fn(usize, usize) -> io::Result<usize> + Send + Sync + 'static,
    run: impl FnOnce(&Log),
) -> (String, u64) {
    let arrived = Arc::new(Mutex::new((0, Vec::new())));
    let kept = arrived.clone();
    let how_much = Arc::new(how_much);
    let layer = Layer::new(
        Format::Prefixed,
        Does(move |bytes: &[u8]| {
            let (calls, arrived) = &mut *kept.lock().unwrap_or_else(PoisonError::into_inner);
            *calls += 1;
            let taken = how_much(*calls, bytes.len())?;
            arrived.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }),
    );
    let log = Log::default();
    with_default(registry().with(layer.clone()), || run(&log));
    assert_eq!(log.dropped(), 0, "the caller's log has nothing to do with it");
    let text = String::from_utf8(arrived.lock().unwrap_or_else(PoisonError::into_inner).1.clone()).unwrap();
    (text, layer.failed())
}

const LEASE: &str = "[metrics] event=failures stage=lease\n";

#[test]
fn short_writes_and_interruptions_are_no_failures() {
    let write = |call: usize, len: usize| match call % 3 {
        0 => Err(ErrorKind::Interrupted.into()),
        _ => Ok(len.min(5)),
    };
    let (text, failed) = through(write, |log| (0..3).for_each(|_| log.failures(Stage::Lease)));
    assert_eq!((text, failed), (LEASE.repeat(3), 0));
}

#[test]
fn a_writer_that_fails_costs_its_lines_and_is_counted() {
    let fails =
        |call: usize, len: usize| if call <= 2 { Err(ErrorKind::StorageFull.into()) } else { Ok(len) };
    let (text, failed) = through(fails, |log| (0..3).for_each(|_| log.failures(Stage::Lease)));
    assert_eq!((text.as_str(), failed), (LEASE, 2));
    let (text, failed) = through(|_, _| Ok(0), |log| log.failures(Stage::Lease));
    assert_eq!((text.as_str(), failed), ("", 1));
}

#[test]
fn half_a_line_does_not_run_into_the_next() {
    let write = |call: usize, len: usize| match call {
        1 => Ok(20),
        2 => Err(ErrorKind::StorageFull.into()),
        _ => Ok(len),
    };
    let (text, failed) = through(write, |log| (0..3).for_each(|_| log.failures(Stage::Lease)));
    assert_eq!(text, format!("[metrics] event=fail\n{LEASE}{LEASE}"));
    assert_eq!(failed, 1);
}

#[test]
fn a_writer_that_panics_ends_no_caller_and_is_not_used_again() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = calls.clone();
    let panics = move |_, _| {
        counted.fetch_add(1, Ordering::Relaxed);
        panic!("a writer's own")
    };
    let (text, failed) = through(panics, |log| (0..100).for_each(|_| log.failures(Stage::Lease)));
    assert_eq!((text.as_str(), failed), ("", 100));
    assert!(calls.load(Ordering::Relaxed) <= 2, "one panic a second is said, not each");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_counted() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    for format in FORMATS {
        let layer = Layer::new(format, Mutex::new(full.try_clone().unwrap()));
        with_default(registry().with(layer.clone()), || every_method(&Log::default()));
        assert_eq!(layer.failed(), 12);
    }
}

#[test]
fn a_closed_pipe_is_counted() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let layer = Layer::new(Format::Logfmt, Mutex::new(writer));
    with_default(registry().with(layer.clone()), || every_method(&Log::default()));
    assert_eq!(layer.failed(), 12);
}

#[test]
fn a_writer_that_records_does_not_recurse() {
    let log = Arc::new(Log::default());
    let inner = log.clone();
    let layer = Layer::new(
        Format::Json,
        Does(move |bytes: &[u8]| {
            inner.hit();
            Ok(bytes.len())
        }),
    );
    with_default(registry().with(layer.clone()), || log.failures(Stage::Lease));
    assert_eq!((log.dropped(), layer.failed()), (1, 0));
}

/// Records when its thread ends.
struct AtEnd(Arc<Log>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        self.0.failures(Stage::Lease);
    }
}

thread_local! {
    static AT_END: std::cell::RefCell<Option<AtEnd>> = const { std::cell::RefCell::new(None) };
}

#[test]
fn a_line_of_a_dying_thread_is_written() {
    in_a_child("layer", "a_line_of_a_dying_thread_is_written", || {
        let written = Written::default();
        let layer = Layer::new(Format::Prefixed, written.clone());
        tracing::subscriber::set_global_default(registry().with(layer.clone())).unwrap();
        let log = Arc::new(Log::default());
        let used = log.clone();
        let thread = std::thread::spawn(move || {
            AT_END.with(|at_end| *at_end.borrow_mut() = Some(AtEnd(used.clone())));
            // The layer's buffer is made later than ours, so it is gone by then.
            used.failures(Stage::Lease);
        });
        thread.join().expect("the thread ends like any other");
        assert_eq!((written.text(), log.dropped(), layer.failed()), (LEASE.repeat(2), 0, 0));
    });
}

/// A subscriber that is set for the whole process is never dropped, and a buffer in it neither.
#[test]
fn a_line_does_not_wait_in_a_buffer() {
    let written = Written::default();
    let layer = Layer::new(Format::Prefixed, Mutex::new(BufWriter::new(written.clone())));
    with_default(registry().with(layer.clone()), || Log::default().failures(Stage::Lease));
    // The layer, and with it the buffer, still stands.
    assert_eq!((written.text().as_str(), layer.failed()), (LEASE, 0));
}

/// What a buffer took is not yet written.
#[test]
fn a_line_that_a_buffer_took_and_lost_is_counted() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let layer = Layer::new(Format::Prefixed, Mutex::new(BufWriter::new(Full)));
    with_default(registry().with(layer.clone()), || {
        let log = Log::default();
        (0..3).for_each(|_| log.failures(Stage::Lease));
    });
    assert_eq!(layer.failed(), 3);
}

/// An event of a `Log` of another version of this crate, whose declaration this one does not have.
#[test]
fn emf_of_an_event_without_a_declaration_is_json_with_all_its_fields() {
    let lines = lines(Format::Emf, || {
        tracing::event!(name: "telemetry::metric", target: "metrics", tracing::Level::INFO, event = "mail.sent", rows = 3);
    });
    let line: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(
        (&line["event"], &line["rows"], &line["target"]),
        (&json!("mail.sent"), &json!(3), &json!("metrics"))
    );
    assert_eq!(line.get("_aws"), None);
}
