//! A surface that is registered several times, with labels that are given at registration.

use crate::lines;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;
use telemetry::registry::{FamilyId, Point, Reader, SeriesId, Snapshot};
use telemetry::value::Number;
use telemetry::{Label, Registry, metrics, prometheus};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Primary,
    Replica,
}

#[metrics(namespace = "pool", labels(#[label(cap = 2)] pool: &str, role: Role))]
pub trait Pool {
    /// Checkouts.
    #[counter]
    #[histogram(name = "wait", labels(), buckets = [1.0])]
    fn checkouts(&self, cached: bool, wait: f64);

    /// Connections in use.
    #[up_down_counter(value = n)]
    fn in_use(&self, n: i64);

    /// Jobs at work.
    #[counter(name = "jobs")]
    #[up_down_counter(in_flight, name = "working")]
    #[guard]
    fn job(&self);

    /// Idle connections.
    #[gauge]
    fn set_idle(&self, n: u64);

    /// Idle connections by state.
    #[gauge(name = "states")]
    fn set_state(&self, #[label(cap = 4)] state: &str, n: u64);
}

const fn primary(pool: &str) -> PoolLabels<'_> {
    PoolLabels { pool, role: Role::Primary }
}

/// A registry whose final values go with the next reading.
fn short() -> Registry {
    Registry::builder().keep_removed(Duration::ZERO).build().unwrap()
}

fn has(registry: &Registry, family: &str, start: &str) -> bool {
    lines(registry, family).iter().any(|line| line.starts_with(start))
}

#[test]
fn all_label_sets_are_one_family_in_the_order_of_registration() {
    let registry = Registry::new();
    let users = registry.register_with::<dyn Pool>(primary("users")).unwrap();
    let orders = registry.register_with::<dyn Pool>(primary("orders")).unwrap();
    let replica =
        registry.register_with::<dyn Pool>(PoolLabels { pool: "orders", role: Role::Replica }).unwrap();
    users.checkouts(true, 0.5);
    orders.checkouts(true, 2.0);
    orders.checkouts(false, 2.0);
    replica.set_state("idle", 7);
    assert_eq!(
        lines(&registry, "checkouts"),
        [
            "pool=users,role=primary,cached=false 0",
            "pool=users,role=primary,cached=true 1",
            "pool=orders,role=primary,cached=false 1",
            "pool=orders,role=primary,cached=true 1",
            "pool=orders,role=replica,cached=false 0",
            "pool=orders,role=replica,cached=true 0",
        ]
    );
    assert_eq!(
        lines(&registry, "wait"),
        [
            "pool=users,role=primary [1, 0] sum 0.5",
            "pool=orders,role=primary [0, 2] sum 4",
            "pool=orders,role=replica [0, 0] sum 0",
        ]
    );
    assert_eq!(lines(&registry, "states"), ["pool=orders,role=replica,state=idle 7"]);
    let snapshot = registry.snapshot();
    assert_eq!(snapshot.usage().count(), 2, "the registry's own surface, and one for all sets");
    for family in snapshot.families() {
        let series: Vec<_> = family.series().map(|series| series.id()).collect();
        assert!(series.is_sorted_by(|one, next| one < next), "{}", family.name());
        let groups: Vec<_> = family.groups().map(|group| group.id()).collect();
        assert!(groups.is_sorted_by(|one, next| one < next), "{}", family.name());
    }
    let text = prometheus::render(&registry, prometheus::Format::Text);
    assert_eq!(text.matches("# TYPE pool_checkouts_total counter\n").count(), 1, "{text}");
    assert!(text.contains("pool_wait_sum{pool=\"orders\",role=\"primary\"} 4\n"), "{text}");
}

#[test]
fn a_label_set_is_registered_once_and_shared_by_those_who_ask() {
    let registry = Registry::new();
    let first = registry.register_with::<dyn Pool>(primary("users")).unwrap();
    let error = registry.register_with::<dyn Pool>(primary("users")).unwrap_err().to_string();
    assert!(error.contains("is registered already with pool=\"users\", role=\"primary\""), "{error}");
    assert!(error.contains("`register_or_get_with`"), "{error}");
    let second = registry.register_or_get_with::<dyn Pool>(primary("users")).unwrap();
    first.checkouts(true, 0.0);
    second.checkouts(true, 0.0);
    assert!(has(&registry, "checkouts", "pool=users,role=primary,cached=true 2"));
    drop(first);
    registry.register_with::<dyn Pool>(primary("users")).unwrap_err();
    drop(second);
    registry.register_with::<dyn Pool>(primary("users")).unwrap();
}

