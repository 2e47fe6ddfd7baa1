//! Labels that are given at registration: in the schema, and as a struct.

use crate::capture::lines;
use std::sync::Arc;
use std::sync::Mutex;
use telemetry::schema::{InstrumentLabel, Schema};
use telemetry::{Event, GuardEdge, Label, LabeledSurface, Log, NoOp, Sink, SinkAdapter, Surface, metrics};

#[derive(Label, Clone, Copy)]
#[label(name = "pool_name", cap = 16)]
pub struct Pool<'a>(pub &'a str);

/// What a pool counts.
#[metrics(namespace = "pool", labels(
    /// The name of the pool.
    pool: Pool<'_>,
    #[label(cap = 4, none = "anywhere")] zone: Option<&str>,
    #[label(range = 0..=15)] shard: u8,
    r#async: bool,
))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    #[histogram(name = "wait", labels())]
    #[counter(name = "reuses", labels(reused, tier = "memory"))]
    fn checkouts(&self, reused: bool, waited: std::time::Duration);

    /// Open connections.
    #[gauge]
    fn set_open(&self, connections: u64);
}

#[metrics(labels(#[label(range = 0..=3)] core: u32))]
pub trait Cores {
    /// Ticks.
    #[counter]
    fn ticks(&self);
}

#[metrics(namespace = "pool", labels(#[label(cap = 4)] pool: &str, #[label(cap = 2)] zone: Option<&str>))]
pub trait Jobs {
    /// Jobs.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self, urgent: bool);

    /// Rows.
    #[counter(value = count)]
    #[log(every = 2)]
    fn rows(&self, count: u64);
}

const SCHEMA: &Schema = <dyn Metrics as Surface>::SCHEMA;

#[test]
fn every_instrument_has_the_labels_first() {
    let labels: Vec<_> = SCHEMA.labels.iter().map(|label| (label.param, label.key, label.none)).collect();
    let declared = [
        ("pool", "pool_name", None),
        ("zone", "zone", Some("anywhere")),
        ("shard", "shard", None),
        ("async", "async", None),
    ];
    assert_eq!(labels, declared);
    let all = [0, 1, 2, 3].map(InstrumentLabel::Registration);
    let [count, wait, reuses] = SCHEMA.events[0].instruments else { panic!("three instruments") };
    assert_eq!(count.labels, [&all[..], &[InstrumentLabel::Param(0)]].concat());
    assert_eq!(wait.labels, all);
    let own = [InstrumentLabel::Param(0), InstrumentLabel::Constant { key: "tier", value: "memory" }];
    assert_eq!(reuses.labels, [&all[..], &own].concat());
    for event in SCHEMA.events {
        assert!(std::ptr::eq(event.registration_labels, SCHEMA.labels), "{}", event.name);
        assert_eq!(event.label_key(0, 1), "zone");
    }
}

#[test]
fn the_budget_counts_the_label_sets() {
    // 16 pools and `other`; 4 zones, `other` and none; 16 shards and `other`; two.
    let sets = 17 * 6 * 17 * 2;
    let [checkouts, open] = SCHEMA.events else { panic!("two events") };
    assert_eq!((checkouts.series(0), checkouts.series(1), checkouts.series(2)), (sets * 2, sets, sets * 2));
    // A gauge has no series for `other`.
    assert_eq!(open.series(0), 16 * 5 * 16 * 2);
    assert_eq!(SCHEMA.series(), sets * 5 + 16 * 5 * 16 * 2);
}

