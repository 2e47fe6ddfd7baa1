//! One sequence of calls through every back end: each tells the same series and the same totals, after its
//! documented mapping of label text.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod log;
mod mock;
mod prometheus;
mod readings;
mod scenario;

use proptest::collection::vec;
use proptest::prelude::*;
use readings::Readings;
use scenario::{Call, Metrics, RecordingMetrics, play};
use telemetry::registry::Instruments;
use telemetry::{Log, Registry};

/// All back ends at once, as a program would have them.
struct Run {
    mock: RecordingMetrics,
    log: log::Written,
    registry: Registry,
    metrics: Instruments<dyn Metrics>,
}

impl Run {
    fn new() -> Self {
        let registry = Registry::new();
        let metrics = registry.register::<dyn Metrics>().unwrap();
        Run { mock: RecordingMetrics::default(), log: log::Written::default(), registry, metrics }
    }

    fn play(&self, calls: &[Call]) {
        let back_ends = (&self.mock, (Log::default(), &self.metrics));
        log::written_to(&self.log, || calls.iter().for_each(|call| play(call, &back_ends)));
    }

    /// By back end: what it tells, and how it maps label text.
    fn readings(&self) -> Vec<(&'static str, Readings, fn(&str) -> String)> {
        vec![
            ("the log", log::read(&self.log), log::mapped),
            ("prometheus", prometheus::read(&self.registry), str::to_owned),
        ]
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_back_end_tells_the_same_series_and_totals(calls in vec(scenario::call(), 0..60)) {
        let run = Run::new();
        run.play(&calls);
        let expected = mock::read(&run.mock);
        for (back_end, found, mapped) in run.readings() {
            prop_assert_eq!(&found, &expected.clone().mapped(mapped), "{} differs from the mock", back_end);
        }
    }

    #[test]
    fn above_a_cap_every_back_end_tells_the_same_totals(calls in vec(scenario::crowded_call(), 0..200)) {
        let run = Run::new();
        run.play(&calls);
        let expected = mock::read(&run.mock).by_instrument();
        for (back_end, found, _) in run.readings() {
            prop_assert_eq!(&found.by_instrument(), &expected, "{} differs from the mock", back_end);
        }
    }
}

/// The property could hold because nothing is ever read: it does not.
#[test]
fn a_call_shows_in_every_back_end() {
    let run = Run::new();
    run.play(&scenario::one_of_each());
    let expected = mock::read(&run.mock);
    assert_eq!(expected.instruments(), scenario::INSTRUMENTS.len());
    for (back_end, found, _) in run.readings() {
        assert_eq!(found.instruments(), scenario::INSTRUMENTS.len(), "{back_end}: {found:?}");
    }
}
