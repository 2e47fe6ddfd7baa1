//! A whole run with faults in every stage: the log, the mock and the truth say the same.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use crate::events::Event;
use crate::faults::{Fault, STAGES};
use crate::redeliver::{Request, Target};
use crate::scheduler::{self, Plan};
use crate::summary::Summary;
use crate::surface::{EventType, Metrics, RecordingMetrics, Scope, Table};
use crate::{database, json_lines};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use telemetry::{Registry, catalog, conformance, prometheus};

/// The values of the janitor's label, and the tables that each stands for in the database.
const TABLES: [(&str, Table, &[&str]); 6] = [
    ("webhook_events", Table::WebhookEvents, &["webhook_events"]),
    ("webhook_subscriber_deliveries", Table::WebhookSubscriberDeliveries, &["webhook_subscriber_deliveries"]),
    ("webhook_deliveries", Table::WebhookDeliveries, &["webhook_deliveries"]),
    ("messages", Table::Messages, &["messages"]),
    ("user_sessions", Table::UserSessions, &["user_sessions"]),
    ("oauth", Table::Oauth, &["oauth_codes", "oauth_tokens"]),
];

/// Notes every row that is written, and only if its transaction commits. The database keeps this
/// account by itself, so it knows nothing of the metrics calls.
const AUDIT: &str = "
    CREATE TEMP TABLE written_events (id, type);
    CREATE TEMP TABLE written_deliveries (event_id, webhook_id);
    CREATE TEMP TRIGGER event_written AFTER INSERT ON webhook_events
        BEGIN INSERT INTO written_events VALUES (new.id, new.type); END;
    CREATE TEMP TRIGGER delivery_written AFTER INSERT ON webhook_subscriber_deliveries
        BEGIN INSERT INTO written_deliveries VALUES (new.event_id, new.webhook_id); END;
";

type Counts = BTreeMap<String, u64>;

/// A finished run, seen from three sides.
struct Run {
    database: Connection,
    summary: Summary,
    rows_before: BTreeMap<&'static str, u64>,
    log: Log,
    metrics: RecordingMetrics,
}

impl Run {
    /// The shipped events and requests, with a fixed seed and faults in all four stages.
    fn new() -> Self {
        let mut plan = Plan::new(shipped_events(), shipped_requests());
        plan.faults = STAGES.map(|stage| Fault { stage, rate: 0.05 }).to_vec();
        plan.loss = 0.2;
        plan.seed = 42;

        let mut database = database::open(None).unwrap();
        database::seed(&mut database, plan.start()).unwrap();
        database.execute_batch(AUDIT).unwrap();
        let rows_before = rows(&database);

        let captured = Captured::default();
        let subscriber = tracing_subscriber::fmt()
            .event_format(telemetry::log::Lines::default())
            .with_writer({
                let captured = captured.clone();
                move || captured.clone()
            })
            .finish();
        let metrics = RecordingMetrics::default();
        let backends = (telemetry::Log::default(), metrics.clone());
        let summary = tracing::subscriber::with_default(subscriber, || {
            scheduler::run(&plan, &mut database, &backends).unwrap()
        });
        Self { database, summary, rows_before, log: captured.into_log(), metrics }
    }

    /// Counts what `from` selects, by its column `label`.
    fn count_by(&self, label: &str, from: &str) -> Counts {
        self.database
            .prepare(&format!("SELECT {label}, count(*) FROM {from} GROUP BY {label}"))
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get::<_, u32>(1)?.into())))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap()
    }
}

fn shipped_events() -> Vec<Event> {
    json_lines::parse("events.jsonl", include_str!("events.jsonl")).unwrap()
}

fn shipped_requests() -> Vec<Request> {
    json_lines::parse("redeliver.jsonl", include_str!("redeliver.jsonl")).unwrap()
}

/// The rows of each label's tables.
fn rows(database: &Connection) -> BTreeMap<&'static str, u64> {
    let count = |table: &&str| -> u64 {
        let sql = format!("SELECT count(*) FROM {table}");
        database.query_row(&sql, [], |row| row.get::<_, u32>(0)).unwrap().into()
    };
    TABLES.map(|(label, _, tables)| (label, tables.iter().map(count).sum())).into()
}

/// The output of the subscriber.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Captured {
    fn into_log(self) -> Log {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        Log(text.lines().map(Line::parse).collect())
    }
}

struct Log(Vec<Line>);

/// `[metrics] event=NAME key=value ..`; no value of this run needs quotes.
struct Line {
    name: String,
    fields: BTreeMap<String, String>,
}

impl Line {
    fn parse(line: &str) -> Self {
        let pairs = line.strip_prefix("[metrics] ").unwrap_or_else(|| panic!("no prefix: {line}"));
        let mut pairs = pairs.split(' ').map(|pair| pair.split_once('=').unwrap());
        let (kind, name) = pairs.next().unwrap();
        assert_eq!(kind == "gauge", name == "publisher.lag_seconds", "{line}");
        assert!(kind == "gauge" || kind == "event", "{line}");
        let fields = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Self { name: name.to_owned(), fields }
    }
}

