//! Deletes rows that are past their time to live.

use crate::clock::Time;
use crate::surface::{Metrics, Table};
use rusqlite::Connection;
use std::time::Duration;

/// A rule to delete rows from one table, or from several that count as one.
struct Rule {
    table: Table,
    /// The time that a row is kept.
    keep: Duration,
    /// Each deletes the rows from before `?1`.
    statements: &'static [&'static str],
}

const WEEK: Duration = Duration::from_hours(7 * 24);
const MONTH: Duration = Duration::from_hours(30 * 24);

/// Deliveries go before their events, which they refer to.
const RULES: [Rule; 6] = [
    Rule {
        table: Table::WebhookSubscriberDeliveries,
        keep: WEEK,
        statements: &["DELETE FROM webhook_subscriber_deliveries WHERE created_at < ?1"],
    },
    Rule {
        table: Table::WebhookEvents,
        keep: WEEK,
        statements: &["DELETE FROM webhook_events
             WHERE created_at < ?1 AND status <> 'pending' AND NOT EXISTS (
                 SELECT 1 FROM webhook_subscriber_deliveries WHERE event_id = webhook_events.id
             )"],
    },
    Rule {
        table: Table::WebhookDeliveries,
        keep: MONTH,
        statements: &["DELETE FROM webhook_deliveries WHERE created_at < ?1"],
    },
    Rule { table: Table::Messages, keep: MONTH, statements: &["DELETE FROM messages WHERE created_at < ?1"] },
    Rule {
        table: Table::UserSessions,
        keep: Duration::ZERO,
        statements: &["DELETE FROM user_sessions WHERE expires_at < ?1"],
    },
    Rule {
        table: Table::Oauth,
        keep: Duration::ZERO,
        statements: &[
            "DELETE FROM oauth_codes WHERE expires_at < ?1",
            "DELETE FROM oauth_tokens WHERE expires_at < ?1",
        ],
    },
];

/// The rows that all sweeps of a run deleted, by table.
#[derive(Debug, Default)]
pub(crate) struct Deleted([u64; RULES.len()]);

impl Deleted {
    pub(crate) fn by_table(&self) -> impl Iterator<Item = (Table, u64)> {
        RULES.iter().map(|rule| rule.table).zip(self.0)
    }
}

/// Sweeps every table once, and adds what it deleted to `deleted`.
pub(crate) fn sweep(
    database: &mut Connection,
    now: Time,
    metrics: &dyn Metrics,
    deleted: &mut Deleted,
) -> rusqlite::Result<()> {
    for (rule, total) in RULES.iter().zip(&mut deleted.0) {
        let rows = delete(database, rule, now)?;
        metrics.janitor_rows_deleted(rule.table, rows);
        *total += rows;
    }
    Ok(())
}

/// One transaction per rule: a metric counts rows that are gone, never some that came back.
fn delete(database: &mut Connection, rule: &Rule, now: Time) -> rusqlite::Result<u64> {
    let transaction = database.transaction()?;
    let mut rows = 0;
    for statement in rule.statements {
        rows += transaction.prepare_cached(statement)?.execute([now - rule.keep])?;
    }
    transaction.commit()?;
    Ok(rows as u64)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::events::Event;
    use crate::surface::RecordingMetrics;
    use crate::{database, publish};

    fn start() -> Time {
        Time::EPOCH + 2 * MONTH
    }

    /// A sweep, and what it told its metrics.
    fn sweep_at(database: &mut Connection, now: Time) -> RecordingMetrics {
        let metrics = RecordingMetrics::default();
        sweep(database, now, &metrics, &mut Deleted::default()).unwrap();
        metrics
    }

    #[test]
    fn rows_go_when_their_time_is_over() {
        let mut database = database::open(None).unwrap();
        database
            .execute_batch(
                "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 20)
                 INSERT INTO messages SELECT n, 'user_01', 'Hello', n * 1000 FROM n",
            )
            .unwrap();
        let sixteenth = Time::EPOCH + Duration::from_secs(16);

        let metrics = sweep_at(&mut database, sixteenth + MONTH);

        metrics.janitor_rows_deleted_calls().table(Table::Messages).assert_sum(15);
        metrics.janitor_rows_deleted_calls().assert_sum(15);
    }

    #[test]
    fn a_second_sweep_finds_nothing() {
        let mut database = database::open(None).unwrap();
        database::seed(&mut database, start()).unwrap();
        let mut deleted = Deleted::default();

        sweep(&mut database, start(), &telemetry::NoOp, &mut deleted).unwrap();
        let metrics = sweep_at(&mut database, start());

        assert!(deleted.by_table().any(|(_, rows)| rows > 0));
        metrics.janitor_rows_deleted_calls().assert_times(RULES.len());
        metrics.janitor_rows_deleted_calls().assert_sum(0);
    }

    #[test]
    fn both_oauth_tables_count_as_one() {
        let mut database = database::open(None).unwrap();
        database
            .execute_batch(
                "INSERT INTO oauth_codes VALUES (1, 'user_01', 5);
                 INSERT INTO oauth_tokens VALUES (1, 'user_01', 5), (2, 'user_01', 5)",
            )
            .unwrap();

        let metrics = sweep_at(&mut database, start());

        metrics.janitor_rows_deleted_calls().table(Table::Oauth).assert_once();
        metrics.janitor_rows_deleted_calls().table(Table::Oauth).assert_sum(3);
    }

    #[test]
    fn a_pending_event_is_kept_however_old() {
        let mut database = database::open(None).unwrap();
        let event = Event::example("evt_1", "email.sent", Time::EPOCH);
        publish::publish(&mut database, &[event], &telemetry::NoOp).unwrap();

        let metrics = sweep_at(&mut database, start());

        metrics.janitor_rows_deleted_calls().table(Table::WebhookEvents).assert_sum(0);
    }
}
