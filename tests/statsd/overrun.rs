//! Samples under load: each is sent once, or counted as lost.

use crate::receiver::{Receiver, Totals};
use crate::surface::{LONG, Method, Metrics as _, app};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use telemetry::Registry;
use telemetry::registry::Point;
use telemetry::statsd::Dialect;
use telemetry::value::Number;

fn counted(registry: &Registry, family: &str, label: &str) -> u64 {
    let snapshot = registry.snapshot();
    let family = snapshot.families().find(|known| known.name() == family).unwrap();
    let series = family.series().filter(|series| series.labels().any(|(_, value)| value == label));
    let counts = series.map(|series| match series.point() {
        Point::Sum(Number::U64(count)) => count,
        other => panic!("{other:?}"),
    });
    counts.sum()
}

/// Reads while threads record, so that the kernel's buffer does not overflow.
fn received(dialect: Dialect, threads: usize, each: u64, ring: usize) -> (f64, u64) {
    let (registry, metrics) = app();
    let receiver = Receiver::udp();
    let guard = receiver.config().dialect(dialect).ring(ring).start(&registry).unwrap();
    let mut totals = Totals::default();
    let recording = AtomicBool::new(true);
    thread::scope(|scope| {
        let (metrics, recording) = (&metrics, &recording);
        let recorders: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(move || {
                    for n in 0..each {
                        metrics.size(n);
                    }
                })
            })
            .collect();
        let reader = scope.spawn(|| {
            while recording.load(Ordering::Relaxed) {
                totals.add(&receiver.lines());
                thread::yield_now();
            }
            totals.add(&receiver.lines());
        });
        for recorder in recorders {
            recorder.join().unwrap();
        }
        guard.shutdown(LONG).unwrap();
        recording.store(false, Ordering::Relaxed);
        reader.join().unwrap();
    });
    totals.add(&receiver.lines());
    (
        totals.samples.get("app.size").copied().unwrap_or_default(),
        counted(&registry, "export_dropped", "overrun"),
    )
}

#[test]
fn a_ring_that_overruns_counts_what_it_loses_and_never_waits() {
    let (sent, lost) = received(Dialect::Plain, 4, 50_000, 64);
    assert!(lost > 0);
    assert_eq!(sent + lost as f64, 200_000.0);
}

#[test]
fn in_dogstatsd_the_samples_that_came_stand_for_those_that_were_lost() {
    let (weight, lost) = received(Dialect::DogStatsd, 4, 50_000, 64);
    assert_eq!(weight + lost as f64, 200_000.0);
    // But for what is lost between the last sample and the last push.
    assert!(lost < 2_000, "{lost}");
}

#[test]
fn samples_stand_for_those_of_their_own_series() {
    let (registry, metrics) = app();
    // Before the start: not to be sent.
    (0..500).for_each(|n| metrics.duration(Method::Get, Duration::from_millis(n)));
    let receiver = Receiver::udp();
    let guard = receiver.config().dialect(Dialect::DogStatsd).ring(16).start(&registry).unwrap();
    // One surface's histograms share a thread's ring.
    for n in 0..1_000 {
        metrics.size(n);
        if n % 4 == 0 {
            metrics.duration(Method::Get, Duration::from_millis(n));
        }
    }
    guard.flush(LONG).unwrap();
    metrics.size(1);
    guard.shutdown(LONG).unwrap();
    let mut totals = Totals::default();
    totals.add(&receiver.lines());
    assert_eq!(totals.samples["app.size"], 1_001.0);
    assert_eq!(totals.samples["app.duration#method:get"], 250.0);
    assert_eq!(counted(&registry, "export_dropped", "overrun"), 0);
}

#[test]
fn a_ring_that_is_large_enough_loses_nothing() {
    let (sent, lost) = received(Dialect::Plain, 2, 2_000, 4_096);
    assert_eq!((sent, lost), (4_000.0, 0));
}

#[test]
fn samples_of_threads_that_have_ended_are_sent() {
    let (registry, metrics) = app();
    let receiver = Receiver::udp();
    let guard = receiver.config().start(&registry).unwrap();
    // At the same time, so that their sums are not kept for each other, and most of them are folded.
    thread::scope(|scope| {
        let barrier = std::sync::Arc::new(std::sync::Barrier::new(20));
        for n in 0..20 {
            let (metrics, barrier) = (&metrics, barrier.clone());
            scope.spawn(move || {
                metrics.size(n);
                barrier.wait();
            });
        }
    });
    guard.shutdown(LONG).unwrap();
    let lost = counted(&registry, "export_dropped", "overrun");
    let mut totals = Totals::default();
    totals.add(&receiver.lines());
    assert_eq!((totals.samples["app.size"], lost), (20.0, 0));
}

#[test]
fn nothing_is_kept_before_the_start_nor_after_the_end() {
    let (registry, metrics) = app();
    let receiver = Receiver::udp();
    metrics.size(1);
    let guard = receiver.config().start(&registry).unwrap();
    metrics.size(2);
    guard.shutdown(LONG).unwrap();
    metrics.size(3);
    assert_eq!(receiver.lines(), ["app.size:2|ms"]);
    let guard = receiver.config().start(&registry).unwrap();
    metrics.size(4);
    guard.shutdown(LONG).unwrap();
    assert_eq!(receiver.lines(), ["app.size:4|ms"]);
}
