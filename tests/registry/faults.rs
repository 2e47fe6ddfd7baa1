//! What else can go wrong: callbacks, events of others, re-entry.

use super::lines;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;
use telemetry::{Event, Registry, Sink, SinkAdapter, metrics};

#[metrics(namespace = "faults")]
pub trait Metrics {
    /// Calls.
    #[counter]
    fn calls(&self);

    /// Depth.
    #[gauge]
    fn set_depth(&self, n: u64);
}

#[metrics(namespace = "foreign")]
pub trait Foreign {
    /// Of another surface.
    #[counter]
    fn stray(&self);
}

#[test]
fn a_callback_sets_gauges_at_each_snapshot() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    let depth = AtomicU64::new(0);
    registry.on_collect(&metrics, move |metrics| metrics.set_depth(depth.fetch_add(1, Ordering::Relaxed)));
    assert_eq!(lines(&registry, "depth"), ["0"]);
    assert_eq!(lines(&registry, "depth"), ["1"]);
}

#[test]
fn a_callback_that_panics_is_counted_and_stops_nothing() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    registry.on_collect(&metrics, |_| std::panic::resume_unwind(Box::new("a bug")));
    registry.on_collect(&metrics, Metrics::calls);
    // Each look is a snapshot.
    assert_eq!(lines(&registry, "calls"), ["1"]);
    assert_eq!(lines(&registry, "collect_panics"), ["2"]);
    assert_eq!(lines(&registry, "calls"), ["3"]);
}

#[test]
fn a_callback_may_record_register_and_scrape() {
    // A callback that owned its registry would keep it alive.
    static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::new);
    let registry = &*REGISTRY;
    let metrics = registry.register::<dyn Metrics>().unwrap();
    registry.on_collect(&metrics, |metrics| {
        metrics.calls();
        let inner = &*REGISTRY;
        inner.register_or_get::<dyn Foreign>().unwrap().stray();
        assert!(inner.snapshot().families().count() > 0);
        inner.on_collect(metrics, |_| {});
    });
    assert_eq!(lines(registry, "calls"), ["1"]);
    assert_eq!(lines(registry, "stray"), ["2"]);
}

#[test]
fn an_event_of_another_surface_is_refused_and_counted() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    Foreign::stray(&SinkAdapter(Hook(metrics)));
    assert!(lines(&registry, "dropped").contains(&"reason=foreign 1".to_owned()));
}

/// Every call by the hook.
struct Hook<M>(M);

impl<M: Metrics> Sink for Hook<M> {
    fn record(&self, event: &Event<'_>) {
        self.0.event(event);
    }
}

/// What a callback panics with, and panics again when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        std::panic::resume_unwind(Box::new("again"));
    }
}

#[test]
fn a_panic_that_panics_again_is_contained_too() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    registry.on_collect(&metrics, |_| std::panic::resume_unwind(Box::new(Bomb)));
    registry.on_collect(&metrics, Metrics::calls);
    assert_eq!(lines(&registry, "calls"), ["1"]);
    assert_eq!(lines(&registry, "calls"), ["2"]);
}

/// Collects when it is dropped, and panics then.
struct Collects(&'static Registry);

impl Drop for Collects {
    fn drop(&mut self) {
        assert!(self.0.snapshot().families().count() > 0);
        std::panic::resume_unwind(Box::new("a destructor"));
    }
}

#[test]
fn the_destructor_of_a_callback_may_collect_and_panic() {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::new);
    let metrics = REGISTRY.register::<dyn Metrics>().unwrap();
    let (ended, end) = channel();
    thread::spawn(move || {
        for _ in 0..2 {
            let owner = Arc::new(());
            let held = Collects(&REGISTRY);
            REGISTRY.on_collect_for(&owner, &metrics, move |_| _ = &held);
            drop(owner);
        }
        // Drops the second callback, as the second dropped the first: both collect.
        REGISTRY.on_collect(&metrics, Metrics::calls);
        ended.send(()).unwrap();
    });
    end.recv_timeout(Duration::from_mins(1)).expect("no destructor waits for itself");
    assert_eq!(lines(&REGISTRY, "calls"), ["2"], "once in the destructor, and now");
}
