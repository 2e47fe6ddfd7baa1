//! The exporter against a kernel that fails as a test says, and a resolver that does.
#![allow(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    clippy::panic,
    clippy::unwrap_used,
    reason = "small numbers, and exact; a panic is how a test fails"
)]

mod ended;

use super::config::Config;
use super::error::StartError;
use super::format::Dialect;
use super::transport::{Fake, system};
use crate::export::{self, Guard};
use crate::registry::Registry;
use crate::registry::{Instruments, Point};
use crate::value::Number;
use crate::{Label, metrics};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

#[metrics(namespace = "t", mock(cfg(any())))]
trait Metrics {
    /// Integers.
    #[counter(value = n)]
    #[log(off)]
    fn whole(&self, side: Side, n: u64);

    /// Floats.
    #[counter(value = n)]
    #[log(off)]
    fn parts(&self, side: Side, n: f64);

    /// Durations.
    #[counter(value = took, unit = seconds)]
    #[log(off)]
    fn busy(&self, side: Side, took: Duration);

    /// A balance.
    #[up_down_counter]
    #[log(off)]
    fn level(&self, side: Side, n: i64);

    /// A temperature.
    #[gauge]
    #[log(off)]
    fn set_heat(&self, side: Side, n: f64);

    /// Sizes.
    #[histogram(buckets = [1.0, 10.0])]
    #[log(off)]
    fn size(&self, side: Side, n: f64);

    /// Changes.
    #[histogram(signed, buckets = [0.0])]
    #[log(off)]
    fn change(&self, side: Side, n: f64);
}

const LONG: Duration = Duration::from_mins(1);

/// The behaviour of the kernel.
#[derive(Clone, Copy, Debug)]
enum Kernel {
    Takes,
    Rejects,
    /// Rejects one, and accepts the next.
    RejectsOnce,
    /// Has no room for one, and takes the next.
    IsBusyOnce,
    /// Has no room.
    IsBusy,
    /// Takes none that is longer.
    Limits(usize),
}

/// Datagrams that were taken, and what becomes of the next.
struct Wire {
    kernel: Mutex<Kernel>,
    taken: Mutex<Vec<String>>,
}

impl Wire {
    fn new() -> Arc<Self> {
        Arc::new(Wire { kernel: Mutex::new(Kernel::Takes), taken: Mutex::default() })
    }

    fn fake(self: &Arc<Self>) -> Fake {
        let wire = self.clone();
        Arc::new(move |datagram| wire.take(datagram))
    }

    fn becomes(&self, kernel: Kernel) {
        *self.kernel.lock().unwrap() = kernel;
    }

