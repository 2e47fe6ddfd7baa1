//! The expansions that were reviewed are compiled here as they stand, and do what their declarations say.

#[rustfmt::skip]
#[path = "../telemetry-macros/golden/counter.rs"]
mod counter;
#[rustfmt::skip]
#[path = "../telemetry-macros/golden/event.rs"]
mod event;
#[rustfmt::skip]
#[path = "../telemetry-macros/golden/guard.rs"]
mod guard;
#[rustfmt::skip]
#[path = "../telemetry-macros/golden/label.rs"]
mod label;
#[rustfmt::skip]
#[path = "../telemetry-macros/golden/labels.rs"]
mod labels;
#[rustfmt::skip]
#[path = "../telemetry-macros/golden/removal.rs"]
mod removal;

use std::time::Duration;
use telemetry::label::Closed;
use telemetry::{Label, NoOp, Surface};

#[test]
fn a_counter_records() {
    use counter::{Metrics, RecordingMetrics};
    let mock = RecordingMetrics::default();
    (&mock, NoOp).lookups(true);
    mock.lookups_calls().hit(true).assert_once();
    mock.lookups_calls().hit(false).assert_never();
    assert_eq!(<dyn Metrics as Surface>::SCHEMA.series(), 2);
}

#[test]
fn a_removal_is_a_call_of_its_own() {
    use removal::{Metrics, RecordingMetrics};
    let mock = RecordingMetrics::default();
    mock.queue_gone("in");
    mock.queue_gone_calls().queue("in").assert_once();
    assert_eq!(<dyn Metrics as Surface>::SCHEMA.events[1].removes.len(), 1);
}

#[test]
fn an_event_with_everything_records() {
    use event::{Metrics, RecordingMetrics};
    let mock = RecordingMetrics::default();
    mock.idle();
    mock.requests("/a", false, Some(Duration::from_secs(1)));
    mock.requests_calls().assert_sum(Duration::from_secs(1));
    mock.requests_calls().route("/").cached(true).assert_once();
    #[cfg(not(windows))]
    mock.set_depth(3, Some(&"full"));
    #[cfg(not(windows))]
    mock.set_depth_calls().assert_sum(3);
    #[cfg(not(windows))]
    assert_eq!(mock.set_depth_calls().last().reason.as_deref(), Some("full"));
    assert!(<dyn Metrics as Surface>::SCHEMA.series() <= 2_000);
}

#[test]
fn a_guard_records_once() {
    use guard::{Kind, MetricsGuards, Outcome, RecordingMetrics};
    let mock = RecordingMetrics::default();
    let checkout = mock.start_checkout(Kind::Write, "orders");
    assert_eq!(mock.in_flight(), 1);
    mock.advance(Duration::from_secs(2));
    checkout.end(Outcome::Failed, Some(3));
    drop(mock.start_checkout(Kind::Read, String::from("orders")));
    mock.assert_none_in_flight();
    mock.checkouts_calls().outcome(Outcome::Failed).kind(Kind::Write).queue("orders").assert_once();
    assert_eq!(mock.checkouts_calls().last().outcome, Outcome::Aborted);
    assert_eq!(mock.checkouts_calls().sum_of(|call| call.waited), Duration::from_secs(2));
}

#[test]
fn labels_have_their_values() {
    use label::{Attempt, EventType, Method};
    assert_eq!(Method::values(), ["get", "PUT", "else"]);
    assert_eq!(Method::from_str_lossy("POST"), Method::Else);
    assert_eq!((EventType::NAME, EventType::SET.cardinality()), (Some("type"), 65));
    assert_eq!(Attempt::SET.cardinality(), 11);
}