#[test]
fn what_is_about_now_ends_at_once_and_sums_stay_for_a_last_reading() {
    let registry = short();
    let pool = registry.register_with::<dyn Pool>(primary("users")).unwrap();
    pool.checkouts(true, 2.0);
    pool.in_use(3);
    pool.set_idle(4);
    pool.set_state("idle", 4);
    assert_eq!(lines(&registry, "in_use"), ["pool=users,role=primary 3"]);
    let clone = pool.clone();
    drop(pool);
    assert_eq!(lines(&registry, "idle"), ["pool=users,role=primary 4"], "a clone is left");
    clone.checkouts(true, 3.0);
    drop(clone);
    let snapshot = registry.snapshot();
    let count = |name: &str| {
        let mut families = snapshot.families().filter(|family| family.name() == name);
        families.next().unwrap().series().count()
    };
    assert_eq!(["in_use", "working", "idle", "states"].map(count), [0; 4]);
    assert_eq!(["checkouts", "wait", "jobs"].map(count), [2, 1, 1]);
    let wait = snapshot.families().find(|family| family.name() == "wait").unwrap();
    let Point::Histogram(histogram) = wait.series().next().unwrap().point() else { panic!() };
    assert_eq!((histogram.counts, histogram.sum), (&[0, 2][..], 5.0));
    assert_eq!(lines(&registry, "checkouts"), [""; 0]);
    assert!(registry.snapshot().families().any(|family| family.name() == "checkouts"), "no family goes");
    assert!(!prometheus::render(&registry, prometheus::Format::Text).contains("pool_"));
}

#[test]
fn a_final_value_stays_until_a_reader_with_a_token_has_delivered_it() {
    let registry = short();
    let mut slow = registry.reader();
    let mut fast = registry.reader();
    let mut snapshot = Snapshot::default();
    let mut read = |reader: &mut Reader| {
        reader.collect(&mut snapshot);
        snapshot.families().find(|family| family.name() == "jobs").map_or(0, |family| family.series().count())
    };
    let pool = registry.register_with::<dyn Pool>(primary("users")).unwrap();
    pool.job();
    assert_eq!(read(&mut slow), 1);
    slow.delivered();
    drop(pool);
    slow.delivered();
    for _ in 0..3 {
        assert_eq!(read(&mut fast), 1);
        fast.delivered();
        assert_eq!(read(&mut slow), 1, "what it delivered was read before the end");
    }
    slow.delivered();
    assert_eq!(read(&mut fast), 0);
    let pool = registry.register_with::<dyn Pool>(primary("users")).unwrap();
    drop(pool);
    assert_eq!([read(&mut fast), read(&mut slow)], [1, 1]);
    fast.delivered();
    drop(slow);
    assert_eq!(read(&mut fast), 0, "who is gone is not waited for");
}

#[test]
fn whoever_reads_without_a_token_has_five_minutes() {
    let registry = Registry::new();
    let mut reader = registry.reader();
    drop(registry.register_with::<dyn Pool>(primary("users")).unwrap());
    let mut snapshot = Snapshot::default();
    for _ in 0..3 {
        assert_eq!(lines(&registry, "jobs"), ["pool=users,role=primary 0"]);
        reader.collect(&mut snapshot);
        reader.delivered();
    }
}

