//! The same metrics, declared.

use super::{
    Direction, Gossip, IncomingError, Node, OutgoingError, Peer, PingFailure, Query, QueryError, Request,
    Role, Routing,
};
use std::sync::Arc;
use std::time::Duration;
use telemetry::registry::RegisterError;
use telemetry::{Registry, buckets, metrics};

const COUNTS: [f64; 10] = buckets::exponential(1.0, 2.0);

#[metrics(namespace = "libp2p")]
pub trait NodeMetrics {
    /// Version of the program.
    #[gauge(name = "build_info", labels(version = "0.9.1"), value = 1, initial = none)]
    fn started(&self);

    /// Bytes on connections.
    #[counter(value = bytes, unit = bytes)]
    fn bandwidth(&self, #[label(cap = 64)] protocols: &str, direction: Direction, bytes: u64);
}

#[metrics(namespace = "libp2p_swarm")]
pub trait SwarmMetrics {
    /// Connections that peers began.
    #[counter]
    fn connections_incoming(&self, #[label(cap = 64)] protocols: &str);

    /// Connections that peers began and that failed.
    #[counter]
    fn connections_incoming_error(&self, error: IncomingError, #[label(cap = 64)] protocols: &str);

    /// Connections that came about.
    #[counter]
    #[histogram(
        name = "connections_establishment_duration",
        suffixes = off,
        buckets = buckets::exponential::<10>(0.001, 2.0),
        help = "Time until a connection came about."
    )]
    fn connections_established(&self, role: Role, #[label(cap = 64)] protocols: &str, took: Duration);

    /// Connections that ended.
    #[counter]
    fn connections_closed(&self, role: Role, #[label(cap = 64)] protocols: &str);

    /// Addresses that the node listens on.
    #[counter]
    fn new_listen_addr(&self, #[label(cap = 64)] protocols: &str);

    /// Addresses given up.
    #[counter]
    fn expired_listen_addr(&self, #[label(cap = 64)] protocols: &str);

    /// Failures of listeners.
    #[counter]
    fn listener_error(&self);

    /// Connections that this node began.
    #[counter]
    fn dial_attempt(&self);

    /// Connections that this node began and that failed.
    #[counter(initial = none)]
    fn outgoing_connection_error(&self, peer: Peer, error: OutgoingError);
}

#[metrics(namespace = "libp2p_ping")]
pub trait PingMetrics {
    /// Answers.
    #[counter]
    #[histogram(name = "rtt", buckets = buckets::exponential::<12>(0.001, 2.0), help = "Round trips.")]
    fn pong_received(&self, round_trip: Duration);

    /// Pings without an answer.
    #[counter(initial = none)]
    fn failure(&self, reason: PingFailure);
}

#[metrics(namespace = "libp2p_identify")]
pub trait IdentifyMetrics {
    /// Exchanges that failed.
    #[counter]
    fn errors(&self);

    /// Identities received.
    #[counter]
    fn received(&self);

    /// Identities sent.
    #[counter]
    fn sent(&self);
}

#[metrics(namespace = "libp2p_kad", initial = none)]
pub trait KadMetrics {
    /// Requests of a query.
    #[histogram(name = "query_result_num_requests", value = requests, buckets = COUNTS)]
    #[histogram(
        name = "query_result_num_success",
        value = successes,
        buckets = COUNTS,
        help = "Requests of a query that succeeded."
    )]
    #[histogram(
        name = "query_result_num_failure",
        value = failures,
        buckets = COUNTS,
        help = "Requests of a query that failed."
    )]
    #[histogram(
        name = "query_result_duration",
        value = took,
        buckets = buckets::exponential::<10>(0.1, 2.0),
        help = "Time that a query took."
    )]
    fn queried(
        &self,
        #[label(name = "type")] query: Query,
        requests: u32,
        successes: u32,
        failures: u32,
        took: Duration,
    );

    /// Records that a query found.
    #[histogram(buckets = COUNTS, initial = 0)]
    fn query_result_get_record_ok(&self, records: u32);

    /// Queries for records that failed.
    #[counter]
    fn query_result_get_record_error(&self, error: QueryError);

    /// Peers that a query found.
    #[histogram(buckets = COUNTS, initial = 0)]
    fn query_result_get_closest_peers_ok(&self, peers: u32);

    /// Queries for peers that failed.
    #[counter]
    fn query_result_get_closest_peers_error(&self, error: QueryError);

    /// Providers that a query found.
    #[histogram(buckets = COUNTS, initial = 0)]
    fn query_result_get_providers_ok(&self, providers: u32);

    /// Queries for providers that failed.
    #[counter]
    fn query_result_get_providers_error(&self, error: QueryError);

    /// Changes of the routing table.
    #[counter]
    fn routing_updated(&self, action: Routing, #[label(range = 0..=255)] bucket: u32);

    /// Requests of peers.
    #[counter]
    fn inbound_requests(&self, request: Request);
}

