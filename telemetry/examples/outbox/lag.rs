//! The lag of the worker: the age of the oldest pending event.

use crate::clock::Time;
use crate::surface::Metrics;
use rusqlite::Connection;
use std::time::Duration;

/// Measures the lag, which is zero while nothing is pending.
pub(crate) fn measure(database: &Connection, now: Time, metrics: &dyn Metrics) -> rusqlite::Result<Duration> {
    let lag = oldest_pending(database)?.map_or(Duration::ZERO, |oldest| now.since(oldest));
    metrics.set_publisher_lag(lag.as_secs_f64());
    Ok(lag)
}

/// When the oldest pending event happened, if one is pending.
pub(crate) fn oldest_pending(database: &Connection) -> rusqlite::Result<Option<Time>> {
    database
        .prepare_cached("SELECT min(created_at) FROM webhook_events WHERE status = 'pending'")?
        .query_row([], |row| row.get(0))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::events::Event;
    use crate::surface::{MetricsCall, RecordingMetrics};
    use crate::{database, publish};

    #[test]
    fn the_lag_is_the_age_of_the_oldest_pending_event() {
        let metrics = RecordingMetrics::default();
        let mut database = database::open(None).unwrap();
        let now = Time::EPOCH + Duration::from_mins(1);

        measure(&database, now, &metrics).unwrap();
        let old = Event::example("evt_1", "email.sent", now - Duration::from_millis(2_500));
        let new = Event::example("evt_2", "email.sent", now);
        publish::publish(&mut database, &[new, old], &telemetry::NoOp).unwrap();
        measure(&database, now, &metrics).unwrap();

        let expected = [MetricsCall::set_publisher_lag(0.0), MetricsCall::set_publisher_lag(2.5)];
        assert_eq!(metrics.calls(), expected);
    }
}
