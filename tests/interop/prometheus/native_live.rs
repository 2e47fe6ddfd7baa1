//! A native histogram in servers that keep its native form, its buckets, or both: alerts and objectives fire
//! and go quiet in each, and each query of the page and of the dashboard has an answer.

use crate::server::{Prometheus, Setup, Version};
use crate::tool::poll;
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::time::Duration;
use telemetry::catalog::{self, Catalog};
use telemetry::{Registry, metrics, prometheus};

/// The windows are short, so that an alert goes quiet soon after its cause.
#[metrics(namespace = "native", mock(cfg(any())))]
pub trait Metrics {
    /// Time to answer.
    #[histogram(native, buckets = [0.25, 1.0, 4.0])]
    #[slo(objective = 0.99, below = 1.0, of(route != "/health"), name = "latency")]
    #[alert(quantile = 0.9, above = 1.0, by(route), over = "10s", name = "Slow")]
    #[alert(quantile = 0.5, below = 0.2, over = "10s", name = "Fast")]
    #[log(off)]
    fn answered(&self, #[label(cap = 8)] route: &str, took: Duration);
}

/// A server, and the forms that it keeps.
struct Case {
    server: Prometheus,
    keeps_native: bool,
    keeps_buckets: bool,
}

impl Case {
    fn start(
        version: Version,
        name: &str,
        targets: &[(&str, std::net::SocketAddr)],
        setup: Setup<'_>,
    ) -> Self {
        let keeps_native = !setup.features.is_empty();
        Case {
            server: Prometheus::with(version, name, targets, setup),
            keeps_native,
            keeps_buckets: !keeps_native || setup.keeps_classic,
        }
    }

    /// How many series a query has, of numbers or of histograms.
    fn count(&self, query: &str) -> f64 {
        self.server.number(&format!("count({query}) or vector(0)"))
    }

    /// The alerts that fire now, each once.
    fn firing(&self) -> BTreeSet<String> {
        let mut firing = BTreeSet::new();
        for rule in self.server.rules() {
            assert_eq!(rule.health, "ok", "{rule:?}");
            for alert in &rule.alerts {
                let of = |key| alert.labels.get(key).map(|value| format!(" {value}")).unwrap_or_default();
                let is_new = firing.insert(format!("{}{}{}", rule.name, of("severity"), of("route")));
                assert!(is_new, "twice: {alert:?}");
            }
        }
        firing
    }
}

fn wait_for(cases: &[Case], alerts: &[&str], act: impl Fn()) {
    let expected: BTreeSet<String> = alerts.iter().map(|alert| (*alert).to_owned()).collect();
    let is_so = || {
        act();
        cases.iter().all(|case| case.firing() == expected).then_some(())
    };
    let explain = || {
        let firing = cases.iter().map(|case| format!("{} {:?}", case.server, case.firing()));
        format!("not {expected:?}: {}", firing.collect::<Vec<_>>().join(", "))
    };
    poll(is_so, explain);
}

/// The queries of the page and of the dashboard, with Grafana's variables as it fills them in.
fn queries() -> Vec<String> {
    let page = Catalog::of::<dyn Metrics>().metrics.into_iter().flat_map(|metric| metric.queries);
    let dashboard: Value = serde_json::from_str(&catalog::grafana_dashboard::<dyn Metrics>()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    let shown = targets.map(|target| target["expr"].as_str().unwrap().replace("$__rate_interval", "1m"));
    let shown = shown.map(|query| query.replace("$job", ".*").replace("$instance", ".*"));
    page.chain(shown).collect()
}

#[test]
fn the_alerts_of_a_native_histogram_work_whichever_form_a_server_keeps() {
    const NATIVE: &str = "native-histograms";
    let registry = Registry::new();
    let native = registry.register::<dyn Metrics>().unwrap();
    let endpoint = prometheus::serve((Ipv4Addr::LOCALHOST, 0), &registry).unwrap();
    let targets = [("native", endpoint.local_addr())];
    // Budgets are evaluated every 5 minutes, for which no test waits.
    let rules = catalog::prometheus_rules::<dyn Metrics>().replace("interval: 5m", "interval: 1s");
    let plain = Setup { rules: &rules, ..Setup::default() };
    let keeping = Setup { features: NATIVE, ..plain };
    let both = Setup { keeps_classic: true, ..keeping };
    let cases = [
        Case::start(Version::Two, "form-buckets", &targets, plain),
        Case::start(Version::Three, "form-buckets", &targets, plain),
        Case::start(Version::Two, "form-native", &targets, keeping),
        Case::start(Version::Three, "form-native", &targets, keeping),
        Case::start(Version::Three, "form-both", &targets, both),
    ];
    let well = || {
        for _ in 0..100 {
            native.answered("/", Duration::from_millis(700));
        }
        // Which is not about the objective, and fast.
        native.answered("/health", Duration::from_millis(700));
    };
    let ill = || {
        native.answered("/", Duration::from_millis(700));
        native.answered("/", Duration::from_secs(3));
    };
    let has_begun = || {
        well();
        let is_scraped = |case: &Case| case.server.scrapes("native") > 4.0 && !case.server.rules().is_empty();
        cases.iter().all(is_scraped).then_some(())
    };
    poll(has_begun, || "the servers do not scrape".to_owned());
    wait_for(&cases, &[], well);
    for case in &cases {
        let is_kept = |query: &str| case.count(query) > 0.0;
        assert_eq!(is_kept("native_answered_seconds"), case.keeps_native, "{}", case.server);
        assert_eq!(is_kept("native_answered_seconds_bucket"), case.keeps_buckets, "{}", case.server);
        for query in queries() {
            poll(|| is_kept(&query).then_some(()), || format!("{}: nothing answers {query}", case.server));
        }
    }
    let burns = ["NativeLatencyErrorBudgetBurn page", "NativeLatencyErrorBudgetBurn ticket"];
    wait_for(&cases, &[&["Slow /"], burns.as_slice()].concat(), || (0..50).for_each(|_| ill()));
    wait_for(&cases, &[], || (0..100).for_each(|_| well()));
}
