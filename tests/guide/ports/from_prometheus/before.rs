//! A validator's metrics as handles of `prometheus`.

mod calls;
mod routes;

pub use routes::RouteMetrics;

use super::{COUNTS, FINE_LATENCIES, LATENCIES, SIZES};
use prometheus::{
    Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry, exponential_buckets,
    register_histogram_vec_with_registry, register_histogram_with_registry,
    register_int_counter_vec_with_registry, register_int_counter_with_registry,
    register_int_gauge_vec_with_registry, register_int_gauge_with_registry,
};

pub struct NodeMetrics {
    build_info: IntGaugeVec,
    network_type: IntGaugeVec,
    proposed_blocks: IntCounterVec,
    proposed_block_size: Histogram,
    proposed_block_transactions: Histogram,
    proposed_block_ancestors: Histogram,
    proposed_block_ancestors_depth: HistogramVec,
    block_proposal_interval: Histogram,
    block_proposal_leader_wait_ms: IntCounterVec,
    block_proposal_leader_wait_count: IntCounterVec,
    block_timestamp_drift_wait_ms: IntCounterVec,
    subscribed_blocks: IntCounterVec,
    verified_blocks: IntCounterVec,
    invalid_blocks: IntCounterVec,
    rejected_blocks: IntCounterVec,
    accepted_blocks: IntCounterVec,
    highest_verified_authority_round: IntGaugeVec,
    highest_accepted_authority_round: IntGaugeVec,
    highest_accepted_round: IntGauge,
    threshold_clock_round: IntGauge,
    quorum_receive_latency: Histogram,
    block_suspensions: IntCounterVec,
    block_unsuspensions: IntCounterVec,
    suspended_block_time: HistogramVec,
    block_manager_suspended_blocks: IntGauge,
    block_manager_missing_ancestors: IntGauge,
    block_manager_missing_blocks_by_authority: IntCounterVec,
    missing_blocks_total: IntCounter,
    missing_blocks_after_fetch_total: IntCounter,
    core_lock_enqueued: IntCounter,
    core_lock_dequeued: IntCounter,
    core_add_blocks_batch_size: Histogram,
    scope_processing_time: HistogramVec,
    dag_state_recent_blocks: IntGauge,
    dag_state_store_read_count: IntCounterVec,
    dag_state_store_write_count: IntCounter,
    fetch_blocks_scheduler_inflight: IntGauge,
    fetch_blocks_scheduler_skipped: IntCounterVec,
    synchronizer_fetched_blocks_by_peer: IntCounterVec,
    synchronizer_fetched_blocks_by_authority: IntCounterVec,
    broadcaster_rtt_estimate_ms: IntGaugeVec,
    committed_leaders_total: IntCounterVec,
    last_committed_authority_round: IntGaugeVec,
    last_committed_leader_round: IntGauge,
    last_decided_leader_round: IntGauge,
    last_commit_index: IntGauge,
    block_commit_latency: Histogram,
    blocks_per_commit_count: Histogram,
    sub_dags_per_commit_count: Histogram,
    commit_round_advancement_interval: Histogram,
    leader_timeout_total: IntCounterVec,
    num_of_bad_nodes: IntGauge,
    reputation_scores: IntGaugeVec,
    subscriber_connection_attempts: IntCounterVec,
    subscriber_connections: IntGaugeVec,
    commit_sync_inflight_fetches: IntGauge,
    commit_sync_pending_fetches: IntGauge,
    commit_sync_quorum_index: IntGauge,
    commit_sync_local_index: IntGauge,
    commit_sync_fetched_commits: IntCounter,
    commit_sync_fetched_blocks: IntCounter,
    commit_sync_total_fetched_blocks_size: IntCounter,
    commit_sync_gap_on_processing: IntCounter,
    commit_sync_fetch_once_latency: Histogram,
    commit_sync_fetch_once_errors: IntCounterVec,
}

