//! A node of a peer-to-peer network in `prometheus-client`.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
pub enum Direction {
    In,
    Out,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Moved {
    peer: String,
    direction: Direction,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Speaks {
    protocol: String,
}

/// The numbers of peers and protocols that are kept apart, as nothing else bounds the labels.
const PEERS_MAX: usize = 128;
const PROTOCOLS_MAX: usize = 16;

const OTHER: &str = "other";

#[derive(Debug, Default)]
struct State {
    /// How many connections each peer has: its series go with the last one.
    connections: BTreeMap<String, usize>,
    protocols: BTreeMap<String, i64>,
}

#[derive(Clone, Default)]
struct Metrics {
    bytes: Family<Moved, Counter>,
    peers: Family<Speaks, Gauge>,
    state: Arc<Mutex<State>>,
}

pub struct Node {
    metrics: Metrics,
}

pub struct Connection {
    metrics: Metrics,
    peer: String,
    protocol: String,
}

impl Metrics {
    /// Returns the label of the peer.
    fn joined(&self, peer: &str, protocol: &str) -> String {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let has_place = state.connections.len() < PEERS_MAX || state.connections.contains_key(peer);
        let peer = if has_place { peer } else { OTHER }.to_owned();
        *state.connections.entry(peer.clone()).or_default() += 1;
        for direction in [Direction::In, Direction::Out] {
            self.bytes.get_or_create_owned(&Moved { peer: peer.clone(), direction });
        }
        if state.protocols.len() < PROTOCOLS_MAX || state.protocols.contains_key(protocol) {
            let count = state.protocols.entry(protocol.to_owned()).or_default();
            *count += 1;
            self.peers.get_or_create(&Speaks { protocol: protocol.to_owned() }).set(*count);
        }
        peer
    }

    fn left(&self, peer: &str, protocol: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connections) = state.connections.get_mut(peer) {
            *connections -= 1;
            if *connections == 0 {
                state.connections.remove(peer);
                for direction in [Direction::In, Direction::Out] {
                    self.bytes.remove(&Moved { peer: peer.to_owned(), direction });
                }
            }
        }
        let labels = Speaks { protocol: protocol.to_owned() };
        let Some(count) = state.protocols.get_mut(protocol) else { return };
        *count -= 1;
        if *count > 0 {
            self.peers.get_or_create(&labels).set(*count);
        } else {
            state.protocols.remove(protocol);
            self.peers.remove(&labels);
        }
    }
}

impl Node {
    pub fn new(registry: &mut Registry) -> Self {
        let metrics = Metrics::default();
        let registry = registry.sub_registry_with_prefix("p2p");
        registry.register_with_unit("traffic", "Bytes of messages", Unit::Bytes, metrics.bytes.clone());
        let help = "Connected peers by the protocol that they speak";
        registry.register("peers", help, metrics.peers.clone());
        Node { metrics }
    }

    pub fn connect(&self, peer: &str, protocol: &str) -> Connection {
        let peer = self.metrics.joined(peer, protocol);
        Connection { metrics: self.metrics.clone(), peer, protocol: protocol.to_owned() }
    }
}

impl Connection {
    fn moved(&self, direction: Direction, bytes: u64) {
        self.metrics.bytes.get_or_create(&Moved { peer: self.peer.clone(), direction }).inc_by(bytes);
    }

    pub fn send(&self, message: &[u8]) {
        self.moved(Direction::Out, message.len() as u64);
    }

    pub fn receive(&self, message: &[u8]) {
        self.moved(Direction::In, message.len() as u64);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.metrics.left(&self.peer, &self.protocol);
    }
}
