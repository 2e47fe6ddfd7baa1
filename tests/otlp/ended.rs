//! Series of label sets that end: their final value, one point without a recorded value, and nothing more.

use crate::fake::{Fake, OK, Request, answer};
use crate::surface::config;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Text;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, HistogramDataPoint, NumberDataPoint};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use telemetry::otlp::Temporality;
use telemetry::{Registry, metrics};

#[metrics(namespace = "ended", labels(#[label(cap = 64)] pool: &str))]
pub trait Pool {
    /// Checkouts.
    #[counter]
    #[log(off)]
    fn checkouts(&self, #[label(cap = 8)] user: &str);

    /// Time that they took.
    #[histogram(value = n, buckets = [1.0])]
    #[log(off)]
    fn took(&self, n: f64);

    /// Connections in use.
    #[up_down_counter(value = n)]
    #[log(off)]
    fn in_use(&self, n: i64);

    /// Idle connections.
    #[gauge]
    #[log(off)]
    fn set_idle(&self, n: u64);
}

#[metrics(namespace = "ended")]
pub trait States {
    /// Connections by state.
    #[gauge(observed)]
    #[log(off)]
    fn set_connections(&self, #[label(cap = 1)] pool: &str, n: u64);

    /// Age by state.
    #[gauge]
    #[log(off)]
    fn set_age(&self, #[label(cap = 1)] pool: &str, n: u64);

    /// The state is gone.
    #[remove(age)]
    #[log(off)]
    fn forget(&self, pool: &str);
}

/// The same by rows of one registration.
#[metrics(namespace = "ended")]
pub trait Rows {
    /// Checkouts.
    #[counter]
    #[log(off)]
    fn checkouts(&self, #[label(cap = 8)] pool: &str);

    /// Time that they took.
    #[histogram(value = n, buckets = [1.0])]
    #[log(off)]
    fn took(&self, #[label(cap = 8)] pool: &str, n: f64);

    /// Idle connections.
    #[gauge]
    #[log(off)]
    fn set_idle(&self, #[label(cap = 8)] pool: &str, n: u64);

    /// A pool is closed.
    #[remove(checkouts)]
    #[log(off)]
    fn checkouts_gone(&self, pool: &str);

    /// A pool is closed.
    #[remove(took)]
    #[log(off)]
    fn took_gone(&self, pool: &str);

    /// A pool is closed.
    #[remove(idle)]
    #[log(off)]
    fn idle_gone(&self, pool: &str);
}

#[metrics(namespace = "kept")]
pub trait Kept {
    /// Bytes that somebody else counts.
    #[counter(total = bytes)]
    #[log(off)]
    fn sent(&self, bytes: u64);

    /// Calls.
    #[counter]
    #[histogram(name = "sizes", value = n, buckets = [1.0])]
    #[up_down_counter(name = "open", value = n)]
    #[log(off)]
    fn calls(&self, n: u64);
}

const LONG: Duration = Duration::from_secs(30);
const NO_RECORDED_VALUE: u32 = 1;

/// The points of a request by metric and pool, as text: `ended` for one without a recorded value.
fn points(request: &Request) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let scopes = request.message.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    let metrics = scopes.flat_map(|scope| &scope.metrics);
    for metric in metrics.filter(|metric| metric.name.starts_with("ended.")) {
        let mut add = |attributes: &[opentelemetry_proto::tonic::common::v1::KeyValue], point: String| {
            assert_eq!(attributes[0].key, "pool");
            let value = attributes[0].value.as_ref().unwrap().value.as_ref().unwrap();
            let Text::StringValue(pool) = value else { panic!("{value:?}") };
            let name = format!("{} {pool}", metric.name.trim_start_matches("ended."));
            assert_eq!(found.insert(name, point), None, "one point of a series");
        };
        match metric.data.as_ref().unwrap() {
            Data::Sum(sum) => {
                sum.data_points.iter().for_each(|point| add(&point.attributes, number(point)));
            }
            Data::Gauge(gauge) => {
                gauge.data_points.iter().for_each(|point| add(&point.attributes, number(point)));
            }
            Data::Histogram(of) => {
                of.data_points.iter().for_each(|point| add(&point.attributes, histogram(point)));
            }
            other => panic!("{other:?}"),
        }
    }
    found
}

fn number(point: &NumberDataPoint) -> String {
    assert!(point.start_time_unix_nano <= point.time_unix_nano && point.time_unix_nano > 0);
    match (point.flags, point.value) {
        (0, Some(Value::AsInt(n))) => n.to_string(),
        (NO_RECORDED_VALUE, Some(Value::AsInt(0))) => "ended".to_owned(),
        other => panic!("{other:?}"),
    }
}

fn histogram(point: &HistogramDataPoint) -> String {
    assert!(0 < point.start_time_unix_nano && point.start_time_unix_nano <= point.time_unix_nano);
    assert_eq!(point.explicit_bounds, [1.0]);
    match (point.flags, point.count, &point.bucket_counts[..], point.sum) {
        (0, _, counts, Some(sum)) => format!("{counts:?} {sum}"),
        (NO_RECORDED_VALUE, 0, [0, 0], Some(0.0)) => "ended".to_owned(),
        other => panic!("{other:?}"),
    }
}

fn expected<const N: usize>(points: [(&str, &str); N]) -> BTreeMap<String, String> {
    points.map(|(name, point)| (name.to_owned(), point.to_owned())).into()
}

/// A set that is used, pushed, and dropped after more use. Returns what each push said of it.
fn pushes(temporality: Temporality, answers: Vec<Vec<u8>>) -> Vec<BTreeMap<String, String>> {
    let fake = Fake::answering(answers);
    let registry = Registry::new();
    let kept = registry.register_with::<dyn Pool>(PoolLabels { pool: "kept" }).unwrap();
    let gone = registry.register_with::<dyn Pool>(PoolLabels { pool: "gone" }).unwrap();
    kept.set_idle(1);
    gone.checkouts("a");
    gone.took(0.5);
    gone.in_use(2);
    gone.set_idle(3);
    let guard = config(&fake.url()).temporality(temporality).start(&registry).unwrap();
    let mut count = 0;
    let mut push = || {
        let _ = guard.flush(LONG);
        count += 1;
        let mut points = points(&fake.wait_for(count, LONG)[count - 1]);
        points.retain(|name, _| name.ends_with(" gone"));
        points
    };
    let mut pushes = vec![push()];
    gone.checkouts("a");
    gone.took(5.0);
    drop(gone);
    pushes.extend((0..4).map(|_| push()));
    pushes
}

#[test]
fn totals_arrive_before_their_series_ends() {
    let found = pushes(Temporality::Cumulative, vec![OK.to_vec()]);
    let first =
        [("checkouts gone", "1"), ("in_use gone", "2"), ("idle gone", "3"), ("took gone", "[1, 0] 0.5")];
    assert_eq!(found[0], expected(first));
    let last = [
        ("checkouts gone", "2"),
        ("in_use gone", "ended"),
        ("idle gone", "ended"),
        ("took gone", "[1, 1] 5.5"),
    ];
    assert_eq!(found[1], expected(last));
    assert_eq!(found[2], expected([("checkouts gone", "ended"), ("took gone", "ended")]));
    assert_eq!(found[3..], [BTreeMap::new(), BTreeMap::new()]);
}

#[test]
fn deltas_arrive_before_their_series_ends() {
    let found = pushes(Temporality::Delta, vec![OK.to_vec()]);
    let last = [
        ("checkouts gone", "1"),
        ("in_use gone", "ended"),
        ("idle gone", "ended"),
        ("took gone", "[0, 1] 5"),
    ];
    assert_eq!(found[1], expected(last));
    assert_eq!(found[2], expected([("checkouts gone", "ended"), ("took gone", "ended")]));
    assert_eq!(found[3..], [BTreeMap::new(), BTreeMap::new()]);
}

#[test]
fn an_end_is_told_again_if_its_request_failed() {
    let rejected = answer("400 Bad Request", "", b"");
    let (ok, no) = (OK.to_vec(), rejected);
    let found = pushes(Temporality::Cumulative, vec![ok.clone(), no.clone(), ok.clone(), no, ok]);
    assert_eq!(found[1], found[2], "nothing of it had arrived");
    assert_eq!(found[2]["idle gone"], "ended");
    assert_eq!(found[2]["checkouts gone"], "2");
    let ends = expected([("checkouts gone", "ended"), ("took gone", "ended")]);
    assert_eq!(found[3..], [ends.clone(), ends]);
}

/// Rows that are used, pushed, and removed after more use. Returns what each push said of them.
fn pushes_of_rows(temporality: Temporality, answers: Vec<Vec<u8>>) -> Vec<BTreeMap<String, String>> {
    let fake = Fake::answering(answers);
    let registry = Registry::new();
    let rows = registry.register::<dyn Rows>().unwrap();
    rows.set_idle("kept", 1);
    rows.checkouts("gone");
    rows.took("gone", 0.5);
    rows.set_idle("gone", 3);
    let guard = config(&fake.url()).temporality(temporality).start(&registry).unwrap();
    let mut count = 0;
    let mut push = || {
        let _ = guard.flush(LONG);
        count += 1;
        let mut points = points(&fake.wait_for(count, LONG)[count - 1]);
        points.retain(|name, _| !name.ends_with(" kept"));
        points
    };
    let mut pushes = vec![push()];
    rows.checkouts("gone");
    rows.took("gone", 5.0);
    rows.checkouts_gone("gone");
    rows.took_gone("gone");
    rows.idle_gone("gone");
    pushes.extend((0..4).map(|_| push()));
    // Another text gets the rows.
    rows.checkouts("next");
    rows.took("next", 0.25);
    rows.set_idle("next", 4);
    pushes.push(push());
    pushes
}

#[test]
fn the_last_value_of_a_row_and_its_end_arrive_once() {
    for (temporality, last) in [
        (Temporality::Cumulative, [("checkouts gone", "2"), ("took gone", "[1, 1] 5.5")]),
        (Temporality::Delta, [("checkouts gone", "1"), ("took gone", "[0, 1] 5")]),
    ] {
        let found = pushes_of_rows(temporality, vec![OK.to_vec()]);
        let first = [("checkouts gone", "1"), ("took gone", "[1, 0] 0.5"), ("idle gone", "3")];
        assert_eq!(found[0], expected(first));
        assert_eq!(found[1], expected([last[0], last[1], ("idle gone", "ended")]));
        assert_eq!(found[2], expected([("checkouts gone", "ended"), ("took gone", "ended")]));
        assert_eq!(found[3..5], [BTreeMap::new(), BTreeMap::new()]);
        let next = [("checkouts next", "1"), ("took next", "[1, 0] 0.25"), ("idle next", "4")];
        assert_eq!(found[5], expected(next));
    }
}

#[test]
fn the_end_of_a_row_is_told_again_if_its_request_failed() {
    let rejected = answer("400 Bad Request", "", b"");
    let (ok, no) = (OK.to_vec(), rejected);
    let found = pushes_of_rows(Temporality::Cumulative, vec![ok.clone(), no.clone(), ok.clone(), no, ok]);
    assert_eq!(found[1], found[2], "nothing of it had arrived");
    assert_eq!((found[2]["idle gone"].as_str(), found[2]["checkouts gone"].as_str()), ("ended", "2"));
    let ends = expected([("checkouts gone", "ended"), ("took gone", "ended")]);
    assert_eq!(found[3..5], [ends.clone(), ends]);
}

/// The start times of a counter, by pool.
fn starts(request: &Request) -> BTreeMap<String, u64> {
    let scopes = request.message.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    let metrics = scopes.flat_map(|scope| &scope.metrics);
    let points = metrics.filter(|metric| metric.name == "ended.checkouts").flat_map(|metric| {
        let Some(Data::Sum(sum)) = &metric.data else { panic!("{metric:?}") };
        &sum.data_points
    });
    let start = |point: &NumberDataPoint| {
        let pool = point.attributes[0].value.as_ref().unwrap().value.clone().unwrap();
        let Text::StringValue(pool) = pool else { panic!("{pool:?}") };
        (pool, point.start_time_unix_nano)
    };
    points.map(start).collect()
}

#[test]
fn a_text_that_gets_a_row_of_another_has_a_start_time_of_its_own() {
    let fake = Fake::answering(vec![OK]);
    let registry = Registry::new();
    let rows = registry.register::<dyn Rows>().unwrap();
    rows.checkouts("stays");
    rows.checkouts("gone");
    let guard = config(&fake.url()).start(&registry).unwrap();
    let mut count = 0;
    let mut push = || {
        guard.flush(LONG).unwrap();
        count += 1;
        starts(&fake.wait_for(count, LONG)[count - 1])
    };
    let first = push();
    rows.checkouts_gone("gone");
    (0..3).for_each(|_| drop(push()));
    rows.checkouts("next");
    rows.checkouts("gone");
    let second = push();
    assert_eq!(first["stays"], second["stays"]);
    assert!(first["gone"] < second["gone"] && first["gone"] < second["next"], "{first:?} {second:?}");
}

#[test]
fn a_set_that_comes_back_is_a_series_with_a_start_of_its_own() {
    let fake = Fake::answering(vec![OK]);
    let registry = Registry::new();
    let register = || registry.register_with::<dyn Pool>(PoolLabels { pool: "gone" }).unwrap();
    let pool = register();
    pool.checkouts("a");
    let guard = config(&fake.url()).start(&registry).unwrap();
    let mut count = 0;
    let mut push = || {
        guard.flush(LONG).unwrap();
        count += 1;
        let request = fake.wait_for(count, LONG)[count - 1].clone();
        let scopes = &request.message.resource_metrics[0].scope_metrics;
        let mut metrics = scopes.iter().flat_map(|scope| &scope.metrics);
        let checkouts = metrics.find(|metric| metric.name == "ended.checkouts")?;
        let Some(Data::Sum(sum)) = &checkouts.data else { panic!("{checkouts:?}") };
        let point = sum.data_points[0].clone();
        Some((point.start_time_unix_nano, number(&point)))
    };
    let (start, one) = push().unwrap();
    assert_eq!(one, "1");
    drop(pool);
    assert_eq!(push(), Some((start, "1".to_owned())));
    assert_eq!(push(), Some((start, "ended".to_owned())));
    assert_eq!(push(), None);
    let pool = register();
    pool.checkouts("a");
    let (later, one) = push().unwrap();
    assert!(later > start && one == "1", "{start} {later} {one}");
}

#[test]
fn an_observed_gauge_ends_when_its_collection_does_not_set_it() {
    let fake = Fake::answering(vec![OK]);
    let registry = Registry::new();
    let metrics = registry.register::<dyn States>().unwrap();
    let state = Arc::new(Mutex::new("a"));
    let seen = state.clone();
    registry.on_collect(&metrics, move |metrics| match *seen.lock().unwrap() {
        "" => {}
        state => metrics.set_connections(state, 1),
    });
    let guard = config(&fake.url()).start(&registry).unwrap();
    let mut count = 0;
    let mut push = |next| {
        *state.lock().unwrap() = next;
        guard.flush(LONG).unwrap();
        count += 1;
        points(&fake.wait_for(count, LONG)[count - 1])
    };
    assert_eq!(push("a"), expected([("connections a", "1")]));
    assert_eq!(push("b"), expected([("connections a", "ended"), ("connections b", "1")]));
    assert_eq!(push(""), expected([("connections b", "ended")]));
    assert_eq!(push(""), BTreeMap::new());
    assert_eq!(push("b"), expected([("connections b", "1")]));
    // Its number goes to another text and back before the next push.
    for other in ["c", "b"] {
        *state.lock().unwrap() = other;
        let _ = registry.snapshot();
    }
    assert_eq!(push("b"), expected([("connections b", "1")]), "to the server, it never went");
    assert_eq!(push(""), expected([("connections b", "ended")]));
}

#[test]
fn a_series_that_was_removed_and_came_back_before_the_push_has_not_ended() {
    let fake = Fake::answering(vec![OK]);
    let registry = Registry::new();
    let metrics = registry.register::<dyn States>().unwrap();
    let guard = config(&fake.url()).start(&registry).unwrap();
    let mut count = 0;
    let mut push = || {
        guard.flush(LONG).unwrap();
        count += 1;
        points(&fake.wait_for(count, LONG)[count - 1])
    };
    metrics.set_age("a", 1);
    assert_eq!(push(), expected([("age a", "1")]));
    metrics.forget("a");
    metrics.set_age("a", 2);
    assert_eq!(push(), expected([("age a", "2")]));
    metrics.forget("a");
    assert_eq!(push(), expected([("age a", "ended")]));
    assert_eq!(push(), BTreeMap::new());
}

/// What each push said of a total that somebody else keeps: its number, and whether its start is that of the
/// push before, or where that ended.
fn kept(temporality: Temporality) -> Vec<Option<(i64, bool, bool)>> {
    let fake = Fake::answering(vec![OK]);
    let registry = Registry::new();
    let metrics = registry.register::<dyn Kept>().unwrap();
    let guard = config(&fake.url()).temporality(temporality).start(&registry).unwrap();
    let (mut start, mut end) = (0, 0);
    let pushes = (1..).zip([100, 150, 150, 20, 50]).map(|(count, total)| {
        metrics.sent(total);
        guard.flush(LONG).unwrap();
        let request = fake.wait_for(count, LONG)[count - 1].clone();
        let scopes = request.message.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
        let sent = scopes.flat_map(|scope| &scope.metrics).find(|metric| metric.name == "kept.sent")?;
        let Some(Data::Sum(sum)) = &sent.data else { panic!("{sent:?}") };
        assert!(sum.is_monotonic);
        let [point] = &sum.data_points[..] else { panic!("{sum:?}") };
        let Some(Value::AsInt(n)) = point.value else { panic!("{point:?}") };
        let same = (point.start_time_unix_nano == start, point.start_time_unix_nano == end);
        (start, end) = (point.start_time_unix_nano, point.time_unix_nano);
        Some((n, same.0, same.1))
    });
    pushes.collect()
}

#[test]
fn a_total_that_falls_has_a_new_start() {
    let (same, new) = (true, false);
    assert_eq!(
        kept(Temporality::Cumulative),
        [
            Some((100, new, new)),
            Some((150, same, new)),
            Some((150, same, new)),
            Some((20, new, new)),
            Some((50, same, new)),
        ]
    );
}

#[test]
fn the_deltas_of_a_total_that_falls_are_from_zero_again() {
    let (from_end, new) = (true, false);
    assert_eq!(
        kept(Temporality::Delta),
        [
            Some((100, new, new)),
            Some((50, new, from_end)),
            None,
            Some((20, new, new)),
            Some((30, new, from_end)),
        ]
    );
}

#[test]
fn low_memory_sends_deltas_of_what_the_program_counts_and_totals_of_the_rest() {
    assert_eq!(kept(Temporality::LowMemory), kept(Temporality::Cumulative));
    let temporalities = |temporality| {
        let fake = Fake::answering(vec![OK]);
        let registry = Registry::new();
        let metrics = registry.register::<dyn Kept>().unwrap();
        let guard = config(&fake.url()).temporality(temporality).start(&registry).unwrap();
        metrics.sent(1);
        metrics.calls(1);
        guard.flush(LONG).unwrap();
        let request = fake.wait_for(1, LONG)[0].clone();
        let scopes = request.message.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
        let ours = scopes.flat_map(|scope| &scope.metrics).filter(|metric| metric.name.starts_with("kept."));
        let found = ours.map(|metric| {
            let temporality = match metric.data.as_ref().unwrap() {
                Data::Sum(sum) => sum.aggregation_temporality(),
                Data::Histogram(histogram) => histogram.aggregation_temporality(),
                other => panic!("{other:?}"),
            };
            (metric.name.clone(), temporality == AggregationTemporality::Delta)
        });
        found.collect::<BTreeMap<_, _>>()
    };
    let of = |names: [(&str, bool); 4]| {
        names.into_iter().map(|(name, is_delta)| (format!("kept.{name}"), is_delta)).collect()
    };
    assert_eq!(
        temporalities(Temporality::LowMemory),
        of([("sent", false), ("calls", true), ("sizes", true), ("open", false)])
    );
    assert_eq!(
        temporalities(Temporality::Delta),
        of([("sent", true), ("calls", true), ("sizes", true), ("open", false)])
    );
}
