//! A validator that used `prometheus`: what happens in it, for both declarations of its metrics.
//!
//! Names, types, label keys and buckets are those of a public service, and `build_info` is that of many.
//! Texts and code are not.

pub mod after;
pub mod before;
pub mod half_moved;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use telemetry::prometheus::{Format, render};

pub const FINE_LATENCIES: [f64; 43] = [
    0.000_001, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4,
    0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5,
    7.0, 7.5, 8.0, 8.5, 9.0, 9.5, 10.0,
];
pub const LATENCIES: [f64; 50] = [
    0.001, 0.005, 0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2,
    1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5, 10.0,
    12.5, 15.0, 17.5, 20.0, 25.0, 30.0, 60.0, 90.0, 120.0, 180.0, 300.0,
];
pub const REQUEST_LATENCIES: [f64; 15] =
    [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 90.0];
pub const COUNTS: [f64; 26] = [
    1.0, 2.0, 4.0, 8.0, 10.0, 20.0, 40.0, 80.0, 100.0, 150.0, 200.0, 400.0, 800.0, 1e3, 2e3, 3e3, 5e3, 1e4,
    2e4, 3e4, 5e4, 1e5, 2e5, 3e5, 5e5, 1e6,
];
pub const SIZES: [f64; 19] =
    [100.0, 400.0, 800.0, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 3e5, 4e5, 5e5, 1e6, 2e6, 3e6, 5e6, 1e7];
pub const MESSAGE_SIZES: [f64; 23] = [
    2_048.0,
    8_192.0,
    16_384.0,
    32_768.0,
    65_536.0,
    131_072.0,
    262_144.0,
    524_288.0,
    1_048_576.0,
    1_572_864.0,
    2_359_256.0,
    3_538_944.0,
    4_600_627.0,
    5_980_815.0,
    7_775_060.0,
    10_107_578.0,
    13_139_851.0,
    17_081_807.0,
    22_206_349.0,
    28_868_253.0,
    37_528_729.0,
    48_787_348.0,
    63_423_553.0,
];

/// What happens in a node.
pub trait Node {
    fn started(&self, version: &str, revision: &str, network: &str);
    fn proposed(&self, force: bool, bytes: u32, transactions: u32, since_last: Duration);
    fn named_ancestors(&self, depths: &[(&str, u32)]);
    fn waited_for_leader(&self, authority: &str, waited_ms: u64);
    fn waited_for_time(&self, authority: &str, source: &str, waited_ms: u64);
    fn received(&self, authority: &str);
    fn verified(&self, authority: &str, round: i64);
    fn invalid(&self, authority: &str, source: &str, error: &str);
    fn rejected(&self, reason: &str);
    fn accepted(&self, authority: &str, source: &str, round: i64);
    fn quorum(&self, round: i64, took: Duration);
    fn suspended(&self, authority: &str, ancestors: &[&str]);
    fn unsuspended(&self, authority: &str, waited: Duration);
    fn waiting(&self, blocks: i64, ancestors: i64);
    fn enqueued(&self);
    fn dequeued(&self, blocks: u32);
    fn processed(&self, scope: &str, took: Duration);
    fn cached(&self, blocks: i64);
    fn read(&self, kind: &str);
    fn written(&self);
    fn fetch_started(&self);
    fn fetch_ended(&self, still_missing: u64);
    fn fetch_skipped(&self, reason: &str);
    fn fetched(&self, peer: &str, authority: &str, kind: &str, blocks: u64);
    fn round_trip(&self, peer: &str, millis: i64);
    fn decided(&self, authority: &str, commit_type: &str, round: i64);
    fn committed(&self, index: i64, round: i64, blocks: u32, sub_dags: u32, since_last: Duration);
    fn block_committed(&self, authority: &str, round: i64, took: Duration);
    fn leader_timed_out(&self, timeout_type: &str);
    fn scheduled(&self, bad_nodes: i64, scores: &[(&str, i64)]);
    fn subscribed(&self, authority: &str, status: &str, connected: bool);
    fn syncing(&self, inflight: i64, pending: i64, quorum: i64, local: i64);
    fn synced(&self, commits: u64, blocks: u64, bytes: u64, took: Duration);
    fn sync_failed(&self, error: &str);
    fn gap(&self);
}

/// What happens to the requests of a direction.
pub trait Routes {
    /// A request that is under way until it is dropped.
    type Request;