#[test]
fn the_struct_is_a_value_to_pass_on() {
    fn both(labels: <dyn Metrics as LabeledSurface>::Labels<'_>) -> (MetricsLabels<'_>, MetricsLabels<'_>) {
        (labels, labels)
    }
    let name = "orders".to_owned();
    let (labels, again) = both(MetricsLabels { pool: Pool(&name), zone: None, shard: 7, r#async: true });
    let shown = "MetricsLabels { pool: \"orders\", zone: None, shard: 7, async: \"true\" }";
    assert_eq!((format!("{labels:?}"), format!("{again:?}")), (shown.to_owned(), shown.to_owned()));
    let core = CoresLabels { core: 9 };
    assert_eq!(format!("{core:?}"), "CoresLabels { core: 9 (other) }");
}

fn labels(pool: &str) -> JobsLabels<'_> {
    JobsLabels { pool, zone: None }
}

#[test]
fn a_mock_shows_its_labels_and_compares_calls_without_them() {
    let orders = RecordingJobs::with(labels("orders"));
    orders.jobs(true);
    orders.clone().rows(2);
    assert_eq!(orders.calls(), [JobsCall::jobs(true), JobsCall::rows(2)]);
    let shown = "jobs{pool=\"orders\", zone=None}(urgent=\"true\")";
    assert_eq!(format!("{:?}", orders.calls()[0]), shown);
    let failed = std::panic::catch_unwind(|| orders.jobs_calls().assert_never()).unwrap_err();
    assert!(failed.downcast_ref::<String>().unwrap().contains(shown), "{failed:?}");
    orders.assert_no_label_contains("users");
    let leaked = std::panic::catch_unwind(|| orders.assert_no_label_contains("orders"));
    assert!(leaked.is_err());
    let plain = RecordingJobs::default();
    plain.jobs(true);
    assert_eq!(format!("{:?}", plain.calls()), "[jobs(urgent=\"true\")]");
    assert_eq!(plain.calls()[0], orders.calls()[0]);
}

#[test]
fn a_call_that_comes_with_labels_keeps_them_in_the_mock() {
    struct Pass(RecordingJobs);
    impl Sink for Pass {
        fn record(&self, event: &Event<'_>) {
            Jobs::event(&self.0, event);
        }
    }
    let mock = RecordingJobs::default();
    SinkAdapter::with(Pass(mock.clone()), labels("orders")).rows(1);
    assert_eq!(format!("{:?}", mock.calls()), "[rows{pool=\"orders\", zone=None}(count=1)]");
}

#[test]
fn lines_begin_with_the_labels() {
    let written = lines(|| {
        let log = Arc::new(Log::default());
        let (orders, users) = (
            SinkAdapter::with(log.clone(), labels("orders")),
            SinkAdapter::with(log.clone(), labels("us\"ers")),
        );
        (&orders, &NoOp).jobs(true);
        users.jobs(false);
        // The counts of `every` belong to the log.
        orders.rows(1);
        users.rows(2);
        log.jobs(false);
        Log::with(JobsLabels { pool: "own", zone: Some("eu") }).jobs(true);
    });
    let fields: Vec<&str> = written.iter().map(|line| line.split_once("] ").unwrap().1).collect();
    let expected = [
        "event=jobs pool=orders urgent=true",
        r#"event=jobs pool="us\"ers" urgent=false"#,
        r#"event=rows pool="us\"ers" count=2"#,
        "event=jobs urgent=false",
        "event=jobs pool=own zone=eu urgent=true",
    ];
    assert_eq!(fields, expected);
}

#[test]
fn events_and_edges_carry_the_labels() {
    #[derive(Default)]
    struct Seen(Mutex<Vec<String>>);
    impl Seen {
        fn add(&self, text: String) {
            self.0.lock().unwrap().push(text);
        }
    }
    impl Sink for &Seen {
        fn record(&self, event: &Event<'_>) {
            let given: Vec<_> = event.registration_labels().map(|label| label.schema.key).collect();
            self.add(format!("{event:?} {given:?}"));
            for one in event.measurements() {
                let labels: Vec<_> = one.labels().map(|(key, text)| format!("{key}={text}")).collect();
                self.add(format!("{} {}", one.instrument.name, labels.join(",")));
            }
        }

        fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
            edge.read_clock();
            for one in edge.in_flight() {
                let labels: Vec<_> = one.labels().map(|(key, text)| format!("{key}={text}")).collect();
                self.add(format!("{} {} {}", one.instrument.name, one.number, labels.join(",")));
            }
        }
    }
    let seen = Seen::default();
    let orders = SinkAdapter::with(&seen, labels("orders"));
    orders.start_jobs(true).end();
    // The labels of another surface are not this one's.
    let cores = SinkAdapter::with(&seen, CoresLabels { core: 1 });
    cores.rows(3);
    let expected = [
        "jobs_running 1 pool=orders,zone=none,urgent=true",
        "jobs_running -1 pool=orders,zone=none,urgent=true",
        "jobs{pool=\"orders\", zone=None}(urgent=\"true\") [\"pool\", \"zone\"]",
        "jobs pool=orders,zone=none,urgent=true",
        "rows(count=3) []",
        "rows ",
    ];
    assert_eq!(*seen.0.lock().unwrap(), expected);
    assert_eq!(format!("{:?}", orders.0), "Labeled { pool: \"orders\", zone: None, .. }");
}
