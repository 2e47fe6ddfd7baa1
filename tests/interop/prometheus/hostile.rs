//! Every kind with every label there is, and text that was made to break encoders: all judges see what was
//! recorded, and nothing else.

mod surface;
mod texts;

use crate::every_kind::{self, Stage};
use crate::http::{self, Endpoint};
use crate::promtool;
use crate::samples::{Meta, Metas, Samples};
use crate::server::Prometheus;
use crate::strict::Strict;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};
use surface::{Any, EventType, Kind, Metrics};
use telemetry::Registry;
use telemetry::prometheus::{Format, Renderer, render, serve};

const FORMATS: [Format; 2] = [Format::Text, Format::OpenMetrics];

/// On every sample.
const REGION: &str = "eu \"1\"\\\n}";

fn record(metrics: &impl Metrics, texts: &[(String, String)]) {
    (0..3).for_each(|_| metrics.calls());
    metrics.received(u64::MAX);
    metrics.set_load(Kind::Plain, f64::NAN);
    metrics.set_load(Kind::Quoted, f64::INFINITY);
    metrics.set_load(Kind::Braces, f64::NEG_INFINITY);
    for n in [0.003_906_25, 0.005, -1.0, 0.5, f64::NAN, 1e6, 2e6, f64::NEG_INFINITY] {
        metrics.size(n);
    }
    metrics.took(true, None);
    metrics.took(true, Some(Duration::from_micros(31_250)));
    metrics.took(true, Some(Duration::from_secs(3)));
    metrics.results();
    metrics.lookups(None, None);
    metrics.lookups(Some(Kind::Wide), Some("\"\\"));
    for attempt in [0, 2, 2, 3, -1] {
        metrics.retries(attempt);
    }
    for (at, (text, _)) in texts.iter().enumerate() {
        (0..=at).for_each(|_| metrics.events(EventType(text)));
        metrics.set_lag(EventType(text), number(at) / 4.0);
        metrics.waited(EventType(text), 1);
        metrics.waited(EventType(text), 2 + at as u64);
    }
}

fn record_every_kind(metrics: &impl every_kind::Metrics) {
    metrics.calls();
    metrics.received(40);
    for n in [0.25, f64::NAN, 2.0, f64::INFINITY, -1.0] {
        metrics.cost(n);
    }
    metrics.busy(Duration::from_millis(1_500));
    metrics.busy(Duration::from_nanos(1));
    metrics.texts("a", None);
    (0..2).for_each(|_| metrics.opened());
    (0..5).for_each(|_| metrics.closed());
    metrics.credit(1.5);
    metrics.credit(-4.0);
    metrics.set_load(0.75);
    metrics.set_depth(u64::MAX, Stage::Lease);
    metrics.set_balance(i64::MIN);
    metrics.set_age(Duration::from_millis(250));
    metrics.size(11.5);
    for n in [-2.0, -1.0, 0.0, 1.5] {
        metrics.change(n);
    }
    metrics.took(Some(Duration::from_secs(1)), Stage::Lease);
}

#[allow(clippy::cast_precision_loss, reason = "hundreds")]
fn number(at: usize) -> f64 {
    at as f64
}

