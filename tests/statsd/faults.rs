//! Servers that are absent, vanish, come back or do not read: what is lost, and how long it takes.

use crate::receiver::{Receiver, Totals};
use crate::surface::{LONG, Method, Metrics as _, app};
use crate::tool::Scratch;
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};
use telemetry::export::ExportFailure;

/// What `f` gives, if it does in time.
fn within<T>(time: Duration, f: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = f();
    assert!(start.elapsed() < time, "it took {:?}", start.elapsed());
    value
}

const SOON: Duration = Duration::from_secs(5);

#[test]
fn a_server_that_is_away_gets_every_count_when_it_is_back() {
    let (registry, metrics) = app();
    let receiver = Receiver::udp();
    let (config, address) = (receiver.config(), receiver.target().replace("udp://", ""));
    drop(receiver);
    let guard = config.start(&registry).unwrap();
    let mut recorded = 0;
    let mut record = |times| {
        for _ in 0..times {
            metrics.requests(Method::Get, "/");
            metrics.set_heat("attic", f64::from(recorded));
            recorded += 1;
        }
    };
    let mut totals = Totals::default();
    for _ in 0..3 {
        record(5);
        let error = within(SOON, || guard.flush(LONG).unwrap_err());
        assert!(matches!(&error.exporters[..], [("statsd", ExportFailure::Failed(_))]), "{error}");

        let back = Receiver::at(&address);
        record(7);
        within(SOON, || guard.flush(LONG).unwrap());
        record(1);
        within(SOON, || guard.flush(LONG).unwrap());
        totals.add(&back.lines());
    }
    assert_eq!(totals.counters["app.requests.get._"], 39.0);
    assert_eq!(totals.gauges["app.heat.attic"], 38.0);
}

#[test]
fn a_unix_socket_may_come_late_vanish_and_come_back() {
    let (registry, metrics) = app();
    let scratch = Scratch::new("statsd-vanishing").unwrap();
    let path = scratch.file("socket");
    let receiver = Receiver::unix(&path);
    let config = receiver.config();
    drop(receiver);
    let guard = config.start(&registry).unwrap();
    let mut totals = Totals::default();
    for _ in 0..3 {
        metrics.requests(Method::Post, "/");
        within(SOON, || guard.flush(LONG).unwrap_err());
        let receiver = Receiver::unix(&path);
        metrics.requests(Method::Post, "/");
        within(SOON, || guard.flush(LONG).unwrap());
        totals.add(&receiver.lines());
    }
    assert_eq!(totals.counters["app.requests.post._"], 6.0);
}

#[test]
fn an_ipv6_server_is_reached() {
    let (registry, metrics) = app();
    let receiver = Receiver::at("[::1]:0");
    assert!(receiver.target().starts_with("udp://[::1]:"));
    let guard = receiver.config().start(&registry).unwrap();
    metrics.received(3);
    within(SOON, || guard.shutdown(LONG).unwrap());
    assert_eq!(receiver.lines(), ["app.received:3|c"]);
}

#[test]
fn a_name_that_does_not_exist_is_no_error_of_the_start() {
    let (registry, metrics) = app();
    let config = telemetry::statsd::Config::default().target("udp://nobody.invalid:8125");
    let guard = config.start(&registry).unwrap();
    metrics.received(3);
    // The resolver may take its time; the guard does not.
    within(SOON, || guard.shutdown(Duration::from_secs(2)).unwrap_err());
}

#[test]
fn a_server_that_does_not_read_holds_nobody_longer_than_they_wait() {
    let (registry, metrics) = app();
    let scratch = Scratch::new("statsd-stuck").unwrap();
    let path = scratch.file("socket");
    let stuck = Receiver::unix(&path);
    let filler = UnixDatagram::unbound().unwrap();
    filler.set_nonblocking(true).unwrap();
    while filler.send_to(b"filler:1|c\n", &path).is_ok() {}
    let guard = stuck.config().start(&registry).unwrap();
    metrics.received(3);
    let error = within(Duration::from_secs(2), || guard.shutdown(Duration::from_millis(300)).unwrap_err());
    assert_eq!(error.exporters.len(), 1);
    metrics.received(4);
}

#[test]
fn a_server_that_reads_again_gets_all() {
    let (registry, metrics) = app();
    let scratch = Scratch::new("statsd-slow").unwrap();
    let path = scratch.file("socket");
    let slow = Receiver::unix(&path);
    let filler = UnixDatagram::unbound().unwrap();
    filler.set_nonblocking(true).unwrap();
    while filler.send_to(b"telemetry.filler:1|c\n", &path).is_ok() {}
    let guard = slow.config().start(&registry).unwrap();
    metrics.received(3);
    let mut totals = Totals::default();
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| guard.flush(LONG));
        std::thread::sleep(Duration::from_millis(200));
        totals.add(&slow.lines());
        flush.join().unwrap().unwrap();
    });
    within(SOON, || guard.shutdown(LONG).unwrap());
    totals.add(&slow.lines());
    assert_eq!(totals.counters["app.received"], 3.0);
}

#[test]
fn it_starts_and_ends_inside_a_current_thread_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (registry, metrics) = app();
    let receiver = Receiver::udp();
    runtime.block_on(async {
        let guard = receiver.config().start(&registry).unwrap();
        metrics.received(3);
        within(SOON, || guard.shutdown(LONG).unwrap());
        // Again from inside, and dropped there.
        drop(guard);
    });
    assert_eq!(receiver.lines(), ["app.received:3|c"]);
}

#[test]
fn the_next_exporter_goes_on_where_the_last_one_stopped() {
    let (registry, metrics) = app();
    let receiver = Receiver::udp();
    metrics.received(1);
    receiver.config().start(&registry).unwrap().shutdown(LONG).unwrap();
    assert_eq!(receiver.lines(), ["app.received:1|c"], "what was before the first start is sent");
    metrics.received(2);
    let nobody = telemetry::statsd::Config::default().target("unix:///nowhere/at/all");
    nobody.start(&registry).unwrap().shutdown(LONG).unwrap_err();
    metrics.received(4);
    receiver.config().start(&registry).unwrap().shutdown(LONG).unwrap();
    assert_eq!(receiver.lines(), ["app.received:6|c"]);
}
