//! The running outbox, scraped by a real Prometheus: what that answers to queries is what the database says.
//!
//! | sample, `e2a_..` | is compared with |
//! |---|---|
//! | `outbox_events_published_total` | events that a trigger saw written |
//! | `outbox_events_fanout_total`, `outbox_events_nomatch_total` | those of them that have the status |
//! | `outbox_fanout_matched_total` | deliveries that a trigger saw written for them |
//! | `janitor_rows_deleted_total` | rows that triggers saw deleted |
//! | `webhook_publisher_lag_seconds` | the age of the oldest event that the last tick leased |
//! | `outbox_failures_total`, `redeliver_requests_total`, `notify_missed_total` | the summary, which counts by itself |

pub mod run;
mod truth;

use crate::http::{self, Endpoint};
use crate::promtool;
use crate::server::Prometheus;
use crate::strict::Strict;
use run::Outbox;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::Stdio;
use std::time::SystemTime;
use telemetry::prometheus::Format;
use truth::Truth;

/// Faults in every stage, so that no counter is left at zero.
const FAULTS: [&str; 6] = [
    "--seed=42",
    "--fail=lease=0.05",
    "--fail=list_webhooks=0.05",
    "--fail=insert_delivery=0.05",
    "--fail=update_status=0.05",
    "--lose=0.2",
];

#[test]
fn every_judge_sees_what_the_database_says() {
    let start = SystemTime::now();
    let (truth, file) = Truth::before();
    let mut outbox =
        Outbox::start(&["--backend=log", "--backend=prometheus", "--linger=600"], &FAULTS, &file);
    let address = outbox.address();
    let summary = outbox.summary();
    let expected = |format| truth.samples(format, &summary);

    let ours = |name: &str| name.starts_with("e2a_");
    let ask = |accept| http::get(address, "/metrics", accept).unwrap();
    let bodies = [
        (Format::Text, ask("text/plain;version=0.0.4")),
        (Format::OpenMetrics, ask("application/openmetrics-text;version=1.0.0")),
    ];
    let mut strict = Strict::start();
    for (format, answer) in &bodies {
        let judge = format!("strict, {format:?}");
        assert_eq!(answer.content_type, format.content_type());
        let mut samples = strict.read(*format, &answer.body).expect(&judge).samples.only(ours);
        samples.created_since(start);
        expected(*format).assert_same(&samples, &judge);
    }
    promtool::check(&bodies[0].1.body).unwrap();

    // The server asks for OpenMetrics first; this asks in its place for text.
    let text = Endpoint::start(move || http::get(address, "/metrics", "text/plain;version=0.0.4"));
    let jobs = [("text", Format::Text), ("openmetrics", Format::OpenMetrics)];
    let servers = Prometheus::each("outbox", &[("text", text.address), ("openmetrics", address)]);
    for (prometheus, (job, format)) in servers.iter().flat_map(|server| jobs.map(|job| (server, job))) {
        let judge = format!("{prometheus}, {job}");
        let mut samples = prometheus.read(job).expect(&judge).only(ours);
        samples.created_since(start);
        expected(format).assert_same(&samples, &judge);
    }

    // The log saw every call too.
    let lines = outbox.stop();
    for (event, label, sql) in truth::LOGGED {
        let mut logged: BTreeMap<String, u64> = BTreeMap::new();
        let prefix = format!("[metrics] event={event} {label}=");
        for line in lines.iter().filter_map(|line| line.strip_prefix(&prefix)) {
            *logged.entry(line.split(' ').next().unwrap().to_owned()).or_default() += 1;
        }
        assert_eq!(logged, truth.counts(sql), "{event}");
    }
}

#[test]
fn a_port_that_is_taken_ends_the_outbox_before_it_begins() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = run::command(&["--backend=prometheus", "--listen", &address]).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.starts_with(&format!("error: metrics: cannot listen on {address}: ")), "{said}");
    assert!(ended.stdout.is_empty() && said.lines().count() == 1);
}

#[test]
fn an_outbox_that_gives_up_says_so_and_still_lingers() {
    let args = ["--backend=prometheus", "--listen=127.0.0.1:0", "--linger=0.1", "--fail=lease=1"];
    let ended = run::command(&args).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8(ended.stderr).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    let [serving, error] = lines.as_slice() else { panic!("two lines: {said}") };
    assert!(serving.starts_with("serving http://") && error.starts_with("error: gave up; "), "{said}");
}

#[test]
fn the_outbox_lingers_for_the_time_of_its_option() {
    let mut command = run::command(&["--backend=prometheus", "--listen=127.0.0.1:0", "--linger=0.1"]);
    let ended = command.stdin(Stdio::null()).output().unwrap();
    assert!(ended.status.success());
    assert!(String::from_utf8(ended.stdout).unwrap().contains("elapsed seconds"));
}