/// What [`recorded`] comes to, worked out by hand.
fn expected(format: Format, texts: &[(String, String)]) -> Samples {
    let [quoted, braces, wide] = ["say \"a\\b\"\\", "x\"} 1#{}=,; ", "e\u{301}é😀\u{202e}\u{2028}"];
    let mut all = Samples::default();
    all.counter(format, "hostile_calls", &[], 3.0);
    for name in ["hostile_received_bytes", "hostile_inflow_bytes"] {
        all.counter(format, name, &[], 18_446_744_073_709_551_615.0);
    }
    all.gauge("hostile_load", &[("kind", "plain")], f64::NAN);
    all.gauge("hostile_load", &[("kind", quoted)], f64::INFINITY);
    all.gauge("hostile_load", &[("kind", braces)], f64::NEG_INFINITY);
    let buckets = [("0.005", 2.0), ("1.0", 3.0), ("1e+06", 4.0), ("+Inf", 5.0)];
    for name in ["hostile_size", "hostile_weight"] {
        all.histogram(format, name, &[], &buckets, Some(3_000_000.508_906_25));
    }
    let bounds =
        ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "+Inf"];
    let counts = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0];
    let buckets: Vec<_> = bounds.into_iter().zip(counts).collect();
    all.histogram(format, "hostile_took_seconds", &[("cached", "true")], &buckets, Some(3.031_25));
    let buckets = bounds.map(|bound| (bound, 0.0));
    all.histogram(format, "hostile_took_seconds", &[("cached", "false")], &buckets, Some(0.0));
    all.counter(format, "hostile_results", &[("result", "a\"b\\")], 1.0);
    all.counter(format, "hostile_lookups", &[("kind", "none"), ("who", "none")], 1.0);
    all.counter(format, "hostile_lookups", &[("kind", wide), ("who", "\"\\")], 1.0);
    for (attempt, count) in [("0", 1.0), ("1", 0.0), ("2", 2.0), ("other", 2.0)] {
        all.counter(format, "hostile_retries", &[("attempt", attempt)], count);
    }
    for (at, (_, text)) in texts.iter().enumerate() {
        let labels = [("type", text.as_str())];
        all.counter(format, "hostile_events", &labels, number(at) + 1.0);
        // A gauge has no series for what stands for all past the cap.
        if text != "other" {
            all.gauge("hostile_lag", &labels, number(at) / 4.0);
        }
        all.histogram(
            format,
            "hostile_waiting",
            &labels,
            &[("1.0", 1.0), ("+Inf", 2.0)],
            Some(number(at) + 3.0),
        );
    }
    every_kind(format, &mut all);
    own(format, &mut all);
    all.labelled("region", REGION)
}

/// What [`record_every_kind`] comes to.
fn every_kind(format: Format, all: &mut Samples) {
    // A sum that can fall is no `_sum` to OpenMetrics.
    let signed_sum = (format == Format::Text).then_some(-1.5);
    all.counter(format, "kinds_calls", &[], 1.0);
    all.counter(format, "kinds_received_bytes", &[], 40.0);
    all.counter(format, "kinds_cost", &[], 2.25);
    all.counter(format, "kinds_busy_seconds", &[], 1.500_000_001);
    all.counter(format, "kinds_texts", &[("text", "a"), ("stage", "none")], 1.0);
    all.gauge("kinds_connections", &[], -3.0);
    all.gauge("kinds_credit", &[], -2.5);
    all.gauge("kinds_load_ratio", &[], 0.75);
    all.gauge("kinds_depth", &[("stage", "lease")], 18_446_744_073_709_551_615.0);
    all.gauge("kinds_balance", &[], -9_223_372_036_854_775_808.0);
    all.gauge("kinds_age_seconds", &[], 0.25);
    let buckets = [("1.0", 0.0), ("10.0", 0.0), ("+Inf", 1.0)];
    all.histogram(format, "kinds_size", &[], &buckets, Some(11.5));
    let buckets = [("-1.0", 2.0), ("0.0", 3.0), ("1.0", 3.0), ("+Inf", 4.0)];
    all.histogram(format, "kinds_change", &[], &buckets, signed_sum);
    let buckets = [("0.5", 0.0), ("2.0", 1.0), ("+Inf", 1.0)];
    all.histogram(format, "kinds_took_seconds", &[("stage", "lease")], &buckets, Some(1.0));
    let buckets = buckets.map(|(bound, _)| (bound, 0.0));
    all.histogram(format, "kinds_took_seconds", &[("stage", "insert")], &buckets, Some(0.0));
}

/// What the registry says of itself.
fn own(format: Format, all: &mut Samples) {
    let refused = [
        ("not_finite", 4.0),
        ("negative", 2.0),
        ("saturated", 0.0),
        ("foreign", 0.0),
        ("label_overflow", 1.0),
        ("not_observed", 0.0),
    ];
    for (reason, count) in refused {
        all.counter(format, "telemetry_dropped", &[("reason", reason)], count);
    }
    for (label, count) in [("who", 0.0), ("attempt", 2.0), ("type", 0.0), ("text", 0.0), ("label", 0.0)] {
        all.counter(format, "telemetry_label_overflow", &[("label", label)], count);
    }
    all.counter(format, "telemetry_collect_panics", &[], 0.0);
    for reason in ["syntax", "clash", "malformed", "too_large"] {
        all.counter(format, "telemetry_rejected_expositions", &[("reason", reason)], 0.0);
    }
}

