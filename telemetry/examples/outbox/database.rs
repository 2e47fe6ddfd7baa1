//! The embedded `SQLite` database: opening it, and the rows that are there before the run.

use crate::clock::Time;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::{Batch, Connection, named_params};
use std::path::Path;

/// Opens the database at `path`, or one in memory, and creates what it lacks.
pub(crate) fn open(path: Option<&Path>) -> rusqlite::Result<Connection> {
    let database = match path {
        Some(path) => Connection::open(path)?,
        None => Connection::open_in_memory()?,
    };
    database.execute_batch(include_str!("schema.sql"))?;
    Ok(database)
}

/// Writes the webhooks, and what an earlier life of the service left for the janitor. Rows that
/// exist already stay as they are.
pub(crate) fn seed(database: &mut Connection, start: Time) -> rusqlite::Result<()> {
    let transaction = database.transaction()?;
    let mut statements = Batch::new(&transaction, include_str!("seed.sql"));
    while let Some(mut statement) = statements.next()? {
        statement.execute(named_params! { ":start": start })?;
    }
    transaction.commit()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn rows(database: &Connection, table: &str) -> u64 {
        let count: i64 =
            database.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        u64::try_from(count).unwrap()
    }

    #[test]
    fn seeding_twice_adds_nothing() {
        let mut database = open(None).unwrap();
        seed(&mut database, Time::EPOCH).unwrap();
        let before = ["webhooks", "messages", "webhook_events"].map(|table| rows(&database, table));
        seed(&mut database, Time::EPOCH).unwrap();
        let after = ["webhooks", "messages", "webhook_events"].map(|table| rows(&database, table));
        assert_eq!(before, after);
        assert!(before.iter().all(|&rows| rows > 0));
    }
}
