//! How exporters start and end: in any runtime, and leaving nothing behind.

use crate::child;
use crate::every_kind::Metrics;
use crate::fake::{Fake, OK, answer, free_address};
use crate::surface::{config, registered, told};
use crate::tool::Scratch;
use crate::totals::{of_registry, of_requests};
use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use telemetry::Registry;
use telemetry::otlp::{Config, Protocol, Temporality};
use telemetry::registry::Point;
use telemetry::value::Number;
use tokio::runtime;
use tracing::field::{Field, Visit};

const LONG: Duration = Duration::from_secs(30);

#[test]
fn an_exporter_works_from_inside_a_runtime() {
    let fake = Fake::answering(vec![OK]);
    let runtimes = [
        runtime::Builder::new_current_thread().enable_all().build().unwrap(),
        runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap(),
    ];
    for runtime in runtimes {
        let (registry, metrics) = registered();
        runtime.block_on(async {
            let guard = config(&fake.url()).start(&registry).unwrap();
            metrics.calls();
            assert_eq!(guard.flush(LONG), Ok(()));
            assert_eq!(guard.shutdown(LONG), Ok(()));
        });
        // A guard that outlives the runtime, and one that dies in it.
        let guard = runtime.block_on(async { config(&fake.url()).start(&registry).unwrap() });
        runtime.block_on(async { drop(config(&fake.url()).start(&registry).unwrap()) });
        drop(runtime);
        metrics.calls();
        assert_eq!(guard.shutdown(LONG), Ok(()));
        assert_eq!(of_requests([&fake.requests().last().unwrap().message]), of_registry(&registry));
    }
}

#[test]
fn the_end_delivers_the_last_values_once_and_says_so_again() {
    let fake = Fake::answering(vec![OK]);
    let (registry, metrics) = registered();
    let guard = config(&fake.url()).start(&registry).unwrap();
    metrics.calls();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert_eq!(guard.shutdown(LONG), Ok(())));
        }
    });
    assert_eq!(of_requests([&fake.requests()[0].message]), of_registry(&registry));
    metrics.calls();
    drop(guard);
    assert_eq!(fake.requests().len(), 1, "after the end nothing is sent");
}

/// The names of the exporters in a registry, of those that have a series.
fn exporters(registry: &Registry) -> Vec<(String, u64)> {
    let snapshot = registry.snapshot();
    let family = snapshot.families().find(|family| family.name() == "exports").unwrap();
    let series = family.series().map(|series| {
        let Point::Sum(Number::U64(exports)) = series.point() else { panic!("{:?}", series.point()) };
        (series.labels().next().unwrap().1.into_owned(), exports)
    });
    series.collect()
}

#[test]
fn two_exporters_of_one_registry_have_a_name_each_and_one_that_ends_gives_its_name_back() {
    let fake = Fake::answering(vec![OK]);
    let (registry, _metrics) = registered();
    let away = config(&format!("http://{}", free_address())).export_timeout(Duration::from_millis(100));
    let dead = away.start(&registry).unwrap();
    let alive = config(&fake.url()).start(&registry).unwrap();
    assert!(dead.flush(LONG).unwrap_err().to_string().starts_with("not delivered by otlp: "));
    assert_eq!(alive.flush(LONG), Ok(()));
    let named = |name: &str, exports| (name.to_owned(), exports);
    assert_eq!(exporters(&registry), [named("otlp", 0), named("otlp-2", 1)]);
    dead.shutdown(LONG).unwrap_err();
    // Each restart takes the name that is free.
    for restart in 1..=20 {
        assert_eq!(config(&fake.url()).start(&registry).unwrap().shutdown(LONG), Ok(()));
        assert_eq!(exporters(&registry), [named("otlp", restart), named("otlp-2", 1)]);
    }
    assert_eq!(alive.shutdown(LONG), Ok(()));
}

#[test]
fn a_program_whose_file_was_removed_keeps_its_name() {
    let scratch = Scratch::new("otlp-removed").unwrap();
    let copy = scratch.file("mailer");
    fs::copy(env::current_exe().unwrap(), &copy).unwrap();
    child::run_as(&copy, "life::child_of_removal", &[]);
}

