//! The same metrics, declared.

use super::{COUNTS, FINE_LATENCIES, LATENCIES, MESSAGE_SIZES, Node, REQUEST_LATENCIES, Routes, SIZES};
use std::sync::Arc;
use std::time::Duration;
use telemetry::registry::RegisterError;
use telemetry::{Registry, buckets, collectors, metrics};

#[metrics(suffixes = off, initial = 0)]
pub trait NodeMetrics {
    /// Transport that the node uses, as 1.
    #[gauge(value = 1)]
    fn network_type(&self, #[label(cap = 4, name = "type")] network: &str);

    /// Blocks that this node proposed, by whether a timeout forced it.
    #[counter(initial = none)]
    fn proposed_blocks(&self, force: bool);

    /// Bytes of a proposed block.
    #[histogram(buckets = SIZES, unit = bytes)]
    fn proposed_block_size(&self, bytes: u32);

    /// Transactions in a proposed block.
    #[histogram(buckets = COUNTS)]
    fn proposed_block_transactions(&self, transactions: u32);

    /// Time between two proposals.
    #[histogram(buckets = FINE_LATENCIES)]
    fn block_proposal_interval(&self, since_last: Duration);

    /// Ancestors that a proposed block names.
    #[histogram(buckets = buckets::exponential::<20>(1.0, 1.4))]
    fn proposed_block_ancestors(&self, ancestors: usize);

    /// Rounds between a proposed block and an ancestor.
    #[histogram(buckets = buckets::exponential::<14>(1.0, 2.0))]
    fn proposed_block_ancestors_depth(&self, #[label(cap = 128)] authority: &str, rounds: u32);

    /// Waits for a leader.
    #[counter(name = "block_proposal_leader_wait_count")]
    #[counter(name = "block_proposal_leader_wait_ms", value = millis, help = "Milliseconds spent on waiting for a leader.")]
    fn waited_for_leader(&self, #[label(cap = 128)] authority: &str, millis: u64);

    /// Milliseconds spent on waiting for blocks whose time is ahead of ours.
    #[counter(value = millis)]
    fn block_timestamp_drift_wait_ms(
        &self,
        #[label(cap = 128)] authority: &str,
        #[label(cap = 8)] source: &str,
        millis: u64,
    );

    /// Blocks that came from a peer.
    #[counter]
    fn subscribed_blocks(&self, #[label(cap = 128)] authority: &str);

    /// Blocks that came from a peer and passed all checks.
    #[counter]
    #[gauge(
        name = "highest_verified_authority_round",
        help = "Latest round with a verified block of the authority."
    )]
    fn verified_blocks(&self, #[label(cap = 128)] authority: &str, round: i64);

    /// Blocks that failed a check.
    #[counter]
    fn invalid_blocks(
        &self,
        #[label(cap = 128)] authority: &str,
        #[label(cap = 8)] source: &str,
        #[label(cap = 32)] error: &str,
    );

    /// Blocks refused before the checks.
    #[counter]
    fn rejected_blocks(&self, #[label(cap = 16)] reason: &str);

    /// Blocks accepted, by who made them.
    #[counter(labels(source))]
    #[gauge(name = "highest_accepted_round", labels(), help = "Latest round with an accepted block.")]
    #[gauge(
        name = "highest_accepted_authority_round",
        labels(authority),
        help = "Latest round with an accepted block of the authority."
    )]
    fn accepted_blocks(
        &self,
        #[label(cap = 128)] authority: &str,
        #[label(cap = 8)] source: &str,
        round: i64,
    );

    /// Round of the clock that a quorum of blocks moves on.
    #[gauge(name = "threshold_clock_round", value = round)]
    #[histogram(
        name = "quorum_receive_latency",
        value = took,
        help = "Time until a quorum of a round was there."
    )]
    fn quorum(&self, round: i64, took: Duration);

