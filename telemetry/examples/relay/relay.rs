//! The relay itself: its queues, its clock, and what it does each second.

use crate::labels::{Cache, Limit, Outcome, Queue, State, Table};
use crate::random::Random;
use crate::senders::{CampaignMetrics, Mailing, OpenSender, Sender, SenderMetrics};
use crate::surface::Metrics;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Domains that mail goes to: more than the label keeps apart.
pub(crate) const DOMAINS: u64 = 140;

pub(crate) struct Message {
    pub(crate) domain: u64,
    pub(crate) size: u64,
    pub(crate) attempts: u64,
    /// When it came into the queue that it is in.
    pub(crate) since: u64,
    /// When it may be tried again.
    pub(crate) due: u64,
}

/// The metrics that the relay records in.
#[derive(Clone, Copy)]
pub(crate) struct AllMetrics<'m> {
    pub(crate) relay: &'m dyn Metrics,
    pub(crate) campaigns: &'m dyn CampaignMetrics,
    pub(crate) open_sender: OpenSender<'m>,
}

pub(crate) struct Relay<'m> {
    pub(crate) metrics: &'m dyn Metrics,
    pub(crate) campaigns: &'m dyn CampaignMetrics,
    pub(crate) open_sender: OpenSender<'m>,
    pub(crate) transactional: Arc<dyn SenderMetrics>,
    pub(crate) mailing: Option<Mailing>,
    pub(crate) random: Random,
    /// Simulated seconds.
    pub(crate) now: u64,
    pub(crate) outbound: VecDeque<Message>,
    pub(crate) retry: VecDeque<Message>,
    pub(crate) dead: u64,
    /// Open connections to the SMTP server, and when each ends.
    pub(crate) sessions: Vec<(u64, u64, bool)>,
    cached: [u64; 4],
    accepted: u64,
    done: [u64; 5],
}

impl<'m> Relay<'m> {
    pub(crate) fn new(metrics: AllMetrics<'m>, seed: u64) -> Self {
        let transactional = (metrics.open_sender)(Sender::Transactional);
        transactional.set_connections(4);
        Relay {
            metrics: metrics.relay,
            campaigns: metrics.campaigns,
            open_sender: metrics.open_sender,
            transactional,
            mailing: None,
            random: Random::new(seed),
            now: 0,
            outbound: VecDeque::new(),
            retry: VecDeque::new(),
            dead: 0,
            sessions: Vec::new(),
            cached: [0; 4],
            accepted: 0,
            done: [0; 5],
        }
    }

    /// Simulates one second.
    pub(crate) fn second(&mut self) {
        self.now += 1;
        self.intake();
        self.deliver();
        self.mail();
        if self.now.is_multiple_of(10) {
            self.look_around();
        }
        if self.now.is_multiple_of(600) {
            self.keep_house();
        }
    }

    pub(crate) fn accept(&mut self, authenticated: bool, size: u64) {
        self.metrics.smtp_messages_accepted(authenticated, size);
        self.metrics.queue_pushed(Queue::Intake);
        let waited = self.random.takes(300_000);
        self.metrics.queue_popped(Queue::Intake, waited);
        self.metrics.queue_pushed(Queue::Outbound);
        let domain = self.random.below(self.random_bound());
        let (since, due) = (self.now, self.now);
        self.outbound.push_back(Message { domain, size, attempts: 0, since, due });
        self.accepted += 1;
    }

    /// Most mail goes to few domains.
    fn random_bound(&self) -> u64 {
        if self.now.is_multiple_of(5) { DOMAINS } else { 4 }
    }

    pub(crate) fn finish(&mut self, outcome: Outcome, attempts: u64) {
        self.metrics.delivery_done(outcome, attempts);
        self.done[outcome as usize] += 1;
    }

    /// Looks something up; a cache that is full drops its oldest entries.
    pub(crate) fn look_up(&mut self, cache: Cache, hits_per_mille: u64) -> bool {
        if self.random.happens(hits_per_mille) {
            self.metrics.cache_hit(cache);
            return true;
        }
        self.metrics.cache_miss(cache);
        let entries = &mut self.cached[cache as usize];
        *entries += 1;
        let dropped = if *entries > 500 { 50 } else { 0 };
        *entries -= dropped;
        self.metrics.cache_evicted(cache, dropped);
        false
    }

    /// Sets the gauges.
    fn look_around(&mut self) {
        let waiting = |queue: &VecDeque<Message>, now: u64| {
            let delayed = queue.iter().filter(|message| message.due > now).count() as u64;
            (queue.len() as u64 - delayed, delayed)
        };
        for (queue, messages) in [(Queue::Outbound, &self.outbound), (Queue::Retry, &self.retry)] {
            let (ready, delayed) = waiting(messages, self.now);
            self.metrics.set_queue_depth(queue, State::Ready, ready);
            self.metrics.set_queue_depth(queue, State::Delayed, delayed);
            let oldest =
                messages.iter().filter(|message| message.due <= self.now).map(|message| message.since);
            let age = oldest.min().map_or(0, |since| self.now - since);
            self.metrics.set_queue_oldest(queue, Duration::from_secs(age));
        }
        self.metrics.set_queue_depth(Queue::Outbound, State::Leased, self.random.below(8));
        self.metrics.set_queue_depth(Queue::Retry, State::Dead, self.dead);
        for (cache, entries) in
            [Cache::Dns, Cache::Policy, Cache::Keys, Cache::Sessions].into_iter().zip(self.cached)
        {
            self.metrics.set_cache_entries(cache, entries);
        }
        for limit in [Limit::Address, Limit::Sender, Limit::Recipient, Limit::Domain] {
            self.metrics.set_limiter_keys(limit, 100 + self.random.below(900));
        }
        let busy = self.random.below(12);
        self.metrics.set_pool_connections(true, busy);
        self.metrics.set_pool_connections(false, 12 - busy);
        #[allow(clippy::cast_precision_loss, reason = "hours, not ages")]
        let passed = self.now as f64;
        self.metrics.set_tls_certificate_expiry(30.0 * 86_400.0 - passed);
        self.metrics.set_disk_free(0.62 - passed / 1e6);
    }

    fn keep_house(&mut self) {
        let took = self.random.takes(900_000);
        self.metrics.janitor_runs(took);
        for table in
            [Table::Messages, Table::Attempts, Table::Bounces, Table::Sessions, Table::Tokens, Table::Reports]
        {
            self.metrics.janitor_rows_deleted(table, self.random.below(400));
        }
        let overdue = self.retry.iter().filter(|message| message.due <= self.now).count() as u64;
        self.metrics.queue_moved(Queue::Retry, Queue::Outbound, overdue);
        let ok = !self.random.happens(100);
        self.metrics.config_reloads(ok);
    }

    pub(crate) fn summary(&self) -> String {
        let outcomes = ["delivered", "deferred", "bounced", "expired", "refused"];
        let done = outcomes.iter().zip(self.done).filter(|(_, count)| *count > 0);
        let done: Vec<String> = done.map(|(outcome, count)| format!("{count} {outcome}")).collect();
        format!(
            "{} simulated seconds: {} messages accepted, {}, {} waiting",
            self.now,
            self.accepted,
            done.join(", "),
            self.outbound.len() + self.retry.len()
        )
    }
}
