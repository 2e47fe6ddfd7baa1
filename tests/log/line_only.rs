//! Methods that have a line and no instrument, and the numbers of a line.

use crate::capture;
use std::fmt::Display;
use std::time::Duration;
use telemetry::{Label, Log, Registry, metrics, prometheus};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Signal,
    Idle,
}

#[metrics(namespace = "life")]
trait Metrics {
    /// The service stops.
    #[log("service.stopping", only, level = warn)]
    #[guard(start_drain)]
    fn stopping(
        &self,
        reason: Reason,
        peer: Option<&str>,
        drained: Duration,
        #[context]
        #[end]
        error: Option<&dyn Display>,
    );

    /// A peer spoke.
    #[log(only, every = 3)]
    fn heard(&self, bytes: u64);

    /// A backup ended.
    #[histogram]
    #[log(decimals = 3)]
    fn backup(&self, took: Duration, #[context] ratio: f64, #[context] note: &str);

    /// Rows of a batch.
    #[counter(value = rows)]
    #[log(or_at_least = 100)]
    fn batch(&self, rows: u64);

    /// The load.
    #[gauge]
    #[log(decimals = 0)]
    fn set_load(&self, load: f64);
}

#[test]
fn a_method_without_an_instrument_is_known_to_log_and_mock_alone() {
    let log = Log::default();
    let recording = RecordingMetrics::default();
    let registry = Registry::new();
    let registered = registry.register::<dyn Metrics>().unwrap();
    let lines = capture::lines(|| {
        for metrics in [&log as &dyn Metrics, &recording, &registered] {
            metrics.stopping(Reason::Idle, Some("a b"), Duration::from_millis(1_500), Some(&"late"));
        }
    });
    assert_eq!(
        lines,
        ["[metrics] event=service.stopping reason=idle peer=\"a b\" drained=1.5 error=late"],
        "nobody else wrote one"
    );
    let call = recording.stopping_calls().reason(Reason::Idle);
    call.assert_once();
    let page = prometheus::render(&registry, prometheus::Format::Text);
    assert!(!page.contains("stopping") && !page.contains("heard"), "{page}");
    let schema = <dyn Metrics as telemetry::Surface>::SCHEMA;
    assert!(schema.events[0].instruments.is_empty());
    assert_eq!(schema.events[0].line_key(), "event");
}

#[test]
fn the_guard_of_a_line_measures_for_the_line() {
    let recording = RecordingMetrics::default();
    let drain = recording.start_drain(Reason::Signal, None::<&str>);
    recording.advance(Duration::from_secs(2));
    drain.end(None);
    assert_eq!(recording.stopping_calls().last().drained, Duration::from_secs(2));
}

#[test]
fn a_summary_adds_up_what_no_instrument_takes() {
    let log = Log::with_summary();
    let lines = capture::lines(|| {
        for bytes in [5, 6, 7, 8] {
            log.heard(bytes);
        }
        log.summarize();
    });
    assert_eq!(lines, ["[metrics] event=heard bytes=7", "[metrics] summary=heard silent=3 bytes=19"]);
}

#[test]
fn decimals_round_what_has_a_fraction() {
    let log = Log::with_summary();
    let lines = capture::lines(|| {
        log.backup(Duration::from_nanos(1_234_567_891), 2.0 / 3.0, "0.123456");
        // A text that is cut takes another way to the line.
        log.backup(Duration::from_nanos(499_999), -0.000_5, &"x".repeat(2_000));
        log.set_load(2.5);
        log.set_load(-2.5);
        log.set_load(1e300);
        log.set_load(f64::NAN);
        log.set_load(f64::MIN_POSITIVE);
    });
    assert_eq!(lines[0], "[metrics] event=backup took=1.235 ratio=0.667 note=0.123456");
    assert!(lines[1].starts_with("[metrics] event=backup took=0 ratio=-0.001 note=xxx"), "{}", lines[1]);
    let loads: Vec<&str> = lines[2..].iter().map(|line| line.rsplit_once('=').unwrap().1).collect();
    assert_eq!(loads, ["3", "-3", "1e+300", "NaN", "0"]);
}

#[test]
fn at_least_includes_its_number() {
    let log = Log::default();
    let lines = capture::lines(|| [99, 100, 101].into_iter().for_each(|rows| log.batch(rows)));
    assert_eq!(lines, ["[metrics] event=batch rows=100", "[metrics] event=batch rows=101"]);
}