    /// Blocks that wait for an ancestor.
    #[counter]
    fn block_suspensions(&self, #[label(cap = 128)] authority: &str);

    /// Blocks that had to be fetched.
    #[counter(name = "missing_blocks_total", labels())]
    #[counter(name = "block_manager_missing_blocks_by_authority", help = "Blocks found missing.")]
    fn missing_block(&self, #[label(cap = 128)] authority: &str);

    /// Blocks whose last ancestor came.
    #[counter]
    #[histogram(name = "suspended_block_time", help = "Time that a block waited for ancestors.")]
    fn block_unsuspensions(&self, #[label(cap = 128)] authority: &str, waited: Duration);

    /// Blocks that are waiting now.
    #[gauge(name = "block_manager_suspended_blocks", value = blocks)]
    #[gauge(
        name = "block_manager_missing_ancestors",
        value = ancestors,
        help = "Ancestors that are missing now."
    )]
    fn set_waiting(&self, blocks: i64, ancestors: i64);

    /// Requests put into the queue of the core.
    #[counter]
    fn core_lock_enqueued(&self);

    /// Requests taken from the queue of the core.
    #[counter]
    #[histogram(
        name = "core_add_blocks_batch_size",
        buckets = COUNTS,
        help = "Blocks that the core takes at once."
    )]
    fn core_lock_dequeued(&self, blocks: u32);

    /// Time spent in a part of the code.
    #[histogram(buckets = FINE_LATENCIES)]
    fn scope_processing_time(&self, #[label(cap = 64)] scope: &str, took: Duration);

    /// Blocks in the cache.
    #[gauge]
    fn set_dag_state_recent_blocks(&self, blocks: i64);

    /// Reads that the cache could not answer.
    #[counter]
    fn dag_state_store_read_count(&self, #[label(cap = 16, name = "type")] kind: &str);

    /// Writes to the store.
    #[counter]
    fn dag_state_store_write_count(&self);

    /// Fetches that run now.
    #[up_down_counter(name = "fetch_blocks_scheduler_inflight", value = 1)]
    fn fetch_started(&self);

    /// Fetches that run now.
    #[up_down_counter(name = "fetch_blocks_scheduler_inflight", value = -1)]
    #[counter(
        name = "missing_blocks_after_fetch_total",
        value = still_missing,
        help = "Blocks that were still missing after they had been fetched."
    )]
    fn fetch_ended(&self, still_missing: u64);

    /// Fetches that were left out.
    #[counter]
    fn fetch_blocks_scheduler_skipped(&self, #[label(cap = 16)] reason: &str);

    /// Blocks fetched, by the peer that had them.
    #[counter(name = "synchronizer_fetched_blocks_by_peer", value = blocks, labels(peer, kind))]
    #[counter(
        name = "synchronizer_fetched_blocks_by_authority",
        value = blocks,
        labels(authority, kind),
        help = "Blocks fetched, by the authority that made them."
    )]
    fn fetched(
        &self,
        #[label(cap = 128)] peer: &str,
        #[label(cap = 128)] authority: &str,
        #[label(cap = 8, name = "type")] kind: &str,
        blocks: u64,
    );

    /// Estimated round trip in milliseconds.
    #[gauge]
    fn set_broadcaster_rtt_estimate_ms(&self, #[label(cap = 128)] peer: &str, millis: i64);

    /// Leaders committed.
    #[counter(name = "committed_leaders_total")]
    #[gauge(name = "last_decided_leader_round", labels(), help = "Latest round whose leader was decided on.")]
    fn decided(&self, #[label(cap = 128)] authority: &str, #[label(cap = 8)] commit_type: &str, round: i64);

    /// Index of the latest commit.
    #[gauge(name = "last_commit_index", value = index)]
    #[gauge(
        name = "last_committed_leader_round",
        value = round,
        help = "Latest round whose leader was committed."
    )]
    #[histogram(
        name = "blocks_per_commit_count",
        value = blocks,
        buckets = COUNTS,
        help = "Blocks in a commit."
    )]
    #[histogram(
        name = "sub_dags_per_commit_count",
        value = sub_dags,
        buckets = buckets::DEFAULT,
        help = "Graphs in a commit."
    )]
    #[histogram(
        name = "commit_round_advancement_interval",
        value = since_last,
        buckets = FINE_LATENCIES,
        help = "Time between two commits."
    )]
    fn committed(&self, index: i64, round: i64, blocks: u32, sub_dags: u32, since_last: Duration);

    /// Latest committed round of the authority.
    #[gauge(name = "last_committed_authority_round", value = round)]
    #[histogram(
        name = "block_commit_latency",
        value = took,
        buckets = LATENCIES,
        labels(),
        help = "Time from a block's creation to its commit."
    )]
    fn block_committed(&self, #[label(cap = 128)] authority: &str, round: i64, took: Duration);

    /// Timeouts of leaders.
    #[counter(name = "leader_timeout_total")]
    fn leader_timed_out(&self, #[label(cap = 8)] timeout_type: &str);

    /// Authorities that do not lead at present.
    #[gauge]
    fn set_num_of_bad_nodes(&self, nodes: i64);

    /// Scores of the authorities.
    #[gauge]
    fn set_reputation_scores(&self, #[label(cap = 128)] authority: &str, score: i64);

    /// Attempts to subscribe to a peer.
    #[counter]
    fn subscriber_connection_attempts(
        &self,
        #[label(cap = 128)] authority: &str,
        #[label(cap = 8)] status: &str,
    );

    /// 1 for a peer that this node is subscribed to.
    #[gauge]
    fn set_subscriber_connections(&self, #[label(cap = 128)] authority: &str, #[value] connected: bool);

    /// Ranges of commits that are being fetched.
    #[gauge]
    fn set_commit_sync_inflight_fetches(&self, ranges: i64);

    /// Ranges of commits that wait to be fetched.
    #[gauge]
    fn set_commit_sync_pending_fetches(&self, ranges: i64);

    /// Highest index that a quorum voted for.
    #[gauge]
    fn set_commit_sync_quorum_index(&self, index: i64);

    /// Highest index that this node has.
    #[gauge]
    fn set_commit_sync_local_index(&self, index: i64);

    /// Commits fetched.
    #[counter(name = "commit_sync_fetched_commits", value = commits)]
    #[counter(
        name = "commit_sync_fetched_blocks",
        value = blocks,
        help = "Blocks fetched with commits."
    )]
    #[counter(
        name = "commit_sync_total_fetched_blocks_size",
        value = bytes,
        unit = bytes,
        help = "Bytes of the blocks fetched with commits."
    )]
    #[histogram(
        name = "commit_sync_fetch_once_latency",
        value = took,
        buckets = LATENCIES,
        help = "Time to fetch a range of commits from one peer."
    )]
    fn synced(&self, commits: u64, blocks: u64, bytes: u64, took: Duration);

    /// Failures to fetch a range of commits from one peer.
    #[counter]
    fn commit_sync_fetch_once_errors(&self, #[label(cap = 32)] error: &str);

    /// Gaps between fetched commits.
    #[counter]
    fn commit_sync_gap_on_processing(&self);
}