#[metrics(namespace = "libp2p_gossipsub")]
pub trait GossipsubMetrics {
    /// 1 for a topic that the node is subscribed to.
    #[gauge(name = "topic_subscription_status", value = 1)]
    #[gauge(name = "mesh_peer_counts", value = mesh_peers, help = "Peers in the mesh of a topic.")]
    fn subscribed(&self, #[label(cap = 64, name = "hash")] topic: &str, mesh_peers: i64);

    /// Connected peers.
    #[up_down_counter(name = "peers_per_protocol", value = 1)]
    fn peer_joined(&self, #[label(cap = 16)] protocol: &str);

    /// Connected peers.
    #[up_down_counter(name = "peers_per_protocol", value = -1)]
    fn peer_left(&self, #[label(cap = 16)] protocol: &str);
}

pub struct Metrics {
    node: Arc<dyn NodeMetrics>,
    swarm: Arc<dyn SwarmMetrics>,
    ping: Arc<dyn PingMetrics>,
    identify: Arc<dyn IdentifyMetrics>,
    kad: Arc<dyn KadMetrics>,
}

impl Metrics {
    pub fn new(registry: &Registry) -> Result<Self, RegisterError> {
        let node = registry.register::<dyn NodeMetrics>()?;
        node.started();
        Ok(Metrics {
            node: Arc::new(node),
            swarm: Arc::new(registry.register::<dyn SwarmMetrics>()?),
            ping: Arc::new(registry.register::<dyn PingMetrics>()?),
            identify: Arc::new(registry.register::<dyn IdentifyMetrics>()?),
            kad: Arc::new(registry.register::<dyn KadMetrics>()?),
        })
    }
}

impl Node for Metrics {
    fn incoming(&self, protocols: &str) {
        self.swarm.connections_incoming(protocols);
    }

    fn incoming_failed(&self, error: IncomingError, protocols: &str) {
        self.swarm.connections_incoming_error(error, protocols);
    }

    fn dialed(&self) {
        self.swarm.dial_attempt();
    }

    fn dial_failed(&self, peer: Peer, error: OutgoingError) {
        self.swarm.outgoing_connection_error(peer, error);
    }

    fn connected(&self, role: Role, protocols: &str, took: Duration) {
        self.swarm.connections_established(role, protocols, took);
    }

    fn disconnected(&self, role: Role, protocols: &str) {
        self.swarm.connections_closed(role, protocols);
    }

    fn listens(&self, protocols: &str) {
        self.swarm.new_listen_addr(protocols);
    }

    fn listens_no_more(&self, protocols: &str) {
        self.swarm.expired_listen_addr(protocols);
    }

    fn listener_failed(&self) {
        self.swarm.listener_error();
    }

    fn transferred(&self, protocols: &str, direction: Direction, bytes: u64) {
        self.node.bandwidth(protocols, direction, bytes);
    }

    fn ponged(&self, round_trip: Duration) {
        self.ping.pong_received(round_trip);
    }

    fn ping_failed(&self, reason: PingFailure) {
        self.ping.failure(reason);
    }

    fn identity_received(&self) {
        self.identify.received();
    }

    fn identity_sent(&self) {
        self.identify.sent();
    }

    fn identify_failed(&self) {
        self.identify.errors();
    }

    fn queried(&self, query: Query, requests: u32, successes: u32, took: Duration) {
        self.kad.queried(query, requests, successes, requests - successes, took);
    }

    fn got_records(&self, records: Result<u32, QueryError>) {
        match records {
            Ok(records) => self.kad.query_result_get_record_ok(records),
            Err(error) => self.kad.query_result_get_record_error(error),
        }
    }

    fn got_closest_peers(&self, peers: Result<u32, QueryError>) {
        match peers {
            Ok(peers) => self.kad.query_result_get_closest_peers_ok(peers),
            Err(error) => self.kad.query_result_get_closest_peers_error(error),
        }
    }

    fn got_providers(&self, providers: Result<u32, QueryError>) {
        match providers {
            Ok(providers) => self.kad.query_result_get_providers_ok(providers),
            Err(error) => self.kad.query_result_get_providers_error(error),
        }
    }

    fn routed(&self, action: Routing, bucket: u32) {
        self.kad.routing_updated(action, bucket);
    }

    fn requested(&self, request: Request) {
        self.kad.inbound_requests(request);
    }
}

impl Gossip for Arc<dyn GossipsubMetrics> {
    fn subscribed(&self, topic: &str, mesh_peers: i64) {
        self.as_ref().subscribed(topic, mesh_peers);
    }

    fn peer_joined(&self, protocol: &str) {
        self.as_ref().peer_joined(protocol);
    }

    fn peer_left(&self, protocol: &str) {
        self.as_ref().peer_left(protocol);
    }
}