/// What is said about some families. Readers name counters differently, and only OpenMetrics has units.
fn described(format: Format, counter: impl Fn(&str) -> String) -> Metas {
    let with = |name: &str, kind: &str, unit: &str, help: &str| {
        let unit = if format == Format::OpenMetrics { unit } else { "" };
        (name.to_owned(), Meta { kind: kind.to_owned(), help: help.to_owned(), unit: unit.to_owned() })
    };
    let calls = "Calls, \"quoted\" and with a back\\slash, on two lines, é and 😀.";
    Metas::from([
        with(&counter("hostile_calls"), "counter", "", calls),
        with(&counter("hostile_received_bytes"), "counter", "bytes", "Bytes with \\n, \\ and \"quotes\" \\"),
        with(&counter("kinds_busy_seconds"), "counter", "seconds", "Busy time."),
        with("kinds_connections", "gauge", "", "Connections."),
        with("kinds_age_seconds", "gauge", "seconds", "Age."),
        with("kinds_change", "histogram", "", "Changes."),
        with("hostile_took_seconds", "histogram", "seconds", "Durations."),
    ])
}

fn assert_described(expected: &Metas, mut found: Metas, judge: &str) {
    assert!(!found.contains_key("hostile_nothing"), "{judge} sees a family without a series");
    found.retain(|name, _| expected.contains_key(name));
    assert_eq!(found, *expected, "{judge}");
}

fn recorded(texts: &[(String, String)]) -> Registry {
    let registry = Registry::builder().constant_label("region", REGION).build().unwrap();
    record(&registry.register::<dyn Metrics>().unwrap(), texts);
    record_every_kind(&registry.register::<dyn every_kind::Metrics>().unwrap());
    registry
}

#[test]
fn the_parsers_read_what_was_recorded() {
    let start = SystemTime::now();
    let texts = texts::all();
    let registry = recorded(&texts);
    let mut strict = Strict::start();
    for format in FORMATS {
        let judge = format!("strict, {format:?}");
        let mut read = strict.read(format, &render(&registry, format)).expect(&judge);
        read.samples.created_since(start);
        expected(format, &texts).assert_same(&read.samples, &judge);
        assert_described(&described(format, str::to_owned), read.metas, &judge);
    }
}

/// Nothing tells them apart once they are text.
#[test]
fn an_absent_label_and_the_text_that_stands_for_it_are_one_series() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    metrics.lookups(Some(Kind::Plain), None);
    metrics.lookups(Some(Kind::Plain), Some("none"));
    for format in FORMATS {
        let read = Strict::start().read(format, &render(&registry, format)).unwrap();
        let mut lookups = Samples::default();
        lookups.counter(format, "hostile_lookups", &[("kind", "plain"), ("who", "none")], 2.0);
        let mut samples = read.samples.only(|name| name.starts_with("hostile_lookups"));
        samples.created_since(SystemTime::UNIX_EPOCH);
        lookups.assert_same(&samples, "strict");
    }
}

#[test]
fn promtool_has_nothing_to_say() {
    promtool::check(&render(&recorded(&texts::all()), Format::Text)).unwrap();
}

