//! Views in a real Prometheus: what is summed is one series, and neither ends nor resets with a part of it.

use crate::server::{Prometheus, Version};
use std::net::Ipv4Addr;
use std::time::Duration;
use telemetry::registry::View;
use telemetry::{Registry, metrics, prometheus};

#[metrics(namespace = "viewed", labels(#[label(cap = 8)] pool: &str), mock(cfg(any())))]
trait Metrics {
    /// Jobs done.
    #[counter]
    #[log(off)]
    fn done(&self, ok: bool);

    /// Time that they took.
    #[histogram(value = n, buckets = [1, 2, 5])]
    #[log(off)]
    fn took(&self, n: f64);

    /// Jobs that wait.
    #[gauge]
    #[log(off)]
    fn set_waiting(&self, n: u64);
}

#[test]
fn each_view_is_what_prometheus_sees() {
    let builder = Registry::builder().keep_removed(Duration::ZERO);
    let builder = builder.view("viewed_done_total", View::without(["pool"]));
    let builder = builder.view("viewed_took", View::without(["pool"]).and(View::buckets([2])));
    let registry = builder.view("viewed_waiting", View::off()).build().unwrap();
    let register = |pool| registry.register_with::<dyn Metrics>(MetricsLabels { pool }).unwrap();
    let (kept, gone) = (register("kept"), register("gone"));
    let record = |pool: &telemetry::registry::Instruments<dyn Metrics>, times| {
        for _ in 0..times {
            pool.done(true);
            pool.took(3.0);
            pool.set_waiting(1);
        }
    };
    record(&kept, 1);
    record(&gone, 10);
    let endpoint = prometheus::serve((Ipv4Addr::LOCALHOST, 0), &registry).unwrap();
    let server = Prometheus::start(Version::Three, "views", &[("viewed", endpoint.local_addr())]);
    let wait = || server.wait_for_scrapes("viewed", server.scrapes("viewed") + 2.0);
    let is = |query: &str, expected: f64| {
        let found = server.number(query);
        assert!((found - expected).abs() < 1e-9, "{query}: {found}, not {expected}");
    };
    wait();
    is("viewed_done_total{ok=\"true\",pool=\"\"}", 11.0);
    record(&gone, 2);
    drop(gone);
    wait();
    wait();
    assert_eq!(server.series("viewed_done_total"), 2);
    is("viewed_done_total{ok=\"true\"}", 13.0);
    is("viewed_took_bucket{le=\"2.0\"}", 0.0);
    is("viewed_took_count", 13.0);
    is("viewed_took_sum", 39.0);
    assert_eq!(server.series("viewed_took_bucket"), 2, "2 and +Inf");
    assert_eq!(server.series("viewed_waiting"), 0);
    let again = register("gone");
    record(&again, 4);
    wait();
    is("viewed_done_total{ok=\"true\"}", 17.0);
    is("resets(viewed_done_total{ok=\"true\"}[5m])", 0.0);
    is("resets(viewed_took_count[5m])", 0.0);
}