#[test]
fn a_set_that_comes_back_in_time_goes_on_and_a_later_one_begins_anew() {
    let registry = short();
    let register = || registry.register_with::<dyn Pool>(primary("users")).unwrap();
    let start = || {
        let snapshot = registry.snapshot();
        let family = snapshot.families().find(|family| family.name() == "jobs").unwrap();
        let group = family.groups().next().unwrap();
        let series = group.series().next().unwrap();
        assert_eq!(group.start(), series.start());
        assert!(family.start() <= series.start());
        (group.id(), series.id(), series.start())
    };
    let pool = register();
    pool.checkouts(true, 0.0);
    pool.in_use(3);
    pool.set_idle(4);
    pool.set_state("idle", 4);
    let first = start();
    drop(pool);
    let pool = register();
    assert_eq!(
        [lines(&registry, "idle"), lines(&registry, "states")],
        [[""; 0]; 2],
        "anew, although nobody read"
    );
    assert_eq!(lines(&registry, "in_use"), ["pool=users,role=primary 0"]);
    pool.checkouts(true, 0.0);
    pool.set_state("idle", 5);
    assert!(has(&registry, "checkouts", "pool=users,role=primary,cached=true 2"));
    assert_eq!(lines(&registry, "states"), ["pool=users,role=primary,state=idle 5"]);
    drop(pool);
    let _ = registry.snapshot();
    let pool = register();
    assert!(
        has(&registry, "checkouts", "pool=users,role=primary,cached=true 2"),
        "it was found to have ended"
    );
    assert_eq!(lines(&registry, "states"), [""; 0]);
    assert_eq!(start(), first);
    drop(pool);
    let _ = (registry.snapshot(), registry.snapshot());
    let pool = register();
    pool.checkouts(true, 0.0);
    assert!(has(&registry, "checkouts", "pool=users,role=primary,cached=true 1"));
    let second = start();
    assert!(first.0 < second.0 && first.1 < second.1 && first.2 < second.2, "{first:?} {second:?}");
}

#[test]
fn a_guard_keeps_its_set() {
    let registry = short();
    let pool = registry.register_with::<dyn Pool>(primary("users")).unwrap();
    let job = pool.start_job();
    drop(pool);
    for _ in 0..3 {
        assert_eq!(lines(&registry, "working"), ["pool=users,role=primary 1"]);
    }
    job.end();
    assert_eq!(lines(&registry, "jobs"), ["pool=users,role=primary 1"], "the last reading");
    assert_eq!(lines(&registry, "jobs"), [""; 0]);
}

#[test]
fn past_the_cap_sets_share_one_and_totals_stay_exact() {
    let registry = short();
    let register = |pool| registry.register_with::<dyn Pool>(primary(pool)).unwrap();
    let kept = [register("a"), register("b")];
    let others = [register("c"), register("d"), register("c")];
    let overflows =
        || lines(&registry, "label_overflow").into_iter().find(|line| line.starts_with("label=pool "));
    assert_eq!(overflows().unwrap(), "label=pool 3");
    for pool in kept.iter().chain(&others) {
        pool.checkouts(true, 0.0);
        pool.in_use(1);
        pool.set_idle(9);
        pool.set_state("idle", 9);
    }
    assert!(has(&registry, "checkouts", "pool=other,role=primary,cached=true 3"));
    assert!(has(&registry, "in_use", "pool=other,role=primary 3"));
    assert_eq!(lines(&registry, "idle").len(), 2, "no gauge for several");
    assert_eq!(lines(&registry, "states").len(), 2);
    assert!(has(&registry, "dropped", "reason=label_overflow 6"));

    let [a, _b] = kept;
    drop(a);
    let e = register("e");
    e.set_idle(1);
    assert_eq!(lines(&registry, "idle"), ["pool=b,role=primary 9", "pool=e,role=primary 1"]);
    assert!(!has(&registry, "checkouts", "pool=a,"), "its place was needed");
    assert_eq!(overflows().unwrap(), "label=pool 3");
    drop(others);
    let _ = registry.snapshot();
    assert!(!has(&registry, "checkouts", "pool=other,"), "it ends as any other");
}

#[test]
fn the_place_of_the_set_that_ended_first_is_taken_first() {
    let registry = Registry::new();
    let register = |pool, role| registry.register_with::<dyn Pool>(PoolLabels { pool, role }).unwrap();
    let a = register("a", Role::Primary);
    let live = register("a", Role::Replica);
    let b = register("b", Role::Primary);
    drop(a);
    let _ = registry.snapshot();
    drop(b);
    let _c = register("c", Role::Primary);
    let pools = lines(&registry, "jobs");
    assert_eq!(
        pools,
        ["pool=a,role=primary 0", "pool=a,role=replica 0", "pool=c,role=primary 0"],
        "`a` has a set that lives"
    );
    drop(live);
    let _d = register("d", Role::Primary);
    assert_eq!(lines(&registry, "jobs"), ["pool=c,role=primary 0", "pool=d,role=primary 0"]);
}

