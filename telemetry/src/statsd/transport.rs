//! Sends datagrams, and returns whether the kernel accepted them.

#[cfg(unix)]
use super::target::SocketKind;
use super::target::Target;
use crate::export::{Reason, Turn};
#[cfg(unix)]
use std::io::Write;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
#[cfg(unix)]
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::time::{Duration, Instant};

/// A resolver of names.
pub(super) type Resolve = Box<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send>;

/// Returns the system's resolver, which may block for any time.
pub(super) fn system() -> Resolve {
    Box::new(|host, port| Ok((host, port).to_socket_addrs()?.collect()))
}

/// The time after which a name is looked up again.
const LOOK_UP_EACH: Duration = Duration::from_mins(1);

/// The longest time that an attempt waits for room in a socket.
const WRITE_TIMEOUT: Duration = Duration::from_millis(20);

/// The socket to the server, opened when it is needed.
pub(super) struct Transport {
    target: Target,
    resolve: Resolve,
    socket: Option<Socket>,
    /// The addresses of the last look-up. The first one is tried first.
    addresses: Vec<SocketAddr>,
    looked_up: Option<Instant>,
    #[cfg(test)]
    pub fake: Option<Fake>,
}

/// An open socket.
enum Socket {
    Udp {
        socket: UdpSocket,
        address: SocketAddr,
    },
    #[cfg(unix)]
    Datagram(UnixDatagram),
    #[cfg(unix)]
    Stream {
        socket: UnixStream,
        /// The bytes of a packet that the kernel accepted, while it has no room for the rest.
        written: usize,
    },
    #[cfg(test)]
    Fake(Fake),
}

/// A kernel that does what a test says.
#[cfg(test)]
pub(super) type Fake = std::sync::Arc<dyn Fn(&[u8]) -> io::Result<()> + Send + Sync>;

/// The reason why a datagram was not accepted.
#[derive(Debug)]
pub(super) enum Failure {
    /// It is longer than the socket takes.
    TooLong,
    /// The kernel rejected it.
    Rejected { reason: Reason, cause: io::Error },
}

impl Failure {
    fn new(reason: Reason, cause: io::Error) -> Self {
        Failure::Rejected { reason, cause }
    }
}

impl Transport {
    /// Returns the address of the server.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// Creates a transport without a socket.
    pub fn new(target: Target, resolve: Resolve) -> Self {
        Transport {
            target,
            resolve,
            socket: None,
            addresses: Vec::new(),
            looked_up: None,
            #[cfg(test)]
            fake: None,
        }
    }

    /// Returns true if there is a socket.
    pub fn is_open(&self) -> bool {
        self.socket.is_some()
    }

    /// Opens a socket if none is open. Looks the name up first if the last look-up is too old.
    ///
    /// # Errors
    ///
    /// If the name has no address, or if no socket can be opened.
    pub fn open(&mut self) -> Result<(), Failure> {
        #[cfg(test)]
        if let Some(fake) = &self.fake {
            self.socket = Some(Socket::Fake(fake.clone()));
            return Ok(());
        }
        let is_fresh = self.looked_up.is_some_and(|at| at.elapsed() < LOOK_UP_EACH);
        if self.socket.is_some() && is_fresh {
            return Ok(());
        }
        match &self.target {
            Target::Udp { host, port } => match (self.resolve)(host, *port) {
                Ok(addresses) if !addresses.is_empty() => self.adopt(addresses),
                // The address of the last look-up may still be right.
                _ if self.socket.is_some() => {
                    self.looked_up = Some(Instant::now());
                    Ok(())
                }
                Ok(_) => {
                    let cause = io::Error::new(ErrorKind::NotFound, "the name has no address");
                    Err(Failure::new(Reason::Resolve, cause))
                }
                Err(cause) => Err(Failure::new(Reason::Resolve, cause)),
            },
            #[cfg(unix)]
            Target::Unix { .. } => self.connect(),
            #[cfg(not(unix))]
            Target::Unix { .. } => Ok(()),
        }
    }

