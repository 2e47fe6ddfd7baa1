//! Sends again what users ask for again.

use crate::clock::Time;
use crate::surface::{Metrics, Scope};
use rusqlite::{Connection, params};
use serde::Deserialize;

/// One line of the requests file: `{"at": .., "event_id": ".."}` or `{"at": .., "since": ..}`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Request {
    /// When the user asks.
    pub(crate) at: Time,
    #[serde(flatten)]
    pub(crate) target: Target,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    EventId(String),
    Since(Time),
}

impl Target {
    pub(crate) fn scope(&self) -> Scope {
        match self {
            Self::EventId(_) => Scope::Single,
            Self::Since(_) => Scope::Since,
        }
    }
}

/// Makes the deliveries that `target` names due now, and returns how many. An event that is not
/// fanned out yet has none: its users hear of it anyway.
pub(crate) fn redeliver(
    database: &Connection,
    target: &Target,
    now: Time,
    metrics: &dyn Metrics,
) -> rusqlite::Result<usize> {
    let deliveries = match target {
        Target::EventId(id) => database
            .prepare_cached(
                "UPDATE webhook_subscriber_deliveries
                 SET next_attempt_at = ?1, redeliveries = redeliveries + 1
                 WHERE event_id = ?2",
            )?
            .execute(params![now, id])?,
        Target::Since(since) => database
            .prepare_cached(
                "UPDATE webhook_subscriber_deliveries
                 SET next_attempt_at = ?1, redeliveries = redeliveries + 1
                 WHERE event_id IN (SELECT id FROM webhook_events WHERE created_at >= ?2)",
            )?
            .execute(params![now, since])?,
    };
    metrics.redeliver_requests(target.scope());
    Ok(deliveries)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::surface::RecordingMetrics;
    use crate::{database, json_lines};
    use std::time::Duration;

    /// Three events, a second apart, with a delivery each.
    fn deliveries() -> Connection {
        let database = database::open(None).unwrap();
        database
            .execute_batch(
                "INSERT INTO webhooks VALUES ('wh_1', 'user_01', 0);
                 INSERT INTO webhook_events (id, type, user_id, payload, created_at, status) VALUES
                     ('evt_1', 'email.sent', 'user_01', '{}', 1000, 'fanned_out'),
                     ('evt_2', 'email.sent', 'user_01', '{}', 2000, 'fanned_out'),
                     ('evt_3', 'email.sent', 'user_01', '{}', 3000, 'fanned_out');
                 INSERT INTO webhook_subscriber_deliveries (event_id, webhook_id, created_at, next_attempt_at)
                     SELECT id, 'wh_1', created_at, created_at FROM webhook_events",
            )
            .unwrap();
        database
    }

    fn due_at(database: &Connection, time: Time) -> Vec<String> {
        database
            .prepare(
                "SELECT event_id FROM webhook_subscriber_deliveries
                 WHERE next_attempt_at = ?1 AND redeliveries = 1 ORDER BY event_id",
            )
            .unwrap()
            .query_map([time], |row| row.get(0))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap()
    }

    #[test]
    fn requests_are_for_one_event_or_for_all_since() {
        let metrics = RecordingMetrics::default();
        let now = Time::EPOCH + Duration::from_mins(1);
        let since = Time::EPOCH + Duration::from_secs(2);
        let cases = [
            (Target::EventId("evt_1".to_owned()), vec!["evt_1"]),
            (Target::EventId("unknown".to_owned()), vec![]),
            (Target::Since(since), vec!["evt_2", "evt_3"]),
        ];
        for (target, expected) in cases {
            let database = deliveries();
            assert_eq!(redeliver(&database, &target, now, &metrics).unwrap(), expected.len());
            assert_eq!(due_at(&database, now), expected);
        }
        metrics.redeliver_requests_calls().scope(Scope::Single).assert_times(2);
        metrics.redeliver_requests_calls().scope(Scope::Since).assert_once();
    }

    #[test]
    fn a_request_without_a_target_is_refused() {
        let error = json_lines::parse::<Request>("redeliver.jsonl", "{\"at\":5}").unwrap_err();
        assert!(error.to_string().starts_with("redeliver.jsonl:1:8: "), "{error}");
    }
}
