//! What a statsd server is sent: `DogStatsD` lines, read by a parser of this test's own.

use super::readings::Readings;
use super::scenario::{INSTRUMENTS, UP_DOWN};
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::time::Duration;
use telemetry::Registry;
use telemetry::export::Guard;
use telemetry::statsd::{Config, Dialect, Histograms};

const LONG: Duration = Duration::from_mins(1);

/// A server, and the exporter that sends to it.
pub struct Statsd {
    socket: UdpSocket,
    guard: Guard,
}

impl Statsd {
    pub fn start(registry: &Registry) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let config = Config::default()
            .target(format!("udp://{}", socket.local_addr().unwrap()))
            .dialect(Dialect::DogStatsd)
            .histograms(Histograms::Distribution)
            .origin_detection(false)
            .interval(LONG);
        Statsd { guard: config.start(registry).unwrap(), socket }
    }

    pub fn read(&self) -> Readings {
        self.guard.shutdown(LONG).unwrap();
        let mut readings = Readings::default();
        let mut buffer = vec![0; 1 << 16];
        loop {
            match self.socket.recv(&mut buffer) {
                Ok(length) => {
                    let text = std::str::from_utf8(&buffer[..length]).unwrap();
                    text.lines().for_each(|line| add(&mut readings, line));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return readings,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// The documented mapping of tags: what is neither letter nor digit nor one of `_-:/.` becomes `_`, and what
/// is empty too; a tag has 200 characters at the most, its key and the colon among them.
#[allow(clippy::unnecessary_wraps, reason = "a text may become nothing elsewhere")]
pub fn mapped(key: &str, text: &str) -> Option<String> {
    let is_kept = |c: char| c.is_alphanumeric() || "_-:/.".contains(c);
    let kept: String = text.chars().map(|c| if is_kept(c) { c } else { '_' }).collect();
    let kept = if kept.is_empty() { "_".to_owned() } else { kept };
    Some(kept.chars().take(200 - key.len() - 1).collect())
}

fn add(readings: &mut Readings, line: &str) {
    let (line, tags) = line.split_once("|#").unwrap_or((line, ""));
    let (name, rest) = line.split_once(':').unwrap();
    let Some((name, _)) = INSTRUMENTS.iter().find(|(_, dotted)| *dotted == name) else { return };
    let labels: Vec<_> =
        tags.split(',').filter(|tag| !tag.is_empty()).map(|tag| tag.split_once(':').unwrap()).collect();
    let (number, kind) = rest.split_once('|').unwrap();
    let number: f64 = number.parse().unwrap();
    match kind {
        "c" => readings.sum(name, &labels, number),
        // An up-down counter is a gauge to statsd.
        "g" if UP_DOWN.contains(name) => readings.sum(name, &labels, number),
        "g" => readings.gauge(name, &labels, number),
        "d" => readings.sample(name, &labels, number),
        other => panic!("{other} in {line}"),
    }
}
