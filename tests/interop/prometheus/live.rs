//! Alerts of each newer form in both servers: each is quiet, fires, and goes quiet again.

use crate::server::{Prometheus, Version};
use crate::tool::poll;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime};
use telemetry::registry::Instruments;
use telemetry::{Label, Registry, catalog, metrics, prometheus};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Accepted,
    Deferred,
    Rejected,
}

/// Windows are short, so that an alert goes quiet soon after its cause.
#[metrics(namespace = "live", mock(cfg(any())))]
pub trait Metrics {
    /// When the janitor has last been through.
    #[gauge]
    #[alert(older_than = 600, name = "Janitor")]
    #[log(off)]
    fn set_janitor_ran(&self, at: SystemTime);

    /// When a backup ended.
    #[gauge]
    #[alert(older_than = 600, by(database), name = "Backup")]
    #[log(off)]
    fn set_backup_ended(&self, #[label(cap = 4)] database: &str, at: SystemTime);

    /// Mails in a queue.
    #[gauge]
    #[alert(average_above = 50, over = "10s", by(queue), name = "Depth")]
    #[alert(average_below = 5, over = "10s", name = "Idle")]
    #[log(off)]
    fn set_depth(&self, #[label(cap = 4)] queue: &str, mails: u64);

    /// Open connections.
    #[up_down_counter]
    #[alert(average_above = 50, over = "10s", by(instance), name = "Connections")]
    #[log(off)]
    fn connections(&self, delta: i64);

    /// Panics by place.
    #[counter]
    #[alert(rate_above = 0, over = "15s", name = "FirstPanic")]
    #[log(off)]
    fn panics(&self, #[label(cap = 4)] place: &str);

    /// Sessions.
    #[counter]
    #[alert(
        ratio_below = 0.9,
        matching(outcome = "accepted"),
        of(outcome = ["accepted", "deferred"]),
        over = "10s",
        name = "Acceptance"
    )]
    #[log(off)]
    fn sessions(&self, outcome: Outcome);

    /// Calls of a webhook.
    #[counter]
    #[log(off)]
    fn attempts(&self, billed: bool);

    /// Later calls of a webhook.
    #[counter]
    #[log(off)]
    fn retries(&self, billed: bool);

    /// Calls of a webhook that failed.
    #[counter]
    #[alert(
        ratio_above = 0.2,
        to = [attempts, retries],
        matching(billed = "true"),
        of(billed = "true"),
        over = "10s",
        name = "Webhooks"
    )]
    #[log(off)]
    fn failures(&self, billed: bool);

    /// Time to answer.
    #[histogram(buckets = [0.1, 1.0])]
    #[slo(objective = 0.99, below = 1.0, name = "latency")]
    #[log(off)]
    fn answered(&self, took: Duration);
}

/// All alerts, with the severity of those that have one.
const ALERTS: [&str; 10] = [
    "Janitor",
    "Backup",
    "Depth",
    "Idle",
    "Connections",
    "FirstPanic",
    "Acceptance",
    "Webhooks",
    "LiveLatencyErrorBudgetBurn page",
    "LiveLatencyErrorBudgetBurn ticket",
];

/// The alerts that fire now.
fn firing(server: &Prometheus) -> BTreeSet<String> {
    let mut firing = BTreeSet::new();
    for rule in server.rules() {
        assert_eq!(rule.health, "ok", "{rule:?}");
        for alert in &rule.alerts {
            let severity = alert.labels.get("severity").map(|severity| format!(" {severity}"));
            firing.insert(format!("{}{}", rule.name, severity.unwrap_or_default()));
        }
    }
    firing
}

/// The service is as it should be: most sessions are rejected, which is not what the ratio is about.
fn is_well(live: &Instruments<dyn Metrics>) {
    let now = SystemTime::now();
    live.set_janitor_ran(now);
    live.set_backup_ended("users", now);
    live.set_backup_ended("mails", now);
    live.set_depth("in", 10);
    live.set_depth("out", 20);
    live.sessions(Outcome::Accepted);
    for _ in 0..9 {
        live.sessions(Outcome::Rejected);
        live.failures(false);
    }
    live.attempts(true);
    live.answered(Duration::from_millis(50));
}

/// Everything that an alert is about goes wrong, but for what each leaves out.
fn is_ill(live: &Instruments<dyn Metrics>) {
    let before = SystemTime::now() - Duration::from_hours(1);
    live.set_janitor_ran(before);
    live.set_backup_ended("users", before);
    live.set_depth("in", 1_000);
    live.set_depth("out", 0);
    live.sessions(Outcome::Accepted);
    live.sessions(Outcome::Deferred);
    live.attempts(true);
    live.retries(true);
    live.failures(true);
    live.attempts(false);
    live.answered(Duration::from_secs(2));
}

/// Acts until each alert has fired in each server.
fn until_all_fire(servers: &[Prometheus], act: impl Fn()) {
    let all: BTreeSet<String> = ALERTS.map(str::to_owned).into();
    let mut seen = vec![BTreeSet::new(); servers.len()];
    let is_done = || {
        act();
        for (server, seen) in servers.iter().zip(&mut seen) {
            seen.extend(firing(server));
        }
        seen.iter().all(|seen| *seen == all).then_some(())
    };
    poll(is_done, || format!("firing now: {:?}", servers.iter().map(firing).collect::<Vec<_>>()));
}

/// Acts until no alert fires in any server.
fn until_all_are_quiet(servers: &[Prometheus], act: impl Fn()) {
    let is_done = || {
        act();
        servers.iter().all(|server| firing(server).is_empty()).then_some(())
    };
    poll(is_done, || format!("firing still: {:?}", servers.iter().map(firing).collect::<Vec<_>>()));
}

#[test]
fn each_newer_alert_fires_and_goes_quiet_in_a_real_prometheus() {
    let registry = Registry::new();
    let live = registry.register::<dyn Metrics>().unwrap();
    let endpoint = prometheus::serve((Ipv4Addr::LOCALHOST, 0), &registry).unwrap();
    let rules = catalog::prometheus_rules::<dyn Metrics>();
    let targets = [("live", endpoint.local_addr())];
    let servers = Version::ALL.map(|version| Prometheus::with_rules(version, "live", &targets, &rules));
    // Every rule sees some scrapes of a service that is well.
    let has_begun = || {
        is_well(&live);
        for server in &servers {
            assert_eq!(firing(server), BTreeSet::new(), "{server}");
        }
        let are_seen = |server: &Prometheus| server.scrapes("live") > 4.0 && !server.rules().is_empty();
        servers.iter().all(are_seen).then_some(())
    };
    poll(has_begun, || "the service is not scraped".to_owned());
    live.panics("a");
    for _ in 0..200 {
        live.connections(1);
    }
    until_all_fire(&servers, || is_ill(&live));
    for _ in 0..200 {
        live.connections(-1);
    }
    until_all_are_quiet(&servers, || {
        is_well(&live);
        // The objective is 99 % of all answers that there were.
        for _ in 0..1_000 {
            live.answered(Duration::from_millis(50));
        }
    });
    // Quiet, and not absent.
    for server in &servers {
        assert_eq!(server.series("live_panics_total"), 1, "{server}");
        assert_eq!(server.series("live_depth"), 2, "{server}");
        assert_eq!(server.series("live_backup_ended_seconds"), 2, "{server}");
        assert_eq!(server.series("rate(live_sessions_total{outcome=\"accepted\"}[10s]) > 0"), 1, "{server}");
        assert_eq!(server.series("job:live_latency_errors:ratio_rate5m > 0 < 0.01"), 1, "{server}");
    }
}
