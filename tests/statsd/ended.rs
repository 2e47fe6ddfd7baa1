//! Label sets that end: their last differences and samples arrive, and nothing of them comes again.

use crate::receiver::Receiver;
use crate::surface::LONG;
use std::time::{Duration, Instant};
use telemetry::export::Guard;
use telemetry::metrics;
use telemetry::registry::{Registry, Snapshot};
use telemetry::statsd::Dialect;

#[metrics(namespace = "ended", labels(#[label(cap = 64)] pool: &str))]
pub trait Pool {
    /// Checkouts.
    #[counter]
    #[histogram(name = "took", value = n, buckets = [1.0])]
    #[log(off)]
    fn checkouts(&self, n: f64);

    /// Connections in use.
    #[up_down_counter(value = n)]
    #[log(off)]
    fn in_use(&self, n: i64);

    /// Idle connections.
    #[gauge]
    #[log(off)]
    fn set_idle(&self, n: u64);
}

/// The same by rows of one registration.
#[metrics(namespace = "rows")]
pub trait Rows {
    /// Checkouts.
    #[counter]
    #[histogram(name = "took", value = n, buckets = [1.0])]
    #[gauge(name = "last", value = n)]
    #[log(off)]
    fn checkouts(&self, #[label(cap = 16)] pool: &str, n: f64);

    /// A pool is closed.
    #[remove(checkouts, took, last)]
    #[log(off)]
    fn pool_closed(&self, pool: &str);
}

/// Pushes until a registry has no series of the surface but those of this pool.
fn push_until_gone(registry: &Registry, but: &str, guard: &Guard) {
    let deadline = Instant::now() + LONG;
    let mut snapshot = Snapshot::default();
    loop {
        registry.peek(&mut snapshot);
        let families = snapshot.families().filter(|family| family.namespace() == "ended");
        let mut series = families.flat_map(|family| family.series().collect::<Vec<_>>());
        if series.all(|series| series.labels().any(|(_, value)| value == but)) {
            return;
        }
        assert!(Instant::now() < deadline, "a set that ended is still there");
        std::thread::sleep(Duration::from_millis(5));
        guard.flush(LONG).unwrap();
    }
}

#[metrics(namespace = "kept")]
pub trait Kept {
    /// Bytes that somebody else counts.
    #[counter(total = bytes)]
    #[log(off)]
    fn sent(&self, bytes: u64);

