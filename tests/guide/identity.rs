//! The page `telemetry::guide::identity`: its code runs here, and so does the same by hand in
//! `prometheus-client`.

#![allow(clippy::expect_used, reason = "a panic is how a test fails")]

mod in_prometheus_client;
mod node;
mod pool;
mod worker;

use crate::lines_of_code;
use std::sync::Arc;
use std::time::Duration;
use telemetry::Registry;
use telemetry::prometheus::{Format, render};

const PAGE: &str = include_str!("../../telemetry/src/guide/identity.md");

/// An example's name on the page, its code, and the same in `prometheus-client`.
const EXAMPLES: [(&str, [&str; 2]); 3] = [
    ("pools", [include_str!("identity/pool.rs"), include_str!("identity/in_prometheus_client/pool.rs")]),
    ("peers", [include_str!("identity/node.rs"), include_str!("identity/in_prometheus_client/node.rs")]),
    ("shards", [include_str!("identity/worker.rs"), include_str!("identity/in_prometheus_client/worker.rs")]),
];

#[test]
fn the_page_shows_the_examples_and_counts_their_lines() {
    for (name, [ours, theirs]) in EXAMPLES {
        let (_, code) = ours.split_once("\n\n").unwrap_or_default();
        assert!(PAGE.contains(&format!("```rust,ignore\n{code}```\n")), "the page does not show\n{code}");
        let row = format!("| {name} | {} | {} |\n", lines_of_code(ours), lines_of_code(theirs));
        assert!(PAGE.contains(&row), "the page does not have the row\n{row}");
    }
}

/// A registry that keeps nothing of what has ended.
fn registry() -> Registry {
    Registry::builder().keep_removed(Duration::ZERO).build().expect("there is no constant label")
}

/// The samples of families whose names begin with this, without those of buckets.
fn samples(text: &str, prefix: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| line.starts_with(prefix) && !line.contains("_bucket{"));
    let mut samples: Vec<_> = lines.map(ToOwned::to_owned).collect();
    samples.sort();
    samples
}

fn ours(registry: &Registry, prefix: &str) -> Vec<String> {
    samples(&render(registry, Format::Text), prefix)
}

fn theirs(registry: &prometheus_client::registry::Registry, prefix: &str) -> Vec<String> {
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, registry).expect("a `String` takes all");
    samples(&text, prefix)
}