#[test]
fn the_server_keeps_what_was_recorded() {
    let start = SystemTime::now();
    let texts = texts::all();
    let server = serve("127.0.0.1:0", &recorded(&texts)).unwrap();
    let address = server.local_addr();
    // The server asks for OpenMetrics first; this asks in its place for text.
    let text = Endpoint::start(move || http::get(address, "/metrics", "text/plain;version=0.0.4"));
    let jobs = [("text", Format::Text, text.address), ("openmetrics", Format::OpenMetrics, address)];
    let servers = Prometheus::each("hostile", &jobs.map(|(job, _, address)| (job, address)));
    for (prometheus, (job, format, _)) in servers.iter().flat_map(|server| jobs.map(|job| (server, job))) {
        let judge = format!("{prometheus}, {job}");
        let mut samples = prometheus.read(job).expect(&judge);
        samples.created_since(start);
        expected(format, &texts).without_empty_labels().assert_same(&samples, &judge);
        let counter = |family: &str| match format {
            Format::Text => format!("{family}_total"),
            Format::OpenMetrics => family.to_owned(),
        };
        assert_described(&described(format, counter), prometheus.metas(job), &judge);
    }
}

/// Two texts and two numbers.
type Call = (String, String, u32, f64);

/// What the calls come to.
fn expected_of(format: Format, calls: &[Call]) -> Samples {
    let mut sums: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut numbers: BTreeMap<&str, f64> = BTreeMap::new();
    let mut spread: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (left, right, n, number) in calls {
        *sums.entry((left, right)).or_default() += u64::from(*n);
        numbers.insert(left, *number);
        spread.entry(right).or_default().push(*n);
    }
    let mut all = Samples::default();
    for ((left, right), sum) in sums {
        all.counter(format, "any_sums", &[("left", left), ("right", right)], exact(sum));
    }
    for (left, n) in numbers {
        all.gauge("any_number", &[("left", left)], n);
    }
    for (right, all_of_it) in spread {
        let up_to = |bound: f64| exact(all_of_it.iter().filter(|n| f64::from(**n) <= bound).count() as u64);
        let bounds = [("0.25", 0.25), ("16.0", 16.0), ("1e+09", 1e9), ("+Inf", f64::INFINITY)];
        let buckets = bounds.map(|(text, bound)| (text, up_to(bound)));
        let sum = all_of_it.iter().map(|n| u64::from(*n)).sum();
        all.histogram(format, "any_spread", &[("right", right)], &buckets, Some(exact(sum)));
    }
    all
}

#[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
fn exact(n: u64) -> f64 {
    n as f64
}

/// Calls with few texts, so that series come again.
fn calls() -> impl Strategy<Value = Vec<Call>> {
    let number = any::<u64>().prop_map(f64::from_bits);
    let call = (any::<Index>(), any::<Index>(), any::<u32>(), number);
    let (texts, calls) = (prop::collection::vec(texts::any(), 1..6), prop::collection::vec(call, 1..40));
    (texts, calls).prop_map(|(texts, calls)| {
        let call = |(left, right, n, number): (Index, Index, _, _)| {
            (left.get(&texts).clone(), right.get(&texts).clone(), n, number)
        };
        calls.into_iter().map(call).collect()
    })
}

#[test]
fn any_text_and_number_is_read_back() {
    let strict = RefCell::new(Strict::start());
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 150, failure_persistence: None, ..Default::default() });
    let judged = runner.run(&(calls(), 4_usize..12), |(calls, part)| {
        let registry = Registry::new();
        let metrics = registry.register::<dyn Any>().unwrap();
        let mut renderer = Renderer::new(&registry);
        let mut done = 0;
        // Again and again, since a renderer keeps what it wrote.
        for part in calls.chunks(part) {
            for (left, right, n, number) in part {
                metrics.sums(left, right, u64::from(*n));
                metrics.set_number(left, *number);
                metrics.spread(right, u64::from(*n));
            }
            done += part.len();
            for format in FORMATS {
                let mut body = Vec::new();
                renderer.render(format, &mut body);
                let body = String::from_utf8(body).unwrap();
                let read = strict.borrow_mut().read(format, &body).map_err(TestCaseError::fail)?;
                let mut samples = read.samples.only(|name| name.starts_with("any_"));
                samples.created_since(SystemTime::UNIX_EPOCH);
                let differences = expected_of(format, &calls[..done]).differences(&samples);
                prop_assert!(differences.is_empty(), "{format:?}: {differences:#?}");
            }
        }
        Ok(())
    });
    judged.unwrap_or_else(|error| panic!("{error}"));
}
