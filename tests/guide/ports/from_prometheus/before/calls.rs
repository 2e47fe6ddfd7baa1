//! The calls of the handles.

use super::super::Node;
use super::NodeMetrics;
use std::time::Duration;

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