impl Log {
    fn lines(&self, name: &str) -> impl Iterator<Item = &Line> {
        self.0.iter().filter(move |line| line.name == name)
    }

    /// The lines of an event, by a label.
    fn count_by(&self, name: &str, label: &str) -> Counts {
        self.add_by(name, label, |_| 1)
    }

    /// The sum of a value over the lines of an event, by a label.
    fn sum_by(&self, name: &str, label: &str, value: &str) -> Counts {
        self.add_by(name, label, |line| line.fields[value].parse().unwrap())
    }

    fn add_by(&self, name: &str, label: &str, number: impl Fn(&Line) -> u64) -> Counts {
        let mut counts = Counts::new();
        for line in self.lines(name) {
            *counts.entry(line.fields[label].clone()).or_default() += number(line);
        }
        counts
    }
}

fn total(counts: &Counts) -> u64 {
    counts.values().sum()
}

/// Every label counts something, so that no comparison is of nothing with nothing.
fn assert_above_zero(counts: &Counts) {
    assert!(!counts.is_empty());
    assert!(counts.values().all(|&count| count > 0), "{counts:?}");
}

#[test]
fn log_mock_and_truth_agree_on_every_counter() {
    let run = Run::new();
    published(&run);
    fanned_out(&run);
    not_matched(&run);
    failed(&run);
    redelivered(&run);
    deleted(&run);
    missed(&run);
    lag(&run);
}

/// The truth: rows that were written to the outbox.
fn published(run: &Run) {
    let truth = run.count_by("type", "written_events");
    assert_above_zero(&truth);
    assert_eq!(total(&truth), 1_200);

    assert_eq!(run.log.count_by("outbox.published", "type"), truth);
    let calls = run.metrics.outbox_events_published_calls();
    for (event_type, count) in &truth {
        calls.event_type(EventType(event_type)).assert_times(times(*count));
    }
    calls.assert_times(times(total(&truth)));
}

/// The truth: events with the status, and rows that were written for them.
fn fanned_out(run: &Run) {
    let events = run.count_by(
        "type",
        "webhook_events WHERE status = 'fanned_out' AND id IN (SELECT id FROM written_events)",
    );
    let deliveries = run.count_by("type", "written_deliveries JOIN written_events ON id = event_id");
    assert_above_zero(&events);
    assert_above_zero(&deliveries);

    assert_eq!(run.log.count_by("outbox.fanout", "type"), events);
    assert_eq!(run.log.sum_by("outbox.fanout", "type", "matched"), deliveries);
    let calls = run.metrics.outbox_events_fan_out_calls();
    for (event_type, count) in &events {
        let calls = calls.event_type(EventType(event_type));
        calls.assert_times(times(*count));
        calls.assert_sum(deliveries[event_type]);
    }
    calls.assert_times(times(total(&events)));
    assert_eq!(run.summary.deliveries, total(&deliveries));
}

/// The truth: events with the status.
fn not_matched(run: &Run) {
    let truth = run.count_by(
        "type",
        "webhook_events WHERE status = 'no_match' AND id IN (SELECT id FROM written_events)",
    );
    assert_above_zero(&truth);

    assert_eq!(run.log.count_by("outbox.no_match", "type"), truth);
    let calls = run.metrics.outbox_events_no_match_calls();
    for (event_type, count) in &truth {
        calls.event_type(EventType(event_type)).assert_times(times(*count));
    }
    calls.assert_times(times(total(&truth)));
    assert!(run.count_by("status", "webhook_events WHERE status = 'pending'").is_empty());
}

/// The truth: the tally of the faults that were injected.
fn failed(run: &Run) {
    let tally = run.summary.failures;
    assert!(tally.iter().all(|tally| tally.real == 0), "{tally:?}");
    let names = ["lease", "list_webhooks", "insert_delivery", "update_status"];
    let truth: Counts = names.into_iter().map(str::to_owned).zip(tally.map(|tally| tally.injected)).collect();
    assert_above_zero(&truth);

    assert_eq!(run.log.count_by("outbox.failure", "stage"), truth);
    let calls = run.metrics.outbox_failures_calls();
    for (name, stage) in names.into_iter().zip(STAGES) {
        calls.stage(stage).assert_times(times(truth[name]));
    }
    calls.assert_times(times(total(&truth)));
}

/// The truth: the list of requests.
fn redelivered(run: &Run) {
    let requests = shipped_requests();
    let is_single = |request: &&Request| matches!(request.target, Target::EventId(_));
    let single = requests.iter().filter(is_single).count();
    let since = requests.len() - single;
    let truth: Counts = [("single".to_owned(), single as u64), ("since".to_owned(), since as u64)].into();
    assert_above_zero(&truth);

    assert_eq!(run.log.count_by("redeliver.request", "scope"), truth);
    let calls = run.metrics.redeliver_requests_calls();
    calls.scope(Scope::Single).assert_times(single);
    calls.scope(Scope::Since).assert_times(since);
    calls.assert_times(requests.len());
}

