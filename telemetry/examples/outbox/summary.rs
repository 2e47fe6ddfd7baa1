//! The result of a run, as numbers and as the table at its end.

use crate::faults::{STAGES, Tally};
use crate::janitor::Deleted;
use rusqlite::Connection;
use std::fmt;
use std::time::Duration;
use telemetry::label::Closed;

#[derive(Debug, Default)]
pub(crate) struct Summary {
    pub(crate) published: u64,
    /// Events that the outbox had already.
    pub(crate) known: u64,
    /// Rows of `webhook_events` by status, as the run left them.
    pub(crate) rows: Vec<(String, u64)>,
    pub(crate) deliveries: u64,
    pub(crate) redelivered: u64,
    pub(crate) requests_single: u64,
    pub(crate) requests_since: u64,
    pub(crate) failures: [Tally; STAGES.len()],
    pub(crate) deleted: Deleted,
    pub(crate) notifications_lost: u64,
    /// Polls that found the work of a lost notification.
    pub(crate) notifications_missed: u64,
    pub(crate) max_lag: Duration,
    pub(crate) ticks: u64,
    pub(crate) simulated: Duration,
    pub(crate) elapsed: Duration,
}

/// Counts the rows of `webhook_events` by status.
pub(crate) fn rows_by_status(database: &Connection) -> rusqlite::Result<Vec<(String, u64)>> {
    database
        .prepare("SELECT status, count(*) FROM webhook_events GROUP BY status ORDER BY status")?
        .query_map([], |row| {
            let rows: i64 = row.get(1)?;
            Ok((row.get(0)?, rows.unsigned_abs()))
        })?
        .collect()
}

impl Summary {
    /// The table's lines: what they belong to, what they count, the number.
    fn lines(&self) -> Vec<(&'static str, &str, String)> {
        let mut lines = vec![
            ("events", "published", self.published.to_string()),
            ("events", "already known", self.known.to_string()),
        ];
        for (status, rows) in &self.rows {
            lines.push(("rows by status", status, rows.to_string()));
        }
        lines.push(("deliveries", "written", self.deliveries.to_string()));
        lines.push(("deliveries", "made due again", self.redelivered.to_string()));
        lines.push(("redeliver", "requests for one event", self.requests_single.to_string()));
        lines.push(("redeliver", "requests for all since", self.requests_since.to_string()));
        for (stage, tally) in STAGES.iter().zip(self.failures) {
            lines.push(("failures", stage.as_str(), (tally.injected + tally.real).to_string()));
        }
        for (table, rows) in self.deleted.by_table() {
            lines.push(("rows deleted", table.as_str(), rows.to_string()));
        }
        lines.push(("notifications", "lost", self.notifications_lost.to_string()));
        lines.push(("notifications", "missed", self.notifications_missed.to_string()));
        lines.push(("lag", "longest, in seconds", seconds(self.max_lag)));
        lines.push(("run", "ticks", self.ticks.to_string()));
        lines.push(("run", "simulated seconds", seconds(self.simulated)));
        lines.push(("run", "elapsed seconds", seconds(self.elapsed)));
        lines
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = "";
        for (group, item, value) in self.lines() {
            // A group is named once, on its first line.
            let heading = if group == last { "" } else { group };
            writeln!(f, "{heading:<16}{item:<32}{value:>12}")?;
            last = group;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_aligned_and_names_each_group_once() {
        let summary = Summary { published: 1_200, ..Summary::default() };
        let text = summary.to_string();

        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("events          published                               1200"));
        assert_eq!(lines.next(), Some("                already known                              0"));
        assert!(text.lines().all(|line| line.len() == 60), "{text}");
        assert_eq!(text.matches("failures").count(), 1);
    }
}
