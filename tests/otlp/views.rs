//! Views in OTLP: what is summed is one series, its deltas and totals do not fall when a part of it ends, and
//! what is off is not there.

use crate::fake::{Fake, OK, Request};
use crate::surface::config;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use telemetry::otlp::Temporality;
use telemetry::registry::View;
use telemetry::{Registry, metrics};

#[metrics(namespace = "viewed", labels(#[label(cap = 64)] pool: &str))]
pub trait Pool {
    /// Checkouts.
    #[counter]
    #[log(off)]
    fn checkouts(&self);

    /// Time that they took.
    #[histogram(value = n, buckets = [1, 2, 5])]
    #[log(off)]
    fn took(&self, n: f64);

    /// Idle connections.
    #[gauge]
    #[log(off)]
    fn set_idle(&self, n: u64);
}

const LONG: Duration = Duration::from_secs(30);

/// The only point of each metric of a request, and its start.
fn points(request: &Request) -> BTreeMap<String, (String, u64)> {
    let scopes = request.message.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    let metrics = scopes.flat_map(|scope| &scope.metrics);
    let ours = metrics.filter(|metric| metric.name.starts_with("viewed."));
    let point = |data: &Data| match data {
        Data::Sum(sum) => {
            let [point] = &sum.data_points[..] else { panic!("{sum:?}") };
            assert_eq!((point.flags, point.attributes.len()), (0, 0));
            let Some(Value::AsInt(n)) = point.value else { panic!("{point:?}") };
            (n.to_string(), point.start_time_unix_nano)
        }
        Data::Histogram(of) => {
            let [point] = &of.data_points[..] else { panic!("{of:?}") };
            assert_eq!((point.flags, point.attributes.len()), (0, 0));
            assert_eq!(point.bucket_counts.iter().sum::<u64>(), point.count);
            let (bounds, counts) = (&point.explicit_bounds, &point.bucket_counts);
            (format!("{bounds:?} {counts:?} {}", point.sum.unwrap()), point.start_time_unix_nano)
        }
        other => panic!("{other:?}"),
    };
    ours.map(|metric| (metric.name.clone(), point(metric.data.as_ref().unwrap()))).collect()
}

/// What three pushes say: after a call in each of two pools, after another call and the end of one pool, and
/// once its final value is gone.
fn pushes(temporality: Temporality) -> Vec<BTreeMap<String, (String, u64)>> {
    let fake = Fake::answering(vec![OK.to_vec()]);
    let builder = Registry::builder().view("viewed.checkouts", View::without(["pool"]));
    let builder = builder.view("viewed.took", View::without(["pool"]).and(View::buckets([2])));
    let registry = builder.view("viewed.idle", View::off()).build().unwrap();
    let register = |pool| registry.register_with::<dyn Pool>(PoolLabels { pool }).unwrap();
    let (kept, gone) = (register("kept"), register("gone"));
    for pool in [&kept, &gone] {
        pool.checkouts();
        pool.took(0.5);
        pool.set_idle(1);
    }
    let guard = config(&fake.url()).temporality(temporality).start(&registry).unwrap();
    let mut count = 0;
    let mut push = || {
        guard.flush(LONG).unwrap();
        count += 1;
        points(&fake.wait_for(count, LONG)[count - 1])
    };
    let mut pushes = vec![push()];
    gone.checkouts();
    gone.took(3.0);
    drop(gone);
    pushes.extend([push(), push()]);
    kept.checkouts();
    pushes.push(push());
    pushes
}

fn texts(push: &BTreeMap<String, (String, u64)>) -> Vec<&str> {
    push.values().map(|(text, _)| text.as_str()).collect()
}

#[test]
fn totals_are_of_all_parts_and_of_those_that_are_gone() {
    let pushes = pushes(Temporality::Cumulative);
    assert_eq!(pushes[0].keys().collect::<Vec<_>>(), ["viewed.checkouts", "viewed.took"], "idle is off");
    assert_eq!(texts(&pushes[0]), ["2", "[2.0] [2, 0] 1"]);
    assert_eq!(texts(&pushes[1]), ["3", "[2.0] [2, 1] 4"]);
    assert_eq!(texts(&pushes[2]), texts(&pushes[1]));
    assert_eq!(texts(&pushes[3]), ["4", "[2.0] [2, 1] 4"]);
    let starts =
        |push: &BTreeMap<String, (String, u64)>| push.values().map(|(_, start)| *start).collect::<Vec<_>>();
    assert!(pushes.iter().all(|push| starts(push) == starts(&pushes[0])), "one series, with one start");
}

#[test]
fn deltas_are_of_all_parts() {
    let pushes = pushes(Temporality::Delta);
    assert_eq!(texts(&pushes[0]), ["2", "[2.0] [2, 0] 1"]);
    assert_eq!(texts(&pushes[1]), ["1", "[2.0] [0, 1] 3"]);
    assert!(pushes[2].is_empty(), "{:?}", pushes[2]);
    assert_eq!(texts(&pushes[3]), ["1"]);
}
