//! The worker: leases pending events, and fans each of them out to its webhooks.

use crate::clock::Time;
use crate::faults::{Failure, Faults};
use crate::notify::Wake;
use crate::surface::{EventType, Metrics, Stage};
use crate::webhooks;
use rusqlite::{Connection, Row, named_params};
use std::time::Duration;

/// The most events that one look takes.
const BATCH: u32 = 50;

/// The time that a worker owns the events that it leased. An event that failed is not given back: its lease
/// runs out, which is also what happens when a worker dies.
const LEASE: Duration = Duration::from_secs(30);

/// One worker. It looks for work when the scheduler calls it.
pub(crate) struct Worker<'a> {
    metrics: &'a dyn Metrics,
    faults: Faults,
    last_failure: Option<Failure>,
}

/// The result of a look at the outbox.
#[derive(Debug)]
pub(crate) struct Found {
    /// Delivery rows that were written.
    pub(crate) deliveries: u64,
    /// No event was left to lease.
    pub(crate) drained: bool,
}

/// An event that this worker may work on until the lease runs out.
struct Leased {
    id: String,
    kind: String,
    user_id: String,
    attempts: u32,
}

impl<'a> Worker<'a> {
    pub(crate) fn new(faults: Faults, metrics: &'a dyn Metrics) -> Self {
        Self { metrics, faults, last_failure: None }
    }

    /// Leases a batch and fans it out; `None` if it could not be leased.
    pub(crate) fn work(&mut self, database: &mut Connection, now: Time, wake: Wake) -> Option<Found> {
        let batch = match self.lease(database, now) {
            Ok(batch) => batch,
            Err(failure) => {
                self.failed(failure);
                return None;
            }
        };
        // The poll looks only when nothing is announced and nothing is left from before. What it
        // leases for the first time is therefore work without a notification.
        if wake == Wake::Poll && batch.iter().any(|event| event.attempts == 1) {
            self.metrics.notify_missed();
        }

        let mut deliveries = 0;
        for event in &batch {
            let event_type = EventType(&event.kind);
            match self.fan_out(database, event, now) {
                Ok(0) => self.metrics.outbox_events_no_match(event_type),
                Ok(matched) => {
                    self.metrics.outbox_events_fan_out(event_type, matched);
                    deliveries += matched;
                }
                Err(failure) => self.failed(failure),
            }
        }
        Some(Found { deliveries, drained: batch.len() < BATCH as usize })
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    pub(crate) fn last_failure(&self) -> Option<&Failure> {
        self.last_failure.as_ref()
    }

    fn failed(&mut self, failure: Failure) {
        self.metrics.outbox_failures(failure.stage);
        self.last_failure = Some(failure);
    }

    fn lease(&mut self, database: &Connection, now: Time) -> Result<Vec<Leased>, Failure> {
        self.faults.run(Stage::Lease, || lease(database, now))
    }

    /// Writes a delivery for each webhook that matches, and returns how many. The event and its
    /// deliveries are one transaction: a stage that fails takes back those before it.
    fn fan_out(&mut self, database: &mut Connection, event: &Leased, now: Time) -> Result<u64, Failure> {
        let (transaction, webhooks) = self.faults.run(Stage::ListWebhooks, || {
            let transaction = database.transaction()?;
            let webhooks = webhooks::matching(&transaction, &event.user_id, &event.kind)?;
            Ok((transaction, webhooks))
        })?;
        for webhook in &webhooks {
            self.faults
                .run(Stage::InsertDelivery, || insert_delivery(&transaction, &event.id, webhook, now))?;
        }
        let status = if webhooks.is_empty() { "no_match" } else { "fanned_out" };
        self.faults.run(Stage::UpdateStatus, || {
            update_status(&transaction, &event.id, status)?;
            transaction.commit()
        })?;
        Ok(webhooks.len() as u64)
    }
}

/// New events come before retries, so that one which always fails holds up no other.
fn lease(database: &Connection, now: Time) -> rusqlite::Result<Vec<Leased>> {
    database
        .prepare_cached(
            "UPDATE webhook_events SET leased_until = :until, attempts = attempts + 1
             WHERE id IN (
                 SELECT id FROM webhook_events
                 WHERE status = 'pending' AND leased_until <= :now
                 ORDER BY attempts, created_at, id
                 LIMIT :batch
             )
             RETURNING id, type, user_id, attempts",
        )?
        .query_map(named_params! { ":until": now + LEASE, ":now": now, ":batch": BATCH }, Leased::from_row)?
        .collect()
}

impl Leased {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            kind: row.get("type")?,
            user_id: row.get("user_id")?,
            attempts: row.get("attempts")?,
        })
    }
}

fn insert_delivery(
    database: &Connection,
    event_id: &str,
    webhook_id: &str,
    now: Time,
) -> rusqlite::Result<()> {
    database
        .prepare_cached(
            "INSERT INTO webhook_subscriber_deliveries (event_id, webhook_id, created_at, next_attempt_at)
             VALUES (:event_id, :webhook_id, :now, :now)",
        )?
        .execute(named_params! { ":event_id": event_id, ":webhook_id": webhook_id, ":now": now })?;
    Ok(())
}

