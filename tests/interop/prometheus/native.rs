//! Native histograms in a real Prometheus: their quantiles are those of the samples, beside the classic form.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a million samples"
)]

#[path = "../../../telemetry/examples/relay/surface.rs"]
#[allow(dead_code, reason = "the relay uses all of it")]
mod surface;

use crate::labels::{Method, Queue, Route, StatusClass};
use crate::server::{Prometheus, Setup, Version};
use crate::tool::poll;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::Duration;
use telemetry::registry::Point;
use telemetry::{Registry, metrics, prometheus};

#[metrics(namespace = "native", mock(cfg(any())))]
trait Metrics {
    /// Time taken.
    #[histogram(unit = seconds, buckets = [0.01, 1], native)]
    #[log(off)]
    fn took(&self, seconds: f64, access: Access);

    /// Sizes, which nobody reads as native.
    #[histogram(buckets = [10])]
    #[log(off)]
    fn size(&self, n: u64);
}

#[derive(telemetry::Label, Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

const THREADS: u64 = 8;
const SAMPLES_OF_THREAD: u64 = 125_000;

/// Numbers from 0.1 ms to 10 s, as many in each octave, the same in each run.
fn samples(thread: u64) -> impl Iterator<Item = f64> {
    let mut state = thread.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..SAMPLES_OF_THREAD).map(move |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let share = (state >> 11) as f64 / (1_u64 << 53) as f64;
        1e-4 * 1e5_f64.powf(share)
    })
}

/// Records the samples of all threads, and returns them in order.
fn recorded(registry: &Registry) -> Vec<f64> {
    let metrics = registry.register::<dyn Metrics>().unwrap();
    metrics.size(7);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let metrics = &metrics;
            scope.spawn(move || samples(number).for_each(|seconds| metrics.took(seconds, Access::Read)));
        }
    });
    let mut all: Vec<f64> = (0..THREADS).flat_map(samples).collect();
    all.sort_unstable_by(f64::total_cmp);
    all
}

/// The greatest relative error of a quantile of the registry's one histogram with samples.
fn error_bound(registry: &Registry) -> f64 {
    let snapshot = registry.snapshot();
    let family = snapshot.families().find(|family| family.name() == "took").unwrap();
    let Point::Histogram(histogram) = family.series().next().unwrap().point() else { unreachable!() };
    histogram.exponential.unwrap().quantile_error()
}