/// Declares the metrics of a direction, whose names begin with it.
macro_rules! route_metrics {
    ($metrics:ident, $direction:literal) => {
        #[metrics(namespace = $direction, suffixes = off)]
        pub trait $metrics {
            /// Requests.
            #[counter]
            fn requests(&self, #[label(cap = 64)] route: &str);

            /// Requests that are under way.
            #[up_down_counter(in_flight)]
            fn inflight_requests(&self, #[label(cap = 64)] route: &str);

            /// Time to answer a request.
            #[histogram(buckets = REQUEST_LATENCIES)]
            fn request_latency(&self, #[label(cap = 64)] route: &str, took: Duration);

            /// Bytes of a request.
            #[histogram(buckets = MESSAGE_SIZES, unit = bytes)]
            fn request_size(&self, #[label(cap = 64)] route: &str, bytes: u32);

            /// Bytes of a response.
            #[histogram(buckets = MESSAGE_SIZES, unit = bytes)]
            fn response_size(&self, #[label(cap = 64)] route: &str, bytes: u32);

            /// Requests that failed.
            #[counter]
            fn request_errors(&self, #[label(cap = 64)] route: &str, #[label(cap = 32)] status: &str);

            /// Requests that were too large.
            #[counter]
            fn excessive_size_requests(&self, #[label(cap = 64)] route: &str);

            /// Responses that were too large.
            #[counter]
            fn excessive_size_responses(&self, #[label(cap = 64)] route: &str);
        }
    };
}

route_metrics!(InboundMetrics, "inbound");
route_metrics!(OutboundMetrics, "outbound");

pub struct Validator {
    registry: Registry,
    metrics: Arc<dyn NodeMetrics>,
}

impl Validator {
    pub fn new(registry: &Registry) -> Result<Self, RegisterError> {
        let metrics = Arc::new(registry.register::<dyn NodeMetrics>()?);
        Ok(Validator { registry: registry.clone(), metrics })
    }
}

impl Node for Validator {
    fn started(&self, version: &str, revision: &str, network: &str) {
        collectors::build_info(&self.registry, version, Some(revision)).unwrap();
        self.metrics.network_type(network);
    }

    fn proposed(&self, force: bool, bytes: u32, transactions: u32, since_last: Duration) {
        self.metrics.proposed_blocks(force);
        self.metrics.proposed_block_size(bytes);
        self.metrics.proposed_block_transactions(transactions);
        self.metrics.block_proposal_interval(since_last);
    }

    fn named_ancestors(&self, depths: &[(&str, u32)]) {
        self.metrics.proposed_block_ancestors(depths.len());
        for (authority, depth) in depths {
            self.metrics.proposed_block_ancestors_depth(authority, *depth);
        }
    }

    fn waited_for_leader(&self, authority: &str, waited_ms: u64) {
        self.metrics.waited_for_leader(authority, waited_ms);
    }

    fn waited_for_time(&self, authority: &str, source: &str, waited_ms: u64) {
        self.metrics.block_timestamp_drift_wait_ms(authority, source, waited_ms);
    }

    fn received(&self, authority: &str) {
        self.metrics.subscribed_blocks(authority);
    }

    fn verified(&self, authority: &str, round: i64) {
        self.metrics.verified_blocks(authority, round);
    }

    fn invalid(&self, authority: &str, source: &str, error: &str) {
        self.metrics.invalid_blocks(authority, source, error);
    }

    fn rejected(&self, reason: &str) {
        self.metrics.rejected_blocks(reason);
    }

    fn accepted(&self, authority: &str, source: &str, round: i64) {
        self.metrics.accepted_blocks(authority, source, round);
    }

    fn quorum(&self, round: i64, took: Duration) {
        self.metrics.quorum(round, took);
    }

    fn suspended(&self, authority: &str, ancestors: &[&str]) {
        self.metrics.block_suspensions(authority);
        for authority in ancestors {
            self.metrics.missing_block(authority);
        }
    }

    fn unsuspended(&self, authority: &str, waited: Duration) {
        self.metrics.block_unsuspensions(authority, waited);
    }

    fn waiting(&self, blocks: i64, ancestors: i64) {
        self.metrics.set_waiting(blocks, ancestors);
    }

    fn enqueued(&self) {
        self.metrics.core_lock_enqueued();
    }

    fn dequeued(&self, blocks: u32) {
        self.metrics.core_lock_dequeued(blocks);
    }

    fn processed(&self, scope: &str, took: Duration) {
        self.metrics.scope_processing_time(scope, took);
    }

    fn cached(&self, blocks: i64) {
        self.metrics.set_dag_state_recent_blocks(blocks);
    }

    fn read(&self, kind: &str) {
        self.metrics.dag_state_store_read_count(kind);
    }

    fn written(&self) {
        self.metrics.dag_state_store_write_count();
    }

    fn fetch_started(&self) {
        self.metrics.fetch_started();
    }

    fn fetch_ended(&self, still_missing: u64) {
        self.metrics.fetch_ended(still_missing);
    }

    fn fetch_skipped(&self, reason: &str) {
        self.metrics.fetch_blocks_scheduler_skipped(reason);
    }

    fn fetched(&self, peer: &str, authority: &str, kind: &str, blocks: u64) {
        self.metrics.fetched(peer, authority, kind, blocks);
    }

    fn round_trip(&self, peer: &str, millis: i64) {
        self.metrics.set_broadcaster_rtt_estimate_ms(peer, millis);
    }

    fn decided(&self, authority: &str, commit_type: &str, round: i64) {
        self.metrics.decided(authority, commit_type, round);
    }

    fn committed(&self, index: i64, round: i64, blocks: u32, sub_dags: u32, since_last: Duration) {
        self.metrics.committed(index, round, blocks, sub_dags, since_last);
    }

    fn block_committed(&self, authority: &str, round: i64, took: Duration) {
        self.metrics.block_committed(authority, round, took);
    }

    fn leader_timed_out(&self, timeout_type: &str) {
        self.metrics.leader_timed_out(timeout_type);
    }

    fn scheduled(&self, bad_nodes: i64, scores: &[(&str, i64)]) {
        self.metrics.set_num_of_bad_nodes(bad_nodes);
        for (authority, score) in scores {
            self.metrics.set_reputation_scores(authority, *score);
        }
    }

    fn subscribed(&self, authority: &str, status: &str, connected: bool) {
        self.metrics.subscriber_connection_attempts(authority, status);
        self.metrics.set_subscriber_connections(authority, connected);
    }

    fn syncing(&self, inflight: i64, pending: i64, quorum: i64, local: i64) {
        self.metrics.set_commit_sync_inflight_fetches(inflight);
        self.metrics.set_commit_sync_pending_fetches(pending);
        self.metrics.set_commit_sync_quorum_index(quorum);
        self.metrics.set_commit_sync_local_index(local);
    }

    fn synced(&self, commits: u64, blocks: u64, bytes: u64, took: Duration) {
        self.metrics.synced(commits, blocks, bytes, took);
    }

    fn sync_failed(&self, error: &str) {
        self.metrics.commit_sync_fetch_once_errors(error);
    }

    fn gap(&self) {
        self.metrics.commit_sync_gap_on_processing();
    }
}

macro_rules! routes {
    ($metrics:ident, $guard:ident) => {
        impl Routes for Arc<dyn $metrics> {
            type Request = $guard<Self, &'static str>;

            fn start(&self, route: &'static str) -> Self::Request {
                self.requests(route);
                self.start_inflight_requests(route)
            }

            fn answered(&self, route: &str, request_bytes: u32, response_bytes: u32, took: Duration) {
                self.request_latency(route, took);
                self.request_size(route, request_bytes);
                self.response_size(route, response_bytes);
            }

            fn failed(&self, route: &str, status: &str) {
                self.request_errors(route, status);
            }

            fn request_too_large(&self, route: &str) {
                self.excessive_size_requests(route);
            }

            fn response_too_large(&self, route: &str) {
                self.excessive_size_responses(route);
            }
        }
    };
}

routes!(InboundMetrics, InboundMetricsInflightRequestsGuard);
routes!(OutboundMetrics, OutboundMetricsInflightRequestsGuard);
