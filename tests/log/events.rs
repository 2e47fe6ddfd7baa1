//! `Log`: which lines it writes, and that nothing can forge one or bring the caller down.

use crate::capture::{self, Acts, Seen, Typed};
use crate::surface::{Bytes, EventType, Metrics, Protocol, Stage};
use proptest::prelude::*;
use std::cell::RefCell;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use telemetry::Log;
use tracing::{Event, Level};

#[test]
fn a_line_is_the_kind_then_labels_then_values() {
    let log = Log::default();
    let lines = capture::lines(|| {
        log.failures(Stage::ListWebhooks);
        log.publish(EventType("email.received"), 3);
        log.requests(Some("/v1"), Some(Duration::from_millis(2_500)));
        log.requests(None, None);
        log.rows_deleted(true, 5);
        log.opened(Protocol::Tcp);
        log.hit();
        log.miss(2, -7);
        log.miss(9, -7);
        log.set_lag(31.0);
    });
    assert_eq!(
        lines,
        [
            "[metrics] event=failures stage=list_webhooks",
            "[metrics] event=outbox.published type=email.received rows=3",
            "[metrics] event=requests route=/v1 took=2.5",
            "[metrics] event=requests",
            "[metrics] event=janitor.delete archived=true count=5",
            "[metrics] event=opened protocol=stream",
            "[metrics] event=hit",
            "[metrics] event=miss attempt=2 shard=-7",
            "[metrics] event=miss attempt=other shard=-7",
            "[metrics] gauge=lag value=31",
        ],
    );
}

#[test]
fn fields_are_typed_and_levels_and_targets_are_the_declared_ones() {
    let log = Log::default();
    let events = capture::events(|| {
        log.publish(EventType("a b"), 3);
        log.miss(1, -7);
        log.set_lag(31.5);
        log.hit();
    });
    let info = |fields| Seen { level: Level::INFO, target: "metrics".to_owned(), fields };
    let text = |text: &str| Typed::Str(text.to_owned());
    assert_eq!(
        events,
        [
            info(vec![("event", text("outbox.published")), ("type", text("a b")), ("rows", Typed::U64(3))]),
            info(vec![("event", text("miss")), ("attempt", Typed::U64(1)), ("shard", Typed::I64(-7))]),
            info(vec![("gauge", text("lag")), ("value", Typed::F64(31.5))]),
            Seen { level: Level::DEBUG, target: "cache".to_owned(), fields: vec![("event", text("hit"))] },
        ],
    );
}

#[test]
fn off_is_silent_and_zero_is_skipped() {
    let log = Log::default();
    let lines = capture::lines(|| {
        log.closed(Protocol::Udp);
        log.rows_deleted(false, 0);
    });
    assert_eq!(lines, [""; 0]);
}

#[test]
fn every_writes_each_nth_call_and_thresholds_do_not_reset_it() {
    let log = Log::default();
    let lag = |values: &[f64]| capture::lines(|| values.iter().for_each(|value| log.set_lag(*value)));
    assert_eq!(lag(&[1.0, 30.0]), [""; 0], "`or_above` is strict");
    assert_eq!(lag(&[2.5]), ["[metrics] gauge=lag value=2.5"]);
    assert_eq!(lag(&[30.5]), ["[metrics] gauge=lag value=30.5"]);
    assert_eq!(lag(&[-1.5]), ["[metrics] gauge=lag value=-1.5"]);
    assert_eq!(lag(&[4.0, 5.0]), ["[metrics] gauge=lag value=4"]);
}

#[test]
fn every_counts_each_closed_series_on_its_own() {
    let log = Log::default();
    let lines = capture::lines(|| {
        for size in 1..=2 {
            log.received(Some(Stage::Lease), Bytes(size));
            log.received(Some(Stage::UpdateStatus), Bytes(size));
            log.received(None, Bytes(size));
        }
    });
    assert_eq!(
        lines,
        [
            "[metrics] event=received type=lease size=2",
            "[metrics] event=received type=update_status size=2",
            "[metrics] event=received size=2",
        ],
    );
}