#[metrics(namespace = "any", labels(
    #[label(range = 0..=3)] shard: u8,
    #[label(cap = 4)] zone: Option<&str>,
    spare: bool,
))]
pub trait Any {
    /// Calls.
    #[counter]
    fn calls(&self);
}

#[test]
fn each_kind_of_label_can_be_given() {
    let registry = Registry::new();
    let register = |shard, zone, spare| registry.register_with::<dyn Any>(AnyLabels { shard, zone, spare });
    let kept = [
        register(3, None, true).unwrap(),
        register(4, Some("other"), false).unwrap(),
        register(200, Some("other"), false).unwrap(),
        register(0, Some(&"x".repeat(1_000)), false).unwrap(),
    ];
    for any in &kept {
        any.calls();
    }
    let mut found = lines(&registry, "calls");
    let long = found.pop().unwrap();
    assert_eq!(found, ["shard=3,zone=none,spare=true 1", "shard=other,zone=other,spare=false 2"]);
    assert!(long.starts_with("shard=0,zone=xxx") && long.len() < 400, "{long}");
    assert!(has(&registry, "label_overflow", "label=shard 2"));
    assert!(!has(&registry, "label_overflow", "label=zone"), "`other` was meant");
}

#[test]
fn a_label_at_registration_cannot_have_the_key_of_a_constant_label() {
    let registry = Registry::builder().constant_label("pool", "x").build().unwrap();
    let error = registry.register_with::<dyn Pool>(primary("users")).unwrap_err().to_string();
    assert!(error.contains("has the label `pool`, which is a constant label"), "{error}");
}

#[test]
fn a_callback_keeps_no_set_and_ends_with_it() {
    let registry = short();
    let pool = registry.register_with::<dyn Pool>(primary("users")).unwrap();
    let owner = Arc::new(());
    let held = Arc::new(());
    for _ in 0..2 {
        let held = held.clone();
        registry.on_collect(&pool, move |pool| pool.set_idle(Arc::strong_count(&held) as u64));
    }
    let also = held.clone();
    registry
        .on_collect_for(&owner, &pool, move |pool| pool.set_state("held", Arc::strong_count(&also) as u64));
    assert_eq!(lines(&registry, "idle"), ["pool=users,role=primary 4"]);
    assert_eq!(lines(&registry, "states"), ["pool=users,role=primary,state=held 4"]);
    drop(pool);
    assert_eq!(lines(&registry, "idle"), [""; 0]);
    assert_eq!(Arc::strong_count(&held), 1, "what callbacks own goes with them");
}

#[test]
fn samples_name_the_series_of_their_set() {
    let registry = Registry::new();
    let mut stream = registry.sample_stream("instances", 64, 1.0).unwrap();
    let users = registry.register_with::<dyn Pool>(primary("users")).unwrap();
    let orders = registry.register_with::<dyn Pool>(primary("orders")).unwrap();
    users.checkouts(true, 1.0);
    orders.checkouts(true, 2.0);
    drop(orders);
    let mut samples = Vec::new();
    assert_eq!(stream.drain(&mut samples, 100), 0);
    let snapshot = registry.snapshot();
    let found: Vec<_> = samples
        .iter()
        .map(|sample| {
            let family = snapshot.families().find(|family| family.id() == sample.family).unwrap();
            let series = family.series().find(|series| series.id() == sample.series).unwrap();
            (family.name(), series.labels().next().unwrap().1.into_owned(), sample.value)
        })
        .collect();
    assert_eq!(found, [("wait", "users".to_owned(), 1.0), ("wait", "orders".to_owned(), 2.0)]);
}

