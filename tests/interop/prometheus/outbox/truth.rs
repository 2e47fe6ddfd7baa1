//! What the database knows of a run, by triggers and rows: it knows nothing of metrics.

use super::run::Summary;
use crate::samples::Samples;
use crate::tool::Scratch;
use rusqlite::{Connection, named_params};
use std::collections::BTreeMap;
use std::path::PathBuf;
use telemetry::prometheus::Format;

/// Notes what the run writes. What is there from the start was never pending, nor were its deliveries'
/// events.
const AUDIT: &str = "
    CREATE TABLE written_events (id, type);
    CREATE TABLE written_deliveries (event_id, type);
    CREATE TABLE deleted (name);
    CREATE TRIGGER event_written AFTER INSERT ON webhook_events WHEN new.status = 'pending'
        BEGIN INSERT INTO written_events VALUES (new.id, new.type); END;
    CREATE TRIGGER delivery_written AFTER INSERT ON webhook_subscriber_deliveries
        WHEN (SELECT status FROM webhook_events WHERE id = new.event_id) = 'pending'
        BEGIN INSERT INTO written_deliveries SELECT id, type FROM webhook_events WHERE id = new.event_id; END;
";

/// The janitor's tables, and what each counts as.
const TABLES: [(&str, &str); 7] = [
    ("webhook_events", "webhook_events"),
    ("webhook_subscriber_deliveries", "webhook_subscriber_deliveries"),
    ("webhook_deliveries", "webhook_deliveries"),
    ("messages", "messages"),
    ("user_sessions", "user_sessions"),
    ("oauth_codes", "oauth"),
    ("oauth_tokens", "oauth"),
];

const PUBLISHED: &str = "SELECT type, count(*) FROM written_events GROUP BY type";
const FANNED_OUT: &str = "SELECT type, count(*) FROM webhook_events JOIN written_events USING (id, type)
    WHERE status = 'fanned_out' GROUP BY type";
const MATCHED: &str = "SELECT type, count(*) FROM written_deliveries GROUP BY type";
const NO_MATCH: &str = "SELECT type, count(*) FROM webhook_events JOIN written_events USING (id, type)
    WHERE status = 'no_match' GROUP BY type";
const DELETED: &str = "SELECT name, count(*) FROM deleted GROUP BY name";

/// Events of the log, the label that follows, and the same in the database.
pub const LOGGED: [(&str, &str, &str); 3] = [
    ("outbox.published", "type", PUBLISHED),
    ("outbox.fanout", "type", FANNED_OUT),
    ("outbox.no_match", "type", NO_MATCH),
];

/// A database that keeps account of a run.
pub struct Truth {
    database: Connection,
    _scratch: Scratch,
}

impl Truth {
    /// Before the run: the database, and the file for the outbox.
    pub fn before() -> (Self, PathBuf) {
        let scratch = Scratch::new("outbox-database").unwrap();
        let file = scratch.file("outbox.db");
        let database = Connection::open(&file).unwrap();
        database.execute_batch(include_str!("../../../../telemetry/examples/outbox/schema.sql")).unwrap();
        database.execute_batch(AUDIT).unwrap();
        for (table, name) in TABLES {
            let trigger = format!(
                "CREATE TRIGGER {table}_deleted AFTER DELETE ON {table}
                 BEGIN INSERT INTO deleted VALUES ('{name}'); END"
            );
            database.execute_batch(&trigger).unwrap();
        }
        (Truth { database, _scratch: scratch }, file)
    }

    /// A statement's names and numbers.
    pub fn counts(&self, sql: &str) -> BTreeMap<String, u64> {
        let mut statement = self.database.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, u32>(1)?.into()))).unwrap();
        let counts: BTreeMap<String, u64> = rows.map(Result::unwrap).collect();
        assert!(!counts.is_empty() && counts.values().all(|count| *count > 0), "{sql}");
        counts
    }

    /// All that the outbox may expose. What leaves no trace in the database, the summary knows from counts of
    /// its own: failures that were injected, requests, lost notifications.
    pub fn samples(&self, format: Format, summary: &Summary) -> Samples {
        let mut all = Samples::default();
        let from_the_database = [
            ("e2a_outbox_events_published", "type", PUBLISHED),
            ("e2a_outbox_events_fanout", "type", FANNED_OUT),
            ("e2a_outbox_fanout_matched", "type", MATCHED),
            ("e2a_outbox_events_nomatch", "type", NO_MATCH),
            ("e2a_janitor_rows_deleted", "table", DELETED),
        ];
        for (family, label, sql) in from_the_database {
            for (value, count) in self.counts(sql) {
                all.counter(format, family, &[(label, &value)], number(&count.to_string()));
            }
        }
        for (scope, item) in [("single", "requests for one event"), ("since", "requests for all since")] {
            let count = above_zero(summary, "redeliver", item);
            all.counter(format, "e2a_redeliver_requests", &[("scope", scope)], count);
        }
        for stage in ["lease", "list_webhooks", "insert_delivery", "update_status"] {
            let count = above_zero(summary, "failures", stage);
            all.counter(format, "e2a_outbox_failures", &[("stage", stage)], count);
        }
        all.counter(format, "e2a_notify_missed", &[], above_zero(summary, "notifications", "missed"));
        all.gauge("e2a_webhook_publisher_lag_seconds", &[], self.last_lag(summary));
        all
    }

    /// The lag of the last tick: how old the oldest event was that this tick still found pending, which is
    /// one that it leased, for 30 seconds. The first tick follows the first event by a second.
    fn last_lag(&self, summary: &Summary) -> f64 {
        let seconds = number(&summary[&("run".to_owned(), "simulated seconds".to_owned())]);
        self.database
            .query_row(
                "WITH tick (last) AS (
                     SELECT min(created_at) + round(:seconds * 1000)
                     FROM webhook_events JOIN written_events USING (id)
                 )
                 SELECT coalesce(max(last - created_at), 0) / 1000.0 FROM webhook_events, tick
                 WHERE leased_until = last + 30000",
                named_params! { ":seconds": seconds },
                |row| row.get(0),
            )
            .unwrap()
    }
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

/// So that nothing is compared with nothing.
fn above_zero(summary: &Summary, group: &str, item: &str) -> f64 {
    let count = number(&summary[&(group.to_owned(), item.to_owned())]);
    assert!(count > 0.0, "{group} {item}");
    count
}
