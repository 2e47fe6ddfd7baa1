//! A surface of 100 metrics, declared and written by hand: the same tests hold for both.
//!
//! What each costs to compile is measured by `compile_time/measure`; these tests see to it that it compares
//! two ways to write the same thing.

mod by_hand;
mod declared;
mod lines;
mod script;

use lines::lines;
use script::{answers, label_values, play};
use telemetry::Surface;
use telemetry::label::Closed;
use telemetry::{Log, NoOp};

mod play {
    //! The script, for each surface.

    super::play!(declared);
    super::play!(by_hand);
}

#[test]
fn the_surface_has_100_metrics_and_the_script_calls_each() {
    assert_eq!(<dyn declared::Metrics>::SCHEMA.events.len(), 100);
    let metrics = declared::RecordingMetrics::default();
    play::declared(&metrics);
    assert_eq!(metrics.uncovered(), Vec::<&str>::new());
}

#[test]
fn labels_have_the_same_texts() {
    macro_rules! compare {
        ($($label:ident: $($value:ident)*;)*) => {$(
            let by_hand = [$(by_hand::labels::$label::$value.as_str()),*];
            assert_eq!([$(declared::labels::$label::$value.as_str()),*], by_hand);
            assert_eq!(declared::labels::$label::values(), by_hand);
        )*};
    }
    label_values!(compare);
}

#[test]
fn no_op_takes_every_call_and_writes_no_line() {
    assert_eq!(lines(|| play::declared(&NoOp)), Vec::<String>::new());
    assert_eq!(lines(|| play::by_hand(&by_hand::NoOp)), Vec::<String>::new());
}

#[test]
fn both_logs_write_the_same_lines() {
    let declared = lines(|| play::declared(&Log::default()));
    let by_hand = lines(|| play::by_hand(&by_hand::Log::default()));
    for (declared, by_hand) in declared.iter().zip(&by_hand) {
        assert_eq!(declared, by_hand);
    }
    assert_eq!(declared.len(), by_hand.len());
}

#[test]
fn the_lines_are_those_that_the_declaration_asks_for() {
    let lines = lines(|| play::declared(&Log::default()));
    let of = |name: &str| -> Vec<&str> {
        let name = format!("={name} ");
        lines.iter().map(String::as_str).filter(|line| line.contains(&name)).collect()
    };
    let expected: &[(&str, &[&str])] = &[
        ("http_requests", &[]),
        (
            "http.body",
            &[
                "DEBUG metrics event=http.body direction=in bytes=5",
                "DEBUG metrics event=http.body direction=out bytes=1",
            ],
        ),
        (
            "http.connections",
            &[
                "INFO metrics gauge=http.connections value=100",
                "INFO metrics gauge=http.connections value=1001",
            ],
        ),
        (
            "auth.token_refused",
            &[
                "WARN audit event=auth.token_refused expired=false",
                "WARN audit event=auth.token_refused expired=false",
                "WARN audit event=auth.token_refused expired=true",
            ],
        ),
        (
            "queue.depth",
            &[
                "INFO metrics gauge=queue.depth queue=inbound value=60",
                "INFO metrics gauge=queue.depth queue=outbound value=10001",
            ],
        ),
        (
            "delivery.attempt",
            &[
                "INFO metrics event=delivery.attempt type=email.sent outcome=failed",
                "INFO metrics event=delivery.attempt type=email.sent outcome=failed took=1.0",
                "INFO metrics event=delivery.attempt type=email.received outcome=expired took=0.25",
            ],
        ),
    ];
    for (name, expected) in expected {
        assert_eq!(of(name), *expected);
    }
}

#[test]
fn both_mocks_give_the_same_answers() {
    let asked = declared::RecordingMetrics::default();
    let asked_by_hand = by_hand::RecordingMetrics::default();
    play::declared(&asked);
    play::by_hand(&asked_by_hand);
    macro_rules! ask_declared {
        ($($answer:literal => [$($declared:tt)*] [$($by_hand:tt)*];)*) => {{
            use declared::labels::*;
            $(assert_eq!(format!("{:?}", asked.$($declared)*), $answer, stringify!($($declared)*));)*
        }};
    }
    answers!(ask_declared);
    macro_rules! ask_by_hand {
        ($($answer:literal => [$($declared:tt)*] [$($by_hand:tt)*];)*) => {{
            use by_hand::labels::*;
            $(assert_eq!(format!("{:?}", asked_by_hand.$($by_hand)*), $answer, stringify!($($by_hand)*));)*
        }};
    }
    answers!(ask_by_hand);
}

#[test]
fn both_mocks_keep_the_order_of_calls() {
    macro_rules! calls {
        ($surface:ident, $($call:expr),*) => {{
            use $surface::labels::{AuthMethod, Stage};
            use $surface::{Metrics, MetricsCall};
            let metrics = $surface::RecordingMetrics::default();
            let recording = metrics.clone();
            recording.set_publisher_lag(2.5);
            recording.outbox_failures(Stage::Lease);
            recording.http_rate_limited("/inbox");
            recording.auth_attempts(AuthMethod::Token, true);
            recording.notify_missed();
            assert_eq!(metrics.calls(), [$($call),*]);
        }};
    }
    calls!(
        declared,
        MetricsCall::set_publisher_lag(2.5),
        MetricsCall::outbox_failures(Stage::Lease),
        MetricsCall::http_rate_limited("/inbox"),
        MetricsCall::auth_attempts(AuthMethod::Token, true),
        MetricsCall::notify_missed()
    );
    calls!(
        by_hand,
        MetricsCall::SetPublisherLag { seconds: 2.5 },
        MetricsCall::OutboxFailures { stage: Stage::Lease },
        MetricsCall::HttpRateLimited { route: "/inbox".to_owned() },
        MetricsCall::AuthAttempts { method: AuthMethod::Token, ok: true },
        MetricsCall::NotifyMissed
    );
}