#[tokio::test]
async fn the_series_of_a_pool_go_with_its_last_connection() {
    let registry = registry();
    let mut other = prometheus_client::registry::Registry::default();
    let families = in_prometheus_client::pool::Families::new(&mut other);

    let orders = pool::Pool::new("orders", 4, &registry).expect("the name is new");
    let billing = pool::Pool::new("billing", 2, &registry).expect("the name is new");
    let pooled = (orders.get().await.expect("open"), billing.get().await.expect("open"));
    let other_orders = in_prometheus_client::pool::Pool::new("orders", 4, &families);
    let other_billing = in_prometheus_client::pool::Pool::new("billing", 2, &families);
    let other_pooled = (other_orders.get().await.expect("open"), other_billing.get().await.expect("open"));
    let both = [
        r#"pool_checkouts_total{pool="billing"} 0"#,
        r#"pool_checkouts_total{pool="orders"} 0"#,
        r#"pool_connections_in_use{pool="billing"} 1"#,
        r#"pool_connections_in_use{pool="orders"} 1"#,
        r#"pool_size{pool="billing"} 2"#,
        r#"pool_size{pool="orders"} 4"#,
    ];
    assert_eq!(ours(&registry, "pool_"), both);
    assert_eq!(theirs(&other, "pool_"), both);

    drop((orders, other_orders));
    assert_eq!(ours(&registry, "pool_"), both, "a connection is still in use");
    assert_eq!(theirs(&other, "pool_"), both, "a connection is still in use");
    drop((pooled.0, other_pooled.0));
    let one = [
        r#"pool_checkouts_total{pool="billing"} 0"#,
        r#"pool_connections_in_use{pool="billing"} 1"#,
        r#"pool_size{pool="billing"} 2"#,
    ];
    // The first scrape after the end has the last total.
    assert_eq!(
        ours(&registry, "pool_checkouts_total{pool=\"orders\"}"),
        [r#"pool_checkouts_total{pool="orders"} 1"#]
    );
    assert_eq!(ours(&registry, "pool_"), one);
    assert_eq!(theirs(&other, "pool_"), one, "and its last total is in no scrape");
}

#[test]
fn the_series_of_a_peer_go_with_its_last_connection() {
    let registry = registry();
    let node = node::Node::new(&registry).expect("there is one node");
    let mut other_registry = prometheus_client::registry::Registry::default();
    let other_node = in_prometheus_client::node::Node::new(&mut other_registry);

    let connections = ["alice", "alice", "bob"].map(|peer| node.connect(peer, "mesh/1").expect("a name"));
    let others = ["alice", "alice", "bob"].map(|peer| other_node.connect(peer, "mesh/1"));
    for (connection, other) in connections.iter().zip(&others) {
        connection.send(b"hello");
        other.send(b"hello");
        connection.receive(b"hi");
        other.receive(b"hi");
    }
    let both = [
        r#"p2p_peers{protocol="mesh/1"} 3"#,
        r#"p2p_traffic_bytes_total{peer="alice",direction="in"} 4"#,
        r#"p2p_traffic_bytes_total{peer="alice",direction="out"} 10"#,
        r#"p2p_traffic_bytes_total{peer="bob",direction="in"} 2"#,
        r#"p2p_traffic_bytes_total{peer="bob",direction="out"} 5"#,
    ];
    assert_eq!(ours(&registry, "p2p_"), both);
    let in_their_case = |sample: &str| sample.replace("\"in\"", "\"In\"").replace("\"out\"", "\"Out\"");
    assert_eq!(theirs(&other_registry, "p2p_"), both.map(in_their_case));

    let [first, second, third] = connections;
    drop((first, third));
    ours(&registry, "p2p_");
    let one = [
        r#"p2p_peers{protocol="mesh/1"} 1"#,
        r#"p2p_traffic_bytes_total{peer="alice",direction="in"} 4"#,
        r#"p2p_traffic_bytes_total{peer="alice",direction="out"} 10"#,
    ];
    assert_eq!(ours(&registry, "p2p_"), one);
    drop(second);
    ours(&registry, "p2p_");
    assert_eq!(ours(&registry, "p2p_"), Vec::<String>::new(), "nobody speaks the protocol either");
}

#[test]
fn the_series_of_a_shard_go_when_it_is_given_up() {
    let registry = registry();
    let metrics = registry.register::<dyn worker::Metrics>().expect("it is registered once");
    let mut worker = worker::Worker::new(Arc::new(metrics));
    let mut other_registry = prometheus_client::registry::Registry::default();
    let other_metrics = in_prometheus_client::worker::Metrics::new(&mut other_registry);
    let mut other = in_prometheus_client::worker::Worker::new(other_metrics);

    for shard in ["a", "b"] {
        worker.process(shard, 10, Duration::from_millis(20));
        other.process(shard, 10, Duration::from_millis(20));
    }
    let both = [
        r#"worker_batch_duration_seconds_count{shard="a"} 1"#,
        r#"worker_batch_duration_seconds_count{shard="b"} 1"#,
        r#"worker_batch_duration_seconds_sum{shard="a"} 0.02"#,
        r#"worker_batch_duration_seconds_sum{shard="b"} 0.02"#,
        r#"worker_batches_total{shard="a"} 1"#,
        r#"worker_batches_total{shard="b"} 1"#,
        r#"worker_offset{shard="a"} 10"#,
        r#"worker_offset{shard="b"} 10"#,
    ];
    assert_eq!(ours(&registry, "worker_"), both);
    assert_eq!(theirs(&other_registry, "worker_"), both);

    worker.give_up("a");
    other.give_up("a");
    assert_eq!(ours(&registry, "worker_offset"), [r#"worker_offset{shard="b"} 10"#], "gauges go at once");
    ours(&registry, "worker_");
    let one = [both[1], both[3], both[5], both[7]];
    assert_eq!(ours(&registry, "worker_"), one);
    assert_eq!(theirs(&other_registry, "worker_"), one);

    worker.process("a", 1, Duration::from_millis(10));
    assert_eq!(
        ours(&registry, r#"worker_batches_total{shard="a"}"#),
        [r#"worker_batches_total{shard="a"} 1"#]
    );
}
