//! What allocates: nothing for label sets that have come and gone, nothing in `NoOp`, nothing in `Log` for a
//! call that a policy silences, and no line of `log::Layer`.
#![allow(clippy::expect_used, reason = "a panic is how a test fails")]

use allocation_counter::measure;
use std::panic::resume_unwind;
use std::time::Duration;
use telemetry::log::{Layer, Queue};
use telemetry::prometheus::{Format, Renderer};
use telemetry::registry::Snapshot;
use telemetry::{Label, Log, NoOp, Registry, TraceContext, log, metrics};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Lease,
    Insert,
}

#[metrics]
trait Metrics {
    /// Failed steps.
    #[counter]
    #[log(every = 1_000_000)]
    fn failures(&self, stage: Stage);

    /// Requests served.
    #[counter]
    #[histogram(name = "request_duration")]
    #[log(off)]
    fn requests(&self, #[label(cap = 64)] route: &str, took: Option<Duration>);

    /// Rows deleted.
    #[counter(value = count)]
    #[log(skip_zero)]
    fn rows_deleted(&self, #[label(cap = 64)] table: &str, count: u64);

    /// Look-ups that missed.
    #[counter]
    #[histogram(name = "miss_duration", labels(shard), value = took, unit = seconds)]
    fn misses(
        &self,
        #[label(range = 0..=7)] shard: u8,
        #[label(cap = 10)] level_of: i32,
        took: Option<Duration>,
    );

    /// Attempts, of which only some have a line.
    #[counter]
    #[log(when(route = "/a", shard = ["0", "other"]))]
    fn attempts(&self, #[label(cap = 64)] route: &str, #[label(range = 0..=7)] shard: u8);

    /// Rows that were lost, with what only the log knows.
    #[counter]
    fn losses(
        &self,
        stage: Stage,
        #[context] job: &str,
        #[context] waited: Option<Duration>,
        #[context] retried: bool,
    );

    /// Age of the oldest row.
    #[gauge(name = "lag", unit = seconds)]
    #[log(every = 1_000_000, or_above = 30.0)]
    fn set_lag(&self, seconds: f64);
}

/// Calls that every policy silences, long text among them.
fn silent(metrics: &dyn Metrics) {
    const LONG: &str = "0123456789012345678901234567890123456789012345678901234567890123456789\
                        0123456789012345678901234567890123456789012345678901234567890123456789\
                        0123456789012345678901234567890123456789012345678901234567890123456789\
                        0123456789012345678901234567890123456789012345678901234567890123456789";
    for _ in 0..100 {
        metrics.failures(Stage::Lease);
        metrics.failures(Stage::Insert);
        metrics.requests(LONG, Some(Duration::from_secs(1)));
        metrics.rows_deleted(LONG, 0);
        metrics.attempts(LONG, 0);
        metrics.attempts("/a", 7);
        metrics.set_lag(1.0);
    }
}

#[test]
fn noop_allocates_nothing() {
    assert_eq!(measure(|| silent(&NoOp)).count_total, 0);
}

#[test]
fn a_silenced_line_allocates_nothing_after_the_first() {
    // A subscriber that wants everything: silence comes from the policies alone.
    let subscriber = tracing_subscriber::fmt().with_writer(std::io::sink).finish();
    tracing::subscriber::with_default(subscriber, || {
        let log = Log::default();
        silent(&log);
        assert_eq!(measure(|| silent(&log)).count_total, 0);
    });
}

/// Calls that are written, with text that is quoted.
fn loud(metrics: &dyn Metrics) {
    for _ in 0..100 {
        metrics.rows_deleted("a table \"of\" größe", 5);
        metrics.set_lag(31.25);
        metrics.misses(7, -3, Some(Duration::from_millis(3)));
        metrics.misses(9, 3, None);
        metrics.losses(Stage::Lease, "job \"7\"", Some(Duration::from_millis(3)), true);
    }
}

#[test]
fn a_line_allocates_nothing_after_a_thread_s_first() {
    let (queue, _guard) = Queue::start(std::io::sink()).expect("a thread");
    for format in [log::Format::Prefixed, log::Format::Logfmt, log::Format::Json, log::Format::Emf] {
        lines_allocate_nothing(format, std::io::sink);
        lines_allocate_nothing(format, queue.clone());
    }
}

fn lines_allocate_nothing(format: log::Format, writer: impl for<'w> MakeWriter<'w> + Send + Sync + 'static) {
    let subscriber = tracing_subscriber::registry().with(Layer::new(format, writer));
    tracing::subscriber::with_default(subscriber, || {
        let log = Log::default();
        loud(&log);
        assert_eq!(measure(|| loud(&log)).count_total, 0, "{format:?}");
    });
}

/// Fields of spans are kept when the span begins, and the ids of a trace are written digit by digit.
#[test]
fn a_line_with_fields_of_spans_allocates_nothing_after_a_thread_s_first() {
    for format in [log::Format::Prefixed, log::Format::Logfmt, log::Format::Json, log::Format::Emf] {
        let layer = Layer::new(format, std::io::sink)
            .with_span_fields(["user", "request_id"])
            .with_trace_context(|| TraceContext::new([7; 16], [8; 8]));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let _outer = tracing::info_span!("outer", user = "ada \"l\"").entered();
            let _inner = tracing::info_span!("inner", request_id = 7).entered();
            let log = Log::default();
            loud(&log);
            assert_eq!(measure(|| loud(&log)).count_total, 0, "{format:?}");
        });
    }
}

#[test]
fn a_call_that_is_kept_for_a_summary_allocates_nothing_after_the_first() {
    let log = Log::with_summary();
    silent(&log);
    assert_eq!(measure(|| silent(&log)).count_total, 0);
}

/// The control: the counter counts, and an unsilenced line reaches a subscriber that allocates.
#[test]
fn an_unsilenced_line_to_a_subscriber_that_allocates_is_seen() {
    struct Allocates;
    impl std::io::Write for Allocates {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            Ok(std::hint::black_box(bytes.to_vec()).len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let subscriber = tracing_subscriber::fmt().with_writer(|| Allocates).finish();
    tracing::subscriber::with_default(subscriber, || {
        let log = Log::default();
        log.set_lag(31.0);
        assert!(measure(|| log.set_lag(31.0)).count_total > 0);
    });
}

/// A registry allocates for a series' first use in a thread, and never again; a snapshot into an old one
/// allocates nothing unless a series is new.
#[test]
fn a_registry_allocates_on_first_use_only() {
    let registry = telemetry::Registry::new();
    let metrics = registry.register::<dyn Metrics>().expect("a surface");
    let record = |metrics: &dyn Metrics| {
        silent(metrics);
        for route in ["/a", "/b", "/c"] {
            metrics.requests(route, Some(Duration::from_millis(3)));
            metrics.requests(route, None);
        }
    };
    record(&metrics);
    let mut snapshot = registry.snapshot();
    let again = measure(|| {
        record(&metrics);
        registry.collect(&mut snapshot);
        registry.collect(&mut snapshot);
    });
    assert_eq!(again.count_total, 0);
    let texts: Vec<String> = (0..32).map(|n| format!("/new/{n}")).collect();
    let new = measure(|| texts.iter().for_each(|text| metrics.requests(text, None)));
    assert!(new.count_total > 0, "the control: new texts are kept");
}

#[metrics(max_series = 2_000_000_000)]
trait Scattered {
    /// Orders taken.
    #[counter]
    fn orders(
        &self,
        #[label(cap = 1_000)] product: &str,
        #[label(cap = 1_000)] customer: &str,
        #[label(cap = 1_000)] city: &str,
    );
}

/// A series far from all others takes what the page on the registry says, not a page of memory.
#[test]
fn a_scattered_series_takes_less_than_a_kilobyte() {
    const SERIES: usize = 20_000;
    let registry = telemetry::Registry::new();
    let metrics = registry.register::<dyn Scattered>().expect("a surface");
    let texts: Vec<String> = (0..1_000).map(|n| format!("text {n}")).collect();
    for text in &texts {
        metrics.orders(text, text, text);
    }
    let mut seed = 1_u64;
    let mut random = || {
        // Knuth's MMIX generator, of which the upper bits are the better ones.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((seed >> 33) % 1_000).expect("small")
    };
    let sets: Vec<_> = (0..SERIES).map(|_| [random(), random(), random()]).collect();
    let orders = || {
        for [product, customer, city] in &sets {
            metrics.orders(&texts[*product], &texts[*customer], &texts[*city]);
        }
    };
    let first = measure(orders);
    assert_eq!(measure(orders).count_total, 0);
    let series = registry.snapshot().usage().last().expect("a surface").series - 1_000;
    assert!(series > 19_900, "{series}");
    let each = u64::try_from(first.bytes_current).expect("more than before") / series;
    assert!((100..1_000).contains(&each), "{each} bytes a series");
}

/// What a callback throws at each collection is freed, its destructor's own panics with it.
#[test]
fn a_callback_that_panics_leaves_nothing_behind() {
    struct Bomb(#[allow(dead_code, reason = "is to be freed")] Box<[u8; 200]>);
    impl Drop for Bomb {
        fn drop(&mut self) {
            resume_unwind(Box::new("again".to_owned()));
        }
    }
    let registry = telemetry::Registry::new();
    let metrics = registry.register::<dyn Metrics>().expect("a surface");
    registry.on_collect(&metrics, |_| resume_unwind(Box::new("a bug".repeat(50))));
    registry.on_collect(&metrics, |_| resume_unwind(Box::new(Bomb(Box::new([0; 200])))));
    let mut snapshot = registry.snapshot();
    let again = measure(|| (0..10).for_each(|_| registry.collect(&mut snapshot)));
    assert!(again.count_total > 0, "the control: a panic allocates");
    assert_eq!((again.count_current, again.bytes_current), (0, 0));
}

/// A source of foreign text that panics at each scrape, in the same way.
#[test]
fn a_source_that_panics_leaves_nothing_behind() {
    let registry = telemetry::Registry::new();
    registry.join(|| resume_unwind(Box::new("a bug".repeat(50))));
    let format = telemetry::prometheus::Format::Text;
    let scrape = || drop(telemetry::prometheus::render(&registry, format));
    scrape();
    let again = measure(|| (0..10).for_each(|_| scrape()));
    assert_eq!((again.count_current, again.bytes_current), (0, 0));
}

/// What a thread keeps of the registries that it recorded in goes with the next one.
#[test]
fn ten_thousand_registries_that_come_and_go_leave_nothing_behind() {
    let used = || {
        let registry = telemetry::Registry::new();
        let metrics = registry.register::<dyn Metrics>().expect("a surface");
        metrics.requests("/a", None);
        registry
    };
    // One that stays, and what a thread allocates once.
    let _stays = used();
    drop(used());
    let in_turn = measure(|| (0..10_000).for_each(|_| drop(used())));
    assert!(in_turn.bytes_current.abs() < 10_000, "{in_turn:?}");
    let at_once = measure(|| {
        let all: Vec<_> = (0..1_000).map(|_| used()).collect();
        drop(all);
        drop(used());
    });
    assert!(at_once.bytes_max > 1_000_000, "the control: {at_once:?}");
    assert!(at_once.bytes_current.abs() < 10_000, "{at_once:?}");
}

/// Past its cap a label costs nothing more, whatever the texts are.
#[test]
fn an_unknown_text_past_the_cap_allocates_nothing() {
    let registry = telemetry::Registry::new();
    let metrics = registry.register::<dyn Metrics>().expect("a surface");
    let texts: Vec<String> = (0..1_000).map(|n| format!("/{n}")).collect();
    for text in &texts[..100] {
        metrics.requests(text, None);
    }
    let bomb = measure(|| texts.iter().for_each(|text| metrics.requests(text, None)));
    assert_eq!(bomb.count_total, 0);
}

#[metrics(namespace = "pool", labels(#[label(cap = 64)] pool: &str))]
trait Pool {
    /// Checkouts.
    #[counter]
    #[histogram(name = "wait", value = wait, labels(), buckets = [1.0])]
    #[log(off)]
    fn checkouts(&self, #[label(cap = 1000)] user: &str, wait: f64);

    /// Idle connections.
    #[gauge]
    #[log(off)]
    fn set_idle(&self, #[label(cap = 1000)] state: &str, n: u64);
}

/// Registers, uses, reads and drops this many label sets, each under a name of its own.
fn come_and_go(registry: &Registry, from: u32, count: u32, mut read: impl FnMut(u32)) {
    for n in from..from + count {
        let labels = PoolLabels { pool: &format!("{n:08}") };
        let pool = registry.register_with::<dyn Pool>(labels).expect("it is not registered");
        pool.checkouts("somebody", 0.5);
        pool.set_idle("warm", 3);
        let held = pool.clone();
        registry.on_collect(&pool, move |pool| pool.set_idle("cold", 1));
        drop(held);
        read(n);
    }
}

/// All that keeps something of a series: two renderers' caches, a reader with a token, the stream of samples,
/// this thread's states.
#[test]
fn ten_thousand_label_sets_that_came_and_went_leave_nothing() {
    const KEEP: [Duration; 2] = [Duration::ZERO, Duration::from_mins(5)];
    for keep in KEEP {
        let registry = Registry::builder().keep_removed(keep).build().expect("no label");
        let mut reader = registry.reader();
        let mut snapshot = Snapshot::default();
        let mut renderer = Renderer::new(&registry);
        let mut text = Vec::new();
        let mut stream = registry.sample_stream("alloc", 16, 1.0).expect("the first");
        let mut samples = Vec::with_capacity(1_000);
        let mut read = |n: u32| {
            if n.is_multiple_of(8) {
                samples.clear();
                stream.drain(&mut samples, 1_000);
                reader.collect(&mut snapshot);
                reader.delivered();
                renderer.render(Format::Text, &mut text);
                renderer.render(Format::OpenMetrics, &mut text);
            }
        };
        come_and_go(&registry, 0, 1_000, &mut read);
        let grown = measure(|| come_and_go(&registry, 1_000, 10_000, &mut read)).bytes_current;
        // What 64 sets have that wait for readers differs from time to time. 10,000 would have megabytes.
        assert!(grown.abs() < 256 << 10, "{grown} bytes of 10,000 label sets, {keep:?}");
    }
}

#[metrics(namespace = "shards")]
trait Shards {
    /// Batches.
    #[counter]
    #[histogram(name = "size", value = n, buckets = [1.0])]
    #[gauge(name = "offset", value = n)]
    #[log(off)]
    fn batches(&self, #[label(cap = 64)] shard: &str, n: f64);

    /// A shard moved away.
    #[remove(batches, size, offset)]
    #[log(off)]
    fn shard_gone(&self, shard: &str);
}

/// The same for texts, whose series are removed: 100,000 of them below a cap of 64.
#[test]
fn a_hundred_thousand_texts_that_came_and_went_leave_nothing() {
    for (keep, end) in [(Duration::ZERO, 10_000), (Duration::from_mins(5), 101_000)] {
        let registry = Registry::builder().keep_removed(keep).build().expect("no label");
        let shards = registry.register::<dyn Shards>().expect("a surface");
        let mut reader = registry.reader();
        let mut snapshot = Snapshot::default();
        let mut renderer = Renderer::new(&registry);
        let mut text = Vec::new();
        let mut stream = registry.sample_stream("alloc", 16, 1.0).expect("the first");
        let mut samples = Vec::with_capacity(1_000);
        let mut come_and_go = |numbers: std::ops::Range<u32>| {
            for n in numbers {
                let shard = format!("shard {n:08}, with a name that is not short");
                shards.batches(&shard, 1.0);
                shards.shard_gone(&shard);
                if n.is_multiple_of(500) {
                    samples.clear();
                    stream.drain(&mut samples, 1_000);
                    reader.collect(&mut snapshot);
                    reader.delivered();
                    renderer.render(Format::Text, &mut text);
                    renderer.render(Format::OpenMetrics, &mut text);
                }
            }
        };
        come_and_go(0..1_000);
        let grown = measure(|| come_and_go(1_000..end)).bytes_current;
        assert!(grown.abs() < 64 << 10, "{grown} bytes of {end} texts, {keep:?}");
        let series = registry.snapshot().usage().last().expect("a surface").series;
        assert!(series <= 3 * 32, "half of the places keep final values: {series}");
    }
}