/// What the process above runs; in the suite it does nothing.
#[test]
fn child_of_removal() {
    if !child::is_child() {
        return;
    }
    fs::remove_file(env::current_exe().unwrap()).unwrap();
    let fake = Fake::answering(vec![OK]);
    let (registry, _metrics) = registered();
    let config = Config::default().endpoint(fake.url());
    config.start(&registry).unwrap().shutdown(LONG).unwrap();
    let resource = fake.requests()[0].message.resource_metrics[0].resource.clone().unwrap();
    let name = resource.attributes.iter().find(|attribute| attribute.key == "service.name").unwrap();
    assert!(format!("{name:?}").contains("\"unknown_service:mailer\""), "{name:?}");
}

#[test]
fn cycles_leave_no_thread_and_no_descriptor() {
    let fake = Fake::answering(vec![OK]);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let urls = [
        fake.url(),
        format!("http://localhost:{}", fake.address().port()),
        format!("http://{}", free_address()),
        format!("http://{}", silent.local_addr().unwrap()),
    ];
    child::run("life::child_of_cycles", &[("URLS", &urls.join(" "))]);
    assert!(fake.requests().len() >= 50, "{}", fake.requests().len());
}

/// What the process above runs; in the suite it does nothing. `CYCLES` says how many, 200 by default.
#[test]
fn child_of_cycles() {
    if !child::is_child() {
        return;
    }
    let count = |what: &str| fs::read_dir(format!("/proc/self/{what}")).unwrap().count();
    let held = || (count("task"), count("fd"));
    let cycles = env::var("CYCLES").map_or(200, |cycles| cycles.parse().unwrap());
    let urls = env::var("URLS").unwrap();
    let urls: Vec<_> = urls.split(' ').collect();
    // The first runtime of a process opens two descriptors for good if a crate of the build has tokio's
    // feature `signal`.
    drop(runtime::Builder::new_current_thread().enable_all().build().unwrap());
    let before = held();
    for cycle in 0..cycles {
        let (registry, metrics) = registered();
        let protocol = if cycle % 8 < 4 { Protocol::HttpProtobuf } else { Protocol::Grpc };
        let config = config(urls[cycle % urls.len()]).protocol(protocol);
        let guard = config.interval(Duration::from_millis(1)).start(&registry).unwrap();
        metrics.calls();
        thread::sleep(Duration::from_millis(2));
        // Those that can be delivered are, however busy the machine is; of the others nobody is waited for.
        let is_answered = cycle % 8 < 2;
        let time = if is_answered { LONG } else { Duration::from_millis(20) };
        assert!(!is_answered || guard.shutdown(time) == Ok(()));
        let _ = guard.shutdown(time);
    }
    let deadline = Instant::now() + LONG;
    while held() != before {
        assert!(
            Instant::now() < deadline,
            "{before:?} threads and descriptors, and then {:?}: {:?}",
            held(),
            descriptors()
        );
        thread::sleep(Duration::from_millis(20));
    }
}

/// Returns the targets of this process's descriptors.
fn descriptors() -> Vec<PathBuf> {
    let entries = fs::read_dir("/proc/self/fd").unwrap();
    entries.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok()).collect()
}

#[test]
fn memory_is_flat_while_the_collector_is_away() {
    let url = format!("http://{}", free_address());
    for temporality in ["cumulative", "delta"] {
        child::run("life::child_of_memory", &[("URL", &url), ("TEMPORALITY", temporality)]);
    }
}

