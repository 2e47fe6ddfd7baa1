//! A server that keeps what comes, and a reader of lines that knows nothing of our code.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::net::UdpSocket;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use telemetry::statsd::Config;

/// Where datagrams end. The kernel keeps them, 200 KiB at the most, until they are read.
pub enum Receiver {
    Udp(UdpSocket),
    Unix(UnixDatagram, PathBuf),
}

impl Receiver {
    pub fn udp() -> Self {
        Self::at("127.0.0.1:0")
    }

    pub fn at(address: &str) -> Self {
        let socket = UdpSocket::bind(address).unwrap();
        socket.set_nonblocking(true).unwrap();
        Receiver::Udp(socket)
    }

    pub fn unix(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        socket.set_nonblocking(true).unwrap();
        Receiver::Unix(socket, path.to_owned())
    }

    pub fn target(&self) -> String {
        match self {
            Receiver::Udp(socket) => format!("udp://{}", socket.local_addr().unwrap()),
            Receiver::Unix(_, path) => format!("unix://{}", path.display()),
        }
    }

    /// A configuration that pushes on request. Its lines are the same in a container and outside.
    pub fn config(&self) -> Config {
        Config::default().target(self.target()).interval(crate::surface::LONG).origin_detection(false)
    }

    /// The datagrams that have come since the last time.
    pub fn datagrams(&self) -> Vec<String> {
        let mut datagrams = Vec::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let received = match self {
                Receiver::Udp(socket) => socket.recv(&mut buffer),
                Receiver::Unix(socket, _) => socket.recv(&mut buffer),
            };
            match received {
                Ok(length) => datagrams.push(String::from_utf8(buffer[..length].to_vec()).unwrap()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return datagrams,
                // Of what this socket sent: it sends nothing.
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The lines of them that are not of the exporter's own metrics.
    pub fn lines(&self) -> Vec<String> {
        let text = self.datagrams().concat();
        text.lines().filter(|line| !line.contains("telemetry.")).map(str::to_owned).collect()
    }

    /// The same, sorted.
    pub fn sorted(&self) -> Vec<String> {
        let mut lines = self.lines();
        lines.sort_unstable();
        lines
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Receiver::Unix(_, path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A server with a stream, in which the length of each packet comes before it.
pub struct StreamReceiver {
    listener: UnixListener,
    path: PathBuf,
}

impl StreamReceiver {
    pub fn at(path: &Path) -> Self {
        let listener = UnixListener::bind(path).unwrap();
        StreamReceiver { listener, path: path.to_owned() }
    }

    pub fn accept(&self) -> UnixStream {
        self.listener.accept().unwrap().0
    }
}

impl Drop for StreamReceiver {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The packets of a stream until its end, and how many bytes of an incomplete one are left.
pub fn packets(mut stream: impl Read) -> (Vec<String>, usize) {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let mut rest = bytes.as_slice();
    let mut packets = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*length) as usize;
        let Some((packet, after)) = after.split_at_checked(length) else { break };
        packets.push(String::from_utf8(packet.to_vec()).unwrap());
        rest = after;
    }
    (packets, rest.len())
}

/// What lines add up to, by name and tags.
#[derive(Debug, Default, PartialEq)]
pub struct Totals {
    pub counters: BTreeMap<String, f64>,
    pub gauges: BTreeMap<String, f64>,
    /// The weights of samples.
    pub samples: BTreeMap<String, f64>,
}

impl Totals {
    pub fn add<L: AsRef<str>>(&mut self, lines: &[L]) {
        for line in lines.iter().map(AsRef::as_ref) {
            let (line, tags) = line.split_once("|#").unwrap_or((line, ""));
            let (name, rest) = line.split_once(':').unwrap_or_else(|| panic!("{line:?}"));
            let mut fields = rest.split('|');
            let (text, kind) = (fields.next().unwrap(), fields.next().unwrap());
            // Cut, as Datadog's agent does.
            let rate = fields.next().map(|rate| rate.strip_prefix('@').unwrap().parse::<f64>().unwrap());
            let weight = rate.map_or(1.0, |rate| (1.0 / rate).floor());
            let series = if tags.is_empty() { name.to_owned() } else { format!("{name}#{tags}") };
            let value: f64 = text.parse().unwrap();
            match kind {
                "c" => *self.counters.entry(series).or_default() += value * weight,
                // By etsy's rule.
                "g" if tags.is_empty() && text.starts_with(['-', '+']) => {
                    *self.gauges.entry(series).or_default() += value;
                }
                "g" => {
                    self.gauges.insert(series, value);
                }
                "ms" | "h" | "d" => *self.samples.entry(series).or_default() += weight,
                _ => panic!("{line:?}"),
            }
        }
    }
}
