//! Who wants to hear of an event.

use rusqlite::{Connection, named_params};

/// The webhooks of `user_id`, and those of every user, with a subscription that matches.
pub(crate) fn matching(
    database: &Connection,
    user_id: &str,
    event_type: &str,
) -> rusqlite::Result<Vec<String>> {
    database
        .prepare_cached(
            "SELECT id FROM webhooks
             WHERE user_id IN (:user_id, '*') AND EXISTS (
                 SELECT 1 FROM webhook_subscriptions
                 WHERE webhook_id = webhooks.id AND :event_type GLOB pattern
             )
             ORDER BY id",
        )?
        .query_map(named_params! { ":user_id": user_id, ":event_type": event_type }, |row| row.get(0))?
        .collect()
}

/// Adds a webhook with one subscription.
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
pub(crate) fn subscribe(database: &Connection, id: &str, user_id: &str, pattern: &str) {
    database.execute("INSERT INTO webhooks VALUES (?1, ?2, 0)", [id, user_id]).unwrap();
    database.execute("INSERT INTO webhook_subscriptions VALUES (?1, ?2, 0)", [id, pattern]).unwrap();
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::database;

    #[test]
    fn a_pattern_is_a_type_or_a_wildcard() {
        let database = database::open(None).unwrap();
        subscribe(&database, "wh_all", "user_01", "*");
        subscribe(&database, "wh_audit", "*", "domain.*");
        subscribe(&database, "wh_email", "user_01", "email.*");
        subscribe(&database, "wh_sent", "user_01", "email.sent");
        let matching = |user_id, event_type| matching(&database, user_id, event_type).unwrap();

        assert_eq!(matching("user_01", "email.sent"), ["wh_all", "wh_email", "wh_sent"]);
        assert_eq!(matching("user_01", "email.received"), ["wh_all", "wh_email"]);
        assert_eq!(matching("user_01", "domain.verified"), ["wh_all", "wh_audit"]);
        assert_eq!(matching("user_02", "domain.verified"), ["wh_audit"]);
        assert!(matching("user_02", "email.sent").is_empty());
    }
}
