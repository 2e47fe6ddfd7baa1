//! All readers at the same time: text, OpenMetrics, OTLP by both temporalities, and statsd. Each checks what
//! it sees of each series, and adds up what it sees of the one that stays.

use crate::fake;
use crate::{STAYS, calls_of};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Text;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use std::io::{BufReader, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use telemetry::export::Guard;
use telemetry::otlp::{self, Temporality};
use telemetry::prometheus::{Format, Renderer};
use telemetry::registry::{Point, Registry};
use telemetry::statsd::{self, Dialect};
use telemetry::value::Number;

const LONG: Duration = Duration::from_mins(1);
const NEVER: Duration = Duration::from_hours(1);
const NO_RECORDED_VALUE: u32 = 1;

/// What one reader has seen.
#[derive(Debug, Default)]
struct Seen {
    /// Of the shard that stays.
    batches: AtomicU64,
    sizes: AtomicU64,
    /// The samples of all shards, with those that they represent.
    samples: AtomicU64,
    readings: AtomicU64,
    /// The first that is wrong.
    wrong: Mutex<Option<String>>,
}

impl Seen {
    /// Takes a total of a shard. A delta is a part of one.
    fn take(&self, metric: &str, shard: &str, n: u64, is_delta: bool) {
        let Some(number) = shard.strip_prefix("shard-") else {
            if shard != STAYS {
                return self.complain(format!("{metric} of {shard:?}"));
            }
            let seen = if metric == "batches" { &self.batches } else { &self.sizes };
            if is_delta {
                seen.fetch_add(n, Ordering::Relaxed);
            } else if seen.swap(n, Ordering::Relaxed) > n {
                self.complain(format!("{metric} of {shard:?} falls to {n}"));
            }
            return;
        };
        let number = number.split('-').next().unwrap().parse().unwrap();
        if n > calls_of(number) {
            self.complain(format!("{metric} of {shard:?} is {n}, and no more than {}", calls_of(number)));
        }
    }

    fn complain(&self, text: String) {
        self.wrong.lock().unwrap().get_or_insert(text);
    }
}

/// Reads a text exposition, by nothing but its lines.
fn read_text(text: &str, seen: &Seen) {
    for line in text.lines().filter(|line| line.starts_with("churn_")) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap();
        let shard = labels.split_once("shard=\"").unwrap().1.split_once('"').unwrap().0;
        let metric = match name {
            "churn_batches_total" => "batches",
            "churn_size_count" => "size",
            _ => {
                assert!(shard != "other", "{line}");
                continue;
            }
        };
        seen.take(metric, shard, value.parse().unwrap(), false);
    }
    seen.readings.fetch_add(1, Ordering::Relaxed);
}

fn shard_of(attributes: &[KeyValue]) -> String {
    let [attribute] = attributes else { panic!("{attributes:?}") };
    assert_eq!(attribute.key, "shard");
    match attribute.value.as_ref().unwrap().value.as_ref().unwrap() {
        Text::StringValue(shard) => shard.clone(),
        other => panic!("{other:?}"),
    }
}

/// Reads a request of OTLP.
fn read_request(request: &ExportMetricsServiceRequest, is_delta: bool, seen: &Seen) {
    let scopes = request.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    for metric in scopes.flat_map(|scope| &scope.metrics).filter(|one| one.name.starts_with("churn.")) {
        match metric.data.as_ref().unwrap() {
            Data::Sum(sum) => {
                for point in sum.data_points.iter().filter(|point| point.flags != NO_RECORDED_VALUE) {
                    let Some(Value::AsInt(n)) = point.value else { panic!("{point:?}") };
                    seen.take("batches", &shard_of(&point.attributes), n.try_into().unwrap(), is_delta);
                }
            }
            Data::Histogram(sizes) => {
                for point in sizes.data_points.iter().filter(|point| point.flags != NO_RECORDED_VALUE) {
                    seen.take("size", &shard_of(&point.attributes), point.count, is_delta);
                }
            }
            Data::Gauge(gauge) => {
                let shards = gauge.data_points.iter().map(|point| shard_of(&point.attributes));
                shards.filter(|shard| shard == "other").for_each(|shard| seen.complain(shard));
            }
            other => panic!("{other:?}"),
        }
    }
    seen.readings.fetch_add(1, Ordering::Relaxed);
}