    fn take(&self, datagram: &[u8]) -> io::Result<()> {
        let mut kernel = self.kernel.lock().unwrap();
        match *kernel {
            Kernel::Limits(most) if datagram.len() > most => return Err(io::Error::from_raw_os_error(90)),
            Kernel::Rejects => return Err(io::ErrorKind::ConnectionRefused.into()),
            Kernel::RejectsOnce => {
                *kernel = Kernel::Takes;
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            Kernel::IsBusy => return Err(io::Error::from_raw_os_error(105)),
            Kernel::IsBusyOnce => {
                *kernel = Kernel::Takes;
                return Err(io::Error::from_raw_os_error(105));
            }
            Kernel::Takes | Kernel::Limits(_) => {}
        }
        self.taken.lock().unwrap().push(String::from_utf8(datagram.to_vec()).unwrap());
        Ok(())
    }

    fn text(&self) -> String {
        self.taken.lock().unwrap().concat()
    }
}

fn started(config: &Config, registry: &Registry, fake: Fake) -> Guard {
    let (report, mut exporter) = config.build(registry, system()).unwrap();
    exporter.transport.fake = Some(fake);
    export::start(report, LONG, LONG, exporter).unwrap()
}

/// Adds up lines as a server does: plain lines by etsy's rules, tagged lines by Datadog's.
#[derive(Debug, Default, PartialEq)]
struct Server {
    /// In billionths, which is as exact as any number here.
    counters: BTreeMap<String, i128>,
    floats: BTreeMap<String, f64>,
    gauges: BTreeMap<String, f64>,
    samples: BTreeMap<String, Vec<u64>>,
}

impl Server {
    fn read(text: &str) -> Self {
        let mut server = Server::default();
        for line in text.lines() {
            let (line, side) =
                line.split_once("|#side:").map_or((line, None), |(line, side)| (line, Some(side)));
            let (line, _) = line.split_once("|#").unwrap_or((line, ""));
            let (name, rest) = line.split_once(':').unwrap();
            let (value, kind) = rest.split_once('|').unwrap();
            let name = side.map_or(name.to_owned(), |side| format!("{name}.{side}"));
            let number = value.parse::<f64>().unwrap();
            match kind {
                "c" if name.starts_with("t.parts.") => *server.floats.entry(name).or_default() += number,
                "c" => *server.counters.entry(name).or_default() += billionths(value),
                "g" if side.is_none() && value.starts_with(['+', '-']) => {
                    *server.gauges.entry(name).or_default() += number;
                }
                "g" => {
                    server.gauges.insert(name, number);
                }
                "ms" | "h" => server.samples.entry(name).or_default().push(number.to_bits()),
                _ => panic!("{line}"),
            }
        }
        server.sorted()
    }
}

impl Server {
    /// Samples have no order.
    fn sorted(mut self) -> Self {
        for samples in self.samples.values_mut() {
            samples.sort_unstable();
        }
        self
    }
}

fn billionths(decimal: &str) -> i128 {
    let (whole, parts) = decimal.split_once('.').unwrap_or((decimal, ""));
    format!("{whole}{parts:0<9}").parse().unwrap()
}

/// Returns the totals of the registry in the same form, without its own metrics, which change while they are
/// sent.
fn held(registry: &Registry) -> Server {
    let mut server = Server::default();
    let snapshot = registry.snapshot();
    for family in snapshot.families().filter(|family| family.namespace() == "t") {
        for series in family.series() {
            let side = series.labels().next().unwrap().1.into_owned();
            let name = format!("t.{}.{side}", family.name());
            match series.point() {
                Point::Sum(Number::I64(n)) => drop(server.gauges.insert(name, n as f64)),
                Point::Sum(number) if number.is_zero() => {}
                Point::Sum(number) if family.name() == "parts" => {
                    server.floats.insert(name, number.as_f64());
                }
                Point::Sum(Number::U64(n)) => {
                    server.counters.insert(name, i128::from(n) * 1_000_000_000);
                }
                Point::Sum(Number::Duration(d)) => {
                    server.counters.insert(name, i128::try_from(d.as_nanos()).unwrap());
                }
                Point::Gauge(number) => drop(server.gauges.insert(name, number.as_f64())),
                Point::Histogram(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    server
}

#[derive(Clone, Debug)]
enum Step {
    Whole(bool, u64),
    Parts(bool, f64),
    Busy(bool, u64),
    Level(bool, i64),
    Heat(bool, f64),
    Size(bool, f64),
    Flush,
    /// The exporter ends, and another one starts.
    Restart,
    Kernel(Kernel),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let kernel = prop_oneof![
        Just(Kernel::Takes),
        Just(Kernel::Rejects),
        Just(Kernel::RejectsOnce),
        Just(Kernel::IsBusyOnce),
        (60..400_usize).prop_map(Kernel::Limits),
    ];
    let step = prop_oneof![
        4 => (any::<bool>(), prop_oneof![0..100_u64, 0..u64::MAX / 64]).prop_map(|(s, n)| Step::Whole(s, n)),
        4 => (any::<bool>(), prop_oneof![0.0..1.0, 0.0..1e15]).prop_map(|(s, n)| Step::Parts(s, n)),
        4 => (any::<bool>(), prop_oneof![0..10_u64, 0..1_u64 << 50]).prop_map(|(s, n)| Step::Busy(s, n)),
        4 => (any::<bool>(), -1_000..1_000_i64).prop_map(|(s, n)| Step::Level(s, n)),
        4 => (any::<bool>(), -1e9..1e9).prop_map(|(s, n)| Step::Heat(s, n)),
        4 => (any::<bool>(), 0.0..1e9).prop_map(|(s, n)| Step::Size(s, n)),
        4 => Just(Step::Flush),
        1 => Just(Step::Restart),
        3 => kernel.prop_map(Step::Kernel),
    ];
    proptest::collection::vec(step, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Checks that the accepted lines add up to the registry's totals, whatever fails in between.
    #[test]
    fn samples_add_up_to_the_totals(steps in steps(), tagged in any::<bool>()) {
        let registry = Registry::new();
        let metrics = registry.register::<dyn Metrics>().unwrap();
        let wire = Wire::new();
        let dialect = if tagged { Dialect::DogStatsd } else { Dialect::Plain };
        let config = Config::default().max_datagram(300).dialect(dialect).origin_detection(false);
        let mut guard = started(&config, &registry, wire.fake());
        let mut samples: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        let side = |right: &bool| if *right { Side::Right } else { Side::Left };
        for step in &steps {
            match step {
                Step::Whole(s, n) => metrics.whole(side(s), *n),
                Step::Parts(s, n) => metrics.parts(side(s), *n),
                Step::Busy(s, n) => metrics.busy(side(s), Duration::from_nanos(*n)),
                Step::Level(s, n) => metrics.level(side(s), *n),
                Step::Heat(s, n) => metrics.set_heat(side(s), *n),
                Step::Size(s, n) => {
                    metrics.size(side(s), *n);
                    let name = if *s { "t.size.right" } else { "t.size.left" };
                    samples.entry(name.to_owned()).or_default().push(n.to_bits());
                }
                Step::Flush => drop(guard.flush(LONG)),
                Step::Restart => {
                    // Samples that wait go with the exporter that could not send them.
                    wire.becomes(Kernel::Takes);
                    guard.shutdown(LONG).unwrap();
                    guard = started(&config, &registry, wire.fake());
                }
                Step::Kernel(kernel) => wire.becomes(*kernel),
            }
        }
        wire.becomes(Kernel::Takes);
        // The second one sends what a sum of floats was rounded by.
        guard.flush(LONG).unwrap();
        guard.shutdown(LONG).unwrap();

        let mut read = Server::read(&wire.text());
        let mut wanted = held(&registry);
        wanted.samples = samples;
        read.counters.retain(|name, _| name.starts_with("t."));
        read.gauges.retain(|name, _| name.starts_with("t."));
        prop_assert_eq!(read, wanted.sorted());
    }
}

fn dropped(registry: &Registry, reason: &str) -> u64 {
    let snapshot = registry.snapshot();
    let family = snapshot.families().find(|family| family.name() == "export_dropped").unwrap();
    let of_reason = family.series().filter(|series| series.labels().any(|(_, value)| value == reason));
    let counts = of_reason.map(|series| match series.point() {
        Point::Sum(Number::U64(count)) => count,
        other => panic!("{other:?}"),
    });
    counts.sum()
}

fn surface() -> (Registry, Instruments<dyn Metrics>) {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    (registry, metrics)
}

#[test]
fn a_datagram_that_is_too_long_is_halved_between_lines_and_the_limit_stays() {
    let (registry, metrics) = surface();
    let wire = Wire::new();
    wire.becomes(Kernel::Limits(500));
    let guard = started(&Config::default().max_datagram(60_000), &registry, wire.fake());
    for n in 0..1_000 {
        metrics.size(Side::Left, f64::from(n));
    }
    guard.shutdown(LONG).unwrap();
    let taken = wire.taken.lock().unwrap();
    assert!(taken.iter().all(|datagram| datagram.len() <= 500 && datagram.ends_with('\n')));
    assert_eq!(taken.concat().matches("t.size.left:").count(), 1_000);
    assert_eq!(dropped(&registry, "oversize"), 0);
}

#[test]
fn a_line_that_no_datagram_takes_is_counted_and_the_others_go() {
    let (registry, metrics) = surface();
    let wire = Wire::new();
    let config = Config::default().max_datagram(64).prefix("p".repeat(40));
    let guard = started(&config, &registry, wire.fake());
    metrics.whole(Side::Left, 1);
    metrics.whole(Side::Right, 1_000_000_000_000);
    metrics.size(Side::Left, 1.25);
    metrics.size(Side::Left, 1.234_567_890_123);
    guard.shutdown(LONG).unwrap();
    assert!(wire.text().contains(".t.whole.left:1|c\n"));
    assert!(wire.text().contains(".t.size.left:1.25|ms\n"));
    assert!(!wire.text().contains("whole.right") && !wire.text().contains("1.23"));
    assert!(dropped(&registry, "oversize") >= 2);
}

#[test]
fn samples_that_nobody_takes_are_bounded_and_each_is_sent_or_counted() {
    let (registry, metrics) = surface();
    let wire = Wire::new();
    wire.becomes(Kernel::Rejects);
    let guard = started(&Config::default().ring(16), &registry, wire.fake());
    for n in 0..20_000 {
        metrics.size(Side::Left, f64::from(n));
    }
    guard.flush(LONG).unwrap_err();
    wire.becomes(Kernel::Takes);
    guard.flush(LONG).unwrap();
    guard.shutdown(LONG).unwrap();
    let sent = wire.text().matches("t.size.left:").count() as u64;
    assert!((16..=2_048).contains(&sent), "{sent}");
    assert_eq!(sent + dropped(&registry, "overrun"), 20_000);
}

#[test]
fn numbers_that_no_server_takes_are_counted() {
    let (registry, metrics) = surface();
    let wire = Wire::new();
    let guard = started(&Config::default(), &registry, wire.fake());
    metrics.set_heat(Side::Left, f64::NAN);
    metrics.set_heat(Side::Right, f64::INFINITY);
    guard.shutdown(LONG).unwrap();
    assert!(!wire.text().contains("heat"));
    assert_eq!(dropped(&registry, "rejected"), 2);
}

#[metrics(namespace = "long", mock(cfg(any())))]
trait Long {
    /// Calls.
    #[counter]
    #[log(off)]
    fn calls(&self, #[label(cap = 8)] text: &str);

    /// A balance.
    #[up_down_counter]
    #[log(off)]
    fn level(&self, #[label(cap = 8)] text: &str, n: i64);

    /// A temperature.
    #[gauge]
    #[log(off)]
    fn set_heat(&self, #[label(cap = 8)] text: &str, n: f64);

    /// Sizes.
    #[histogram(buckets = [1.0])]
    #[log(off)]
    fn size(&self, #[label(cap = 8)] text: &str, n: f64);

    /// Times.
    #[histogram(buckets = [1.0], was = "long_times")]
    #[log(off)]
    fn time(&self, #[label(cap = 8)] text: &str, n: f64);
}

#[test]
fn a_line_that_cannot_be_sent_is_lost_once_however_often_it_is_tried() {
    let (registry, metrics) = surface();
    let long = registry.register::<dyn Long>().unwrap();
    let wire = Wire::new();
    wire.becomes(Kernel::Rejects);
    let guard = started(&Config::default().max_datagram(100), &registry, wire.fake());
    metrics.change(Side::Left, -1.0);
    metrics.set_heat(Side::Left, f64::NAN);
    metrics.set_heat(Side::Right, f64::INFINITY);
    let text = "x".repeat(100);
    long.calls(&text);
    long.level(&text, 1);
    long.set_heat(&text, 1.0);
    long.size(&text, 1.0);
    // Under both of its names.
    long.time("yy", 1.0);
    // These arrive, though they stand behind others that do not.
    metrics.size(Side::Left, 1.0);
    metrics.change(Side::Right, 2.0);
    for _ in 0..20 {
        guard.flush(LONG).unwrap_err();
    }
    // Of what stands behind the first datagram nothing is known yet.
    let rejected = dropped(&registry, "rejected");
    assert!((1..=3).contains(&rejected), "{rejected}");
    assert!(dropped(&registry, "oversize") <= 4);
    wire.becomes(Kernel::Takes);
    guard.flush(LONG).unwrap();
    guard.flush(LONG).unwrap();
    guard.shutdown(LONG).unwrap();
    assert_eq!((dropped(&registry, "rejected"), dropped(&registry, "oversize")), (3, 4));
    for line in ["t.size.left:1|ms\n", "t.change.right:2|ms\n", "long.time.yy:1|ms\n", "long.times.yy:1|ms\n"]
    {
        assert_eq!(wire.text().matches(line).count(), 1, "{line}");
    }
    assert_eq!(dropped(&registry, "overrun"), 0);
}

#[test]
fn a_name_that_has_no_address_yet_is_looked_up_again() {
    let (registry, metrics) = surface();
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    server.set_read_timeout(Some(LONG)).unwrap();
    let address: Arc<Mutex<Vec<SocketAddr>>> = Arc::default();
    let resolve = {
        let address = address.clone();
        move |host: &str, port: u16| {
            assert_eq!((host, port), ("statsd.internal", 8125));
            match &**address.lock().unwrap() {
                [] => Err(io::Error::other("no such host")),
                known => Ok(known.to_vec()),
            }
        }
    };
    let config = Config::default().target("udp://statsd.internal");
    let guard = config.interval(LONG).start_with(&registry, Box::new(resolve)).unwrap();
    metrics.whole(Side::Left, 3);
    assert!(guard.flush(LONG).unwrap_err().to_string().contains("no such host"));

    address.lock().unwrap().push(server.local_addr().unwrap());
    guard.flush(LONG).unwrap();
    let mut buffer = [0; 2_000];
    let length = server.recv(&mut buffer).unwrap();
    assert!(String::from_utf8_lossy(&buffer[..length]).contains("t.whole.left:3|c\n"));

    // It moves: the rejection makes the exporter look it up again.
    let moved = UdpSocket::bind("127.0.0.1:0").unwrap();
    moved.set_read_timeout(Some(LONG)).unwrap();
    drop(server);
    *address.lock().unwrap() = vec![moved.local_addr().unwrap()];
    metrics.whole(Side::Left, 4);
    guard.flush(LONG).unwrap_err();
    guard.shutdown(LONG).unwrap();
    let length = moved.recv(&mut buffer).unwrap();
    assert!(String::from_utf8_lossy(&buffer[..length]).contains("t.whole.left:4|c\n"));
}

#[test]
fn a_kernel_without_room_holds_nobody_longer_than_they_wait_and_nothing_is_lost() {
    let (registry, metrics) = surface();
    let wire = Wire::new();
    wire.becomes(Kernel::IsBusy);
    let guard = started(&Config::default(), &registry, wire.fake());
    metrics.whole(Side::Left, 7);
    let start = Instant::now();
    guard.shutdown(Duration::from_millis(200)).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(5));
    // It ends a moment later.
    let again = loop {
        match Config::default().build(&registry, system()) {
            Ok((report, mut exporter)) => {
                exporter.transport.fake = Some(wire.fake());
                break export::start(report, LONG, LONG, exporter).unwrap();
            }
            Err(StartError::Running) if start.elapsed() < LONG => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(error) => panic!("{error}"),
        }
    };
    wire.becomes(Kernel::Takes);
    again.shutdown(LONG).unwrap();
    assert!(wire.text().contains("t.whole.left:7|c\n"));
}

#[test]
fn a_resolver_that_hangs_holds_nobody_longer_than_they_wait() {
    let (registry, metrics) = surface();
    let (response, hangs) = std::sync::mpsc::channel::<()>();
    let hangs = Mutex::new(hangs);
    let resolve = move |_: &str, _| {
        let _ = hangs.lock().unwrap().recv();
        Err(io::Error::other("too late"))
    };
    let guard = Config::default().start_with(&registry, Box::new(resolve)).unwrap();
    metrics.whole(Side::Left, 7);
    let start = Instant::now();
    let error = guard.shutdown(Duration::from_millis(200)).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(error.exporters, [("statsd", export::ExportFailure::TimedOut)]);
    drop(response);
}

#[test]
fn if_one_address_refuses_the_next_is_tried() {
    let (registry, metrics) = surface();
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    server.set_read_timeout(Some(LONG)).unwrap();
    let nobody = {
        let gone = UdpSocket::bind("[::1]:0").or_else(|_| UdpSocket::bind("127.0.0.1:0")).unwrap();
        gone.local_addr().unwrap()
    };
    let addresses = vec![nobody, server.local_addr().unwrap()];
    let guard = Config::default().start_with(&registry, Box::new(move |_, _| Ok(addresses.clone()))).unwrap();
    metrics.whole(Side::Right, 5);
    guard.shutdown(LONG).unwrap();
    let mut buffer = [0; 2_000];
    let length = server.recv(&mut buffer).unwrap();
    assert!(String::from_utf8_lossy(&buffer[..length]).contains("t.whole.right:5|c\n"));
}
