//! A process without a descriptor left: the server waits calmly, says so once, and goes on.

use crate::client::{connect, read, scrape};
use crate::surface::App;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, fs, thread};
use tracing::field::{Field, Visit};

/// Set in the process that runs out of descriptors, which is this test binary again.
const CHILD: &str = "TELEMETRY_ENDPOINT_CHILD";

#[test]
fn a_server_without_descriptors_waits_and_recovers() {
    let mut child = exhaustible();
    let mut commands = child.stdin.take().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut says = lines.filter_map(|line| line.strip_prefix("child: ").map(str::to_owned));
    let address: SocketAddr = says.next().unwrap().parse().unwrap();
    assert_eq!(scrape(address).status, 200);

    writeln!(commands, "exhaust").unwrap();
    assert_eq!(says.next().unwrap(), "exhausted");
    let mut waiting = connect(address);
    waiting.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let busy_before = ticks(&child);
    thread::sleep(Duration::from_secs(2));
    let busy = ticks(&child) - busy_before;
    assert!(busy < 100, "{busy} ticks of 10 ms in 2 s: it does not spin");

    writeln!(commands, "recover").unwrap();
    assert_eq!(says.next().unwrap(), "recovered");
    assert_eq!(read(&waiting).unwrap().status, 200);
    assert_eq!(scrape(address).status, 200);

    writeln!(commands, "warnings").unwrap();
    let lines: Vec<_> = std::iter::from_fn(|| says.next().filter(|line| line != "all")).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].contains("metrics do not get through, will try again exporter=\"prometheus\""),
        "{lines:?}"
    );
    assert!(lines[0].contains("cannot accept a connection: Too many open files"), "{lines:?}");
    assert!(lines[1].contains("metrics get through again exporter=\"prometheus\""), "{lines:?}");
    drop(commands);
    assert!(child.wait().unwrap().success());
}

/// This binary with few descriptors and one test: the one below.
fn exhaustible() -> Child {
    Command::new("bash")
        .args(["-c", "ulimit -n 40; exec \"$0\" \"$@\""])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "descriptors::child", "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// How long a process has run, user and system, in ticks of 10 ms.
fn ticks(child: &Child) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum()
}

/// What the process above runs; in the suite it does nothing.
#[test]
fn child() {
    if env::var_os(CHILD).is_none() {
        return;
    }
    let told = Told::default();
    tracing::subscriber::set_global_default(told.clone()).unwrap();
    let server = App::new().serve();
    println!("\nchild: {}", server.local_addr());
    let mut files = Vec::new();
    for command in std::io::stdin().lines() {
        match command.unwrap().as_str() {
            "exhaust" => {
                files.extend(std::iter::from_fn(|| File::open("/dev/null").ok()));
                println!("child: exhausted");
            }
            "recover" => {
                files.clear();
                println!("child: recovered");
            }
            _ => {
                told.0.lock().unwrap().iter().for_each(|line| println!("child: {line}"));
                println!("child: all");
            }
        }
    }
}

/// Keeps the lines of the library.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }
}

impl tracing::Subscriber for Told {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("telemetry")
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