#[test]
fn counts_belong_to_the_instance() {
    let (one, other) = (Log::default(), Log::default());
    let lines = capture::lines(|| {
        one.set_lag(1.0);
        other.set_lag(1.0);
        one.set_lag(1.0);
        other.set_lag(1.0);
    });
    assert_eq!(lines, [""; 0]);
}

#[test]
fn every_is_exact_whatever_the_threads_do() {
    const THREADS: usize = 4;
    const CALLS: usize = 3_000;
    let log = Log::default();
    let count: usize = thread::scope(|scope| {
        let run = || capture::lines(|| (0..CALLS).for_each(|_| log.set_lag(1.0))).len();
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(count, THREADS * CALLS / 3);
}

/// An independent reader of the line, written from the grammar in the documentation of `Lines`.
pub fn parse(line: &str) -> Vec<(String, String)> {
    let mut rest = line.strip_prefix("[metrics]").expect("the prefix");
    let mut pairs = Vec::new();
    while !rest.is_empty() {
        rest = rest.strip_prefix(' ').expect("one space");
        let (key, value) = rest.split_once('=').expect("a key");
        if let Some(quoted) = value.strip_prefix('"') {
            let mut text = String::new();
            let mut chars = quoted.char_indices();
            let end = loop {
                match chars.next().expect("a closing quote") {
                    (at, '"') => break at,
                    (_, '\\') => match chars.next().expect("an escape").1 {
                        'n' => text.push('\n'),
                        escaped => text.push(escaped),
                    },
                    (_, c) => text.push(c),
                }
            };
            pairs.push((key.to_owned(), text));
            rest = &quoted[end + 1..];
        } else {
            let end = value.find(' ').unwrap_or(value.len());
            pairs.push((key.to_owned(), value[..end].to_owned()));
            rest = &value[end..];
        }
    }
    pairs
}

/// What a reader gets back: what could end a line or turn the text around is replaced.
pub fn mapped(text: &str) -> String {
    let replaced = |c: char| {
        let control = c.is_control() && c != '\n';
        let turning = ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2060}'..='\u{2069}').contains(&c);
        let hidden =
            ('\u{200b}'..='\u{200f}').contains(&c) || ['\u{61c}', '\u{feff}', '\u{fffd}'].contains(&c);
        control || turning || hidden || ['\u{2028}', '\u{2029}'].contains(&c)
    };
    text.chars().map(|c| if replaced(c) { '?' } else { c }).collect()
}

pub fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(
            &[
                "\n",
                "\r",
                "\t",
                "\0",
                "\"",
                "\\",
                "'",
                "=",
                " ",
                "[metrics] event=forged",
                "\u{1b}[2J",
                "\u{85}",
                "\u{2028}",
                "\u{202e}",
                "\u{feff}",
                "{}",
                "%n",
                "type=x",
                "\\n",
                "\\\"",
            ][..]
        )
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn one_event_is_one_line_whatever_the_label(text in hostile()) {
        let log = Log::default();
        let lines = capture::lines(|| log.publish(EventType(&text), 1));
        prop_assert_eq!(lines.len(), 1);
        let mut expected = vec![("event".to_owned(), "outbox.published".to_owned())];
        let shown = if text.len() > 256 { None } else { Some(mapped(&text)) };
        let pairs = parse(&lines[0]);
        if let Some(shown) = shown {
            if !shown.is_empty() {
                expected.push(("type".to_owned(), shown));
            }
            expected.push(("rows".to_owned(), "1".to_owned()));
            prop_assert_eq!(pairs, expected);
        } else {
            prop_assert_eq!(pairs.len(), 3);
            prop_assert!(pairs[1].1.len() <= 256 * 3);
        }
    }
}

#[test]
fn other_events_keep_their_own_format() {
    let lines = capture::lines(|| tracing::info!(event = "x", "an event of the application"));
    assert_eq!(lines.len(), 1);
    assert!(!lines[0].starts_with("[metrics]"), "{}", lines[0]);
    assert!(lines[0].contains("an event of the application"), "{}", lines[0]);
}

