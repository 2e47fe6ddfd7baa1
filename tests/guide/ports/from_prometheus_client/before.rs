//! A node's metrics as families of `prometheus-client`.

use super::{
    Direction, Gossip, IncomingError, Node, OutgoingError, Peer, PingFailure, Query, QueryError, Request,
    Role, Routing,
};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct Build {
    version: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct Address {
    protocols: String,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct Incoming {
    error: IncomingError,
    protocols: String,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct Outgoing {
    peer: Peer,
    error: OutgoingError,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct Connection {
    role: Role,
    protocols: String,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct Traffic {
    protocols: String,
    direction: Direction,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct Failure {
    reason: PingFailure,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct QueryType {
    r#type: Query,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct FailedQuery {
    error: QueryError,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct RoutingUpdate {
    action: Routing,
    bucket: u32,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct InboundRequest {
    request: Request,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct Topic {
    hash: String,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct Protocol {
    protocol: String,
}

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

fn counts() -> Histogram {
    Histogram::new(exponential_buckets(1.0, 2.0, 10))
}

pub struct Metrics {
    bandwidth: Family<Traffic, Counter>,
    swarm: SwarmMetrics,
    ping: PingMetrics,
    identify: IdentifyMetrics,
    kad: KadMetrics,
}

impl Metrics {
    pub fn new(registry: &mut Registry) -> Self {
        let registry = registry.sub_registry_with_prefix("libp2p");
        let bandwidth = Family::<Traffic, Counter>::default();
        registry.register_with_unit("bandwidth", "Bytes on connections", Unit::Bytes, bandwidth.clone());
        registry.register("build", "Version of the program", Info::new(Build { version: "0.9.1" }));
        Metrics {
            bandwidth,
            swarm: SwarmMetrics::new(registry),
            ping: PingMetrics::new(registry),
            identify: IdentifyMetrics::new(registry),
            kad: KadMetrics::new(registry),
        }
    }
}

pub struct SwarmMetrics {
    connections_incoming: Family<Address, Counter>,
    connections_incoming_error: Family<Incoming, Counter>,
    connections_established: Family<Connection, Counter>,
    connections_establishment_duration: Histograms<Connection>,
    connections_closed: Family<Connection, Counter>,
    new_listen_addr: Family<Address, Counter>,
    expired_listen_addr: Family<Address, Counter>,
    listener_error: Counter,
    dial_attempt: Counter,
    outgoing_connection_error: Family<Outgoing, Counter>,
}

impl SwarmMetrics {
    fn new(registry: &mut Registry) -> Self {
        let registry = registry.sub_registry_with_prefix("swarm");
        let connections_incoming = Family::<Address, Counter>::default();
        registry.register(
            "connections_incoming",
            "Connections that peers began",
            connections_incoming.clone(),
        );
        let connections_incoming_error = Family::<Incoming, Counter>::default();
        registry.register(
            "connections_incoming_error",
            "Connections that peers began and that failed",
            connections_incoming_error.clone(),
        );
        let connections_established = Family::<Connection, Counter>::default();
        registry.register(
            "connections_established",
            "Connections that came about",
            connections_established.clone(),
        );
        let connections_establishment_duration = Histograms::<Connection>::new_with_constructor(|| {
            Histogram::new(exponential_buckets(0.001, 2.0, 10))
        });
        registry.register(
            "connections_establishment_duration",
            "Time until a connection came about",
            connections_establishment_duration.clone(),
        );
        let connections_closed = Family::<Connection, Counter>::default();
        registry.register("connections_closed", "Connections that ended", connections_closed.clone());
        let new_listen_addr = Family::<Address, Counter>::default();
        registry.register("new_listen_addr", "Addresses that the node listens on", new_listen_addr.clone());
        let expired_listen_addr = Family::<Address, Counter>::default();
        registry.register("expired_listen_addr", "Addresses given up", expired_listen_addr.clone());
        let listener_error = Counter::default();
        registry.register("listener_error", "Failures of listeners", listener_error.clone());
        let dial_attempt = Counter::default();
        registry.register("dial_attempt", "Connections that this node began", dial_attempt.clone());
        let outgoing_connection_error = Family::<Outgoing, Counter>::default();
        registry.register(
            "outgoing_connection_error",
            "Connections that this node began and that failed",
            outgoing_connection_error.clone(),
        );
        SwarmMetrics {
            connections_incoming,
            connections_incoming_error,
            connections_established,
            connections_establishment_duration,
            connections_closed,
            new_listen_addr,
            expired_listen_addr,
            listener_error,
            dial_attempt,
            outgoing_connection_error,
        }
    }
}

pub struct PingMetrics {
    rtt: Histogram,
    failure: Family<Failure, Counter>,
    pong_received: Counter,
}

impl PingMetrics {
    fn new(registry: &mut Registry) -> Self {
        let registry = registry.sub_registry_with_prefix("ping");
        let rtt = Histogram::new(exponential_buckets(0.001, 2.0, 12));
        registry.register_with_unit("rtt", "Round trips", Unit::Seconds, rtt.clone());
        let failure = Family::<Failure, Counter>::default();
        registry.register("failure", "Pings without an answer", failure.clone());
        let pong_received = Counter::default();
        registry.register("pong_received", "Answers", pong_received.clone());
        PingMetrics { rtt, failure, pong_received }
    }
}

pub struct IdentifyMetrics {
    error: Counter,
    received: Counter,
    sent: Counter,
}

impl IdentifyMetrics {
    fn new(registry: &mut Registry) -> Self {
        let registry = registry.sub_registry_with_prefix("identify");
        let error = Counter::default();
        registry.register("errors", "Exchanges that failed", error.clone());
        let received = Counter::default();
        registry.register("received", "Identities received", received.clone());
        let sent = Counter::default();
        registry.register("sent", "Identities sent", sent.clone());
        IdentifyMetrics { error, received, sent }
    }
}

pub struct KadMetrics {
    query_result_get_record_ok: Histogram,
    query_result_get_record_error: Family<FailedQuery, Counter>,
    query_result_get_closest_peers_ok: Histogram,
    query_result_get_closest_peers_error: Family<FailedQuery, Counter>,
    query_result_get_providers_ok: Histogram,
    query_result_get_providers_error: Family<FailedQuery, Counter>,
    query_result_num_requests: Histograms<QueryType>,
    query_result_num_success: Histograms<QueryType>,
    query_result_num_failure: Histograms<QueryType>,
    query_result_duration: Histograms<QueryType>,
    routing_updated: Family<RoutingUpdate, Counter>,
    inbound_requests: Family<InboundRequest, Counter>,
}

impl KadMetrics {
    fn new(registry: &mut Registry) -> Self {
        let registry = registry.sub_registry_with_prefix("kad");
        let query_result_get_record_ok = counts();
        registry.register(
            "query_result_get_record_ok",
            "Records that a query found",
            query_result_get_record_ok.clone(),
        );
        let query_result_get_record_error = Family::<FailedQuery, Counter>::default();
        registry.register(
            "query_result_get_record_error",
            "Queries for records that failed",
            query_result_get_record_error.clone(),
        );
        let query_result_get_closest_peers_ok = counts();
        registry.register(
            "query_result_get_closest_peers_ok",
            "Peers that a query found",
            query_result_get_closest_peers_ok.clone(),
        );
        let query_result_get_closest_peers_error = Family::<FailedQuery, Counter>::default();
        registry.register(
            "query_result_get_closest_peers_error",
            "Queries for peers that failed",
            query_result_get_closest_peers_error.clone(),
        );
        let query_result_get_providers_ok = counts();
        registry.register(
            "query_result_get_providers_ok",
            "Providers that a query found",
            query_result_get_providers_ok.clone(),
        );
        let query_result_get_providers_error = Family::<FailedQuery, Counter>::default();
        registry.register(
            "query_result_get_providers_error",
            "Queries for providers that failed",
            query_result_get_providers_error.clone(),
        );
        let query_result_num_requests = Histograms::<QueryType>::new_with_constructor(counts);
        registry.register(
            "query_result_num_requests",
            "Requests of a query",
            query_result_num_requests.clone(),
        );
        let query_result_num_success = Histograms::<QueryType>::new_with_constructor(counts);
        registry.register(
            "query_result_num_success",
            "Requests of a query that succeeded",
            query_result_num_success.clone(),
        );
        let query_result_num_failure = Histograms::<QueryType>::new_with_constructor(counts);
        registry.register(
            "query_result_num_failure",
            "Requests of a query that failed",
            query_result_num_failure.clone(),
        );
        let query_result_duration = Histograms::<QueryType>::new_with_constructor(|| {
            Histogram::new(exponential_buckets(0.1, 2.0, 10))
        });
        registry.register_with_unit(
            "query_result_duration",
            "Time that a query took",
            Unit::Seconds,
            query_result_duration.clone(),
        );
        let routing_updated = Family::<RoutingUpdate, Counter>::default();
        registry.register("routing_updated", "Changes of the routing table", routing_updated.clone());
        let inbound_requests = Family::<InboundRequest, Counter>::default();
        registry.register("inbound_requests", "Requests of peers", inbound_requests.clone());
        KadMetrics {
            query_result_get_record_ok,
            query_result_get_record_error,
            query_result_get_closest_peers_ok,
            query_result_get_closest_peers_error,
            query_result_get_providers_ok,
            query_result_get_providers_error,
            query_result_num_requests,
            query_result_num_success,
            query_result_num_failure,
            query_result_duration,
            routing_updated,
            inbound_requests,
        }
    }
}

pub struct GossipsubMetrics {
    topic_subscription_status: Family<Topic, Gauge>,
    mesh_peer_counts: Family<Topic, Gauge>,
    peers_per_protocol: Family<Protocol, Gauge>,
}

impl GossipsubMetrics {
    pub fn new(registry: &mut Registry) -> Self {
        let registry = registry.sub_registry_with_prefix("libp2p_gossipsub");
        let topic_subscription_status = Family::<Topic, Gauge>::default();
        registry.register(
            "topic_subscription_status",
            "1 for a topic that the node is subscribed to",
            topic_subscription_status.clone(),
        );
        let mesh_peer_counts = Family::<Topic, Gauge>::default();
        registry.register("mesh_peer_counts", "Peers in the mesh of a topic", mesh_peer_counts.clone());
        let peers_per_protocol = Family::<Protocol, Gauge>::default();
        registry.register("peers_per_protocol", "Connected peers", peers_per_protocol.clone());
        GossipsubMetrics { topic_subscription_status, mesh_peer_counts, peers_per_protocol }
    }
}

impl Node for Metrics {
    fn incoming(&self, protocols: &str) {
        let address = Address { protocols: protocols.to_owned() };
        self.swarm.connections_incoming.get_or_create(&address).inc();
    }

    fn incoming_failed(&self, error: IncomingError, protocols: &str) {
        let incoming = Incoming { error, protocols: protocols.to_owned() };
        self.swarm.connections_incoming_error.get_or_create(&incoming).inc();
    }

    fn dialed(&self) {
        self.swarm.dial_attempt.inc();
    }

    fn dial_failed(&self, peer: Peer, error: OutgoingError) {
        self.swarm.outgoing_connection_error.get_or_create(&Outgoing { peer, error }).inc();
    }

    fn connected(&self, role: Role, protocols: &str, took: Duration) {
        let connection = Connection { role, protocols: protocols.to_owned() };
        self.swarm.connections_established.get_or_create(&connection).inc();
        let duration = &self.swarm.connections_establishment_duration;
        duration.get_or_create(&connection).observe(took.as_secs_f64());
    }

    fn disconnected(&self, role: Role, protocols: &str) {
        let connection = Connection { role, protocols: protocols.to_owned() };
        self.swarm.connections_closed.get_or_create(&connection).inc();
    }

    fn listens(&self, protocols: &str) {
        self.swarm.new_listen_addr.get_or_create(&Address { protocols: protocols.to_owned() }).inc();
    }

    fn listens_no_more(&self, protocols: &str) {
        self.swarm.expired_listen_addr.get_or_create(&Address { protocols: protocols.to_owned() }).inc();
    }

    fn listener_failed(&self) {
        self.swarm.listener_error.inc();
    }

    fn transferred(&self, protocols: &str, direction: Direction, bytes: u64) {
        let traffic = Traffic { protocols: protocols.to_owned(), direction };
        self.bandwidth.get_or_create(&traffic).inc_by(bytes);
    }

    fn ponged(&self, round_trip: Duration) {
        self.ping.pong_received.inc();
        self.ping.rtt.observe(round_trip.as_secs_f64());
    }

    fn ping_failed(&self, reason: PingFailure) {
        self.ping.failure.get_or_create(&Failure { reason }).inc();
    }

    fn identity_received(&self) {
        self.identify.received.inc();
    }

    fn identity_sent(&self) {
        self.identify.sent.inc();
    }

    fn identify_failed(&self) {
        self.identify.error.inc();
    }

    fn queried(&self, query: Query, requests: u32, successes: u32, took: Duration) {
        let labels = QueryType { r#type: query };
        self.kad.query_result_num_requests.get_or_create(&labels).observe(requests.into());
        self.kad.query_result_num_success.get_or_create(&labels).observe(successes.into());
        self.kad.query_result_num_failure.get_or_create(&labels).observe((requests - successes).into());
        self.kad.query_result_duration.get_or_create(&labels).observe(took.as_secs_f64());
    }

    fn got_records(&self, records: Result<u32, QueryError>) {
        match records {
            Ok(records) => self.kad.query_result_get_record_ok.observe(records.into()),
            Err(error) => {
                self.kad.query_result_get_record_error.get_or_create(&FailedQuery { error }).inc();
            }
        }
    }

    fn got_closest_peers(&self, peers: Result<u32, QueryError>) {
        match peers {
            Ok(peers) => self.kad.query_result_get_closest_peers_ok.observe(peers.into()),
            Err(error) => {
                self.kad.query_result_get_closest_peers_error.get_or_create(&FailedQuery { error }).inc();
            }
        }
    }

    fn got_providers(&self, providers: Result<u32, QueryError>) {
        match providers {
            Ok(providers) => self.kad.query_result_get_providers_ok.observe(providers.into()),
            Err(error) => {
                self.kad.query_result_get_providers_error.get_or_create(&FailedQuery { error }).inc();
            }
        }
    }

    fn routed(&self, action: Routing, bucket: u32) {
        self.kad.routing_updated.get_or_create(&RoutingUpdate { action, bucket }).inc();
    }

    fn requested(&self, request: Request) {
        self.kad.inbound_requests.get_or_create(&InboundRequest { request }).inc();
    }
}

impl Gossip for GossipsubMetrics {
    fn subscribed(&self, topic: &str, mesh_peers: i64) {
        let topic = Topic { hash: topic.to_owned() };
        self.topic_subscription_status.get_or_create(&topic).set(1);
        self.mesh_peer_counts.get_or_create(&topic).set(mesh_peers);
    }

    fn peer_joined(&self, protocol: &str) {
        let protocol = Protocol { protocol: protocol.to_owned() };
        self.peers_per_protocol.get_or_create(&protocol).inc();
    }

    fn peer_left(&self, protocol: &str) {
        let protocol = Protocol { protocol: protocol.to_owned() };
        self.peers_per_protocol.get_or_create(&protocol).dec();
    }
}
