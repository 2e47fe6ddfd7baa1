//! One sequence of calls through every back end: each tells the same series and the same totals, after its
//! documented mapping of label text.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests")]

// Subscribers that keep what they are shown, as the tests of the log have them.
#[allow(dead_code, reason = "shared")]
#[path = "../log/capture.rs"]
mod capture;
// A server for OTLP, as the tests of that exporter have it.
#[allow(dead_code, reason = "shared")]
#[path = "../otlp/fake.rs"]
mod fake;
mod log;
mod mock;
mod otlp;
mod prometheus;
mod readings;
mod scenario;
mod statsd;

use capture::Written;
use proptest::collection::vec;
use proptest::prelude::*;
use readings::Readings;
use scenario::{Call, INSTRUMENTS, Metrics, RENAMED, RecordingMetrics, play};
use telemetry::registry::Instruments;
use telemetry::{Log, Registry};

/// All back ends at once, as a program would have them.
struct Run {
    mock: RecordingMetrics,
    log: Written,
    registry: Registry,
    metrics: Instruments<dyn Metrics>,
    statsd: statsd::Statsd,
}

/// What one back end tells.
struct Told {
    back_end: &'static str,
    found: Readings,
    /// What it should tell, by what the mock has recorded.
    expected: fn(Readings) -> Readings,
}

impl Run {
    fn new() -> Self {
        let registry = Registry::new();
        let metrics = registry.register::<dyn Metrics>().unwrap();
        let statsd = statsd::Statsd::start(&registry);
        Run { mock: RecordingMetrics::default(), log: Written::default(), registry, metrics, statsd }
    }

    fn play(&self, calls: &[Call]) {
        let back_ends = (&self.mock, (Log::default(), &self.metrics));
        log::written_to(&self.log, || calls.iter().for_each(|call| play(call, &back_ends)));
    }

    fn told(&self) -> Vec<Told> {
        let told = |back_end, found, expected| Told { back_end, found, expected };
        vec![
            told("the log", log::read(&self.log), log::expected),
            told("prometheus", prometheus::read(&self.registry), |mock| mock.under_both_names(RENAMED)),
            told("statsd", self.statsd.read(), |mock| mock.mapped(statsd::mapped).under_both_names(RENAMED)),
            told("otlp", otlp::read(&self.registry), |mock| otlp::expected(mock).under_both_names(RENAMED)),
        ]
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_back_end_tells_the_same_series_and_totals(calls in vec(scenario::call(), 0..60)) {
        let run = Run::new();
        run.play(&calls);
        let expected = mock::read_with_in_flight(&run.mock, &calls);
        for Told { back_end, found, expected: by_mock } in run.told() {
            prop_assert_eq!(&found, &by_mock(expected.clone()), "{} differs from the mock", back_end);
        }
    }

    #[test]
    fn above_a_cap_every_back_end_tells_the_same_totals(calls in vec(scenario::crowded_call(), 0..200)) {
        let run = Run::new();
        run.play(&calls);
        let expected = mock::read_with_in_flight(&run.mock, &calls);
        for Told { back_end, found, expected: by_mock } in run.told() {
            let expected = by_mock(expected.clone()).by_instrument();
            prop_assert_eq!(&found.by_instrument(), &expected, "{} differs from the mock", back_end);
        }
    }
}

/// The property could hold because nothing is ever read: it does not.
#[test]
fn a_call_shows_in_every_back_end() {
    let run = Run::new();
    let calls = scenario::one_of_each();
    run.play(&calls);
    let expected = mock::read_with_in_flight(&run.mock, &calls);
    assert_eq!(expected.clone().under_both_names(RENAMED).instruments(), INSTRUMENTS.len());
    for Told { back_end, found, expected: by_mock } in run.told() {
        let instruments = by_mock(expected.clone()).instruments();
        let unknown = usize::from(back_end == "the log");
        assert!(instruments + unknown >= INSTRUMENTS.len() - RENAMED.len(), "{back_end}");
        assert_eq!(found.instruments(), instruments, "{back_end}: {found:?}");
    }
}