/// Reads a datagram of statsd.
fn read_lines(text: &str, seen: &Seen) {
    for line in text.lines().filter_map(|line| line.strip_prefix("churn.")) {
        let (line, tags) = line.split_once("|#").unwrap();
        let shard = tags.strip_prefix("shard:").unwrap();
        let (metric, rest) = line.split_once(':').unwrap();
        let mut fields = rest.split('|');
        let (number, _) = (fields.next().unwrap(), fields.next().unwrap());
        match metric {
            "batches" => seen.take(metric, shard, number.parse().unwrap(), true),
            "size" => {
                let rate = fields.next().map(|rate| rate.strip_prefix('@').unwrap().parse::<f64>().unwrap());
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "as Datadog's agent"
                )]
                let weight = rate.map_or(1, |rate| (1.0 / rate) as u64);
                seen.take(metric, shard, weight, true);
                seen.samples.fetch_add(weight, Ordering::Relaxed);
            }
            _ => assert!(metric == "offset" && shard != "other", "{metric} of {shard}"),
        }
    }
    seen.readings.fetch_add(1, Ordering::Relaxed);
}

/// Serves a collector that keeps nothing. Returns its URL. It ends with the process.
fn collector(is_delta: bool, seen: Arc<Seen>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, seen) = (stream.unwrap(), seen.clone());
            thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                while let Some(request) = fake::read(&mut reader) {
                    read_request(&request.message, is_delta, &seen);
                    drop(request);
                    stream.write_all(fake::OK).unwrap();
                }
            });
        }
    });
    url
}

/// Serves a receiver of datagrams that keeps nothing, until one is empty.
fn receiver(socket: UnixDatagram, seen: Arc<Seen>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        loop {
            match socket.recv(&mut buffer).unwrap() {
                0 => return,
                length => read_lines(std::str::from_utf8(&buffer[..length]).unwrap(), &seen),
            }
        }
    })
}

/// Everything that reads.
pub struct Readers {
    registry: Registry,
    seen: Vec<(&'static str, Arc<Seen>)>,
    guards: Vec<Arc<Guard>>,
    is_done: Arc<AtomicBool>,
    /// Held for reading by who reads.
    gate: Arc<RwLock<()>>,
    threads: Vec<JoinHandle<()>>,
    statsd: Arc<Seen>,
    datagrams: JoinHandle<()>,
    socket: std::path::PathBuf,
}

impl Readers {
    pub fn start(registry: &Registry) -> Self {
        let is_done = Arc::<AtomicBool>::default();
        let gate = Arc::<RwLock<()>>::default();
        let mut seen = Vec::new();
        let mut threads = Vec::new();
        for (name, format) in [("text", Format::Text), ("OpenMetrics", Format::OpenMetrics)] {
            let own = Arc::<Seen>::default();
            threads.push(render(registry, format, &own, &gate, &is_done));
            seen.push((name, own));
        }
        let mut guards = Vec::new();
        for (name, temporality) in [("cumulative", Temporality::Cumulative), ("delta", Temporality::Delta)] {
            let own = Arc::<Seen>::default();
            let url = collector(temporality == Temporality::Delta, own.clone());
            let config = otlp::Config::default().endpoint(url).interval(NEVER).temporality(temporality);
            guards.push(Arc::new(config.start(registry).unwrap()));
            seen.push((name, own));
        }
        let statsd = Arc::<Seen>::default();
        let socket = std::env::temp_dir().join(format!("churn-{}", std::process::id()));
        let _ = std::fs::remove_file(&socket);
        let datagrams = receiver(UnixDatagram::bind(&socket).unwrap(), statsd.clone());
        let config = statsd::Config::default().target(format!("unix://{}", socket.display()));
        // Rings are the greater part of a set's memory. Small ones lose samples, which others represent.
        let config = config.dialect(Dialect::DogStatsd).interval(NEVER).origin_detection(false).ring(64);
        guards.push(Arc::new(config.start(registry).unwrap()));
        seen.push(("statsd", statsd.clone()));
        for guard in &guards {
            threads.push(push(guard, &gate, &is_done));
        }
        Readers {
            registry: registry.clone(),
            seen,
            guards,
            is_done,
            gate,
            threads,
            statsd,
            datagrams,
            socket,
        }
    }

