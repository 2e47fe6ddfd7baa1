//! Writes events to the outbox.

use crate::events::Event;
use crate::surface::{EventType, Metrics};
use rusqlite::{Connection, named_params};

/// Writes `events` in one transaction, and returns how many of them are new: an event that the
/// outbox has already is skipped, so a file may be published twice.
pub(crate) fn publish(
    database: &mut Connection,
    events: &[Event],
    metrics: &dyn Metrics,
) -> rusqlite::Result<usize> {
    let transaction = database.transaction()?;
    let mut written = Vec::with_capacity(events.len());
    for event in events {
        if insert(&transaction, event)? {
            written.push(event);
        }
    }
    transaction.commit()?;

    // After the commit, not before: a row that was rolled back was never published.
    for event in &written {
        metrics.outbox_events_published(EventType(&event.kind));
    }
    Ok(written.len())
}

fn insert(database: &Connection, event: &Event) -> rusqlite::Result<bool> {
    let rows = database
        .prepare_cached(
            "INSERT INTO webhook_events (id, type, user_id, payload, created_at)
             VALUES (:id, :type, :user_id, :payload, :created_at)
             ON CONFLICT (id) DO NOTHING",
        )?
        .execute(named_params! {
            ":id": event.id,
            ":type": event.kind,
            ":user_id": event.user_id,
            ":payload": event.payload.to_string(),
            ":created_at": event.occurred_at,
        })?;
    Ok(rows == 1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::clock::Time;
    use crate::database;
    use crate::surface::RecordingMetrics;

    #[test]
    fn an_event_is_published_once() {
        let metrics = RecordingMetrics::default();
        let mut database = database::open(None).unwrap();
        let sent = Event::example("evt_1", "email.sent", Time::EPOCH);
        let received = Event::example("evt_2", "email.received", Time::EPOCH);

        assert_eq!(publish(&mut database, std::slice::from_ref(&sent), &metrics).unwrap(), 1);
        assert_eq!(publish(&mut database, &[sent, received], &metrics).unwrap(), 1);

        let published = metrics.outbox_events_published_calls();
        published.event_type(EventType("email.sent")).assert_once();
        published.event_type(EventType("email.received")).assert_once();
    }

    #[test]
    fn a_batch_that_fails_publishes_nothing() {
        let metrics = RecordingMetrics::default();
        let mut database = database::open(None).unwrap();
        database
            .execute_batch(
                "CREATE TRIGGER refuse BEFORE INSERT ON webhook_events WHEN new.id = 'evt_2'
                 BEGIN SELECT raise(ABORT, 'refused'); END",
            )
            .unwrap();
        let events = ["evt_1", "evt_2"].map(|id| Event::example(id, "email.sent", Time::EPOCH));

        assert!(publish(&mut database, &events, &metrics).is_err());

        metrics.outbox_events_published_calls().assert_never();
    }
}
