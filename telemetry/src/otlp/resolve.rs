//! Looks names up, at most one at a time.

use super::failure::Failure;
use crate::export::Reason;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::thread;
use tokio::sync::oneshot;

/// The system's resolver cannot be interrupted, so each look-up has a thread of its own. One that hangs is
/// waited for again by the next attempt, instead of starting another.
#[derive(Default)]
pub(super) struct Resolver {
    under_way: Option<oneshot::Receiver<io::Result<Vec<SocketAddr>>>>,
}

impl Resolver {
    /// All addresses of a host, which does not change.
    pub(super) async fn addresses(&mut self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let answer = match &mut self.under_way {
            Some(answer) => answer,
            None => {
                let started = start(host.to_owned(), port);
                let no_thread =
                    |error| Failure::backoff(Reason::System, format!("cannot look up {host}: {error}"));
                self.under_way.insert(started.map_err(no_thread)?)
            }
        };
        let answer = answer.await;
        self.under_way = None;
        let why = match answer {
            Ok(Ok(addresses)) if !addresses.is_empty() => return Ok(addresses),
            Ok(Ok(_)) | Err(_) => "no address".to_owned(),
            Ok(Err(error)) => error.to_string(),
        };
        Err(Failure::backoff(Reason::Resolve, format!("cannot look up {host}: {why}")))
    }
}

fn start(host: String, port: u16) -> io::Result<oneshot::Receiver<io::Result<Vec<SocketAddr>>>> {
    let (sender, receiver) = oneshot::channel();
    thread::Builder::new().name("telemetry-dns".to_owned()).spawn(move || {
        // Whoever asked may be gone.
        let _ = sender.send((host.as_str(), port).to_socket_addrs().map(Iterator::collect));
    })?;
    Ok(receiver)
}