    /// Waits until each reader has read twice more: they have forgotten what is gone.
    fn settle(&self) {
        for _ in 0..2 {
            self.guards.iter().for_each(|guard| deliver(guard));
            let before: Vec<_> =
                self.seen.iter().map(|(_, seen)| seen.readings.load(Ordering::Relaxed)).collect();
            for ((name, seen), before) in self.seen.iter().zip(before).take(2) {
                let start = Instant::now();
                while seen.readings.load(Ordering::Relaxed) < before + 2 {
                    assert!(start.elapsed() < LONG, "{name} reads no more");
                    thread::sleep(Duration::from_millis(1));
                }
            }
        }
    }

    /// Calls `f` when each reader has read twice more and none is at work: what they allocate for a reading
    /// is free.
    pub fn between_readings<R>(&self, f: impl FnOnce() -> R) -> R {
        self.settle();
        let _gate = self.gate.write().unwrap();
        f()
    }

    /// Ends all readers, and asserts that each has seen all of what stays. `recorded` is the number of calls
    /// of all shards.
    pub fn finish(self, stays: u64, recorded: u64) {
        self.settle();
        self.is_done.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().unwrap();
        }
        for guard in &self.guards {
            deliver(guard);
            guard.shutdown(LONG).unwrap();
        }
        let end = UnixDatagram::unbound().unwrap();
        end.send_to(&[], &self.socket).unwrap();
        self.datagrams.join().unwrap();
        let _ = std::fs::remove_file(&self.socket);
        for (name, seen) in &self.seen {
            assert_eq!(*seen.wrong.lock().unwrap(), None, "{name}");
            assert_eq!(seen.batches.load(Ordering::Relaxed), stays, "{name}");
            if *name != "statsd" {
                assert_eq!(seen.sizes.load(Ordering::Relaxed), stays, "{name}");
            }
            assert!(seen.readings.load(Ordering::Relaxed) > 9, "{name}");
        }
        // Each sample is sent, represented by another one of its series, or counted as lost.
        let sent = self.statsd.samples.load(Ordering::Relaxed);
        let lost = sum(&self.registry, "export_dropped");
        assert_eq!(sent + lost, recorded, "{sent} sent, {lost} lost");
        assert_eq!(sum(&self.registry, "label_overflow"), 0);
        assert_eq!(sum(&self.registry, "dropped"), 0);
    }
}

/// Pushes until the other side takes all: it may be behind.
fn deliver(guard: &Guard) {
    let start = Instant::now();
    while let Err(error) = guard.flush(LONG) {
        assert!(start.elapsed() < LONG, "{error}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Renders until it is done.
fn render(
    registry: &Registry,
    format: Format,
    seen: &Arc<Seen>,
    gate: &Arc<RwLock<()>>,
    is_done: &Arc<AtomicBool>,
) -> JoinHandle<()> {
    let (mut renderer, seen, is_done) = (Renderer::new(registry), seen.clone(), is_done.clone());
    let gate = gate.clone();
    thread::spawn(move || {
        let mut text = Vec::new();
        while !is_done.load(Ordering::Relaxed) {
            let open = gate.read().unwrap();
            renderer.render(format, &mut text);
            read_text(std::str::from_utf8(&text).unwrap(), &seen);
            drop(open);
            thread::sleep(Duration::from_millis(20));
        }
    })
}

/// Pushes until it is done.
fn push(guard: &Arc<Guard>, gate: &Arc<RwLock<()>>, is_done: &Arc<AtomicBool>) -> JoinHandle<()> {
    let (guard, gate, is_done) = (guard.clone(), gate.clone(), is_done.clone());
    thread::spawn(move || {
        while !is_done.load(Ordering::Relaxed) {
            // A receiver that is slow is asked again.
            let open = gate.read().unwrap();
            let _ = guard.flush(LONG);
            drop(open);
            thread::sleep(Duration::from_millis(20));
        }
    })
}

/// Adds up one of the library's own counters.
fn sum(registry: &Registry, name: &str) -> u64 {
    let snapshot = registry.snapshot();
    let own = snapshot.families().filter(|family| family.namespace() == "telemetry" && family.name() == name);
    let numbers =
        own.flat_map(|family| family.series().collect::<Vec<_>>()).map(|series| match series.point() {
            Point::Sum(Number::U64(n)) => n,
            other => panic!("{other:?}"),
        });
    numbers.sum()
}