impl NodeMetrics {
    pub fn new(registry: &Registry) -> Self {
        Self {
            build_info: register_int_gauge_vec_with_registry!(
                "build_info",
                "Version of the program, and the revision of its source. Its value is 1.",
                &["version", "revision"],
                registry
            )
            .unwrap(),
            network_type: register_int_gauge_vec_with_registry!(
                "network_type",
                "Transport that the node uses, as 1.",
                &["type"],
                registry
            )
            .unwrap(),
            proposed_blocks: register_int_counter_vec_with_registry!(
                "proposed_blocks",
                "Blocks that this node proposed, by whether a timeout forced it.",
                &["force"],
                registry
            )
            .unwrap(),
            proposed_block_size: register_histogram_with_registry!(
                "proposed_block_size",
                "Bytes of a proposed block.",
                SIZES.to_vec(),
                registry
            )
            .unwrap(),
            proposed_block_transactions: register_histogram_with_registry!(
                "proposed_block_transactions",
                "Transactions in a proposed block.",
                COUNTS.to_vec(),
                registry
            )
            .unwrap(),
            proposed_block_ancestors: register_histogram_with_registry!(
                "proposed_block_ancestors",
                "Ancestors that a proposed block names.",
                exponential_buckets(1.0, 1.4, 20).unwrap(),
                registry
            )
            .unwrap(),
            proposed_block_ancestors_depth: register_histogram_vec_with_registry!(
                "proposed_block_ancestors_depth",
                "Rounds between a proposed block and an ancestor.",
                &["authority"],
                exponential_buckets(1.0, 2.0, 14).unwrap(),
                registry
            )
            .unwrap(),
            block_proposal_interval: register_histogram_with_registry!(
                "block_proposal_interval",
                "Time between two proposals.",
                FINE_LATENCIES.to_vec(),
                registry
            )
            .unwrap(),
            block_proposal_leader_wait_ms: register_int_counter_vec_with_registry!(
                "block_proposal_leader_wait_ms",
                "Milliseconds spent on waiting for a leader.",
                &["authority"],
                registry
            )
            .unwrap(),
            block_proposal_leader_wait_count: register_int_counter_vec_with_registry!(
                "block_proposal_leader_wait_count",
                "Waits for a leader.",
                &["authority"],
                registry
            )
            .unwrap(),
            block_timestamp_drift_wait_ms: register_int_counter_vec_with_registry!(
                "block_timestamp_drift_wait_ms",
                "Milliseconds spent on waiting for blocks whose time is ahead of ours.",
                &["authority", "source"],
                registry
            )
            .unwrap(),
            subscribed_blocks: register_int_counter_vec_with_registry!(
                "subscribed_blocks",
                "Blocks that came from a peer.",
                &["authority"],
                registry
            )
            .unwrap(),
            verified_blocks: register_int_counter_vec_with_registry!(
                "verified_blocks",
                "Blocks that came from a peer and passed all checks.",
                &["authority"],
                registry
            )
            .unwrap(),
            invalid_blocks: register_int_counter_vec_with_registry!(
                "invalid_blocks",
                "Blocks that failed a check.",
                &["authority", "source", "error"],
                registry
            )
            .unwrap(),
            rejected_blocks: register_int_counter_vec_with_registry!(
                "rejected_blocks",
                "Blocks refused before the checks.",
                &["reason"],
                registry
            )
            .unwrap(),
            accepted_blocks: register_int_counter_vec_with_registry!(
                "accepted_blocks",
                "Blocks accepted, by who made them.",
                &["source"],
                registry
            )
            .unwrap(),
            highest_verified_authority_round: register_int_gauge_vec_with_registry!(
                "highest_verified_authority_round",
                "Latest round with a verified block of the authority.",
                &["authority"],
                registry
            )
            .unwrap(),
            highest_accepted_authority_round: register_int_gauge_vec_with_registry!(
                "highest_accepted_authority_round",
                "Latest round with an accepted block of the authority.",
                &["authority"],
                registry
            )
            .unwrap(),
            highest_accepted_round: register_int_gauge_with_registry!(
                "highest_accepted_round",
                "Latest round with an accepted block.",
                registry
            )
            .unwrap(),
            threshold_clock_round: register_int_gauge_with_registry!(
                "threshold_clock_round",
                "Round of the clock that a quorum of blocks moves on.",
                registry
            )
            .unwrap(),
            quorum_receive_latency: register_histogram_with_registry!(
                "quorum_receive_latency",
                "Time until a quorum of a round was there.",
                registry
            )
            .unwrap(),
            block_suspensions: register_int_counter_vec_with_registry!(
                "block_suspensions",
                "Blocks that wait for an ancestor.",
                &["authority"],
                registry
            )
            .unwrap(),
            block_unsuspensions: register_int_counter_vec_with_registry!(
                "block_unsuspensions",
                "Blocks whose last ancestor came.",
                &["authority"],
                registry
            )
            .unwrap(),
            suspended_block_time: register_histogram_vec_with_registry!(
                "suspended_block_time",
                "Time that a block waited for ancestors.",
                &["authority"],
                registry
            )
            .unwrap(),
            block_manager_suspended_blocks: register_int_gauge_with_registry!(
                "block_manager_suspended_blocks",
                "Blocks that are waiting now.",
                registry
            )
            .unwrap(),
            block_manager_missing_ancestors: register_int_gauge_with_registry!(
                "block_manager_missing_ancestors",
                "Ancestors that are missing now.",
                registry
            )
            .unwrap(),
            block_manager_missing_blocks_by_authority: register_int_counter_vec_with_registry!(
                "block_manager_missing_blocks_by_authority",
                "Blocks found missing.",
                &["authority"],
                registry
            )
            .unwrap(),
            missing_blocks_total: register_int_counter_with_registry!(
                "missing_blocks_total",
                "Blocks that had to be fetched.",
                registry
            )
            .unwrap(),
            missing_blocks_after_fetch_total: register_int_counter_with_registry!(
                "missing_blocks_after_fetch_total",
                "Blocks that were still missing after they had been fetched.",
                registry
            )
            .unwrap(),
            core_lock_enqueued: register_int_counter_with_registry!(
                "core_lock_enqueued",
                "Requests put into the queue of the core.",
                registry
            )
            .unwrap(),
            core_lock_dequeued: register_int_counter_with_registry!(
                "core_lock_dequeued",
                "Requests taken from the queue of the core.",
                registry
            )
            .unwrap(),
            core_add_blocks_batch_size: register_histogram_with_registry!(
                "core_add_blocks_batch_size",
                "Blocks that the core takes at once.",
                COUNTS.to_vec(),
                registry
            )
            .unwrap(),
            scope_processing_time: register_histogram_vec_with_registry!(
                "scope_processing_time",
                "Time spent in a part of the code.",
                &["scope"],
                FINE_LATENCIES.to_vec(),
                registry
            )
            .unwrap(),
            dag_state_recent_blocks: register_int_gauge_with_registry!(
                "dag_state_recent_blocks",
                "Blocks in the cache.",
                registry
            )
            .unwrap(),
            dag_state_store_read_count: register_int_counter_vec_with_registry!(
                "dag_state_store_read_count",
                "Reads that the cache could not answer.",
                &["type"],
                registry
            )
            .unwrap(),
            dag_state_store_write_count: register_int_counter_with_registry!(
                "dag_state_store_write_count",
                "Writes to the store.",
                registry
            )
            .unwrap(),
            fetch_blocks_scheduler_inflight: register_int_gauge_with_registry!(
                "fetch_blocks_scheduler_inflight",
                "Fetches that run now.",
                registry
            )
            .unwrap(),
            fetch_blocks_scheduler_skipped: register_int_counter_vec_with_registry!(
                "fetch_blocks_scheduler_skipped",
                "Fetches that were left out.",
                &["reason"],
                registry
            )
            .unwrap(),
            synchronizer_fetched_blocks_by_peer: register_int_counter_vec_with_registry!(
                "synchronizer_fetched_blocks_by_peer",
                "Blocks fetched, by the peer that had them.",
                &["peer", "type"],
                registry
            )
            .unwrap(),
            synchronizer_fetched_blocks_by_authority: register_int_counter_vec_with_registry!(
                "synchronizer_fetched_blocks_by_authority",
                "Blocks fetched, by the authority that made them.",
                &["authority", "type"],
                registry
            )
            .unwrap(),
            broadcaster_rtt_estimate_ms: register_int_gauge_vec_with_registry!(
                "broadcaster_rtt_estimate_ms",
                "Estimated round trip in milliseconds.",
                &["peer"],
                registry
            )
            .unwrap(),
            committed_leaders_total: register_int_counter_vec_with_registry!(
                "committed_leaders_total",
                "Leaders committed.",
                &["authority", "commit_type"],
                registry
            )
            .unwrap(),
            last_committed_authority_round: register_int_gauge_vec_with_registry!(
                "last_committed_authority_round",
                "Latest committed round of the authority.",
                &["authority"],
                registry
            )
            .unwrap(),
            last_committed_leader_round: register_int_gauge_with_registry!(
                "last_committed_leader_round",
                "Latest round whose leader was committed.",
                registry
            )
            .unwrap(),
            last_decided_leader_round: register_int_gauge_with_registry!(
                "last_decided_leader_round",
                "Latest round whose leader was decided on.",
                registry
            )
            .unwrap(),
            last_commit_index: register_int_gauge_with_registry!(
                "last_commit_index",
                "Index of the latest commit.",
                registry
            )
            .unwrap(),
            block_commit_latency: register_histogram_with_registry!(
                "block_commit_latency",
                "Time from a block's creation to its commit.",
                LATENCIES.to_vec(),
                registry
            )
            .unwrap(),
            blocks_per_commit_count: register_histogram_with_registry!(
                "blocks_per_commit_count",
                "Blocks in a commit.",
                COUNTS.to_vec(),
                registry
            )
            .unwrap(),
            sub_dags_per_commit_count: register_histogram_with_registry!(
                "sub_dags_per_commit_count",
                "Graphs in a commit.",
                registry
            )
            .unwrap(),
            commit_round_advancement_interval: register_histogram_with_registry!(
                "commit_round_advancement_interval",
                "Time between two commits.",
                FINE_LATENCIES.to_vec(),
                registry
            )
            .unwrap(),
            leader_timeout_total: register_int_counter_vec_with_registry!(
                "leader_timeout_total",
                "Timeouts of leaders.",
                &["timeout_type"],
                registry
            )
            .unwrap(),
            num_of_bad_nodes: register_int_gauge_with_registry!(
                "num_of_bad_nodes",
                "Authorities that do not lead at present.",
                registry
            )
            .unwrap(),
            reputation_scores: register_int_gauge_vec_with_registry!(
                "reputation_scores",
                "Scores of the authorities.",
                &["authority"],
                registry
            )
            .unwrap(),
            subscriber_connection_attempts: register_int_counter_vec_with_registry!(
                "subscriber_connection_attempts",
                "Attempts to subscribe to a peer.",
                &["authority", "status"],
                registry
            )
            .unwrap(),
            subscriber_connections: register_int_gauge_vec_with_registry!(
                "subscriber_connections",
                "1 for a peer that this node is subscribed to.",
                &["authority"],
                registry
            )
            .unwrap(),
            commit_sync_inflight_fetches: register_int_gauge_with_registry!(
                "commit_sync_inflight_fetches",
                "Ranges of commits that are being fetched.",
                registry
            )
            .unwrap(),
            commit_sync_pending_fetches: register_int_gauge_with_registry!(
                "commit_sync_pending_fetches",
                "Ranges of commits that wait to be fetched.",
                registry
            )
            .unwrap(),
            commit_sync_quorum_index: register_int_gauge_with_registry!(
                "commit_sync_quorum_index",
                "Highest index that a quorum voted for.",
                registry
            )
            .unwrap(),
            commit_sync_local_index: register_int_gauge_with_registry!(
                "commit_sync_local_index",
                "Highest index that this node has.",
                registry
            )
            .unwrap(),
            commit_sync_fetched_commits: register_int_counter_with_registry!(
                "commit_sync_fetched_commits",
                "Commits fetched.",
                registry
            )
            .unwrap(),
            commit_sync_fetched_blocks: register_int_counter_with_registry!(
                "commit_sync_fetched_blocks",
                "Blocks fetched with commits.",
                registry
            )
            .unwrap(),
            commit_sync_total_fetched_blocks_size: register_int_counter_with_registry!(
                "commit_sync_total_fetched_blocks_size",
                "Bytes of the blocks fetched with commits.",
                registry
            )
            .unwrap(),
            commit_sync_gap_on_processing: register_int_counter_with_registry!(
                "commit_sync_gap_on_processing",
                "Gaps between fetched commits.",
                registry
            )
            .unwrap(),
            commit_sync_fetch_once_latency: register_histogram_with_registry!(
                "commit_sync_fetch_once_latency",
                "Time to fetch a range of commits from one peer.",
                LATENCIES.to_vec(),
                registry
            )
            .unwrap(),
            commit_sync_fetch_once_errors: register_int_counter_vec_with_registry!(
                "commit_sync_fetch_once_errors",
                "Failures to fetch a range of commits from one peer.",
                &["error"],
                registry
            )
            .unwrap(),
        }
    }
}
