-- Every time is in milliseconds since 1970.

PRAGMA foreign_keys = ON;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;

CREATE TABLE IF NOT EXISTS webhooks (
    id          TEXT PRIMARY KEY,
    user_id     TEXT NOT NULL,              -- '*' hears the events of every user
    created_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS webhooks_by_user ON webhooks (user_id);

CREATE TABLE IF NOT EXISTS webhook_subscriptions (
    webhook_id  TEXT NOT NULL REFERENCES webhooks (id),
    pattern     TEXT NOT NULL,              -- a type, or a GLOB pattern such as 'email.*'
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (webhook_id, pattern)
) STRICT;

-- The outbox. A row is pending until its deliveries are written, or nobody wants it.
CREATE TABLE IF NOT EXISTS webhook_events (
    id            TEXT PRIMARY KEY,
    type          TEXT NOT NULL,
    user_id       TEXT NOT NULL,
    payload       TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    status        TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'fanned_out', 'no_match')),
    attempts      INTEGER NOT NULL DEFAULT 0,
    leased_until  INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX IF NOT EXISTS webhook_events_pending ON webhook_events (created_at) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS webhook_events_by_age ON webhook_events (created_at);

-- What is to be sent, and when. Whoever sends takes the rows that are due.
CREATE TABLE IF NOT EXISTS webhook_subscriber_deliveries (
    event_id         TEXT NOT NULL REFERENCES webhook_events (id),
    webhook_id       TEXT NOT NULL REFERENCES webhooks (id),
    created_at       INTEGER NOT NULL,
    next_attempt_at  INTEGER NOT NULL,
    redeliveries     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (event_id, webhook_id)
) STRICT;

CREATE INDEX IF NOT EXISTS deliveries_by_age ON webhook_subscriber_deliveries (created_at);

-- Attempts of the past.
CREATE TABLE IF NOT EXISTS webhook_deliveries (
    id          INTEGER PRIMARY KEY,
    url         TEXT NOT NULL,
    http_status INTEGER NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS messages (
    id          INTEGER PRIMARY KEY,
    user_id     TEXT NOT NULL,
    subject     TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS user_sessions (
    id          INTEGER PRIMARY KEY,
    user_id     TEXT NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS oauth_codes (
    id          INTEGER PRIMARY KEY,
    user_id     TEXT NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS oauth_tokens (
    id          INTEGER PRIMARY KEY,
    user_id     TEXT NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;
