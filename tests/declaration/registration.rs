//! Labels that are given at registration: in the schema, and as a struct.

use telemetry::schema::{InstrumentLabel, Schema};
use telemetry::{Label, LabeledSurface, Surface, metrics};

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
    assert_eq!(format!("{core:?}"), "CoresLabels { core: 9 }");
}