    /// Takes over the addresses of a look-up. Keeps the socket if its address is still one of them.
    fn adopt(&mut self, mut addresses: Vec<SocketAddr>) -> Result<(), Failure> {
        self.looked_up = Some(Instant::now());
        let used = match &self.socket {
            Some(Socket::Udp { address, .. }) => addresses.iter().position(|known| known == address),
            _ => None,
        };
        if let Some(used) = used {
            addresses.rotate_left(used);
            self.addresses = addresses;
            return Ok(());
        }
        self.addresses = addresses;
        self.connect()
    }

    /// Opens a socket to the first address that accepts one.
    fn connect(&mut self) -> Result<(), Failure> {
        self.socket = None;
        let mut last = io::Error::new(ErrorKind::NotFound, "there is no address");
        #[cfg(unix)]
        if let Target::Unix { path, kind } = &self.target {
            let socket = unix(path, *kind).map_err(|cause| Failure::new(Reason::Connect, cause))?;
            self.socket = Some(socket);
            self.looked_up = Some(Instant::now());
            return Ok(());
        }
        for _ in 0..self.addresses.len() {
            let address = self.addresses[0];
            match udp(address) {
                Ok(socket) => {
                    self.socket = Some(Socket::Udp { socket, address });
                    return Ok(());
                }
                Err(cause) => last = cause,
            }
            self.addresses.rotate_left(1);
        }
        Err(Failure::new(Reason::Connect, last))
    }

    /// Sends a datagram, at the latest by the end of the turn.
    ///
    /// # Errors
    ///
    /// If the kernel did not accept it.
    pub fn send(&mut self, datagram: &[u8], turn: &Turn<'_>) -> Result<(), Failure> {
        // Each address once, and one time more: a rejection may be an old one, of the datagram before.
        let mut attempts = self.addresses.len().max(1) + 1;
        loop {
            let error = match self.attempt(datagram) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            if is(&error, TOO_LONG) {
                return Err(Failure::TooLong);
            }
            if is_busy(&error) {
                if Instant::now() >= turn.deadline() {
                    self.close_if_incomplete();
                    return Err(Failure::new(Reason::Timeout, error));
                }
                if is(&error, NO_ROOM) {
                    turn.control.pause(Duration::from_millis(1));
                }
                continue;
            }
            attempts -= 1;
            if attempts == 0 || !self.try_elsewhere() {
                self.close();
                return Err(Failure::new(Reason::Connect, error));
            }
            turn.report.retried();
        }
    }

    /// Sends a datagram once.
    fn attempt(&mut self, datagram: &[u8]) -> io::Result<()> {
        match &mut self.socket {
            Some(Socket::Udp { socket, address }) => {
                socket.send(datagram)?;
                // On this machine a rejection comes at once, and is of this very datagram.
                match socket.take_error() {
                    Ok(Some(rejection)) if address.ip().is_loopback() => Err(rejection),
                    _ => Ok(()),
                }
            }
            #[cfg(unix)]
            Some(Socket::Datagram(socket)) => socket.send(datagram).map(|_| ()),
            #[cfg(unix)]
            Some(Socket::Stream { socket, written }) => write_packet(socket, written, datagram),
            #[cfg(test)]
            Some(Socket::Fake(fake)) => fake(datagram),
            None => Err(ErrorKind::NotConnected.into()),
        }
    }

    /// Turns to the next address, or once more to the only one. Returns true if there is a socket.
    fn try_elsewhere(&mut self) -> bool {
        match self.target {
            Target::Unix { .. } => self.connect().is_ok(),
            Target::Udp { .. } if self.addresses.len() > 1 => {
                self.addresses.rotate_left(1);
                self.connect().is_ok()
            }
            Target::Udp { .. } => self.socket.is_some(),
        }
    }

    /// Closes a stream that has a part of a packet: what is sent next would be read as the rest of it. The
    /// server forgets the part.
    fn close_if_incomplete(&mut self) {
        #[cfg(unix)]
        if let Some(Socket::Stream { written: 1.., .. }) = self.socket {
            self.close();
        }
    }

    /// Closes the socket. The next push looks the name up again.
    fn close(&mut self) {
        self.socket = None;
        self.looked_up = None;
    }
}

