//! Series that go and come back, in a real Prometheus: the alert of a removed tenant, and `increase` and
//! `rate` against what was recorded.

use crate::server::{Prometheus, Version};
use crate::tool::poll;
use std::net::Ipv4Addr;
use std::time::Duration;
use telemetry::prometheus::Server;
use telemetry::{Registry, catalog, metrics, prometheus};

#[metrics(namespace = "tenants", mock(cfg(any())))]
trait Metrics {
    /// Age of the oldest job of a tenant.
    #[gauge(unit = seconds)]
    #[alert(above = 30.0)]
    #[log(off)]
    fn set_oldest(&self, #[label(cap = 8)] tenant: &str, seconds: f64);

    /// Jobs done.
    #[counter(value = jobs)]
    #[log(off)]
    fn done(&self, #[label(cap = 8)] tenant: &str, jobs: u64);

    /// The tenant was deleted.
    #[remove(oldest)]
    #[log(off)]
    fn tenant_deleted(&self, tenant: &str);

    /// The tenant moved to another worker.
    #[remove(done)]
    #[log(off)]
    fn tenant_moved(&self, tenant: &str);
}

#[metrics(namespace = "pools", labels(#[label(cap = 8)] pool: &str), mock(cfg(any())))]
trait PoolMetrics {
    /// Age of the oldest request that waits.
    #[gauge(unit = seconds)]
    #[alert(above = 30.0)]
    #[log(off)]
    fn set_oldest_wait(&self, seconds: f64);
}

fn serve(registry: &Registry) -> Server {
    prometheus::serve((Ipv4Addr::LOCALHOST, 0), registry).unwrap()
}

/// The number of alerts of this rule that fire.
fn firing(server: &Prometheus, rule: &str) -> usize {
    let rules = server.rules();
    rules
        .iter()
        .filter(|found| found.name == rule && found.state == "firing")
        .map(|rule| rule.alerts.len())
        .sum()
}

#[test]
fn the_alert_of_what_is_removed_goes_quiet_with_the_next_scrape() {
    let registry = Registry::new();
    let tenants = registry.register::<dyn Metrics>().unwrap();
    let pool = registry.register_with::<dyn PoolMetrics>(PoolMetricsLabels { pool: "orders" }).unwrap();
    let endpoint = serve(&registry);
    let rules = [catalog::prometheus_rules::<dyn Metrics>(), catalog::prometheus_rules::<dyn PoolMetrics>()];
    let [first, second] = &rules;
    let rules = format!("{first}{}", second.split_once("groups:\n").unwrap().1);
    tenants.set_oldest("acme", 31.0);
    tenants.set_oldest("umbrella", 40.0);
    pool.set_oldest_wait(31.0);

    let server =
        Prometheus::with_rules(Version::Two, "gone-alerts", &[("tenants", endpoint.local_addr())], &rules);
    let fires = |rule, count| {
        let is = || (firing(&server, rule) == count).then_some(());
        poll(is, || format!("{rule}: not {count} of {:?}", server.rules()));
    };
    fires("TenantsOldestAbove", 2);
    fires("PoolsOldestWaitAbove", 1);
    let scrapes = server.scrapes("tenants");
    tenants.tenant_deleted("acme");
    drop(pool);
    // One scrape may have begun before.
    server.wait_for_scrapes("tenants", scrapes + 2.0);
    assert_eq!(
        server.series("tenants_oldest_seconds"),
        1,
        "the last sample before it does not count any more"
    );
    assert_eq!(server.series("pools_oldest_wait_seconds"), 0);
    fires("TenantsOldestAbove", 1);
    fires("PoolsOldestWaitAbove", 0);
}

/// Both replicas have the last value of what is removed right after it recorded, though they scrape at
/// different times. Both lose what has ended, and show the next series.
#[test]
fn two_replicas_agree_on_series_that_go_and_come_back() {
    let kept = Registry::new();
    let ending = Registry::builder().keep_removed(Duration::from_secs(1)).build().unwrap();
    let surfaces = [&kept, &ending].map(|registry| registry.register::<dyn Metrics>().unwrap());
    let endpoints = [&kept, &ending].map(serve);
    let jobs = [("kept", endpoints[0].local_addr()), ("ending", endpoints[1].local_addr())];
    let replicas = Prometheus::each("gone-replicas", &jobs);
    let of = |job: &str, family: &str| format!("{family}{{job=\"{job}\"}}");
    let wait = |job: &str, scrapes: f64| {
        let before = replicas.each_ref().map(|replica| replica.scrapes(job));
        for (replica, before) in replicas.iter().zip(before) {
            replica.wait_for_scrapes(job, before + scrapes);
        }
    };
    let all_lose = |series: &str| {
        for replica in &replicas {
            poll(|| (replica.series(series) == 0).then_some(()), || format!("{series} stays"));
        }
    };
    let [kept, ending] = &surfaces;
    kept.done("acme", 0);
    kept.set_oldest("acme", 31.0);
    ending.done("acme", 0);
    wait("kept", 2.0);
    wait("ending", 2.0);

    // No replica has come between these three.
    kept.done("acme", 4);
    kept.tenant_moved("acme");
    kept.tenant_deleted("acme");
    // One scrape may have begun before.
    wait("kept", 2.0);
    for replica in &replicas {
        assert!((replica.number(&of("kept", "tenants_done_total")) - 4.0).abs() < 1e-9);
        assert_eq!(replica.series(&of("kept", "tenants_oldest_seconds")), 0);
    }
    // It comes back while it is kept: it goes on, with no second series.
    kept.done("acme", 3);
    wait("kept", 2.0);
    for replica in &replicas {
        assert!((replica.number(&of("kept", "tenants_done_total")) - 7.0).abs() < 1e-9);
        let resets = replica.number(&format!("sum(resets({}[1h]))", of("kept", "tenants_done_total")));
        assert!(resets.abs() < 1e-9, "{resets} resets");
    }

    ending.done("acme", 5);
    wait("ending", 2.0);
    ending.tenant_moved("acme");
    all_lose(&of("ending", "tenants_done_total"));
    wait("ending", 2.0);
    ending.done("acme", 0);
    wait("ending", 2.0);
    ending.done("acme", 7);
    wait("ending", 2.0);
    for replica in &replicas {
        is_the_truth(replica, "ending", 12);
    }
}

#[test]
fn increase_and_rate_are_true_over_series_that_go_and_come_back() {
    // What has ended goes with the second scrape, so that the test sees it come back.
    let registry = Registry::builder().keep_removed(Duration::ZERO).build().unwrap();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    let endpoint = serve(&registry);
    let server = Prometheus::start(Version::Two, "gone-increase", &[("tenants", endpoint.local_addr())]);
    let wait = |scrapes: f64| server.wait_for_scrapes("tenants", server.scrapes("tenants") + scrapes);
    let mut sum = 0_u32;
    let mut record = |jobs: u32| {
        sum += jobs;
        metrics.done("acme", jobs.into());
        sum
    };
    metrics.done("acme", 0);
    wait(2.0);
    record(5);
    wait(2.0);
    // It goes, and stays away for some scrapes: Prometheus marks it as stale.
    metrics.tenant_moved("acme");
    poll(|| (server.series("tenants_done_total") == 0).then_some(()), || "it stays".to_owned());
    wait(2.0);
    // It comes back at 0, because `increase` sees no calls before a series' first sample.
    metrics.done("acme", 0);
    wait(2.0);
    let expected = record(7);
    wait(2.0);

    is_the_truth(&server, "tenants", expected);
}

/// Checks what a server makes of a job's counter that went and came back, and counted 7 after that.
fn is_the_truth(server: &Prometheus, job: &str, expected: u32) {
    let done = |rest: &str| format!("tenants_done_total{{job=\"{job}\"}}{rest}");
    // All at the time of one scrape: another one may come between two queries.
    let time = server.number(&format!("timestamp({})", done("")));
    let number =
        |function: &str, range: &str| server.number_at(&format!("sum({function}({}))", done(range)), time);
    let last = number("", "");
    assert!((last - 7.0).abs() < 1e-9, "the series began anew: {last}");
    // `increase` adds a part of the distance between two samples at the end of its range, and nothing at the
    // start, where the count is 0.
    let samples = number("count_over_time", "[2m]");
    let increase = number("increase", "[2m]");
    let truth = f64::from(expected);
    let range = truth..=truth * (1.0 + 1.1 / (samples - 1.0));
    assert!(range.contains(&increase), "{increase} of {expected}, by {samples} samples");
    let rate = number("rate", "[2m]");
    assert!((rate * 120.0 - increase).abs() < 1e-6, "{rate} a second, {increase} in two minutes");
}
