//! Names as a service has them: each has samples of its own.

use telemetry::{NoOp, Registry, Surface, metrics};

#[metrics(namespace = "node", suffixes = off)]
pub trait Metrics {
    /// Blocks accepted.
    #[counter]
    fn accepted_blocks(&self);

    /// A gauge and a counter whose names differ in `_total`.
    #[gauge]
    fn set_connections(&self, n: u64);

    /// Connections opened.
    #[counter(name = "connections_total")]
    fn connections_opened(&self);

    /// The version.
    #[gauge(name = "build_info", labels(version = "1.0"))]
    fn set_build(&self, one: u64);

    /// Blocks of a commit.
    #[histogram(buckets = [1, 10])]
    fn blocks_per_commit_count(&self, n: u64);

    /// Rows that a bucket has.
    #[counter]
    fn foo_bucket(&self);

    /// Files created.
    #[counter(suffixes = on)]
    fn files_created(&self);

    /// Sums of files.
    #[gauge]
    fn set_files_sum(&self, n: u64);

    /// A name that ends in its unit.
    #[histogram(unit = seconds)]
    fn wait_seconds(&self, seconds: f64);

    /// Names that were left behind, with and without `_total`.
    #[counter(suffixes = on, was = "node_requests")]
    #[gauge(name = "last_request", value = at, unit = seconds, was = "LastRequest__At")]
    fn requests(&self, at: f64);
}

fn samples() -> Vec<String> {
    let events = <dyn Metrics as Surface>::SCHEMA.events.iter();
    let names = events.flat_map(|event| (0..event.instruments.len()).map(move |at| event.names(at)));
    names.map(|names| names.sample()).collect()
}

fn main() {
    NoOp.accepted_blocks();
    let metrics = Registry::new().register::<dyn Metrics>().unwrap();
    metrics.accepted_blocks();
    metrics.requests(1.0);
    let expected = [
        "node_accepted_blocks",
        "node_connections",
        "node_connections_total",
        "node_build_info",
        "node_blocks_per_commit_count_bucket",
        "node_foo_bucket",
        "node_files_created_total",
        "node_files_sum",
        "node_wait_seconds_bucket",
        "node_requests_total",
        "node_last_request",
    ];
    assert_eq!(samples(), expected);
}
