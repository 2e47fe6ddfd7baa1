//! Hands datagrams to the kernel, and says whether it took them.

use super::target::Target;
use crate::export::{Reason, Turn};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
#[cfg(unix)]
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

/// How a name becomes addresses.
pub(super) type Resolve = Box<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send>;

/// The system's way, which may block for as long as it likes.
pub(super) fn system() -> Resolve {
    Box::new(|host, port| Ok((host, port).to_socket_addrs()?.collect()))
}

/// A name is looked up again after so long.
const FRESH: Duration = Duration::from_mins(1);

/// How long one attempt waits for room in a socket.
const PATIENCE: Duration = Duration::from_millis(20);

/// A way to the server, made when it is needed.
pub(super) struct Transport {
    target: Target,
    resolve: Resolve,
    way: Option<Way>,
    /// Of the last look-up; the first one is tried first.
    addresses: Vec<SocketAddr>,
    looked_up: Option<Instant>,
    #[cfg(test)]
    pub fake: Option<Fake>,
}

enum Way {
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

/// Why a datagram was not taken.
#[derive(Debug)]
pub(super) enum Failure {
    /// It is longer than the way takes.
    TooLong,
    /// Nothing of it was.
    NotTaken { reason: Reason, cause: io::Error },
}

impl Failure {
    fn new(reason: Reason, cause: io::Error) -> Self {
        Failure::NotTaken { reason, cause }
    }
}

impl Transport {
    pub const fn target(&self) -> &Target {
        &self.target
    }

    pub fn new(target: Target, resolve: Resolve) -> Self {
        Transport {
            target,
            resolve,
            way: None,
            addresses: Vec::new(),
            looked_up: None,
            #[cfg(test)]
            fake: None,
        }
    }

    pub fn is_open(&self) -> bool {
        self.way.is_some()
    }

    /// Looks the name up if that is due, and opens a socket if there is none.
    ///
    /// # Errors
    ///
    /// If the name has no address, or nothing is there.
    pub fn open(&mut self) -> Result<(), Failure> {
        #[cfg(test)]
        if let Some(fake) = &self.fake {
            self.way = Some(Way::Fake(fake.clone()));
            return Ok(());
        }
        let is_fresh = self.looked_up.is_some_and(|at| at.elapsed() < FRESH);
        if self.way.is_some() && is_fresh {
            return Ok(());
        }
        match &self.target {
            Target::Udp { host, port } => match (self.resolve)(host, *port) {
                Ok(addresses) if !addresses.is_empty() => self.adopt(addresses),
                // What was good a minute ago may still be.
                _ if self.way.is_some() => {
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

    /// Goes on with the address that is used already, if it is still one of them.
    fn adopt(&mut self, mut addresses: Vec<SocketAddr>) -> Result<(), Failure> {
        self.looked_up = Some(Instant::now());
        let used = match &self.way {
            Some(Way::Udp { address, .. }) => addresses.iter().position(|known| known == address),
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

    /// Opens a socket to the first address, or to the next that has a way.
    fn connect(&mut self) -> Result<(), Failure> {
        self.way = None;
        let mut last = io::Error::new(ErrorKind::NotFound, "there is no address");
        #[cfg(unix)]
        if let Target::Unix(path) = &self.target {
            let socket = unix(path).map_err(|cause| Failure::new(Reason::Connect, cause))?;
            self.way = Some(Way::Unix(socket));
            self.looked_up = Some(Instant::now());
            return Ok(());
        }
        for _ in 0..self.addresses.len() {
            let address = self.addresses[0];
            match udp(address) {
                Ok(socket) => {
                    self.way = Some(Way::Udp { socket, address });
                    return Ok(());
                }
                Err(cause) => last = cause,
            }
            self.addresses.rotate_left(1);
        }
        Err(Failure::new(Reason::Connect, last))
    }

    /// Gives a datagram to the kernel, at the latest by the end of the turn.
    ///
    /// # Errors
    ///
    /// If the kernel did not take it.
    pub fn send(&mut self, datagram: &[u8], turn: &Turn<'_>) -> Result<(), Failure> {
        // Each address once, and one time more: a refusal is news of the datagram before, and may be old.
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

    fn attempt(&self, datagram: &[u8]) -> io::Result<()> {
        match &self.way {
            Some(Way::Udp { socket, address }) => {
                socket.send(datagram)?;
                // On this machine a refusal is there at once, and is of this very datagram.
                match socket.take_error() {
                    Ok(Some(refused)) if address.ip().is_loopback() => Err(refused),
                    _ => Ok(()),
                }
            }
            #[cfg(unix)]
            Some(Way::Unix(socket)) => socket.send(datagram).map(|_| ()),
            #[cfg(test)]
            Some(Way::Fake(fake)) => fake(datagram),
            None => Err(ErrorKind::NotConnected.into()),
        }
    }

    /// Turns to the next address, or once more to the only one. Whether there is a way.
    fn try_elsewhere(&mut self) -> bool {
        match self.target {
            Target::Unix(_) => self.connect().is_ok(),
            Target::Udp { .. } if self.addresses.len() > 1 => {
                self.addresses.rotate_left(1);
                self.connect().is_ok()
            }
            Target::Udp { .. } => self.way.is_some(),
        }
    }

    /// The next push looks for the server anew.
    fn close(&mut self) {
        self.way = None;
        self.looked_up = None;
    }
}

/// A socket of the address' family, connected, so that the kernel tells it of refusals.
fn udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let any: IpAddr = match address {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(address)?;
    socket.set_write_timeout(Some(PATIENCE))?;
    Ok(socket)
}

#[cfg(unix)]
fn unix(path: &std::path::Path) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.connect(path)?;
    socket.set_write_timeout(Some(PATIENCE))?;
    Ok(socket)
}

/// Numbers of errors that the standard library has no name for: Linux, other Unix, Windows.
type Code = [i32; 3];

/// `EMSGSIZE`.
const TOO_LONG: Code = [90, 40, 10_040];
/// `ENOBUFS`.
const NO_ROOM: Code = [105, 55, 10_055];

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

/// Whether it may be taken a moment later.
fn is_busy(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
        || is(error, NO_ROOM)
}
