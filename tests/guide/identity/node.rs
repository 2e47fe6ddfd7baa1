//! A node of a peer-to-peer network, quoted by the page.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use telemetry::registry::{Instruments, RegisterError};
use telemetry::{Label, Registry, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    In,
    Out,
}

/// The id of a peer.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 128)]
pub struct Peer<'a>(pub &'a str);

#[metrics(namespace = "p2p", labels(peer: Peer<'_>))]
pub trait PeerMetrics {
    /// Bytes of messages.
    #[counter(name = "traffic", value = bytes, unit = bytes)]
    fn moved(&self, direction: Direction, bytes: u64);
}

#[metrics(namespace = "p2p")]
pub trait NodeMetrics {
    /// Connected peers by the protocol that they speak.
    #[gauge]
    fn set_peers(&self, #[label(cap = 16)] protocol: &str, peers: u64);

    /// Nobody speaks the protocol any more.
    #[remove(peers)]
    fn protocol_gone(&self, protocol: &str);
}

/// The peers of each protocol.
struct Protocols {
    metrics: Instruments<dyn NodeMetrics>,
    peers: Mutex<BTreeMap<String, u64>>,
}

pub struct Node {
    registry: Registry,
    protocols: Arc<Protocols>,
}

pub struct Connection {
    metrics: Instruments<dyn PeerMetrics>,
    protocol: String,
    protocols: Arc<Protocols>,
}

impl Protocols {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn joined(&self, protocol: &str) {
        let mut peers = self.lock();
        let count = peers.entry(protocol.to_owned()).or_default();
        *count += 1;
        self.metrics.set_peers(protocol, *count);
    }

    fn left(&self, protocol: &str) {
        let mut peers = self.lock();
        let Some(count) = peers.get_mut(protocol) else { return };
        *count -= 1;
        if *count > 0 {
            self.metrics.set_peers(protocol, *count);
        } else {
            peers.remove(protocol);
            self.metrics.protocol_gone(protocol);
        }
    }
}

impl Node {
    pub fn new(registry: &Registry) -> Result<Self, RegisterError> {
        let protocols =
            Protocols { metrics: registry.register::<dyn NodeMetrics>()?, peers: Mutex::default() };
        Ok(Node { registry: registry.clone(), protocols: Arc::new(protocols) })
    }

    pub fn connect(&self, peer: &str, protocol: &str) -> Result<Connection, RegisterError> {
        let labels = PeerMetricsLabels { peer: Peer(peer) };
        let metrics = self.registry.register_or_get_with::<dyn PeerMetrics>(labels)?;
        self.protocols.joined(protocol);
        Ok(Connection { metrics, protocol: protocol.to_owned(), protocols: self.protocols.clone() })
    }
}

impl Connection {
    pub fn send(&self, message: &[u8]) {
        self.metrics.moved(Direction::Out, message.len() as u64);
    }

    pub fn receive(&self, message: &[u8]) {
        self.metrics.moved(Direction::In, message.len() as u64);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.protocols.left(&self.protocol);
    }
}