#[test]
fn samples_of_a_set_that_leaves_its_place_are_counted() {
    let registry = Registry::new();
    let mut stream = registry.sample_stream("instances", 16, 1.0).unwrap();
    let users = registry.register_with::<dyn Pool>(primary("users")).unwrap();
    let orders = registry.register_with::<dyn Pool>(primary("orders")).unwrap();
    // 16 find room, and one does not.
    (0..17).for_each(|_| orders.checkouts(true, 2.0));
    drop(orders);
    let carts = registry.register_with::<dyn Pool>(primary("carts")).unwrap();
    users.checkouts(true, 1.0);
    carts.checkouts(true, 3.0);
    let mut samples = Vec::new();
    assert_eq!(stream.drain(&mut samples, 100), 0);
    assert_eq!(samples.iter().map(|sample| sample.value).collect::<Vec<_>>(), [1.0, 3.0]);
    assert_eq!((stream.take_ended(), stream.take_ended()), (17, 0));
    // Another stream knows nothing of it.
    carts.checkouts(true, 3.0);
    drop((carts, stream));
    let stream = registry.sample_stream("instances", 16, 1.0);
    let _later = registry.register_with::<dyn Pool>(primary("later")).unwrap();
    assert_eq!(stream.unwrap().take_ended(), 0);
}

#[test]
fn a_renderer_that_kept_text_follows_what_comes_and_goes() {
    let registry = short();
    let mut renderer = prometheus::Renderer::new(&registry);
    let mut out = Vec::new();
    let mut same = |step: &str| {
        for format in [prometheus::Format::Text, prometheus::Format::OpenMetrics] {
            // Twice: the first of two readings may be the last that has a set.
            let _ = registry.snapshot();
            renderer.render(format, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), prometheus::render(&registry, format), "{step}");
        }
    };
    let register = |pool| registry.register_with::<dyn Pool>(primary(pool)).unwrap();
    same("nothing");
    let a = register("a");
    a.set_idle(1);
    same("a");
    let b = register("b");
    b.checkouts(true, 1.0);
    b.set_idle(2);
    same("a and b");
    drop(a);
    same("b");
    let c = register("c");
    c.checkouts(true, 9.0);
    same("b and c");
    drop((b, c));
    same("none");
    let _a = register("a");
    same("a again");
}

#[metrics(namespace = "churn", labels(#[label(cap = 4096)] shard: &str))]
pub trait Churn {
    /// Items.
    #[counter(value = count)]
    #[histogram(name = "batch", value = count, buckets = [2.0])]
    fn items(&self, count: u64);
}

/// The last value of each series that was ever seen.
#[derive(Default)]
struct Seen(HashMap<(FamilyId, SeriesId), u64>);

impl Seen {
    fn see(&mut self, snapshot: &Snapshot) {
        for family in snapshot.families().filter(|family| family.namespace() == "churn") {
            for series in family.series() {
                let value = match series.point() {
                    Point::Sum(Number::U64(sum)) => sum,
                    Point::Histogram(histogram) => histogram.count(),
                    other => panic!("{other:?}"),
                };
                let known = self.0.entry((family.id(), series.id())).or_default();
                assert!(*known <= value, "no sum falls");
                *known = value;
            }
        }
    }

    fn sum(&self) -> u64 {
        self.0.values().sum()
    }
}

#[test]
fn no_final_value_is_lost_on_a_reader_while_sets_come_and_go() {
    let registry = short();
    let recorded = AtomicU64::new(0);
    let done = AtomicBool::new(false);
    let mut seen = Seen::default();
    let mut reader = registry.reader();
    let mut snapshot = Snapshot::default();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|worker| {
                let (registry, recorded) = (&registry, &recorded);
                scope.spawn(move || {
                    for round in 0..400 {
                        let shard = format!("{worker}-{round}");
                        let labels = ChurnLabels { shard: &shard };
                        let churn = registry.register_with::<dyn Churn>(labels).unwrap();
                        let other = churn.clone();
                        thread::scope(|scope| {
                            scope.spawn(move || other.items(3));
                        });
                        churn.items(round);
                        recorded.fetch_add(round + 3, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        let done = &done;
        let seen = &mut seen;
        scope.spawn(move || {
            let mut is_last = false;
            while !std::mem::replace(&mut is_last, done.load(Ordering::Acquire)) {
                reader.collect(&mut snapshot);
                seen.see(&snapshot);
                reader.delivered();
            }
        });
        for worker in workers {
            worker.join().unwrap();
        }
        done.store(true, Ordering::Release);
    });
    // A counter of items, and a histogram with two calls of each set.
    assert_eq!(seen.sum(), recorded.into_inner() + 2 * 1_600);
    assert_eq!(seen.0.len(), 2 * 1_600);
    let _ = registry.snapshot();
    assert_eq!([lines(&registry, "items"), lines(&registry, "batch")], [[""; 0]; 2]);
}