    /// Shares that somebody else adds up.
    #[counter(total = wear)]
    #[log(off)]
    fn wear(&self, wear: f64);
}

#[test]
fn a_total_that_falls_began_anew() {
    let registry = Registry::new();
    let receiver = Receiver::udp();
    let guard = receiver.config().dialect(Dialect::DogStatsd).start(&registry).unwrap();
    let metrics = registry.register::<dyn Kept>().unwrap();
    let pushes = [(10, 0.5), (15, 0.75), (15, 0.75), (4, 0.25), (6, 0.25)].map(|(bytes, wear)| {
        metrics.sent(bytes);
        metrics.wear(wear);
        guard.flush(LONG).unwrap();
        receiver.sorted()
    });
    let lines = [
        vec!["kept.sent:10|c", "kept.wear:0.5|c"],
        vec!["kept.sent:5|c", "kept.wear:0.25|c"],
        vec![],
        vec!["kept.sent:4|c", "kept.wear:0.25|c"],
        vec!["kept.sent:2|c"],
    ];
    assert_eq!(pushes.to_vec(), lines);
}

#[test]
fn the_last_difference_and_the_last_sample_arrive_and_nothing_follows() {
    let registry = Registry::new();
    let register = |pool| registry.register_with::<dyn Pool>(PoolLabels { pool }).unwrap();
    let receiver = Receiver::udp();
    let guard = receiver.config().dialect(Dialect::DogStatsd).start(&registry).unwrap();
    let pool = register("a");
    pool.checkouts(0.5);
    pool.in_use(1);
    pool.set_idle(3);
    guard.flush(LONG).unwrap();
    assert_eq!(
        receiver.sorted(),
        [
            "ended.checkouts:1|c|#pool:a",
            "ended.idle:3|g|#pool:a",
            "ended.in_use:1|g|#pool:a",
            "ended.took:0.5|h|#pool:a",
        ]
    );
    pool.checkouts(5.0);
    pool.checkouts(6.0);
    drop(pool);
    guard.flush(LONG).unwrap();
    assert_eq!(
        receiver.sorted(),
        ["ended.checkouts:2|c|#pool:a", "ended.took:5|h|#pool:a", "ended.took:6|h|#pool:a"]
    );
    push_until_gone(&registry, "", &guard);
    assert_eq!(receiver.sorted(), [""; 0]);
    // From 0 again, whatever was sent of the earlier one.
    let pool = register("a");
    pool.checkouts(7.0);
    guard.flush(LONG).unwrap();
    assert_eq!(
        receiver.sorted(),
        ["ended.checkouts:1|c|#pool:a", "ended.in_use:0|g|#pool:a", "ended.took:7|h|#pool:a"]
    );
}

#[test]
fn sets_that_come_and_go_lose_nothing() {
    let registry = Registry::new();
    let receiver = Receiver::udp();
    let guard = receiver.config().dialect(Dialect::Plain).start(&registry).unwrap();
    let kept = registry.register_with::<dyn Pool>(PoolLabels { pool: "kept" }).unwrap();
    let mut lines = Vec::new();
    for round in 0..40 {
        for n in 0..3 {
            let labels = PoolLabels { pool: &format!("{round}-{n}") };
            let pool = registry.register_with::<dyn Pool>(labels).unwrap();
            pool.checkouts(1.0);
            kept.checkouts(1.0);
            pool.in_use(1);
        }
        guard.flush(LONG).unwrap();
        lines.extend(receiver.lines());
    }
    push_until_gone(&registry, "kept", &guard);
    guard.shutdown(LONG).unwrap();
    lines.extend(receiver.lines());
    let sum = |start: &str| {
        let numbers =
            lines.iter().filter_map(|line| line.strip_prefix(start)?.split('|').next()?.parse::<u64>().ok());
        numbers.sum::<u64>()
    };
    assert_eq!((sum("ended.checkouts.kept:"), sum("ended.took.kept:")), (120, 120));
    for round in 0..40 {
        for n in 0..3 {
            assert_eq!(sum(&format!("ended.checkouts.{round}-{n}:")), 1, "{round}-{n}");
            assert_eq!(sum(&format!("ended.took.{round}-{n}:")), 1, "{round}-{n}");
        }
    }
}

#[test]
fn the_last_difference_and_the_last_sample_of_a_row_arrive_and_nothing_follows() {
    let registry = Registry::new();
    let rows = registry.register::<dyn Rows>().unwrap();
    let receiver = Receiver::udp();
    let guard = receiver.config().dialect(Dialect::DogStatsd).start(&registry).unwrap();
    rows.checkouts("a", 0.5);
    guard.flush(LONG).unwrap();
    assert_eq!(
        receiver.sorted(),
        ["rows.checkouts:1|c|#pool:a", "rows.last:0.5|g|#pool:a", "rows.took:0.5|h|#pool:a"]
    );
    rows.checkouts("a", 5.0);
    rows.checkouts("a", 6.0);
    rows.pool_closed("a");
    guard.flush(LONG).unwrap();
    assert_eq!(
        receiver.sorted(),
        ["rows.checkouts:2|c|#pool:a", "rows.took:5|h|#pool:a", "rows.took:6|h|#pool:a"]
    );
    (0..3).for_each(|_| guard.flush(LONG).unwrap());
    assert_eq!(receiver.sorted(), [""; 0]);
    // Another text has the row now, and the first comes back in another one: both from 0.
    rows.checkouts("b", 7.0);
    rows.checkouts("a", 8.0);
    guard.flush(LONG).unwrap();
    assert_eq!(
        receiver.sorted(),
        [
            "rows.checkouts:1|c|#pool:a",
            "rows.checkouts:1|c|#pool:b",
            "rows.last:7|g|#pool:b",
            "rows.last:8|g|#pool:a",
            "rows.took:7|h|#pool:b",
            "rows.took:8|h|#pool:a",
        ]
    );
}

#[test]
fn rows_that_come_and_go_lose_nothing_and_mix_nothing() {
    let registry = Registry::new();
    let receiver = Receiver::udp();
    let guard = receiver.config().dialect(Dialect::DogStatsd).start(&registry).unwrap();
    let rows = registry.register::<dyn Rows>().unwrap();
    let mut lines = Vec::new();
    for round in 0..100 {
        for n in 0..3 {
            let (pool, number) = (format!("{round}-{n}"), f64::from(3 * round + n));
            // From two threads, each with a ring of its own.
            rows.checkouts(&pool, number);
            std::thread::scope(|scope| {
                scope.spawn(|| rows.checkouts(&pool, number)).join().unwrap();
            });
            rows.pool_closed(&pool);
        }
        guard.flush(LONG).unwrap();
        lines.extend(receiver.lines());
    }
    guard.shutdown(LONG).unwrap();
    lines.extend(receiver.lines());
    let count = |line: &str| lines.iter().filter(|other| *other == line).count();
    for number in 0..300 {
        let pool = format!("{}-{}", number / 3, number % 3);
        assert_eq!(count(&format!("rows.checkouts:2|c|#pool:{pool}")), 1, "{pool}");
        assert_eq!(count(&format!("rows.took:{number}|h|#pool:{pool}")), 2, "{pool}");
    }
    assert_eq!(lines.len(), 900, "no gauge of what is gone, and nothing twice");
}
