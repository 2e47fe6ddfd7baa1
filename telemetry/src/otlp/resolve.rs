//! Looks names up, at most one at a time.

use super::failure::Failure;
use crate::export::Reason;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::thread;
use tokio::sync::oneshot;

type LookUp = fn(&str, u16) -> io::Result<Vec<SocketAddr>>;

/// A resolver of names.
///
/// The system's resolver cannot be interrupted, so each look-up has a thread of its own. If a look-up hangs,
/// the next attempt waits for it again instead of starting another one.
pub(super) struct Resolver {
    look_up: LookUp,
    pending: Option<oneshot::Receiver<io::Result<Vec<SocketAddr>>>>,
}

impl Default for Resolver {
    fn default() -> Self {
        Resolver { look_up: |host, port| Ok((host, port).to_socket_addrs()?.collect()), pending: None }
    }
}

impl Resolver {
    /// Returns all addresses of a host. The host is the same in each call.
    pub(super) async fn addresses(&mut self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let look_up = match &mut self.pending {
            Some(look_up) => look_up,
            None => {
                let started = start(self.look_up, host.to_owned(), port);
                let no_thread =
                    |error| Failure::backoff(Reason::System, format!("cannot look up {host}: {error}"));
                self.pending.insert(started.map_err(no_thread)?)
            }
        };
        let found = look_up.await;
        self.pending = None;
        let why = match found {
            Ok(Ok(addresses)) if !addresses.is_empty() => return Ok(addresses),
            Ok(Ok(_)) | Err(_) => "no address".to_owned(),
            Ok(Err(error)) => error.to_string(),
        };
        Err(Failure::backoff(Reason::Resolve, format!("cannot look up {host}: {why}")))
    }
}

/// Starts a look-up in a thread of its own.
fn start(
    look_up: LookUp,
    host: String,
    port: u16,
) -> io::Result<oneshot::Receiver<io::Result<Vec<SocketAddr>>>> {
    let (sender, receiver) = oneshot::channel();
    thread::Builder::new().name("telemetry-dns".to_owned()).spawn(move || {
        // The exporter may have ended.
        let _ = sender.send(look_up(&host, port));
    })?;
    Ok(receiver)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::runtime;

    #[test]
    fn a_name_that_had_no_address_has_one_as_soon_as_the_resolver_says_so() {
        static ASKED: AtomicU32 = AtomicU32::new(0);
        let look_up: LookUp = |_, port| match ASKED.fetch_add(1, Ordering::SeqCst) {
            0 => Err(io::Error::other("no such name yet")),
            1 => Ok(Vec::new()),
            _ => Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))]),
        };
        let mut resolver = Resolver { look_up, pending: None };
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        let mut ask = || runtime.block_on(resolver.addresses("collector.example", 4318));
        assert!(ask().is_err());
        assert!(ask().is_err());
        assert_eq!(ask().unwrap(), [SocketAddr::from(([127, 0, 0, 1], 4318))]);
        // No address is cached: the name may move.
        assert!(ask().is_ok());
        assert_eq!(ASKED.load(Ordering::SeqCst), 4);
    }
}
