//! The address of a statsd server, as the user writes it.

use crate::setting::{AddressError, Given, SettingError, Url};
use std::fmt;
use std::path::PathBuf;

/// The port of an address that names none.
pub(super) const PORT: u16 = 8125;

/// A server's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A host, by name or number, and a port.
    Udp { host: String, port: u16 },
    /// A Unix socket.
    Unix { path: PathBuf, kind: SocketKind },
}

/// The type of a Unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SocketKind {
    /// A datagram socket, or a stream if the server has one.
    Either,
    /// A datagram socket.
    Datagram,
    /// A stream, in which the length of each packet comes before it.
    Stream,
}

impl SocketKind {
    /// The schemes of addresses.
    const SCHEMES: [(&str, SocketKind); 3] = [
        ("unix", SocketKind::Either),
        ("unixgram", SocketKind::Datagram),
        ("unixstream", SocketKind::Stream),
    ];

    fn scheme(self) -> &'static str {
        match self {
            SocketKind::Either => "unix",
            SocketKind::Datagram => "unixgram",
            SocketKind::Stream => "unixstream",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Udp { host, port } if host.contains(':') => write!(f, "udp://[{host}]:{port}"),
            Target::Udp { host, port } => write!(f, "udp://{host}:{port}"),
            Target::Unix { path, kind } => write!(f, "{}://{}", kind.scheme(), path.display()),
        }
    }
}

/// The end of each error: addresses that are right.
const EXAMPLE: &str = "`udp://host:8125` or `unix:///var/run/datadog/dsd.socket`";

/// The longest path of a socket in bytes, by `sockaddr_un`.
const UNIX_PATH_MAX: usize = 107;

impl Target {
    /// Parses the address of a server.
    pub fn parse(given: &Given) -> Result<Self, SettingError> {
        if let Some((path, kind)) = socket(&given.text) {
            return unix(path, kind).map_err(|reason| given.wrong(format_args!("{reason}: write {EXAMPLE}")));
        }
        let wrong = |error| given.wrong_address(error, EXAMPLE);
        let url = Url::parse(&given.text, &["udp"]).map_err(wrong)?;
        if !matches!(url.path, "" | "/") || url.query.is_some() {
            return Err(wrong(AddressError::UnexpectedPath));
        }
        Ok(Target::Udp { host: url.host.name, port: url.host.port.unwrap_or(PORT) })
    }

    /// Returns the default limit of a datagram.
    pub fn max_datagram(&self) -> usize {
        match self {
            // The rest of an Ethernet frame of 1,500 bytes, with room for tunnels.
            Target::Udp { .. } => 1_432,
            // The size of the Datadog agent's buffer.
            Target::Unix { .. } => 8_192,
        }
    }
}

/// Checks the address of a server.
#[cfg(feature = "pipeline")]
pub(crate) fn check_target(given: &Given) -> Result<(), SettingError> {
    Target::parse(given).map(drop)
}

/// Returns the path and the type of a Unix socket, as `unix:///path`, `unixgram:///path`,
/// `unixstream:///path` or the path alone.
fn socket(text: &str) -> Option<(&str, SocketKind)> {
    if text.starts_with('/') {
        return Some((text, SocketKind::Either));
    }
    let (scheme, path) = text.split_once("://")?;
    let (_, kind) = SocketKind::SCHEMES.into_iter().find(|(name, _)| scheme.eq_ignore_ascii_case(name))?;
    Some((path, kind))
}

fn unix(path: &str, kind: SocketKind) -> Result<Target, &'static str> {
    match path {
        _ if cfg!(not(unix)) => Err("this system has no Unix sockets"),
        _ if path.len() > UNIX_PATH_MAX => Err("the path of a socket has at most 107 bytes"),
        // It would be a key for a server that takes one, and not belong into messages.
        _ if path.contains('?') => Err("the path of a socket has no query"),
        _ if path.len() > 1 && path.starts_with('/') && !path.ends_with('/') => {
            Ok(Target::Unix { path: path.into(), kind })
        }
        _ => Err("it is not the whole path of a socket"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Target, SettingError> {
        Target::parse(&Given::new("target", text)?)
    }

    #[test]
    fn an_address_is_a_host_with_a_port_or_a_path() {
        let udp = |host: &str, port| Ok(Target::Udp { host: host.to_owned(), port });
        assert_eq!(parse("udp://localhost:9125"), udp("localhost", 9125));
        assert_eq!(parse("udp://10.0.0.1"), udp("10.0.0.1", 8125));
        assert_eq!(parse("udp://[::1]:99/"), udp("::1", 99));
        assert_eq!(parse("udp://[fe80::1]"), udp("fe80::1", 8125));
        let unix = |path: &str, kind| Ok(Target::Unix { path: path.into(), kind });
        assert_eq!(parse("unix:///a/b"), unix("/a/b", SocketKind::Either));
        assert_eq!(parse("/a/b"), unix("/a/b", SocketKind::Either));
        assert_eq!(parse("unixgram:///a"), unix("/a", SocketKind::Datagram));
        assert_eq!(parse("UnixStream:///a"), unix("/a", SocketKind::Stream));
        let wrong = ["", "localhost:8125", "tcp://a:1", "udp://", "udp://:1", "udp://a:0", "udp://a:b"];
        let paths = ["unix://a", "unix://", "unixstream://a", "/", "/a/", "/a?key=b", "a/b"];
        for text in wrong.into_iter().chain(["udp://::1", "udp://[::1]1", "udp://a:70000"]).chain(paths) {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