/// Opens a socket of the address' family. It is connected, so that the kernel reports rejections to it.
fn udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let any: IpAddr = match address {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(address)?;
    socket.set_write_timeout(Some(WRITE_TIMEOUT))?;
    Ok(socket)
}

/// Opens a Unix socket. If both types are allowed, the server's is taken.
#[cfg(unix)]
fn unix(path: &std::path::Path, kind: SocketKind) -> io::Result<Socket> {
    match kind {
        SocketKind::Datagram => datagram(path),
        SocketKind::Stream => stream(path),
        SocketKind::Either => match datagram(path) {
            Err(error) if is(&error, OTHER_TYPE) => stream(path),
            socket => socket,
        },
    }
}

#[cfg(unix)]
fn datagram(path: &std::path::Path) -> io::Result<Socket> {
    let socket = UnixDatagram::unbound()?;
    socket.connect(path)?;
    socket.set_write_timeout(Some(WRITE_TIMEOUT))?;
    Ok(Socket::Datagram(socket))
}

#[cfg(unix)]
fn stream(path: &std::path::Path) -> io::Result<Socket> {
    let socket = UnixStream::connect(path)?;
    socket.set_write_timeout(Some(WRITE_TIMEOUT))?;
    Ok(Socket::Stream { socket, written: 0 })
}

/// Writes a packet after its length, which is a `u32` in little endian. Continues after `written` bytes, and
/// leaves there how far it came.
#[cfg(unix)]
fn write_packet(socket: &mut impl Write, written: &mut usize, packet: &[u8]) -> io::Result<()> {
    let length = u32::try_from(packet.len()).map_err(|_| ErrorKind::InvalidInput)?.to_le_bytes();
    while *written < length.len() + packet.len() {
        let rest = match written.checked_sub(length.len()) {
            None => &length[*written..],
            Some(sent) => &packet[sent..],
        };
        match socket.write(rest)? {
            0 => return Err(ErrorKind::WriteZero.into()),
            count => *written += count,
        }
    }
    *written = 0;
    Ok(())
}

/// The number of an error that the standard library does not name: on Linux, other Unix, Windows.
type Code = [i32; 3];

/// `EMSGSIZE`.
const TOO_LONG: Code = [90, 40, 10_040];
/// `EPROTOTYPE`.
#[cfg(unix)]
const OTHER_TYPE: Code = [91, 41, 10_041];
/// `ENOBUFS`.
const NO_ROOM: Code = [105, 55, 10_055];

/// Compares an error with the number of this system.
fn is(error: &io::Error, code: Code) -> bool {
    let system = if cfg!(target_os = "linux") {
        0
    } else if cfg!(windows) {
        2
    } else {
        1
    };
    error.raw_os_error() == Some(code[system])
}

/// Returns true if the kernel may accept the datagram a moment later.
fn is_busy(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
        || is(error, NO_ROOM)
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    /// A stream that takes a few bytes, and has no room then.
    struct Narrow {
        taken: Vec<u8>,
        width: usize,
        is_full: bool,
    }

    impl Write for Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.is_full = !self.is_full;
            if !self.is_full {
                return Err(ErrorKind::WouldBlock.into());
            }
            let count = bytes.len().min(self.width);
            self.taken.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_packet_that_a_stream_takes_in_pieces_is_sent_once() {
        for width in 1..12 {
            let mut stream = Narrow { taken: Vec::new(), width, is_full: false };
            let mut written = 0;
            for packet in [&b"a:1|c\n"[..], b"b:22|g\n"] {
                while let Err(error) = write_packet(&mut stream, &mut written, packet) {
                    assert!(is_busy(&error) && written < 4 + packet.len(), "{error}");
                }
                assert_eq!(written, 0);
            }
            assert_eq!(stream.taken, b"\x06\0\0\0a:1|c\n\x07\0\0\0b:22|g\n", "{width}");
        }
    }

    #[test]
    fn a_stream_that_ends_is_an_error() {
        let mut stream = Narrow { taken: Vec::new(), width: 0, is_full: false };
        assert_eq!(write_packet(&mut stream, &mut 0, b"a").unwrap_err().kind(), ErrorKind::WriteZero);
    }
}
