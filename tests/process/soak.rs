//! A soak: threads that come and go, a label bomb, scrapes, for `SOAK_SECONDS` (5 unless set). Totals are
//! exact afterwards, and memory is flat.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use telemetry::registry::{Instruments, Point};
use telemetry::value::Number;
use telemetry::{Label, Registry, metrics, prometheus};

/// One of two.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// The first.
    Left,
    /// The second.
    Right,
}

/// What the soak counts.
#[metrics(namespace = "soak", max_series = 1_000)]
pub trait Metrics {
    /// Calls.
    #[counter]
    fn calls(&self, lane: Lane);

    /// Calls by text from outside.
    #[counter]
    fn texts(&self, #[label(cap = 64)] text: &str, lane: Lane);

    /// Sizes.
    #[histogram(buckets = [1.0, 2.0, 4.0])]
    fn size(&self, lane: Lane, n: f64);

    /// Threads at work.
    #[up_down_counter(value = n)]
    fn threads(&self, n: i64);
}

/// What was recorded, counted by simpler means.
#[derive(Default)]
struct Tally {
    calls: AtomicU64,
    texts: AtomicU64,
}

fn work(metrics: &dyn Metrics, tally: &Tally, seed: u64) {
    metrics.threads(1);
    for n in 0..500 {
        let lane = if n % 2 == 0 { Lane::Left } else { Lane::Right };
        metrics.calls(lane);
        metrics.size(lane, f64::from(u32::try_from(n % 5).unwrap()));
        tally.calls.fetch_add(1, Ordering::Relaxed);
        metrics.texts(&format!("{seed} {n}"), lane);
        tally.texts.fetch_add(1, Ordering::Relaxed);
    }
    metrics.threads(-1);
}

/// The memory that the process has in use, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

fn get(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Scrapes, and connections that never become one.
fn scrape(address: SocketAddr, done: &AtomicBool) -> u64 {
    let mut hostile = Vec::new();
    let mut scrapes = 0;
    while !done.load(Ordering::Relaxed) {
        if let Ok(mut stream) = TcpStream::connect(address) {
            let _ = stream.write_all(if hostile.len() % 2 == 0 {
                b"GET /metr"
            } else {
                b"GET /metrics HTTP/1.1\r\n\r\n"
            });
            hostile.push(stream);
        }
        hostile.drain(..hostile.len().saturating_sub(16));
        if get(address).is_ok_and(|answer| answer.contains("soak_calls_total")) {
            scrapes += 1;
        }
    }
    scrapes
}

fn sum(registry: &Registry, name: &str) -> i128 {
    let snapshot = registry.snapshot();
    let family = snapshot.families().find(|family| family.name() == name).unwrap();
    let points = family.series().map(|series| match series.point() {
        Point::Sum(Number::U64(n)) => i128::from(n),
        Point::Sum(Number::I64(n)) => i128::from(n),
        Point::Histogram(histogram) => i128::from(histogram.count()),
        other => panic!("{other:?}"),
    });
    points.sum()
}

fn churn(metrics: &Instruments<dyn Metrics>, tally: &Tally, until: Instant) {
    let mut seed = 0;
    while Instant::now() < until {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                seed += 1;
                scope.spawn(move || work(metrics, tally, seed));
            }
        });
    }
}

/// What is measured is the whole process: one test at a time.
fn alone() -> std::sync::MutexGuard<'static, ()> {
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[test]
fn totals_are_exact_and_memory_is_flat() {
    let _alone = alone();
    let seconds = std::env::var("SOAK_SECONDS").map_or(5, |text| text.parse().expect("a number of seconds"));
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    let server = prometheus::serve("127.0.0.1:0", &registry).unwrap();
    let address = server.local_addr();
    let (tally, done) = (Tally::default(), AtomicBool::new(false));
    let begun = Instant::now();
    let warm = begun + Duration::from_secs(seconds) / 4;
    let end = begun + Duration::from_secs(seconds);
    std::thread::scope(|scope| {
        let scraper = scope.spawn(|| scrape(address, &done));
        churn(&metrics, &tally, warm);
        let before = resident();
        churn(&metrics, &tally, end);
        let after = resident();
        done.store(true, Ordering::Relaxed);
        assert!(scraper.join().unwrap() > 0, "scrapes went through");
        assert!(after < before + (8 << 20), "{before} bytes in use, and {after} in the end");
    });
    assert!(tally.calls.load(Ordering::Relaxed) > 0);
    assert_eq!(sum(&registry, "calls"), i128::from(tally.calls.load(Ordering::Relaxed)));
    assert_eq!(sum(&registry, "size"), i128::from(tally.calls.load(Ordering::Relaxed)));
    assert_eq!(sum(&registry, "texts"), i128::from(tally.texts.load(Ordering::Relaxed)));
    assert_eq!(sum(&registry, "threads"), 0);
    assert!(get(address).unwrap().contains("soak_calls_total"), "it still answers");
    server.stop();
}

/// Ten thousand threads one after the other, and two thousand at the same time: the memory of their sums goes
/// back.
#[test]
fn threads_leave_no_memory_behind() {
    let _alone = alone();
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    let together = |count: usize| {
        let barrier = std::sync::Barrier::new(count);
        std::thread::scope(|scope| {
            for _ in 0..count {
                std::thread::Builder::new()
                    .stack_size(64 << 10)
                    .spawn_scoped(scope, || {
                        metrics.calls(Lane::Left);
                        barrier.wait();
                    })
                    .unwrap();
            }
        });
    };
    together(2_000);
    let before = resident();
    for _ in 0..5 {
        together(2_000);
    }
    for _ in 0..10_000 {
        std::thread::scope(|scope| {
            scope.spawn(|| metrics.calls(Lane::Right));
        });
    }
    let after = resident();
    assert_eq!(sum(&registry, "calls"), 22_000);
    assert!(after < before + (8 << 20), "{before} bytes in use, and {after} in the end");
}