#[test]
fn a_subscriber_that_panics_is_contained_and_counted() {
    let log = Log::default();
    crate::capture::with_default(Acts(|_: &Event<'_>| panic!("a subscriber's own")), || {
        log.hit();
        log.hit();
    });
    assert_eq!(log.dropped(), 2);
    assert_eq!(capture::lines(|| log.hit()).len(), 1, "and the next subscriber sees the next line");
}

#[test]
fn a_panic_payload_that_panics_when_dropped_is_contained() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("again");
        }
    }
    let log = Log::default();
    crate::capture::with_default(Acts(|_: &Event<'_>| std::panic::panic_any(Bomb)), || log.hit());
    assert_eq!(log.dropped(), 1);
}

/// Runs one test of this binary in a process of its own, as the child: what it does would bring others down,
/// or needs a subscriber for the whole process.
pub fn in_a_child(module: &str, test: &str, child: impl FnOnce()) {
    const CHILD: &str = "TELEMETRY_TEST_CHILD";
    if std::env::var_os(CHILD).is_some_and(|name| name == test) {
        return child();
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command
        .args(["--exact", &format!("{module}::{test}"), "--nocapture"])
        .env(CHILD, test)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{stderr}", output.status);
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{stderr}");
}

#[test]
fn a_subscriber_that_records_does_not_recurse() {
    in_a_child("events", "a_subscriber_that_records_does_not_recurse", || {
        let log = Arc::new(Log::default());
        let (inner, calls) = (log.clone(), Arc::new(Mutex::new(0)));
        let counted = calls.clone();
        let acts = move |_: &Event<'_>| {
            *counted.lock().unwrap() += 1;
            inner.failures(Stage::Lease);
        };
        // A scoped dispatch stops recursion by itself, a global one does not.
        tracing::subscriber::set_global_default(Acts(acts)).unwrap();
        log.hit();
        assert_eq!(*calls.lock().unwrap(), 1);
        assert_eq!(log.dropped(), 1);
    });
}

/// Records when its thread ends.
struct AtEnd(Arc<Log>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        self.0.hit();
    }
}

thread_local! {
    static AT_END: RefCell<Option<AtEnd>> = const { RefCell::new(None) };
}

#[test]
fn a_call_in_a_dying_thread_does_not_abort() {
    in_a_child("events", "a_call_in_a_dying_thread_does_not_abort", || {
        let subscriber =
            tracing_subscriber::fmt().with_max_level(Level::TRACE).with_writer(std::io::stderr).finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        let log = Arc::new(Log::default());
        let used = log.clone();
        let thread = thread::spawn(move || {
            AT_END.with(|at_end| *at_end.borrow_mut() = Some(AtEnd(used.clone())));
            // `fmt` keeps a buffer in a thread-local: destroyed before ours, it panics in the destructor.
            used.hit();
        });
        thread.join().expect("the thread ends like any other");
        assert_eq!(log.dropped(), 1, "the line is lost, and counted");
    });
}

#[test]
fn long_text_is_cut_and_stays_apart() {
    let log = Log::default();
    let (a, b) = (format!("{}a", "x".repeat(1_000)), format!("{}b", "x".repeat(1_000)));
    let events = capture::events(|| {
        log.publish(EventType(&a), 1);
        log.publish(EventType(&b), 1);
    });
    let texts: Vec<&str> = events.iter().filter_map(|seen| text_of(&seen.fields[1].1)).collect();
    assert_eq!(texts.len(), 2);
    assert!(texts.iter().all(|text| text.len() == 256));
    assert_ne!(texts[0], texts[1]);
}

fn text_of(value: &Typed) -> Option<&str> {
    if let Typed::Str(text) = value { Some(text) } else { None }
}

#[test]
fn nothing_is_recorded_through_debug() {
    let log = Log::default();
    let events = capture::events(|| log.publish(EventType("x"), 1));
    assert!(events.iter().flat_map(|seen| &seen.fields).all(|(_, value)| !matches!(value, Typed::Debug(_))));
}