fn update_status(database: &Connection, event_id: &str, status: &str) -> rusqlite::Result<()> {
    database
        .prepare_cached("UPDATE webhook_events SET status = ?2 WHERE id = ?1")?
        .execute([event_id, status])?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::coin::Coin;
    use crate::events::Event;
    use crate::faults::{Fault, STAGES};
    use crate::surface::RecordingMetrics;
    use crate::{database, publish};

    /// An outbox with one pending `email.received` of `user_01`, who has two webhooks for it.
    fn outbox() -> Connection {
        let mut database = database::open(None).unwrap();
        webhooks::subscribe(&database, "wh_1", "user_01", "email.*");
        webhooks::subscribe(&database, "wh_2", "user_01", "email.received");
        publish(&mut database, "evt_1", "email.received");
        database
    }

    fn publish(database: &mut Connection, id: &str, event_type: &str) {
        let event = Event::example(id, event_type, Time::EPOCH);
        publish::publish(database, &[event], &telemetry::NoOp).unwrap();
    }

    /// One look at the outbox by a worker with these faults.
    fn look(database: &mut Connection, faults: &[Fault], now: Time, wake: Wake) -> RecordingMetrics {
        let metrics = RecordingMetrics::default();
        Worker::new(Faults::new(Coin::new(1), faults), &metrics).work(database, now, wake);
        metrics
    }

    fn count(database: &Connection, from: &str) -> i64 {
        database.query_row(&format!("SELECT count(*) FROM {from}"), [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn an_event_is_fanned_out_to_every_webhook_that_matches() {
        let mut database = outbox();
        let metrics = look(&mut database, &[], Time::EPOCH, Wake::Notified);

        let fan_out = metrics.outbox_events_fan_out_calls();
        fan_out.event_type(EventType("email.received")).assert_once();
        fan_out.assert_sum(2);
        metrics.outbox_events_no_match_calls().assert_never();
        assert_eq!(count(&database, "webhook_subscriber_deliveries WHERE event_id = 'evt_1'"), 2);
        assert_eq!(count(&database, "webhook_events WHERE status = 'fanned_out'"), 1);
    }

    #[test]
    fn an_event_that_nobody_wants_is_done_too() {
        let mut database = outbox();
        publish(&mut database, "evt_2", "domain.verified");
        let metrics = look(&mut database, &[], Time::EPOCH, Wake::Notified);

        metrics.outbox_events_no_match_calls().assert_once();
        metrics.outbox_events_fan_out_calls().assert_once();
        assert_eq!(count(&database, "webhook_events WHERE status = 'no_match'"), 1);
    }

    #[test]
    fn a_stage_that_fails_leaves_no_trace_and_is_retried_when_the_lease_runs_out() {
        for stage in STAGES {
            let mut database = outbox();
            let always = Fault { stage, rate: 1.0 };
            let metrics = look(&mut database, &[always], Time::EPOCH, Wake::Notified);

            metrics.outbox_failures_calls().stage(stage).assert_once();
            metrics.outbox_failures_calls().assert_once();
            metrics.outbox_events_fan_out_calls().assert_never();
            assert_eq!(count(&database, "webhook_subscriber_deliveries"), 0, "{stage:?}");
            assert_eq!(count(&database, "webhook_events WHERE status = 'pending'"), 1, "{stage:?}");

            let metrics = look(&mut database, &[], Time::EPOCH + LEASE, Wake::Backlog);
            metrics.outbox_failures_calls().assert_never();
            metrics.outbox_events_fan_out_calls().assert_sum(2);
        }
    }

    #[test]
    fn a_database_error_is_a_failure_of_its_stage() {
        let cases = [
            ("ALTER TABLE webhook_events RENAME TO gone", Stage::Lease),
            ("ALTER TABLE webhook_subscriptions RENAME TO gone", Stage::ListWebhooks),
            ("ALTER TABLE webhook_subscriber_deliveries RENAME TO gone", Stage::InsertDelivery),
            (
                "CREATE TRIGGER refuse BEFORE UPDATE OF status ON webhook_events
                 BEGIN SELECT raise(ABORT, 'refused'); END",
                Stage::UpdateStatus,
            ),
        ];
        for (damage, stage) in cases {
            let mut database = outbox();
            database.execute_batch(damage).unwrap();
            let metrics = look(&mut database, &[], Time::EPOCH, Wake::Notified);

            metrics.outbox_failures_calls().stage(stage).assert_once();
            metrics.outbox_failures_calls().assert_once();
        }
    }

    #[test]
    fn what_is_leased_is_left_alone() {
        let mut database = outbox();
        let always = Fault { stage: Stage::UpdateStatus, rate: 1.0 };
        look(&mut database, &[always], Time::EPOCH, Wake::Notified);

        let too_early = Time::EPOCH + LEASE - Duration::from_millis(1);
        let metrics = look(&mut database, &[], too_early, Wake::Backlog);

        assert!(metrics.calls().is_empty());
    }

    #[test]
    fn only_the_poll_misses_notifications_and_only_for_new_work() {
        let metrics = look(&mut outbox(), &[], Time::EPOCH, Wake::Poll);
        metrics.notify_missed_calls().assert_once();

        let metrics = look(&mut outbox(), &[], Time::EPOCH, Wake::Notified);
        metrics.notify_missed_calls().assert_never();

        let mut database = outbox();
        let always = Fault { stage: Stage::ListWebhooks, rate: 1.0 };
        look(&mut database, &[always], Time::EPOCH, Wake::Notified);
        let metrics = look(&mut database, &[], Time::EPOCH + LEASE, Wake::Poll);
        metrics.notify_missed_calls().assert_never();
        metrics.outbox_events_fan_out_calls().assert_once();
    }

    #[test]
    fn a_full_batch_says_that_more_may_follow() {
        let mut database = outbox();
        for id in 2..=BATCH {
            publish(&mut database, &format!("evt_{id}"), "email.sent");
        }
        let mut worker = Worker::new(Faults::new(Coin::new(1), &[]), &telemetry::NoOp);

        assert!(!worker.work(&mut database, Time::EPOCH, Wake::Notified).unwrap().drained);
        assert!(worker.work(&mut database, Time::EPOCH, Wake::Backlog).unwrap().drained);
    }
}
