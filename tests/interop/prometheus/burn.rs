//! Burn rates in both servers: days of history lie behind them, and a process that runs turns each alert.

use crate::server::{Prometheus, Setup, Version};
use crate::tool::poll;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::net::Ipv4Addr;
use std::time::{SystemTime, UNIX_EPOCH};
use telemetry::{Registry, catalog, metrics, prometheus};

#[metrics(namespace = "burn", mock(cfg(any())))]
pub trait Metrics {
    /// Requests.
    #[counter(value = n)]
    #[slo(objective = 0.999, good(class != "5xx"), name = "availability")]
    #[log(off)]
    fn requests(&self, #[label(values = ["2xx", "5xx"])] class: &str, n: u64);
}

/// The past of one job, of which a sample a minute is known.
struct Past {
    job: &'static str,
    /// How many of 10,000 requests a minute have failed, by the minutes until now.
    failed: fn(u64) -> u64,
    /// The severities that fire.
    fires: &'static [&'static str],
}

const MINUTES: u64 = 80 * 60;

/// The budget is 10 of 10,000.
const PASTS: &[Past] = &[
    Past { job: "bad", failed: |_| 200, fires: &["page", "ticket"] },
    // An outage of 8 hours that ended 40 minutes ago: the short windows of a page have nothing of it.
    Past { job: "over", failed: |ago| if (40..520).contains(&ago) { 1_000 } else { 0 }, fires: &["ticket"] },
    Past { job: "slow", failed: |_| 20, fires: &["ticket"] },
    Past { job: "well", failed: |_| 5, fires: &[] },
    // Three minutes of many errors: all short windows have too much of them, and no long one.
    Past { job: "brief", failed: |ago| if ago < 3 { 2_000 } else { 0 }, fires: &[] },
];

/// The samples of all jobs up to now, as the process before the one that runs has left them.
fn history() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut text = "# TYPE burn_requests counter\n".to_owned();
    for Past { job, failed, .. } in PASTS {
        let mut bad = 0;
        for at in 0..MINUTES {
            let ago = MINUTES - at - 1;
            bad += failed(ago);
            let good = (at + 1) * 10_000 - bad;
            let time = now - ago * 60;
            for (class, count) in [("2xx", good), ("5xx", bad)] {
                let labels = format!("job=\"{job}\",instance=\"before\",class=\"{class}\"");
                writeln!(text, "burn_requests_total{{{labels}}} {count} {time}").unwrap();
            }
        }
    }
    text + "# EOF\n"
}

/// The alerts that fire, as jobs and severities.
fn firing(server: &Prometheus) -> BTreeSet<(String, String)> {
    let rules = server.rules().into_iter();
    let alerts = rules.flat_map(|rule| {
        assert_eq!((rule.name.as_str(), rule.health.as_str()), ("BurnAvailabilityErrorBudgetBurn", "ok"));
        rule.alerts
    });
    alerts.map(|alert| (alert.labels["job"].clone(), alert.labels["severity"].clone())).collect()
}

fn expected(fires: impl Fn(&Past) -> &'static [&'static str]) -> BTreeSet<(String, String)> {
    let of = |past: &Past| fires(past).iter().map(|severity| (past.job.to_owned(), (*severity).to_owned()));
    PASTS.iter().flat_map(|past| of(past).collect::<Vec<_>>()).collect()
}

/// Waits until these alerts fire and no others.
fn wait_for(servers: &[Prometheus], alerts: &BTreeSet<(String, String)>) {
    for server in servers {
        let is_so = || (!server.rules().is_empty() && firing(server) == *alerts).then_some(());
        poll(is_so, || format!("{server}: {:?} fire, not {alerts:?}", firing(server)));
    }
}

#[test]
fn burn_rates_of_days_fire_and_go_quiet_in_a_real_prometheus() {
    let registries = [Registry::new(), Registry::new()];
    let [bad, well] = registries.each_ref().map(|registry| registry.register::<dyn Metrics>().unwrap());
    let endpoints =
        registries.each_ref().map(|registry| prometheus::serve((Ipv4Addr::LOCALHOST, 0), registry).unwrap());
    let targets = [("bad", endpoints[0].local_addr()), ("well", endpoints[1].local_addr())];
    // Budgets are evaluated every 5 minutes, for which no test waits.
    let rules = catalog::prometheus_rules::<dyn Metrics>().replace("interval: 5m", "interval: 1s");
    let setup = Setup { rules: &rules, history: &history(), ..Setup::default() };
    let servers = Version::ALL.map(|version| Prometheus::with(version, "burn", &targets, setup));
    wait_for(&servers, &expected(|past| past.fires));
    for server in &servers {
        for target in ["bad", "well"] {
            server.wait_for_scrapes(target, 1.0);
        }
        // 30 days are recorded too: 2 % of all errors, 20 times the budget.
        let budget = "job:burn_availability_errors:ratio_rate30d{job=\"bad\"}";
        poll(|| (server.series(budget) == 1).then_some(()), || format!("{server} records no budget"));
        let share = server.number(budget);
        assert!((share - 0.02).abs() < 1e-4, "{server}: {share}");
    }
    // More than there was in all the days before.
    bad.requests("2xx", 1_000_000_000_000);
    well.requests("5xx", 1_000_000_000_000);
    wait_for(
        &servers,
        &expected(|past| match past.job {
            "bad" => &[],
            "well" => &["page", "ticket"],
            _ => past.fires,
        }),
    );
}