/// Starts a server for each of these. They all scrape at the same time.
fn start_all<'a>(
    name: &str,
    targets: &[(&str, SocketAddr)],
    setups: &[(Version, Setup<'a>)],
) -> Vec<(Prometheus, Setup<'a>)> {
    let start = |(at, (version, setup)): (usize, &(Version, Setup<'a>))| {
        (Prometheus::with(*version, &format!("{name}-{at}"), targets, *setup), *setup)
    };
    setups.iter().enumerate().map(start).collect()
}

#[test]
fn quantiles_of_the_native_form_are_those_of_the_samples() {
    let registry = Registry::new();
    let exact = recorded(&registry);
    // 17 octaves are in up to 160 buckets: 8 in each.
    let bound = error_bound(&registry);
    assert!((0.04..0.05).contains(&bound), "{bound}");
    let endpoint = prometheus::serve((Ipv4Addr::LOCALHOST, 0), &registry).unwrap();
    let targets = [("native", endpoint.local_addr())];
    let setup = Setup { features: "native-histograms", ..Setup::default() };
    let both = Setup { keeps_classic: true, ..setup };
    let servers = [(Version::Two, setup), (Version::Three, setup), (Version::Three, both)];
    for (server, setup) in start_all("native", &targets, &servers) {
        server.wait_for_scrapes("native", 1.0);
        poll(
            || (server.series("histogram_count(native_took_seconds)") == 2).then_some(()),
            || format!("{server} has no native histogram"),
        );
        let of = |what: &str| server.number(&format!("{what}(native_took_seconds{{access=\"read\"}})"));
        assert!((of("histogram_count") - exact.len() as f64).abs() < 0.5);
        let sum: f64 = exact.iter().sum();
        assert!((of("histogram_sum") / sum - 1.0).abs() < 1e-9);
        for q in [0.01, 0.5, 0.9, 0.99, 0.999] {
            let query = format!("histogram_quantile({q}, native_took_seconds{{access=\"read\"}})");
            let truth = exact[(q * exact.len() as f64) as usize];
            let found = server.number(&query);
            assert!((found / truth - 1.0).abs() <= bound, "{server}: {q}: {found}, not {truth}");
        }
        assert!((server.number("histogram_count(native_took_seconds{access=\"write\"})")).abs() < 0.5);
        // Two buckets, `+Inf`, and both labels.
        let classic = if setup.keeps_classic { 6 } else { 0 };
        assert_eq!(server.series("native_took_seconds_bucket"), classic, "{server}");
        assert_eq!(server.series("native_size_bucket"), 2, "{server}: it is not native");
        if setup.keeps_classic {
            let below = exact.iter().filter(|seconds| **seconds <= 0.01).count() as f64;
            let found = server.number("native_took_seconds_bucket{access=\"read\",le=\"0.01\"}");
            assert!((found - below).abs() < 0.5, "{found}, not {below}");
        }
    }
}

#[test]
fn a_server_that_reads_text_has_the_classic_form() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    metrics.took(0.5, Access::Write);
    let endpoint = prometheus::serve((Ipv4Addr::LOCALHOST, 0), &registry).unwrap();
    for server in Prometheus::each("native-text", &[("native", endpoint.local_addr())]) {
        server.wait_for_scrapes("native", 1.0);
        assert_eq!(server.series("native_took_seconds_bucket"), 6);
        assert_eq!(server.series("native_took_seconds"), 0);
    }
}

#[test]
fn a_coarser_scale_is_no_reset() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    metrics.took(1.0, Access::Read);
    let endpoint = prometheus::serve((Ipv4Addr::LOCALHOST, 0), &registry).unwrap();
    let targets = [("native", endpoint.local_addr())];
    let setup = Setup { features: "native-histograms", ..Setup::default() };
    let server = Prometheus::with(Version::Three, "native-scale", &targets, setup);
    server.wait_for_scrapes("native", 2.0);
    for seconds in [1.5, 1e3, 1e-6, 0.0, 1e200] {
        metrics.took(seconds, Access::Read);
        server.wait_for_scrapes("native", server.scrapes("native") + 2.0);
    }
    assert!((server.number("histogram_count(native_took_seconds{access=\"read\"})") - 6.0).abs() < 0.1);
    assert!(server.number("resets(native_took_seconds{access=\"read\"}[5m])").abs() < 0.1);
}

const RELAY: &str = include_str!("../../../telemetry/examples/relay/rules.yml");

/// The names of the relay's alerts that are about its native histograms.
const OF_NATIVE: [&str; 2] = ["RelayHttpRequestDurationP99Above", "RelayQueueWaitP90Above"];

#[test]
fn the_alerts_of_the_relay_fire_whichever_form_a_server_keeps() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn surface::Metrics>().unwrap();
    let record = || {
        let took = Some(Duration::from_secs(2));
        surface::Metrics::http_requests(&metrics, Method::Get, Route("/"), StatusClass::Success, took);
        surface::Metrics::queue_popped(&metrics, Queue::Intake, Duration::from_mins(15));
    };
    let endpoint = prometheus::serve((Ipv4Addr::LOCALHOST, 0), &registry).unwrap();
    let targets = [("relay", endpoint.local_addr())];
    // In seconds what the rules want for minutes.
    let rules = RELAY.replace("[5m]", "[5s]").replace("[15m]", "[5s]").replace("for: 10m", "for: 0s");
    let text = Setup { rules: &rules, ..Setup::default() };
    let native = Setup { features: "native-histograms", ..text };
    let both = Setup { keeps_classic: true, ..native };
    let setups = [
        (Version::Two, text),
        (Version::Three, text),
        (Version::Two, native),
        (Version::Three, native),
        (Version::Three, both),
    ];
    for (at, (server, _)) in start_all("native-relay", &targets, &setups).into_iter().enumerate() {
        let states = || {
            record();
            let rules = server.rules().into_iter().filter(|rule| OF_NATIVE.contains(&&*rule.name));
            rules.map(|rule| (rule.state, rule.alerts.len())).collect::<Vec<_>>()
        };
        let firing = vec![("firing".to_owned(), 1); 2];
        poll(|| (states() == firing).then_some(()), || format!("{server}, {at}: {:?}", states()));
        assert!(server.rules().iter().all(|rule| rule.health == "ok"));
    }
}
