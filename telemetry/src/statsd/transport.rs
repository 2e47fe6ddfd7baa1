//! Sends datagrams, and returns whether the kernel accepted them.

use super::target::Target;
use crate::export::{Reason, Turn};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
#[cfg(unix)]
use std::os::unix::net::UnixDatagram;
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
    Unix(UnixDatagram),
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
            Target::Unix(_) => self.connect(),
            #[cfg(not(unix))]
            Target::Unix(_) => Ok(()),
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
        if let Target::Unix(path) = &self.target {
            let socket = unix(path).map_err(|cause| Failure::new(Reason::Connect, cause))?;
            self.socket = Some(Socket::Unix(socket));
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
    fn attempt(&self, datagram: &[u8]) -> io::Result<()> {
        match &self.socket {
            Some(Socket::Udp { socket, address }) => {
                socket.send(datagram)?;
                // On this machine a rejection comes at once, and is of this very datagram.
                match socket.take_error() {
                    Ok(Some(rejection)) if address.ip().is_loopback() => Err(rejection),
                    _ => Ok(()),
                }
            }
            #[cfg(unix)]
            Some(Socket::Unix(socket)) => socket.send(datagram).map(|_| ()),
            #[cfg(test)]
            Some(Socket::Fake(fake)) => fake(datagram),
            None => Err(ErrorKind::NotConnected.into()),
        }
    }

    /// Turns to the next address, or once more to the only one. Returns true if there is a socket.
    fn try_elsewhere(&mut self) -> bool {
        match self.target {
            Target::Unix(_) => self.connect().is_ok(),
            Target::Udp { .. } if self.addresses.len() > 1 => {
                self.addresses.rotate_left(1);
                self.connect().is_ok()
            }
            Target::Udp { .. } => self.socket.is_some(),
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

/// Opens a Unix socket.
#[cfg(unix)]
fn unix(path: &std::path::Path) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.connect(path)?;
    socket.set_write_timeout(Some(WRITE_TIMEOUT))?;
    Ok(socket)
}

/// The number of an error that the standard library does not name: on Linux, other Unix, Windows.
type Code = [i32; 3];

/// `EMSGSIZE`.
const TOO_LONG: Code = [90, 40, 10_040];
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