/// What the process above runs; in the suite it does nothing.
#[test]
fn child_of_memory() {
    if !child::is_child() {
        return;
    }
    let (registry, metrics) = registered();
    let is_delta = env::var("TEMPORALITY").unwrap() == "delta";
    let temporality = if is_delta { Temporality::Delta } else { Temporality::Cumulative };
    let short = Duration::from_millis(10);
    let config = config(&env::var("URL").unwrap()).temporality(temporality);
    let _guard = config.interval(short).export_timeout(short).start(&registry).unwrap();
    let mut resident = Vec::new();
    for failures in [50, 300] {
        while told(&registry, "export_failures", "") < failures {
            for n in 0..64 {
                metrics.texts(&n.to_string(), None);
            }
            thread::sleep(Duration::from_millis(1));
        }
        resident.push(resident_kib());
    }
    // 250 pushes of 20 kB would be 5 MB.
    assert!(resident[1] < resident[0] + 2_000, "{resident:?} KiB");
}

fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn the_transport_is_silent_and_our_warning_is_seen_once() {
    child::run("life::child_of_tracing", &[]);
}

/// What the process above runs; in the suite it does nothing.
#[test]
fn child_of_tracing() {
    if !child::is_child() {
        return;
    }
    let seen = Seen::default();
    tracing::subscriber::set_global_default(seen.clone()).unwrap();
    let fake = Fake::answering(vec![OK]);
    for protocol in [Protocol::HttpProtobuf, Protocol::Grpc] {
        for url in [fake.url(), format!("http://{}", free_address())] {
            let (registry, metrics) = registered();
            registry.on_collect(&metrics, |_| tracing::debug!(target: "callback", "called"));
            let config = config(&url).protocol(protocol).export_timeout(Duration::from_millis(200));
            let guard = config.start(&registry).unwrap();
            for _ in 0..3 {
                let _ = guard.flush(LONG);
            }
        }
    }
    // One that is away, comes, and says strange things, of which the log hears once each.
    let address = free_address();
    let (registry, _metrics) = registered();
    let guard = config(&format!("http://{address}")).export_timeout(Duration::from_millis(200));
    let guard = guard.start(&registry).unwrap();
    (0..3).for_each(|_| drop(guard.flush(LONG).unwrap_err()));
    let strange = |_, stream: &mut TcpStream| stream.write_all(&answer("200 OK", "", b"{}")).unwrap();
    let _fake = Fake::start_at(TcpListener::bind(address).unwrap(), strange);
    (0..3).for_each(|_| guard.flush(LONG).unwrap());
    drop(guard);
    for _ in 0..100 {
        tracing::debug!(target: "probe", "said");
    }
    assert!(
        ASKED.load(Ordering::SeqCst) <= 1,
        "a subscriber that wants all events of a place is not asked again"
    );
    let seen = seen.0.lock().unwrap();
    let count = |target: &str| seen.get(target).map_or(0, Vec::len);
    assert!(count("callback") >= 12, "the program's own callbacks are heard");
    // Each exporter that failed once, and each guard at its end; gRPC fails with both servers.
    assert_eq!(count("telemetry"), 6 + 3, "{seen:?}");
    let told = &seen["telemetry"];
    assert!(told[0].contains("cannot connect to 127.0.0.1"), "{seen:?}");
    let away = "metrics do not get through, will try again exporter=\"otlp\" error=\"cannot connect to";
    for (line, says) in told[6..].iter().zip([
        away,
        "failures=3",
        "the server accepted all points, but the response is not OTLP",
    ]) {
        assert!(line.contains(says), "{line}: {says}");
    }
    let others: Vec<_> =
        seen.keys().filter(|target| !["callback", "probe", "telemetry"].contains(&target.as_str())).collect();
    assert!(others.is_empty(), "{others:?}");
}

/// Keeps the fields of all events, by target; spans count as events.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<BTreeMap<String, Vec<String>>>>);

/// How often the subscriber was asked about the event that the test repeats.
static ASKED: AtomicUsize = AtomicUsize::new(0);

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }
}

impl Seen {
    fn add(&self, target: &str, text: String) {
        self.0.lock().unwrap().entry(target.to_owned()).or_default().push(text);
    }
}

impl tracing::Subscriber for Seen {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        ASKED.fetch_add((metadata.target() == "probe").into(), Ordering::SeqCst);
        true
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        self.add(span.metadata().target(), span.metadata().name().to_owned());
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        self.add(event.metadata().target(), text.0);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
