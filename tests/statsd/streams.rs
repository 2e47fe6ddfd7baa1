//! Unix sockets of both types, by every spelling of their address.

use crate::receiver::{Receiver, StreamReceiver, Totals, packets};
use crate::surface::{LONG, Method, Metrics as _, app};
use crate::tool::Scratch;
use std::io::Read;
use telemetry::statsd::Config;

fn config(target: &str) -> Config {
    Config::default().target(target).interval(LONG)
}

#[test]
fn a_socket_of_datagrams_has_three_addresses() {
    let scratch = Scratch::new("statsd-datagrams").unwrap();
    let path = scratch.file("socket");
    for scheme in ["unix://", "unixgram://", ""] {
        let receiver = Receiver::unix(&path);
        let (registry, metrics) = app();
        let guard = config(&format!("{scheme}{}", path.display())).start(&registry).unwrap();
        metrics.received(3);
        guard.shutdown(LONG).unwrap();
        assert_eq!(receiver.lines(), ["app.received:3|c"], "{scheme}");
    }
}

#[test]
fn a_socket_with_a_stream_has_three_addresses() {
    let scratch = Scratch::new("statsd-streams").unwrap();
    let path = scratch.file("socket");
    for scheme in ["unix://", "unixstream://", ""] {
        let receiver = StreamReceiver::at(&path);
        let (registry, metrics) = app();
        for n in 0..64 {
            metrics.requests(Method::Get, &format!("{n:0>200}"));
        }
        metrics.received(3);
        let guard = config(&format!("{scheme}{}", path.display())).start(&registry).unwrap();
        guard.flush(LONG).unwrap();
        drop(guard);
        let (packets, rest) = packets(receiver.accept());
        assert_eq!(rest, 0);
        assert!(
            packets.len() > 1 && packets.iter().all(|packet| packet.len() <= 8_192 && packet.ends_with('\n'))
        );
        let text = packets.concat();
        assert!(text.contains("app.received:3|c\n"), "{scheme}");
        assert_eq!(text.matches("app.requests.get.").count(), 64, "{scheme}");
    }
}

#[test]
fn a_type_that_the_server_has_not_is_a_failure_that_is_tried_again() {
    let scratch = Scratch::new("statsd-wrong-type").unwrap();
    let path = scratch.file("socket");
    let stream = StreamReceiver::at(&path);
    let (registry, metrics) = app();
    metrics.received(3);
    let guard = config(&format!("unixgram://{}", path.display())).start(&registry).unwrap();
    let error = guard.flush(LONG).unwrap_err().to_string();
    assert!(error.contains(&format!("unixgram://{}", path.display())), "{error}");
    drop(stream);
    let datagrams = Receiver::unix(&path);
    guard.shutdown(LONG).unwrap();
    assert_eq!(datagrams.lines(), ["app.received:3|c"]);
}

/// What the kernel takes of a stream can be lost if the server ends; what it does not take comes again.
#[test]
fn a_stream_is_opened_again_when_the_server_is() {
    let scratch = Scratch::new("statsd-stream-again").unwrap();
    let path = scratch.file("socket");
    let (registry, metrics) = app();
    let guard = config(&format!("unixstream://{}", path.display())).start(&registry).unwrap();
    let mut totals = Totals::default();
    for _ in 0..3 {
        metrics.requests(Method::Post, "/");
        guard.flush(LONG).unwrap_err();
        let receiver = StreamReceiver::at(&path);
        metrics.requests(Method::Post, "/");
        guard.flush(LONG).unwrap();
        let mut stream = receiver.accept();
        let mut length = [0; 4];
        stream.read_exact(&mut length).unwrap();
        let mut packet = vec![0; u32::from_le_bytes(length) as usize];
        stream.read_exact(&mut packet).unwrap();
        let text = String::from_utf8(packet).unwrap();
        totals.add(&text.lines().filter(|line| !line.contains("telemetry.")).collect::<Vec<_>>());
    }
    assert_eq!(totals.counters["app.requests.post._"], 6.0);
}

/// The packet that is under way when the server goes is sent whole to the next one, so that each stream
/// begins with a length.
#[test]
fn a_server_that_goes_within_a_packet_costs_no_other() {
    const SAMPLES: usize = 1 << 15;
    let scratch = Scratch::new("statsd-stream-part").unwrap();
    let path = scratch.file("socket");
    let receiver = StreamReceiver::at(&path);
    let (registry, metrics) = app();
    let config = config(&format!("unixstream://{}", path.display())).max_datagram(65_507).ring(SAMPLES);
    let guard = config.start(&registry).unwrap();
    // More than the buffer of a socket holds.
    for _ in 0..SAMPLES {
        metrics.size(1);
    }
    let mut stream = receiver.accept();
    stream.read_exact(&mut [0; 100]).unwrap();
    drop(stream);
    metrics.received(3);
    let (packets, rest) = std::thread::scope(|scope| {
        let read = scope.spawn(|| packets(receiver.accept()));
        guard.shutdown(LONG).unwrap();
        drop(guard);
        read.join().unwrap()
    });
    assert_eq!(rest, 0);
    let text = packets.concat();
    assert!(text.contains("app.received:3|c\n"));
    let is_whole = |line: &str| line == "app.size:1|ms" || !line.contains("app.size");
    assert!(text.lines().all(is_whole) && packets.iter().all(|packet| packet.ends_with('\n')));
}
