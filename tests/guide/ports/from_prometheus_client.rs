//! A peer-to-peer node that used `prometheus-client`: what happens in it, for both declarations.
//!
//! Names, types, label keys and buckets are mostly those of a public library; texts and code are not.

pub mod after;
pub mod before;
pub mod half_moved;

use prometheus_client::encoding::EncodeLabelValue;
use prometheus_client::encoding::text::encode;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use telemetry::Label;
use telemetry::prometheus::{Format, Renderer};

/// Derives what a label needs in both crates. The variants are the node's own, and stay.
macro_rules! labels {
    ($(enum $label:ident { $($variant:ident),+ })+) => { $(
        #[derive(Clone, Copy, Debug, EncodeLabelValue, Eq, Hash, Label, PartialEq)]
        #[label(rename_all = "PascalCase")]
        pub enum $label { $($variant),+ }
    )+ };
}

labels! {
    enum Role { Dialer, Listener }
    enum IncomingError { WrongPeerId, TransportError, Aborted, Io }
    enum Peer { Known, Unknown }
    enum OutgoingError { LocalPeerId, NoAddresses, Aborted, WrongPeerId, TransportOther }
    enum Direction { Inbound, Outbound }
    enum PingFailure { Timeout, Unsupported, Other }
    enum Query { Bootstrap, GetClosestPeers, GetProviders, GetRecord, PutRecord }
    enum QueryError { NotFound, QuorumFailed, Timeout }
    enum Routing { Added, Updated, Evicted }
    enum Request { FindNode, GetProvider, AddProvider, GetRecord, PutRecord }
}

/// What happens in a node.
pub trait Node {
    fn incoming(&self, protocols: &str);
    fn incoming_failed(&self, error: IncomingError, protocols: &str);
    fn dialed(&self);
    fn dial_failed(&self, peer: Peer, error: OutgoingError);
    fn connected(&self, role: Role, protocols: &str, took: Duration);
    fn disconnected(&self, role: Role, protocols: &str);
    fn listens(&self, protocols: &str);
    fn listens_no_more(&self, protocols: &str);
    fn listener_failed(&self);
    fn transferred(&self, protocols: &str, direction: Direction, bytes: u64);
    fn ponged(&self, round_trip: Duration);
    fn ping_failed(&self, reason: PingFailure);
    fn identity_received(&self);
    fn identity_sent(&self);
    fn identify_failed(&self);
    fn queried(&self, query: Query, requests: u32, successes: u32, took: Duration);
    fn got_records(&self, records: Result<u32, QueryError>);
    fn got_closest_peers(&self, peers: Result<u32, QueryError>);
    fn got_providers(&self, providers: Result<u32, QueryError>);
    fn routed(&self, action: Routing, bucket: u32);
    fn requested(&self, request: Request);
}

/// What happens in the mesh of a node.
pub trait Gossip {
    fn subscribed(&self, topic: &str, mesh_peers: i64);
    fn peer_joined(&self, protocol: &str);
    fn peer_left(&self, protocol: &str);
}

/// Runs a node.
fn live(node: &impl Node) {
    for (step, protocols) in (1..).zip(["/ip4/tcp", "/ip4/udp/quic-v1", "/ip4/tcp", "/dns\"4\\"]) {
        let took = Duration::from_millis(3 * u64::from(step));
        node.listens(protocols);
        node.incoming(protocols);
        node.dialed();
        node.connected(if step == 2 { Role::Dialer } else { Role::Listener }, protocols, took);
        node.transferred(protocols, Direction::Inbound, 1_500 * u64::from(step));
        node.transferred(protocols, Direction::Outbound, 7);
        node.ponged(took * 17);
        node.identity_received();
        node.identity_sent();
        node.queried(Query::GetRecord, 20 * step, 18 * step, took * 111);
        node.queried(Query::Bootstrap, step, 0, took * 7);
        node.got_records(Ok(step));
        node.got_closest_peers(Ok(20));
        node.routed(Routing::Added, 250);
        node.routed(Routing::Updated, 9);
        node.requested(Request::FindNode);
    }
    node.incoming_failed(IncomingError::Io, "/ip4/tcp");
    node.dial_failed(Peer::Unknown, OutgoingError::NoAddresses);
    node.disconnected(Role::Listener, "/ip4/tcp");
    node.listens_no_more("/ip4/tcp");
    node.listener_failed();
    node.ping_failed(PingFailure::Timeout);
    node.identify_failed();
    node.got_records(Err(QueryError::Timeout));
    node.got_closest_peers(Err(QueryError::NotFound));
    node.got_providers(Ok(3));
    node.got_providers(Err(QueryError::QuorumFailed));
}

/// Joins the mesh of a topic, and loses a peer.
fn gossip(mesh: &impl Gossip) {
    mesh.subscribed("blocks", 6);
    mesh.peer_joined("/meshsub/1.1.0");
    mesh.peer_joined("/meshsub/1.1.0");
    mesh.peer_joined("/floodsub/1.0.0");
    mesh.peer_left("/meshsub/1.1.0");
}

/// Returns what the old crate exports before and after all that happens. It has no other format.
pub fn before() -> Result<[String; 2], Box<dyn Error>> {
    let mut registry = prometheus_client::registry::Registry::default();
    let node = before::Metrics::new(&mut registry);
    let mesh = before::GossipsubMetrics::new(&mut registry);
    let page = || {
        let mut text = String::new();
        encode(&mut text, &registry).map(|()| text)
    };
    let at_start = page()?;
    live(&node);
    gossip(&mesh);
    Ok([at_start, page()?])
}

/// Returns the same of the declaration.
pub fn after() -> Result<[String; 2], Box<dyn Error>> {
    let registry = telemetry::Registry::new();
    let node = after::Metrics::new(&registry)?;
    let mesh: Arc<dyn after::GossipsubMetrics> =
        Arc::new(registry.register::<dyn after::GossipsubMetrics>()?);
    let at_start = open_metrics(&registry)?;
    live(&node);
    gossip(&mesh);
    Ok([at_start, open_metrics(&registry)?])
}

/// Returns what a service exports of which a part has moved.
pub fn half_moved() -> Result<String, Box<dyn Error>> {
    let (registry, old, mesh) = half_moved::metrics()?;
    live(&old);
    gossip(&mesh);
    open_metrics(&registry)
}

/// Renders a registry without `_created`, which the old crate does not have.
fn open_metrics(registry: &telemetry::Registry) -> Result<String, Box<dyn Error>> {
    let mut body = Vec::new();
    Renderer::new(registry).with_created_samples(false).render(Format::OpenMetrics, &mut body);
    Ok(String::from_utf8(body)?)
}
