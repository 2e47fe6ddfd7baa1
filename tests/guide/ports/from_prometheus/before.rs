//! A validator's metrics as handles of `prometheus`.

use super::{COUNTS, FINE_LATENCIES, LATENCIES, MESSAGE_SIZES, Node, Routes, SIZES};
use prometheus::{
    Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry, exponential_buckets,
    register_histogram_vec_with_registry, register_histogram_with_registry,
    register_int_counter_vec_with_registry, register_int_counter_with_registry,
    register_int_gauge_vec_with_registry, register_int_gauge_with_registry,
};
use std::time::Duration;

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

pub struct RouteMetrics {
    requests: IntCounterVec,
    request_latency: HistogramVec,
    request_size: HistogramVec,
    response_size: HistogramVec,
    excessive_size_requests: IntCounterVec,
    excessive_size_responses: IntCounterVec,
    inflight_requests: IntGaugeVec,
    request_errors: IntCounterVec,
}

impl RouteMetrics {
    pub fn new(direction: &str, registry: &Registry) -> Self {
        Self {
            requests: register_int_counter_vec_with_registry!(
                format!("{direction}_requests"),
                "Requests.",
                &["route"],
                registry
            )
            .unwrap(),
            request_latency: register_histogram_vec_with_registry!(
                format!("{direction}_request_latency"),
                "Time to answer a request.",
                &["route"],
                LATENCIES.to_vec(),
                registry
            )
            .unwrap(),
            request_size: register_histogram_vec_with_registry!(
                format!("{direction}_request_size"),
                "Bytes of a request.",
                &["route"],
                MESSAGE_SIZES.to_vec(),
                registry
            )
            .unwrap(),
            response_size: register_histogram_vec_with_registry!(
                format!("{direction}_response_size"),
                "Bytes of a response.",
                &["route"],
                MESSAGE_SIZES.to_vec(),
                registry
            )
            .unwrap(),
            excessive_size_requests: register_int_counter_vec_with_registry!(
                format!("{direction}_excessive_size_requests"),
                "Requests that were too large.",
                &["route"],
                registry
            )
            .unwrap(),
            excessive_size_responses: register_int_counter_vec_with_registry!(
                format!("{direction}_excessive_size_responses"),
                "Responses that were too large.",
                &["route"],
                registry
            )
            .unwrap(),
            inflight_requests: register_int_gauge_vec_with_registry!(
                format!("{direction}_inflight_requests"),
                "Requests that are under way.",
                &["route"],
                registry
            )
            .unwrap(),
            request_errors: register_int_counter_vec_with_registry!(
                format!("{direction}_request_errors"),
                "Requests that failed.",
                &["route", "status"],
                registry
            )
            .unwrap(),
        }
    }
}

impl Node for NodeMetrics {
    fn started(&self, version: &str, revision: &str, network: &str) {
        self.build_info.with_label_values(&[version, revision]).set(1);
        self.network_type.with_label_values(&[network]).set(1);
    }

    fn proposed(&self, force: bool, bytes: u32, transactions: u32, since_last: Duration) {
        self.proposed_blocks.with_label_values(&[&force.to_string()]).inc();
        self.proposed_block_size.observe(f64::from(bytes));
        self.proposed_block_transactions.observe(f64::from(transactions));
        self.block_proposal_interval.observe(since_last.as_secs_f64());
    }

    fn named_ancestors(&self, depths: &[(&str, u32)]) {
        self.proposed_block_ancestors.observe(depths.len() as f64);
        for (authority, depth) in depths {
            self.proposed_block_ancestors_depth.with_label_values(&[authority]).observe(f64::from(*depth));
        }
    }

    fn waited_for_leader(&self, authority: &str, waited_ms: u64) {
        self.block_proposal_leader_wait_ms.with_label_values(&[authority]).inc_by(waited_ms);
        self.block_proposal_leader_wait_count.with_label_values(&[authority]).inc();
    }

    fn waited_for_time(&self, authority: &str, source: &str, waited_ms: u64) {
        self.block_timestamp_drift_wait_ms.with_label_values(&[authority, source]).inc_by(waited_ms);
    }

    fn received(&self, authority: &str) {
        self.subscribed_blocks.with_label_values(&[authority]).inc();
    }

    fn verified(&self, authority: &str, round: i64) {
        self.verified_blocks.with_label_values(&[authority]).inc();
        self.highest_verified_authority_round.with_label_values(&[authority]).set(round);
    }

    fn invalid(&self, authority: &str, source: &str, error: &str) {
        self.invalid_blocks.with_label_values(&[authority, source, error]).inc();
    }

    fn rejected(&self, reason: &str) {
        self.rejected_blocks.with_label_values(&[reason]).inc();
    }

    fn accepted(&self, authority: &str, source: &str, round: i64) {
        self.accepted_blocks.with_label_values(&[source]).inc();
        self.highest_accepted_authority_round.with_label_values(&[authority]).set(round);
        self.highest_accepted_round.set(round);
    }

    fn quorum(&self, round: i64, took: Duration) {
        self.threshold_clock_round.set(round);
        self.quorum_receive_latency.observe(took.as_secs_f64());
    }

    fn suspended(&self, authority: &str, ancestors: &[&str]) {
        self.block_suspensions.with_label_values(&[authority]).inc();
        for authority in ancestors {
            self.block_manager_missing_blocks_by_authority.with_label_values(&[authority]).inc();
        }
        self.missing_blocks_total.inc_by(ancestors.len() as u64);
    }

