//! The relay's surface: every method is called, the budget holds, and the generated files are current.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use crate::by_hand::Prometheus;
use crate::labels::Outcome;
use crate::relay::{AllMetrics, Relay};
use crate::senders::{CampaignMetrics, SenderMetrics, SenderMetricsLabels};
use crate::surface::{Metrics, RecordingMetrics};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use telemetry::catalog::{self, Service};
use telemetry::label::LabelSet;
use telemetry::prometheus::{Format, render};
use telemetry::schema::{Condition, InstrumentLabel, Quantity, Schema};
use telemetry::{NoOp, Registry, Surface};

const SCHEMA: &Schema = <dyn Metrics as Surface>::SCHEMA;

fn an_hour(metrics: &dyn Metrics) -> String {
    an_hour_of(AllMetrics { relay: metrics, campaigns: &NoOp, open_sender: &|_| Arc::new(NoOp) })
}

fn an_hour_of(metrics: AllMetrics<'_>) -> String {
    let mut relay = Relay::new(metrics, 1);
    for _ in 0..3_600 {
        relay.second();
    }
    relay.summary()
}

#[test]
fn an_hour_calls_every_method() {
    let metrics = RecordingMetrics::default();
    an_hour(&metrics);
    assert_eq!(metrics.uncovered(), Vec::<&str>::new());
}

#[test]
fn the_sender_and_the_campaign_that_are_done_have_no_series() {
    let registry = Registry::builder().keep_removed(Duration::ZERO).build().unwrap();
    let campaigns = registry.register::<dyn CampaignMetrics>().unwrap();
    let open_sender = |sender| -> Arc<dyn SenderMetrics> {
        let labels = SenderMetricsLabels { sender };
        Arc::new(registry.register_with::<dyn SenderMetrics>(labels).unwrap())
    };
    let all = AllMetrics { relay: &NoOp, campaigns: &campaigns, open_sender: &open_sender };
    let mut relay = Relay::new(all, 1);
    let mut samples = |seconds| {
        (0..seconds).for_each(|_| relay.second());
        // The first scrape after the end has the last totals.
        let _ = render(&registry, Format::Text);
        let text = render(&registry, Format::Text);
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let lines = lines.filter(|line| line.contains("campaign=") || line.contains("sender=\"bulk\""));
        lines.filter(|line| !line.contains("outcome=")).map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let at_work = [
        r#"relay_sender_connections_in_use{sender="bulk"} 0"#,
        r#"relay_sender_connections{sender="bulk"} 6"#,
        r#"relay_campaign_sent_total{campaign="0"} 6"#,
        r#"relay_campaign_left{campaign="0"} 2994"#,
    ];
    let began: BTreeSet<String> = samples(300).into_iter().collect();
    assert_eq!(began, at_work.map(ToOwned::to_owned).into());
    assert_eq!(samples(600), Vec::<String>::new());
}

#[test]
fn the_seed_decides_the_hour() {
    assert_eq!(an_hour(&telemetry::NoOp), an_hour(&telemetry::NoOp));
}

#[test]
fn no_message_is_lost() {
    let metrics = RecordingMetrics::default();
    let summary = an_hour(&metrics);
    let accepted = metrics.smtp_messages_accepted_calls().count();
    let done = metrics.delivery_done_calls().count();
    assert!(summary.contains(&format!("{accepted} messages accepted")), "{summary}");
    assert!(summary.ends_with(&format!("{} waiting", accepted - done)), "{summary}");
}

#[test]
fn the_surface_is_as_large_as_a_service_has_it() {
    assert_eq!(SCHEMA.events.len(), 48);
    let instruments = || SCHEMA.events.iter().flat_map(|event| event.instruments);
    assert!(SCHEMA.events.iter().filter(|event| event.instruments.len() > 1).count() >= 15);
    assert!(SCHEMA.events.iter().any(|event| event.values.iter().any(|value| value.optional)));
    let buckets: BTreeSet<String> = instruments().map(|one| format!("{:?}", one.buckets)).collect();
    assert!(buckets.len() > 3, "three families, and none");
    let labels = || SCHEMA.events.iter().flat_map(|event| event.labels);
    let sizes = labels().filter_map(|label| match label.set {
        LabelSet::Closed(values) => Some(values.len()),
        _ => None,
    });
    let sizes: BTreeSet<usize> = sizes.collect();
    assert_eq!((sizes.first(), sizes.last()), (Some(&2), Some(&14)));
    for key in ["route", "domain"] {
        let open = labels().filter(|label| label.key == key && matches!(label.set, LabelSet::Open(_)));
        assert!(open.count() >= 3, "{key} is shared");
    }
}

#[test]
fn every_kind_of_alert_is_declared() {
    let alerts = || SCHEMA.events.iter().flat_map(|event| event.instruments).flat_map(|one| one.alerts);
    let has = |quantity: &dyn Fn(Quantity) -> bool, above: bool| {
        alerts()
            .any(|alert| quantity(alert.quantity) && matches!(alert.condition, Condition::Above(_)) == above)
    };
    for above in [true, false] {
        assert!(has(&|quantity| quantity == Quantity::Level, above));
        assert!(has(&|quantity| quantity == Quantity::Rate, above));
        assert!(has(&|quantity| matches!(quantity, Quantity::Ratio { to: [] }), above));
    }
    assert!(has(&|quantity| matches!(quantity, Quantity::Ratio { to: [_, ..] }), true));
    assert!(has(&|quantity| matches!(quantity, Quantity::Quantile(_)), true));
}

#[test]
fn the_budget_holds_while_it_runs() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    an_hour(&metrics);
    let snapshot = registry.snapshot();
    let ours = snapshot.families().filter(|family| family.namespace() == "relay");
    let series: usize = ours.map(|family| family.series().count()).sum();
    let max = SCHEMA.max_series.unwrap();
    assert!(SCHEMA.series() <= max);
    assert!(series > 400 && series as u64 <= SCHEMA.series(), "{series} of {}", SCHEMA.series());
}

