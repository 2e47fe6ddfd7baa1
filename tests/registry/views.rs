//! Views: what an operator changes of what readers see.

use super::text::line;
use super::{lines, views_of};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use telemetry::registry::{BuildError, Builder, Instruments, Point, RegisterError, View};
use telemetry::{Label, Registry, metrics, prometheus};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Ok,
    Failed,
}

#[metrics(namespace = "http")]
pub trait Http {
    /// Requests served.
    #[counter]
    #[histogram(name = "latency", unit = seconds, buckets = [0.1, 0.5, 1, 5])]
    #[alert(rate_above = 10, over = "5m", matching(code = ["failed"]))]
    fn requests(&self, #[label(cap = 64)] route: &str, code: Code, took: Duration);

    /// Requests that are served.
    #[up_down_counter(name = "open", value = n)]
    fn opened(&self, #[label(cap = 64)] route: &str, n: i64);

    /// Bytes sent.
    #[counter(value = kib, unit = bytes)]
    fn sent(&self, #[label(cap = 64)] route: &str, kib: f64);

    /// Time asleep.
    #[counter(value = took, name = "asleep")]
    fn slept(&self, code: Code, took: Duration);

    /// Age of the oldest request.
    #[gauge(unit = seconds)]
    fn set_age(&self, #[label(cap = 8)] route: &str, seconds: f64);

    /// Retries after a time limit.
    #[counter(name = "retries", labels(code, cause = "time"))]
    fn retry_late(&self, code: Code);

    /// Retries after a broken connection.
    #[counter(name = "retries", labels(code, cause = "connection"))]
    fn retry_broken(&self, code: Code);

    /// Bytes that the kernel counts.
    #[counter(name = "bytes", total = bytes)]
    fn set_bytes(&self, #[label(cap = 8)] peer: &str, bytes: u64);

    /// Old requests.
    #[counter(name = "calls", was = "hits_total")]
    fn hit(&self, code: Code);
}

/// Registers the surface with one view.
fn with(name: &str, view: View) -> (Registry, Instruments<dyn Http>) {
    let registry = Registry::builder().view(name, view).build().unwrap();
    let http = registry.register::<dyn Http>().unwrap();
    registry.check_views().unwrap();
    (registry, http)
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

#[test]
fn labels_go_and_counters_are_summed() {
    let (registry, http) = with("http_requests", View::without(["route"]));
    assert!(lines(&registry, "requests").is_empty(), "no series, no sum");
    http.requests("/", Code::Ok, ms(1));
    http.requests("/about", Code::Ok, ms(1));
    http.requests("/about", Code::Failed, ms(1));
    assert_eq!(lines(&registry, "requests"), ["code=ok 2", "code=failed 1"]);
    http.requests("/new", Code::Failed, ms(1));
    assert_eq!(lines(&registry, "requests"), ["code=ok 2", "code=failed 2"]);
    assert_eq!(lines(&registry, "latency").len(), 4, "the other instrument stays as it is");
    let (registry, http) = with("http_requests", View::without(["route", "code"]));
    http.requests("/", Code::Ok, ms(1));
    http.requests("/about", Code::Failed, ms(1));
    assert_eq!(lines(&registry, "requests"), ["2"]);
}

#[test]
fn every_sum_can_be_merged() {
    let (registry, http) = with("http_open", View::without(["route"]));
    http.opened("/", 5);
    http.opened("/about", -2);
    assert_eq!(lines(&registry, "open"), ["3"]);

    let (registry, http) = with("http_sent_bytes", View::without(["route"]));
    http.sent("/", 1.5);
    http.sent("/about", 2.25);
    assert_eq!(lines(&registry, "sent"), ["3.75"]);

    let (registry, http) = with("http_asleep_seconds", View::without(["code"]));
    assert_eq!(lines(&registry, "asleep"), ["0"], "series that exist from the start have a sum");
    http.slept(Code::Ok, ms(1_500));
    http.slept(Code::Failed, ms(250));
    assert_eq!(lines(&registry, "asleep"), ["1.75"]);

    let (registry, http) = with("http_latency_seconds", View::without(["route", "code"]));
    http.requests("/", Code::Ok, ms(50));
    http.requests("/about", Code::Failed, ms(750));
    assert_eq!(lines(&registry, "latency"), ["[1, 0, 1, 0, 0] sum 0.8"]);
}

#[test]
fn buckets_become_a_part_of_the_next_bound_that_is_kept() {
    let (registry, http) = with("http_latency_seconds", View::buckets([0.5, 5.0]));
    for took in [50, 300, 750, 3_000, 9_000, 500] {
        http.requests("/", Code::Ok, ms(took));
    }
    assert_eq!(lines(&registry, "latency"), ["route=/,code=ok [3, 2, 1] sum 13.6"]);
    let snapshot = registry.snapshot();
    let latency = snapshot.families().find(|family| family.name() == "latency").unwrap();
    assert_eq!(latency.bounds(), [0.5, 5.0]);
    assert_eq!(latency.groups().next().unwrap().words_per_series(), 5);

    let (registry, http) = with("http_latency_seconds", View::buckets::<f64>([]));
    http.requests("/", Code::Ok, ms(50));
    assert_eq!(lines(&registry, "latency"), ["route=/,code=ok [1] sum 0.05"], "count and sum are left");

    let view = View::without(["route", "code"]).and(View::buckets([1]));
    let (registry, http) = with("http_latency_seconds", view);
    http.requests("/", Code::Ok, ms(50));
    http.requests("/about", Code::Failed, ms(2_500));
    assert_eq!(lines(&registry, "latency"), ["[1, 1] sum 2.55"]);
    assert_eq!(registry.snapshot().reading("http_latency_seconds", &[]).count(), 2);
}

#[test]
fn off_hides_every_kind_and_nothing_else() {
    for (name, family) in [
        ("http_requests", "requests"),
        ("http_latency_seconds", "latency"),
        ("http_open", "open"),
        ("http_age_seconds", "age"),
    ] {
        let (registry, http) = with(name, View::off());
        http.requests("/", Code::Ok, ms(1));
        http.opened("/", 1);
        http.set_age("/", 1.0);
        let snapshot = registry.snapshot();
        let there: Vec<_> = snapshot.families().map(|family| family.name()).collect();
        assert!(!there.contains(&family), "{there:?}");
        for other in ["requests", "latency", "open", "age"].into_iter().filter(|other| *other != family) {
            assert!(there.contains(&other) && !lines(&registry, other).is_empty(), "{other}");
        }
    }
}

#[test]
fn series_with_other_constant_labels_fall_together_too() {
    let (registry, http) = with("http_retries", View::without(["cause"]));
    http.retry_late(Code::Ok);
    http.retry_broken(Code::Ok);
    http.retry_broken(Code::Failed);
    assert_eq!(lines(&registry, "retries"), ["code=ok 2", "code=failed 1"]);
    let (registry, http) = with("http_retries", View::without(["code"]));
    http.retry_late(Code::Ok);
    http.retry_late(Code::Failed);
    assert_eq!(lines(&registry, "retries"), ["cause=time 2", "cause=connection 0"]);
}

#[test]
fn a_view_names_its_instrument_as_any_reader_shows_it() {
    for name in
        ["http_latency_seconds", "http_latency_seconds_bucket", "http_latency_seconds_count", "http.latency"]
    {
        let (registry, http) = with(name, View::off());
        http.requests("/", Code::Ok, ms(1));
        assert!(lines(&registry, "latency").is_empty(), "{name}");
    }
    let (registry, http) = with("http_requests_total", View::without(["route", "code"]));
    http.requests("/", Code::Ok, ms(1));
    assert_eq!(lines(&registry, "requests"), ["1"]);
}

#[test]
fn a_former_name_goes_with_the_present_one_and_can_be_off_alone() {
    let (registry, http) = with("http_calls", View::without(["code"]));
    http.hit(Code::Failed);
    assert_eq!([lines(&registry, "calls"), lines(&registry, "hits_total")], [["1"], ["1"]]);
    let (registry, _http) = with("http_calls", View::off());
    assert!(lines(&registry, "calls").is_empty() && lines(&registry, "hits_total").is_empty());
    let (registry, _http) = with("hits_total", View::off());
    assert_eq!(lines(&registry, "calls").len(), 2);
    assert!(lines(&registry, "hits_total").is_empty());
    assert_eq!(views_of(&registry), ["`http_calls`: `hits_total` off"]);
}

#[test]
fn the_registrys_own_metrics_can_be_off() {
    let registry = Registry::builder().view("telemetry_dropped_total", View::off()).build().unwrap();
    assert!(!prometheus::render(&registry, prometheus::Format::Text).contains("telemetry_dropped"));
    registry.check_views().unwrap();
}

#[test]
fn usage_counts_what_exists_and_what_readers_see() {
    let (registry, http) = with("http_requests", View::without(["route", "code"]));
    http.requests("/", Code::Ok, ms(1));
    http.requests("/about", Code::Failed, ms(1));
    let snapshot = registry.snapshot();
    let usage = snapshot.usage().last().unwrap();
    let seen: usize = snapshot
        .families()
        .filter(|family| family.namespace() == "http" && family.name() != "hits_total")
        .map(|family| family.series().count())
        .sum();
    assert_eq!(usage.exported, seen as u64);
    assert_eq!(usage.series, usage.exported + 1);
    assert!(usage.to_string().ends_with(&format!("series at most, and {seen} after views")), "{usage}");
    let (registry, _http) = with("http_retries", View::off());
    let snapshot = registry.snapshot();
    let usage = snapshot.usage().last().unwrap();
    assert_eq!(usage.series, usage.exported + 4);
}

/// What reads one instrument, another one, a part of it, and several declarations of it.
#[metrics(namespace = "read")]
trait Read {
    /// Calls.
    #[counter]
    #[histogram(name = "time", labels(route), buckets = [0.1, 0.5, 1])]
    #[slo(objective = 0.99, good(code = "ok"), of(route != "/health"), name = "availability")]
    #[slo(objective = 0.9, below = 0.5, name = "latency")]
    #[alert(rate_above = 10, matching(code = "failed"), name = "Rate")]
    #[alert(quantile = 0.9, above = 0.5, by(route), name = "Slow")]
    fn calls(&self, #[label(cap = 8)] route: &str, code: Code, took: Duration);

    /// Calls again.
    #[counter]
    #[alert(ratio_above = 0.1, to = calls, of(code = "ok"), name = "Again")]
    #[alert(rate_above = 5, on = [retries, calls], name = "Load")]
    fn retries(&self);

    /// Lookups.
    #[counter(name = "lookups", labels(result = "hit", code))]
    fn hit(&self, code: Code);

    /// Lookups.
    #[counter(name = "lookups", labels(result = "miss", code))]
    #[alert(ratio_above = 0.5, matching(result = "miss"), name = "Misses")]
    fn miss(&self, code: Code);

    /// Open calls.
    #[up_down_counter(value = n)]
    #[alert(above = 100, name = "Open")]
    fn open(&self, code: Code, n: i64);
}

/// The alerts that a view changes, and behind them the objectives.
fn readers(name: &str, view: View) -> [Vec<&'static str>; 2] {
    let registry = Registry::builder().view(name, view).build().unwrap();
    let _read = registry.register::<dyn Read>().unwrap();
    registry.check_views().unwrap();
    let snapshot = registry.snapshot();
    let view = snapshot.views().next().unwrap();
    [view.alerts().map(|alert| alert.name).collect(), view.slos().map(|slo| slo.name).collect()]
}

#[test]
fn a_view_names_the_alerts_and_the_objectives_that_it_changes() {
    assert_eq!(readers("read_calls", View::off()), [vec!["Rate", "Again", "Load"], vec!["availability"]]);
    assert_eq!(readers("read_calls", View::without(["code"])), [vec!["Rate", "Again"], vec!["availability"]]);
    assert_eq!(readers("read_calls", View::without(["route"])), [vec![], vec!["availability"]]);
    assert_eq!(readers("read_retries", View::off()), [vec!["Again", "Load"], vec![]]);
    assert_eq!(readers("read_time_seconds", View::off()), [vec!["Slow"], vec!["latency"]]);
    assert_eq!(readers("read_time_seconds", View::without(["route"])), [vec!["Slow"], vec![]]);
    assert_eq!(readers("read_time_seconds", View::buckets([0.5])), [vec!["Slow"], vec![]]);
    assert_eq!(readers("read_time_seconds", View::buckets([0.1, 1.0])), [vec!["Slow"], vec!["latency"]]);
    assert_eq!(
        readers("read_lookups", View::without(["code"])),
        [[""; 0], [""; 0]],
        "it reads all codes together"
    );
    assert_eq!(readers("read_lookups", View::without(["result"])), [vec!["Misses"], vec![]]);
    assert_eq!(readers("read_open", View::without(["code"])), [vec!["Open"], vec![]]);
}

#[test]
fn the_line_of_a_view_names_what_reads_it() {
    let line = |name, view| {
        let registry = Registry::builder().view(name, view).build().unwrap();
        let _read = registry.register::<dyn Read>().unwrap();
        views_of(&registry)
    };
    assert_eq!(
        line("read_calls", View::off()),
        ["`read_calls`: off; read by the alerts `Rate`, `Again`, `Load` and the objective `availability`"]
    );
    assert_eq!(
        line("read_time_seconds", View::buckets([0.1])),
        ["`read_time_seconds`: buckets 0.1; read by the alert `Slow` and the objective `latency`"]
    );
    assert_eq!(line("read_lookups", View::without(["code"])), ["`read_lookups`: without `code`"]);
}

#[test]
fn identities_stay_and_equal_words_are_equal_points() {
    let (registry, http) = with("http_requests", View::without(["route"]));
    let ids = || {
        let snapshot = registry.snapshot();
        let family = snapshot.families().find(|family| family.name() == "requests").unwrap();
        let ids: Vec<_> = family.series().map(|series| (series.id(), line(series))).collect();
        let groups: Vec<_> = family.groups().map(|group| (group.id(), group.rows().to_vec())).collect();
        (ids, groups)
    };
    http.requests("/b", Code::Failed, ms(1));
    let (first, groups) = ids();
    http.requests("/a", Code::Ok, ms(1));
    http.requests("/a", Code::Failed, ms(1));
    let (second, later) = ids();
    assert_eq!(second[0].0, first[0].0);
    assert_eq!(
        second.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>(),
        ["code=failed 2", "code=ok 1"]
    );
    assert!(second.is_sorted_by_key(|(id, _)| *id));
    assert_eq!(groups[0].0, later[0].0);
    assert_eq!(later[0].1.len(), 2);
    assert_eq!(ids(), (second, later), "for all snapshots");
}

#[test]
fn threads_and_readers_lose_nothing() {
    let (registry, http) = with("http_latency_seconds", View::without(["route"]).and(View::buckets([1])));
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut last = 0;
            while !is_over.load(Ordering::Relaxed) {
                let count = registry.snapshot().reading("http_latency_seconds", &[]).count();
                assert!(count >= last, "{count} after {last}");
                last = count;
            }
        });
        let threads: Vec<_> = (0..4)
            .map(|thread: u64| {
                let http = &http;
                scope.spawn(move || {
                    for n in 0..2_000_usize {
                        http.requests(["/", "/a", "/b"][n % 3], Code::Ok, ms(thread * 500));
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    assert_eq!(lines(&registry, "latency"), ["code=ok [6000, 2000] sum 6000"]);
}

#[metrics(namespace = "pool", labels(#[label(cap = 8)] pool: &str))]
pub trait Pool {
    /// Checkouts.
    #[counter]
    #[histogram(name = "wait", buckets = [1.0])]
    fn checkouts(&self, code: Code, wait: f64);

    /// Connections in use.
    #[up_down_counter(value = n)]
    fn in_use(&self, n: i64);
}

fn pools() -> Registry {
    let builder = Registry::builder().keep_removed(Duration::ZERO);
    let builder = builder.view("pool_checkouts", View::without(["pool"]));
    let builder = builder.view("pool_wait", View::without(["pool", "code"]));
    builder.view("pool_in_use", View::without(["pool"])).build().unwrap()
}

fn pool(registry: &Registry, pool: &str) -> Instruments<dyn Pool> {
    registry.register_with::<dyn Pool>(PoolLabels { pool }).unwrap()
}

#[test]
fn a_sum_does_not_fall_when_a_label_set_ends() {
    let registry = pools();
    let (a, b) = (pool(&registry, "a"), pool(&registry, "b"));
    a.checkouts(Code::Ok, 0.5);
    b.checkouts(Code::Ok, 2.0);
    a.in_use(3);
    b.in_use(4);
    assert_eq!(lines(&registry, "checkouts"), ["code=ok 2", "code=failed 0"]);
    assert_eq!(lines(&registry, "in_use"), ["7"]);
    b.checkouts(Code::Failed, 0.5);
    drop(b);
    for _ in 0..4 {
        assert_eq!(lines(&registry, "checkouts"), ["code=ok 2", "code=failed 1"]);
        assert_eq!(lines(&registry, "wait"), ["[2, 1] sum 3"]);
        assert_eq!(lines(&registry, "in_use"), ["3"], "what is in use is about now");
    }
    let b = pool(&registry, "b");
    b.checkouts(Code::Ok, 0.5);
    assert_eq!(lines(&registry, "checkouts"), ["code=ok 3", "code=failed 1"], "it goes on");
}

/// Identity, start and line of the merged series of a family.
fn merged(registry: &Registry, name: &str) -> Vec<(String, std::time::SystemTime, String)> {
    let snapshot = registry.snapshot();
    let family = snapshot.families().find(|family| family.name() == name).unwrap();
    family.series().map(|series| (format!("{:?}", series.id()), series.start(), line(series))).collect()
}

#[test]
fn a_merged_series_ends_with_its_last_and_comes_back_from_nothing() {
    let registry = pools();
    let a = pool(&registry, "a");
    a.checkouts(Code::Ok, 0.5);
    let first = merged(&registry, "wait");
    thread::sleep(Duration::from_millis(5));
    let b = pool(&registry, "b");
    b.checkouts(Code::Ok, 0.5);
    drop(a);
    let _ = registry.snapshot();
    let second = merged(&registry, "wait");
    assert_eq!((&second[0].0, second[0].1), (&first[0].0, first[0].1), "with the start of the first");
    assert_eq!(second[0].2, "[2, 0] sum 1");
    drop(b);
    assert_eq!(lines(&registry, "wait"), ["[2, 0] sum 1"], "the final value is in a reading");
    assert!(lines(&registry, "wait").is_empty());
    let c = pool(&registry, "c");
    c.checkouts(Code::Ok, 0.5);
    let third = merged(&registry, "wait");
    assert_eq!(third[0].2, "[1, 0] sum 0.5");
    assert!(third[0].0 != second[0].0 && third[0].1 > second[0].1, "another series, with its own start");
}

#[metrics(namespace = "queue")]
pub trait Queues {
    /// Jobs.
    #[counter(value = n)]
    #[log(off)]
    fn jobs(&self, #[label(cap = 16)] queue: &str, code: Code, n: u64);

    /// A queue is gone.
    #[remove(jobs)]
    #[log(off)]
    fn queue_gone(&self, queue: &str);
}

fn queues() -> (Registry, Instruments<dyn Queues>) {
    let builder = Registry::builder().keep_removed(Duration::ZERO);
    let registry = builder.view("queue_jobs", View::without(["queue"])).build().unwrap();
    let queues = registry.register::<dyn Queues>().unwrap();
    (registry, queues)
}

#[test]
fn a_sum_does_not_fall_when_series_are_removed() {
    let (registry, queues) = queues();
    queues.jobs("mail", Code::Ok, 3);
    queues.jobs("push", Code::Ok, 4);
    assert_eq!(lines(&registry, "jobs"), ["code=ok 7"]);
    queues.jobs("mail", Code::Ok, 1);
    queues.queue_gone("mail");
    for _ in 0..3 {
        assert_eq!(lines(&registry, "jobs"), ["code=ok 8"]);
    }
    queues.jobs("mail", Code::Ok, 5);
    assert_eq!(lines(&registry, "jobs"), ["code=ok 13"], "it comes back");
    queues.queue_gone("mail");
    queues.queue_gone("push");
    assert_eq!(lines(&registry, "jobs"), ["code=ok 13"], "the final value");
    assert!(lines(&registry, "jobs").is_empty());
    queues.jobs("mail", Code::Ok, 2);
    assert_eq!(lines(&registry, "jobs"), ["code=ok 2"], "from nothing");
}

#[test]
fn two_readers_see_one_sum_that_never_falls_while_queues_come_and_go() {
    let (registry, queues) = queues();
    // It stays, so that the merged series does.
    queues.jobs("stays", Code::Ok, 1);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = 0.0;
                while !is_over.load(Ordering::Relaxed) {
                    let sum = registry.snapshot().reading("queue_jobs", &[]).value().unwrap();
                    assert!(sum >= last, "{sum} after {last}");
                    last = sum;
                }
            });
        }
        for n in 0..300 {
            let queue = format!("queue {}", n % 20);
            queues.jobs(&queue, Code::Ok, 1);
            // Read before the next one needs the place: what nobody has read is in no sum.
            let _ = registry.snapshot();
            queues.queue_gone(&queue);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    for _ in 0..3 {
        assert_eq!(lines(&registry, "jobs"), ["code=ok 301"]);
    }
}

#[test]
fn samples_are_of_the_series_that_readers_see() {
    let (registry, http) = with("http_latency_seconds", View::without(["route"]));
    let mut stream = registry.sample_stream("test", 64, 1.0).unwrap();
    http.requests("/", Code::Ok, ms(1_000));
    http.requests("/about", Code::Ok, ms(2_000));
    http.requests("/about", Code::Failed, ms(3_000));
    let mut samples = Vec::new();
    assert_eq!(stream.drain(&mut samples, 100), 0);
    let snapshot = registry.snapshot();
    let latency = snapshot.families().find(|family| family.name() == "latency").unwrap();
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for sample in samples {
        assert_eq!(sample.family, latency.id());
        let series = latency.series().find(|series| series.id() == sample.series).unwrap();
        let code = series.labels().next().unwrap().1.into_owned();
        *sums.entry(code).or_default() += sample.value;
    }
    assert_eq!(sums.into_iter().collect::<Vec<_>>(), [("failed".to_owned(), 3.0), ("ok".to_owned(), 3.0)]);

    let (registry, http) = with("http_latency_seconds", View::off());
    let mut stream = registry.sample_stream("test", 64, 1.0).unwrap();
    http.requests("/", Code::Ok, ms(1_000));
    let mut samples = Vec::new();
    stream.drain(&mut samples, 100);
    assert!(samples.is_empty(), "{samples:?}");
}

#[test]
fn prometheus_caches_merged_series_like_others() {
    let builder = Registry::builder().view("http_requests", View::without(["route"]));
    let registry =
        builder.view("http_latency_seconds", View::without(["code"]).and(View::buckets([1]))).build();
    let registry = registry.unwrap();
    let http = registry.register::<dyn Http>().unwrap();
    let mut renderer = prometheus::Renderer::new(&registry);
    let mut cached = Vec::new();
    for round in 0..6 {
        if round % 2 == 0 {
            http.requests(
                ["/", "/a", "/b"][round / 2],
                if round < 3 { Code::Ok } else { Code::Failed },
                ms(700),
            );
        }
        for format in [prometheus::Format::Text, prometheus::Format::OpenMetrics] {
            renderer.render(format, &mut cached);
            let fresh = prometheus::render(&registry, format);
            assert_eq!(String::from_utf8(cached.clone()).unwrap(), fresh);
        }
    }
    let text = prometheus::render(&registry, prometheus::Format::Text);
    let ours: Vec<_> =
        text.lines().filter(|line| line.starts_with("http_req") || line.contains("\"/a\"")).collect();
    assert_eq!(
        ours,
        [
            "http_requests_total{code=\"ok\"} 2",
            "http_requests_total{code=\"failed\"} 1",
            "http_latency_seconds_bucket{route=\"/a\",le=\"1.0\"} 1",
            "http_latency_seconds_bucket{route=\"/a\",le=\"+Inf\"} 1",
            "http_latency_seconds_sum{route=\"/a\"} 0.7",
            "http_latency_seconds_count{route=\"/a\"} 1",
        ]
    );
}

#[metrics(namespace = "rpc")]
pub trait Rpc {
    /// Calls.
    #[counter]
    #[log(off)]
    fn calls(
        &self,
        #[label(name = "rpc.method", cap = 8)] method: &str,
        #[label(name = "error.type", cap = 8, none = "")] error: Option<&str>,
    );
}

#[test]
fn a_view_takes_labels_as_the_declaration_or_as_prometheus_has_them() {
    for key in ["rpc.method", "rpc_method"] {
        let registry = Registry::builder().view("rpc.calls", View::without([key])).build().unwrap();
        let rpc = registry.register::<dyn Rpc>().unwrap();
        rpc.calls("Get", None);
        rpc.calls("Put", None);
        rpc.calls("Put", Some("timeout"));
        assert_eq!(lines(&registry, "calls"), ["error.type= 2", "error.type=timeout 1"]);
        let snapshot = registry.snapshot();
        let family = snapshot.families().find(|family| family.name() == "calls").unwrap();
        let present: Vec<usize> = family.series().map(|series| series.present_labels().count()).collect();
        assert_eq!(present, [0, 1], "an absent label stays absent");
    }
}

fn refused(name: &str, view: View) -> String {
    let registry = Registry::builder().view(name, view).build().unwrap();
    let error = registry.register::<dyn Http>().unwrap_err();
    assert!(matches!(error, RegisterError::View(_)), "{error}");
    assert!(!registry.has_sample_name("http_requests_total"), "nothing is registered");
    error.to_string()
}

#[test]
fn a_view_that_cannot_be_applied_says_what_there_is() {
    for (name, view, expected) in [
        (
            "http_requests",
            View::without(["rout"]),
            "the view of `http_requests` takes away `rout`, which is not among its labels; did you mean `route`?",
        ),
        (
            "http_requests",
            View::without(["region"]),
            "the view of `http_requests` takes away `region`, which is not among its labels; they are `route`, `code`",
        ),
        (
            "http_latency_seconds",
            View::buckets([0.1, 0.2]),
            "the view of `http_latency_seconds` has the bound 0.2, which is not declared; keep some of 0.1, 0.5, 1, 5",
        ),
        (
            "http_requests_total",
            View::buckets([1]),
            "the view of `http_requests_total` has buckets, which a histogram has; it is declared `counter`",
        ),
        (
            "http_age_seconds",
            View::without(["route"]),
            "the view of `http_age_seconds` takes labels away, but it is a gauge, and a sum of gauges has no meaning; \
             write `off` or leave it as it is",
        ),
        (
            "http_bytes_total",
            View::without(["peer"]),
            "the view of `http_bytes_total` takes labels away, but somebody else keeps its totals, which can fall; \
             write `off` or leave it as it is",
        ),
        (
            "hits_total",
            View::without(["code"]),
            "`hits_total` is the former name of `http_calls`, and its view can be `off` alone; \
             write the view for `http_calls`",
        ),
    ] {
        assert_eq!(refused(name, view), expected);
    }
}

#[test]
fn two_views_of_one_instrument_are_an_error() {
    let twice = |first: &str, second: &str| {
        Registry::builder().view(first, View::off()).view(second, View::without(["route"]))
    };
    assert_eq!(
        twice("http_requests", "http_requests").build().unwrap_err().to_string(),
        "`http_requests` has two views; write one, joined by `View::and`"
    );
    let registry = twice("http_requests", "http.requests").build().unwrap();
    assert_eq!(
        registry.register::<dyn Http>().unwrap_err().to_string(),
        "`http_requests` and `http.requests` are views of one instrument; write one, joined by `View::and`"
    );
}

fn built(builder: Builder) -> String {
    let error = builder.build().unwrap_err();
    assert!(matches!(error, BuildError::View(_)), "{error}");
    error.to_string()
}

#[test]
fn a_view_that_contradicts_itself_or_changes_nothing_is_an_error() {
    let of = |view| built(Registry::builder().view("x", view));
    assert_eq!(
        of(View::off().and(View::without(["a"]))),
        "the view of `x` is off, and has labels or buckets too; write one of them"
    );
    assert_eq!(
        of(View::without::<String>([])),
        "the view of `x` changes nothing; write `off`, `without` or `buckets`"
    );
    assert_eq!(
        built(Registry::builder().view("telemetry_dropped", View::without(["why"]))),
        "the view of `telemetry_dropped` takes away `why`, which is not among its labels; they are `reason`"
    );
}

#[test]
fn a_view_without_an_instrument_is_found() {
    let registry = Registry::builder().view("http_request", View::off()).build().unwrap();
    let _http = registry.register::<dyn Http>().unwrap();
    assert_eq!(
        registry.check_views().unwrap_err().to_string(),
        "a view names `http_request`, which no registered surface has; did you mean `http_requests`?"
    );
    let registry = Registry::builder().view("jobs", View::off()).build().unwrap();
    assert_eq!(
        registry.check_views().unwrap_err().to_string(),
        "a view names `jobs`, which no registered surface has; the names are `telemetry_dropped`, \
         `telemetry_label_overflow`, `telemetry_collect_panics`, `telemetry_rejected_expositions`"
    );
}

#[test]
fn a_registry_without_views_shows_none() {
    let registry = Registry::new();
    let http = registry.register::<dyn Http>().unwrap();
    http.requests("/", Code::Ok, ms(1));
    let snapshot = registry.snapshot();
    assert_eq!(snapshot.views().count(), 0);
    assert!(snapshot.families().all(|family| family.view().is_none()));
    let usage = snapshot.usage().last().unwrap();
    assert_eq!(usage.series, usage.exported);
    let requests = snapshot.families().find(|family| family.name() == "requests").unwrap();
    assert!(matches!(requests.series().next().unwrap().point(), Point::Sum(_)));
}