    fn unsuspended(&self, authority: &str, waited: Duration) {
        self.block_unsuspensions.with_label_values(&[authority]).inc();
        self.suspended_block_time.with_label_values(&[authority]).observe(waited.as_secs_f64());
    }

    fn waiting(&self, blocks: i64, ancestors: i64) {
        self.block_manager_suspended_blocks.set(blocks);
        self.block_manager_missing_ancestors.set(ancestors);
    }

    fn enqueued(&self) {
        self.core_lock_enqueued.inc();
    }

    fn dequeued(&self, blocks: u32) {
        self.core_lock_dequeued.inc();
        self.core_add_blocks_batch_size.observe(f64::from(blocks));
    }

    fn processed(&self, scope: &str, took: Duration) {
        self.scope_processing_time.with_label_values(&[scope]).observe(took.as_secs_f64());
    }

    fn cached(&self, blocks: i64) {
        self.dag_state_recent_blocks.set(blocks);
    }

    fn read(&self, kind: &str) {
        self.dag_state_store_read_count.with_label_values(&[kind]).inc();
    }

    fn written(&self) {
        self.dag_state_store_write_count.inc();
    }

    fn fetch_started(&self) {
        self.fetch_blocks_scheduler_inflight.inc();
    }

    fn fetch_ended(&self, still_missing: u64) {
        self.fetch_blocks_scheduler_inflight.dec();
        self.missing_blocks_after_fetch_total.inc_by(still_missing);
    }

    fn fetch_skipped(&self, reason: &str) {
        self.fetch_blocks_scheduler_skipped.with_label_values(&[reason]).inc();
    }

    fn fetched(&self, peer: &str, authority: &str, kind: &str, blocks: u64) {
        self.synchronizer_fetched_blocks_by_peer.with_label_values(&[peer, kind]).inc_by(blocks);
        self.synchronizer_fetched_blocks_by_authority.with_label_values(&[authority, kind]).inc_by(blocks);
    }

    fn round_trip(&self, peer: &str, millis: i64) {
        self.broadcaster_rtt_estimate_ms.with_label_values(&[peer]).set(millis);
    }

    fn decided(&self, authority: &str, commit_type: &str, round: i64) {
        self.committed_leaders_total.with_label_values(&[authority, commit_type]).inc();
        self.last_decided_leader_round.set(round);
    }

    fn committed(&self, index: i64, round: i64, blocks: u32, sub_dags: u32, since_last: Duration) {
        self.last_commit_index.set(index);
        self.last_committed_leader_round.set(round);
        self.blocks_per_commit_count.observe(f64::from(blocks));
        self.sub_dags_per_commit_count.observe(f64::from(sub_dags));
        self.commit_round_advancement_interval.observe(since_last.as_secs_f64());
    }

    fn block_committed(&self, authority: &str, round: i64, took: Duration) {
        self.last_committed_authority_round.with_label_values(&[authority]).set(round);
        self.block_commit_latency.observe(took.as_secs_f64());
    }

    fn leader_timed_out(&self, timeout_type: &str) {
        self.leader_timeout_total.with_label_values(&[timeout_type]).inc();
    }

    fn scheduled(&self, bad_nodes: i64, scores: &[(&str, i64)]) {
        self.num_of_bad_nodes.set(bad_nodes);
        for (authority, score) in scores {
            self.reputation_scores.with_label_values(&[authority]).set(*score);
        }
    }

    fn subscribed(&self, authority: &str, status: &str, connected: bool) {
        self.subscriber_connection_attempts.with_label_values(&[authority, status]).inc();
        self.subscriber_connections.with_label_values(&[authority]).set(connected.into());
    }

    fn syncing(&self, inflight: i64, pending: i64, quorum: i64, local: i64) {
        self.commit_sync_inflight_fetches.set(inflight);
        self.commit_sync_pending_fetches.set(pending);
        self.commit_sync_quorum_index.set(quorum);
        self.commit_sync_local_index.set(local);
    }

    fn synced(&self, commits: u64, blocks: u64, bytes: u64, took: Duration) {
        self.commit_sync_fetched_commits.inc_by(commits);
        self.commit_sync_fetched_blocks.inc_by(blocks);
        self.commit_sync_total_fetched_blocks_size.inc_by(bytes);
        self.commit_sync_fetch_once_latency.observe(took.as_secs_f64());
    }

    fn sync_failed(&self, error: &str) {
        self.commit_sync_fetch_once_errors.with_label_values(&[error]).inc();
    }

    fn gap(&self) {
        self.commit_sync_gap_on_processing.inc();
    }
}

/// A request that is under way until it is dropped.
pub struct Request(IntGauge);

impl Drop for Request {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Routes for RouteMetrics {
    type Request = Request;

    fn start(&self, route: &'static str) -> Request {
        self.requests.with_label_values(&[route]).inc();
        let inflight = self.inflight_requests.with_label_values(&[route]);
        inflight.inc();
        Request(inflight)
    }

    fn answered(&self, route: &str, request_bytes: u32, response_bytes: u32, took: Duration) {
        self.request_latency.with_label_values(&[route]).observe(took.as_secs_f64());
        self.request_size.with_label_values(&[route]).observe(f64::from(request_bytes));
        self.response_size.with_label_values(&[route]).observe(f64::from(response_bytes));
    }

    fn failed(&self, route: &str, status: &str) {
        self.request_errors.with_label_values(&[route, status]).inc();
    }

    fn request_too_large(&self, route: &str) {
        self.excessive_size_requests.with_label_values(&[route]).inc();
    }

    fn response_too_large(&self, route: &str) {
        self.excessive_size_responses.with_label_values(&[route]).inc();
    }
}