    fn start(&self, route: &'static str) -> Self::Request;
    fn answered(&self, route: &str, request_bytes: u32, response_bytes: u32, took: Duration);
    fn failed(&self, route: &str, status: &str);
    fn request_too_large(&self, route: &str);
    fn response_too_large(&self, route: &str);
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Runs a node for some rounds.
fn live(node: &impl Node) {
    node.started("1.4.0", "9f8e7d6", "tonic");
    for (round, authority) in (1..).zip(["ada", "bob", "cy\\d", "dan \"d\"", "ada"]) {
        let step = u32::try_from(round).unwrap();
        let took = millis(37 * u64::from(step));
        node.received(authority);
        node.verified(authority, round);
        node.enqueued();
        node.dequeued(3 * step);
        node.processed("Core::add_blocks", took / 50);
        node.accepted(authority, if round == 2 { "own" } else { "others" }, round);
        node.quorum(round, took * 3);
        node.proposed(round == 4, 90_000 * step, 700 * step, took * 11);
        node.named_ancestors(&[("ada", 1), ("bob", step), (authority, 4 * step)]);
        node.decided(authority, if round == 3 { "indirect-commit" } else { "direct-commit" }, round);
        node.committed(round, round, 9 * step, step, took * 7);
        node.block_committed(authority, round, took * 29);
        node.cached(40 - round);
        node.written();
    }
    node.waited_for_leader("bob", 130);
    node.waited_for_leader("bob", 20);
    node.waited_for_time("ada", "peer", 45);
    node.invalid("bob", "peer", "WrongEpoch");
    node.rejected("queue_full");
    node.suspended("ada", &["bob", "bob", "ada"]);
    node.suspended("bob", &[]);
    node.unsuspended("ada", millis(333));
    node.waiting(1, 2);
    node.processed("Core::try_commit", millis(1_250));
    node.read("scan");
    node.fetch_started();
    node.fetch_started();
    node.fetch_ended(2);
    node.fetch_skipped("ahead");
    node.fetched("ada", "bob", "live", 4);
    node.fetched("bob", "bob", "periodic", 5);
    node.round_trip("ada", 17);
    node.leader_timed_out("min");
    node.scheduled(1, &[("ada", 12), ("bob", 0)]);
    node.subscribed("ada", "success", true);
    node.subscribed("bob", "failure", false);
    node.syncing(1, 0, 99, -1);
    node.synced(20, 300, 4_500_000, millis(1_777));
    node.sync_failed("Timeout");
    node.gap();
}

/// Serves some requests. Returns those that are under way.
fn serve<R: Routes>(routes: &R) -> R::Request {
    let kept = routes.start("subscribe_blocks");
    for (route, times) in [("send_block", 3), ("fetch_blocks", 2)] {
        for time in 1..=times {
            let request = routes.start(route);
            routes.answered(route, 900 * time, 700_000 * time, millis(u64::from(41 * time)));
            drop(request);
        }
    }
    routes.failed("fetch_blocks", "unavailable");
    routes.request_too_large("send_block");
    routes.response_too_large("fetch_blocks");
    kept
}

/// Returns what the old crate exports before and after all that happens.
pub fn before() -> Result<[String; 2], Box<dyn Error>> {
    let registry = prometheus::Registry::new();
    let page = || prometheus::TextEncoder::new().encode_to_string(&registry.gather());
    let node = before::NodeMetrics::new(&registry);
    let directions = ["inbound", "outbound"].map(|name| before::RouteMetrics::new(name, &registry));
    let at_start = page()?;
    live(&node);
    let _under_way = directions.each_ref().map(serve);
    Ok([at_start, page()?])
}

/// Returns the same of the declaration.
pub fn after(format: Format) -> Result<[String; 2], Box<dyn Error>> {
    let registry = telemetry::Registry::new();
    let node = after::Validator::new(&registry)?;
    let inbound: Arc<dyn after::InboundMetrics> = Arc::new(registry.register::<dyn after::InboundMetrics>()?);
    let outbound: Arc<dyn after::OutboundMetrics> =
        Arc::new(registry.register::<dyn after::OutboundMetrics>()?);
    let at_start = render(&registry, format);
    live(&node);
    let _under_way = (serve(&inbound), serve(&outbound));
    Ok([at_start, render(&registry, format)])
}

/// Returns what a service exports whose requests have moved, and nothing else.
pub fn half_moved() -> Result<String, Box<dyn Error>> {
    let (registry, old, inbound) = half_moved::metrics()?;
    live(&old);
    let outbound: Arc<dyn after::OutboundMetrics> =
        Arc::new(registry.register::<dyn after::OutboundMetrics>()?);
    let _under_way = (serve(&inbound), serve(&outbound));
    Ok(render(&registry, Format::Text))
}