#[test]
fn more_domains_than_the_cap_are_one_series_more() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    an_hour(&metrics);
    let snapshot = registry.snapshot();
    let sent = snapshot.families().find(|family| family.name() == "delivery_sent").unwrap();
    let domains: BTreeSet<String> =
        sent.series().flat_map(|series| series.labels().map(|(_, value)| value.into_owned())).collect();
    assert!(domains.contains("other") && domains.len() <= 101, "{}", domains.len());
}

#[test]
fn the_files_for_prometheus_and_grafana_are_those_of_the_declaration() {
    let service = Service::new("relay")
        .surface::<dyn Metrics>()
        .surface::<dyn SenderMetrics>()
        .surface::<dyn CampaignMetrics>()
        .grafana("https://grafana.example.com");
    catalog::assert_fresh("METRICS.md", &service.markdown());
    catalog::assert_fresh("rules.yml", &service.prometheus_rules());
    catalog::assert_fresh("dashboard.json", &service.grafana_dashboard());
}

#[test]
fn the_dashboard_shows_every_instrument() {
    let dashboard = catalog::grafana_dashboard::<dyn Metrics>();
    for event in SCHEMA.events {
        for (index, one) in event.instruments.iter().enumerate() {
            let selected = format!("{}{{", event.names(index).sample());
            assert!(dashboard.contains(&selected), "{selected}");
            let labels = one.labels.iter().filter(|label| matches!(label, InstrumentLabel::Param(_)));
            assert!(labels.count() <= event.labels.len());
        }
    }
}

#[test]
fn outcomes_are_counted_as_they_end() {
    let metrics = RecordingMetrics::default();
    an_hour(&metrics);
    metrics.delivery_done_calls().outcome(Outcome::Deferred).assert_never();
    assert!(metrics.delivery_done_calls().outcome(Outcome::Delivered).count() > 1_000);
}

/// Series of a text, by name and labels, without regard to order and to how a number is spelled.
fn samples(text: &str) -> BTreeMap<(String, BTreeSet<String>), f64> {
    let lines = text.lines().filter(|line| line.starts_with("relay_"));
    let samples = lines.map(|line| {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let label = |label: &str| match label.strip_prefix("le=\"") {
            Some(bound) => format!("le={}", bound.trim_matches('"').parse::<f64>().unwrap()),
            None => label.to_owned(),
        };
        // No value has a comma in it.
        let labels = labels.trim_end_matches('}').split(',').filter(|label| !label.is_empty());
        ((name.to_owned(), labels.map(label).collect()), value.parse().unwrap())
    });
    samples.collect()
}

#[test]
fn what_is_written_by_hand_counts_the_same() {
    let registry = Registry::new();
    let declared = registry.register::<dyn Metrics>().unwrap();
    let by_hand = Prometheus::new().unwrap();
    an_hour(&(&declared, &by_hand));
    let by_hand = samples(&by_hand.render().unwrap());
    let mut declared = samples(&render(&registry, Format::Text));
    let families: BTreeSet<&String> = by_hand.keys().map(|(name, _)| name).collect();
    declared.retain(|(name, labels), _| families.contains(name) && !labels.contains("result=\"miss\""));
    for (series, value) in &by_hand {
        let found = declared.get(series).copied().unwrap_or(f64::NAN);
        assert!((found - value).abs() <= value.abs() * 1e-12, "{series:?} is {found}, by hand {value}");
    }
    assert_eq!(declared.len(), by_hand.len());
    assert!(by_hand.len() > 1_000, "{}", by_hand.len());
}
