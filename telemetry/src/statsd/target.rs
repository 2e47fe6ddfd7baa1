//! Where a statsd server is: the address that the user writes.

use std::fmt;
use std::path::PathBuf;

/// The port of statsd, where an address names none.
pub(super) const PORT: u16 = 8125;

/// A server's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A host, by name or number, and a port.
    Udp { host: String, port: u16 },
    /// A Unix datagram socket.
    Unix(PathBuf),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Udp { host, port } if host.contains(':') => write!(f, "udp://[{host}]:{port}"),
            Target::Udp { host, port } => write!(f, "udp://{host}:{port}"),
            Target::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

impl Target {
    /// # Errors
    ///
    /// What to write instead.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        match text.split_once("://") {
            Some(("udp", place)) => udp(place),
            Some(("unix" | "unixgram", _)) if cfg!(not(unix)) => {
                Err("this system has no Unix sockets: write `udp://host:port`")
            }
            Some(("unix" | "unixgram", path)) if path.len() > 1 && path.starts_with('/') => {
                Ok(Target::Unix(path.into()))
            }
            Some(("unix" | "unixgram", _)) => Err("write the whole path: `unix:///var/run/dsd.socket`"),
            _ => Err("write `udp://host:port` or `unix:///path`"),
        }
    }

    /// The largest datagram, if the user says nothing.
    pub fn max_datagram(&self) -> usize {
        match self {
            // What remains of an Ethernet frame of 1,500 bytes, with room for tunnels.
            Target::Udp { .. } => 1_432,
            // The size of the Datadog agent's buffer.
            Target::Unix(_) => 8_192,
        }
    }
}

fn udp(place: &str) -> Result<Target, &'static str> {
    let place = place.strip_suffix('/').unwrap_or(place);
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, Some(port.strip_prefix(':').ok_or("write `udp://[::1]:8125`")?)),
        None if place.matches(':').count() > 1 => return Err("write IPv6 in brackets: `udp://[::1]:8125`"),
        None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map_or(Ok(PORT), str::parse);
    match port {
        Ok(port) if port != 0 && !host.is_empty() => Ok(Target::Udp { host: host.to_owned(), port }),
        Ok(_) if host.is_empty() => Err("name the host: `udp://localhost:8125`"),
        _ => Err("the port is a number from 1 to 65535: `udp://localhost:8125`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_with_a_port_or_a_path() {
        let udp = |host: &str, port| Ok(Target::Udp { host: host.to_owned(), port });
        assert_eq!(Target::parse("udp://localhost:9125"), udp("localhost", 9125));
        assert_eq!(Target::parse("udp://10.0.0.1"), udp("10.0.0.1", 8125));
        assert_eq!(Target::parse("udp://[::1]:99/"), udp("::1", 99));
        assert_eq!(Target::parse("udp://[fe80::1]"), udp("fe80::1", 8125));
        assert_eq!(Target::parse("unix:///a/b"), Ok(Target::Unix("/a/b".into())));
        assert_eq!(Target::parse("unixgram:///a"), Ok(Target::Unix("/a".into())));
        let wrong = ["", "localhost:8125", "tcp://a:1", "udp://", "udp://:1", "udp://a:0", "udp://a:b"];
        for text in
            wrong.into_iter().chain(["udp://::1", "udp://[::1]1", "unix://a", "unix://", "udp://a:70000"])
        {
            assert!(Target::parse(text).is_err(), "{text}");
        }
    }
}
