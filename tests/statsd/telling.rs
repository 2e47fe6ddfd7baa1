//! What the log hears of servers that cannot be reached: one warning, and one line when they can.

use crate::child;
use crate::receiver::Receiver;
use crate::surface::{LONG, Metrics as _, app};
use crate::tool::Scratch;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use telemetry::statsd::Config;
use tracing::field::{Field, Visit};

#[test]
fn an_unreachable_server_and_its_return_are_reported_once_each() {
    child::run("telling::child_of_telling", &[]);
}

/// What the process above runs; in the suite it does nothing.
#[test]
fn child_of_telling() {
    if !child::is_child() {
        return;
    }
    let told = Told::default();
    tracing::subscriber::set_global_default(told.clone()).unwrap();
    let scratch = Scratch::new("statsd-telling").unwrap();
    let path = scratch.file("socket");
    let refusing = Receiver::udp();
    let address = refusing.target().replace("udp://", "");
    drop(refusing);
    let nobody = Config::default().interval(LONG);
    let (registry, metrics) = app();
    // A name without an address, which this machine may take its time to find out.
    let guard = nobody.clone().target("udp://nobody.invalid").start(&registry).unwrap();
    (0..3).for_each(|_| drop(guard.flush(LONG).unwrap_err()));
    drop(guard);
    for (target, open) in [
        (format!("udp://{address}"), Box::new(|| Receiver::at(&address)) as Box<dyn Fn() -> Receiver>),
        (format!("unix://{}", path.display()), Box::new(|| Receiver::unix(&path))),
    ] {
        let guard = nobody.clone().target(target).start(&registry).unwrap();
        for round in 0..5 {
            metrics.received(round);
            guard.flush(LONG).unwrap_err();
        }
        let receiver = open();
        guard.flush(LONG).unwrap();
        guard.flush(LONG).unwrap();
        drop(receiver);
        // Within the minute, and so not told again.
        guard.flush(LONG).unwrap_err();
        let _ = guard.shutdown(LONG);
    }
    let lines = told.0.lock().unwrap().clone();
    let warning = "WARN message=metrics do not get through, will try again exporter=\"statsd\" error=";
    let healed = "INFO message=metrics get through again exporter=\"statsd\" failures=5";
    let expected = [
        (warning, "udp://nobody.invalid:8125: "),
        // The guard that was dropped.
        ("WARN message=metrics are lost at the end", "nobody.invalid"),
        (warning, "Connection refused"),
        (healed, ""),
        (warning, "No such file or directory"),
        (healed, ""),
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, (begins, has)) in lines.iter().zip(expected) {
        assert!(line.starts_with(begins) && line.contains(has), "{lines:#?}");
    }
}

/// Keeps the lines of the library.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl tracing::Subscriber for Told {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "telemetry"
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