/// The truth: rows before the run and written by it, minus rows after it.
fn deleted(run: &Run) {
    let mut truth = run.rows_before.clone();
    let events = total(&run.count_by("type", "written_events"));
    let deliveries = total(&run.count_by("webhook_id", "written_deliveries"));
    *truth.entry("webhook_events").or_default() += events;
    *truth.entry("webhook_subscriber_deliveries").or_default() += deliveries;
    for (table, rows) in rows(&run.database) {
        *truth.entry(table).or_default() -= rows;
    }
    let truth: Counts = truth.into_iter().map(|(table, rows)| (table.to_owned(), rows)).collect();
    assert_above_zero(&truth);

    assert_eq!(run.log.sum_by("janitor.delete", "table", "count"), truth);
    let calls = run.metrics.janitor_rows_deleted_calls();
    for (label, table, _) in TABLES {
        calls.table(table).assert_sum(truth[label]);
    }
    calls.assert_sum(total(&truth));
    // A sweep that deletes nothing is a call without a line.
    assert!(run.log.lines("janitor.delete").all(|line| line.fields["count"] != "0"));
    assert!(calls.count() > run.log.lines("janitor.delete").count());
}

/// The truth: the scheduler's tally.
fn missed(run: &Run) {
    let truth = run.summary.notifications_missed;
    assert!(truth > 0);
    assert_eq!(run.log.lines("notify.missed").count(), times(truth));
    run.metrics.notify_missed_calls().assert_times(times(truth));
}

/// A gauge: set at every tick, logged at every 60th and above 30 seconds.
fn lag(run: &Run) {
    let ticks = times(run.summary.ticks);
    run.metrics.set_publisher_lag_calls().assert_times(ticks);

    let logged: Vec<f64> =
        run.log.lines("publisher.lag_seconds").map(|line| line.fields["value"].parse().unwrap()).collect();
    let above = logged.iter().filter(|&&lag| lag > 30.0).count();
    assert!(above > 0);
    assert!(logged.len() >= ticks / 60);
    assert!(logged.len() - above <= ticks / 60);
    assert!(logged.contains(&run.summary.max_lag.as_secs_f64()));
}

fn times(count: u64) -> usize {
    usize::try_from(count).unwrap()
}

#[test]
fn the_shipped_run_counts_everything_but_failures() {
    let metrics = RecordingMetrics::default();
    let mut plan = Plan::new(shipped_events(), shipped_requests());
    plan.loss = 0.2;
    plan.seed = 1;
    let mut database = database::open(None).unwrap();
    database::seed(&mut database, plan.start()).unwrap();
    scheduler::run(&plan, &mut database, &metrics).unwrap();

    metrics.outbox_failures_calls().assert_never();
    assert!(metrics.outbox_events_published_calls().count() > 0);
    assert!(metrics.outbox_events_fan_out_calls().count() > 0);
    assert!(metrics.outbox_events_no_match_calls().count() > 0);
    assert!(metrics.redeliver_requests_calls().scope(Scope::Single).count() > 0);
    assert!(metrics.redeliver_requests_calls().scope(Scope::Since).count() > 0);
    assert!(metrics.notify_missed_calls().count() > 0);
    for (label, table, _) in TABLES {
        let deleted = metrics.janitor_rows_deleted_calls().table(table).sum_of(|call| call.count);
        assert!(deleted > 0, "{label}");
    }
}

#[test]
fn the_seed_decides_the_run() {
    let run = || {
        let metrics = RecordingMetrics::default();
        let mut plan = Plan::new(shipped_events(), shipped_requests());
        plan.faults = STAGES.map(|stage| Fault { stage, rate: 0.02 }).to_vec();
        plan.loss = 0.2;
        plan.seed = 7;
        let mut database = database::open(None).unwrap();
        database::seed(&mut database, plan.start()).unwrap();
        scheduler::run(&plan, &mut database, &metrics).unwrap();
        metrics.calls()
    };
    assert!(run() == run());
}

/// `TELEMETRY_UPDATE=1 cargo test` writes them again.
#[test]
fn the_metrics_are_as_they_are_told() {
    catalog::assert_schema_compatible::<dyn Metrics>("metrics.lock");
    catalog::assert_fresh("METRICS.md", &catalog::markdown::<dyn Metrics>());
    catalog::assert_fresh("semconv.yaml", &catalog::semconv::<dyn Metrics>());
}

#[test]
fn every_metric_appears_in_a_scrape() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    let text = || prometheus::render(&registry, prometheus::Format::Text);
    conformance::check::<dyn Metrics>(&metrics, |metric| text().contains(&metric.names.prometheus[0]));
}

#[test]
fn the_files_for_prometheus_and_grafana_are_those_of_the_declaration() {
    catalog::assert_fresh("rules.yml", &catalog::prometheus_rules::<dyn Metrics>());
    catalog::assert_fresh("dashboard.json", &catalog::grafana_dashboard::<dyn Metrics>());
}
