//! The surface of `declared.rs` as a team writes it by hand: the trait, a no-op, a log, and a mock for tests.

pub mod labels;
mod log;
mod mock;
mod noop;

pub use log::Log;
pub use mock::{MetricsCall, RecordingMetrics};
pub use noop::NoOp;

use labels::{
    AuthMethod, Cache, Direction, Disabled, EventType, Eviction, Failure, Job, Method, Outcome, Pool,
    Priority, Provider, Queue, Reject, Reply, Scope, Signal, SmtpCommand, Stage, Statement, StatusClass,
    Table, Verdict,
};
use std::time::Duration;

/// The metrics of a mail and webhook service.
pub trait Metrics: Send + Sync {
    /// HTTP requests served.
    fn http_requests(&self, method: Method, route: &str, status: StatusClass, took: Option<Duration>);

    /// HTTP requests that are being served.
    fn http_requests_active(&self, delta: i64);

    /// Bytes of HTTP bodies.
    fn http_body_size(&self, direction: Direction, bytes: u64);

    /// HTTP requests refused by the rate limit.
    fn http_rate_limited(&self, route: &str);

    /// HTTP requests whose body could not be parsed.
    fn http_bad_requests(&self, method: Method, json: bool);

    /// HTTP requests that ended in a panic of a handler.
    fn http_panics(&self);

    /// HTTP requests that took longer than their deadline.
    fn http_timeouts(&self, method: Method);

    /// TCP connections of the HTTP server.
    fn set_http_connections(&self, open: u64);

    /// TLS handshakes of the HTTP server.
    fn http_tls_handshakes(&self, resumed: bool, took: Duration);

    /// Days until the certificate of the HTTP server expires.
    fn set_http_certificate_days(&self, days: f64);

    /// WebSocket connections that are open.
    fn websocket_opened(&self);

    /// WebSocket connections that are open.
    fn websocket_closed(&self, lifetime: Duration);

    /// Attempts to sign in.
    fn auth_attempts(&self, method: AuthMethod, ok: bool);

    /// Sessions that users began.
    fn auth_sign_ins(&self, method: AuthMethod);

    /// Sessions that users ended themselves.
    fn auth_sign_outs(&self);

    /// Tokens refreshed.
    fn auth_tokens_refreshed(&self);

    /// Tokens refused.
    fn auth_tokens_refused(&self, expired: bool);

    /// Accounts locked after too many attempts.
    fn auth_accounts_locked(&self);

    /// Time to hash a password.
    fn auth_hash_duration(&self, took: Duration);

    /// SMTP sessions accepted.
    fn smtp_sessions(&self, tls: bool);

    /// SMTP sessions that are open.
    fn smtp_session_opened(&self);

    /// SMTP sessions that are open.
    fn smtp_session_closed(&self);

    /// Time from connect to quit of an SMTP session.
    fn smtp_session_duration(&self, took: Duration);

    /// SMTP commands handled.
    fn smtp_commands(&self, command: SmtpCommand, reply: Reply);

    /// Messages accepted over SMTP.
    fn smtp_messages_accepted(&self, provider: Provider, size: u64);

    /// Messages refused over SMTP.
    fn smtp_messages_rejected(&self, reason: Reject);

    /// Recipients of accepted messages.
    fn smtp_recipients(&self, recipients: u64);

    /// Results of SPF checks.
    fn smtp_spf_checks(&self, verdict: Verdict);

    /// Results of DKIM checks.
    fn smtp_dkim_checks(&self, verdict: Verdict);

    /// Results of DMARC checks.
    fn smtp_dmarc_checks(&self, verdict: Verdict, enforced: bool);

    /// Spam scores of messages.
    fn smtp_spam_score(&self, provider: Provider, score: f64);

    /// Messages that the virus scanner looked at.
    fn smtp_virus_scans(&self, infected: bool, took: Option<Duration>);

    /// Sessions delayed on purpose.
    fn smtp_tarpits(&self, reason: Reject);

    /// Bytes read from SMTP clients.
    fn smtp_read(&self, bytes: u64);

    /// Attachments stored.
    fn attachment_stored(&self, inline: bool, size: u64);

    /// Attachments that could not be stored.
    fn attachments_failed(&self);

    /// Messages parsed.
    fn messages_parsed(&self, multipart: bool, took: Duration);

    /// Messages whose MIME structure is broken.
    fn messages_malformed(&self, provider: Provider);

    /// Messages put in a queue.
    fn queue_pushed(&self, queue: Queue, priority: Priority);

    /// Messages taken from a queue.
    fn queue_popped(&self, queue: Queue, priority: Priority, waited: Duration);

    /// Messages in a queue.
    fn set_queue_depth(&self, queue: Queue, messages: u64);

    /// Age of the oldest message in a queue.
    fn set_queue_age(&self, queue: Queue, age: Duration);

    /// Messages moved from one queue to another.
    fn queue_moved(&self, from: Queue, to: Queue, count: u64);

    /// Messages that went to the dead queue.
    fn queue_dead(&self, priority: Priority);

    /// Messages dropped because a queue was full.
    fn queue_dropped(&self, queue: Queue, count: u64);

    /// Workers that wait for messages.
    fn set_queue_idle_workers(&self, queue: Queue, workers: u64);

    /// Batches taken from a queue.
    fn queue_batch(&self, queue: Queue, messages: u64);

    /// Webhook events written to the outbox.
    fn outbox_events_published(&self, event_type: EventType<'_>);

    /// Outbox events fanned out to their matched webhooks.
    fn outbox_events_fan_out(&self, event_type: EventType<'_>, matched: u64);

    /// Outbox events that no webhook subscribes to.
    fn outbox_events_no_match(&self, event_type: EventType<'_>);

    /// Steps of the outbox worker that failed.
    fn outbox_failures(&self, stage: Stage);

    /// Time that a step of the outbox worker took.
    fn outbox_stage_duration(&self, stage: Stage, took: Duration);

    /// Requests to deliver events again.
    fn redeliver_requests(&self, scope: Scope);

    /// Events delivered again.
    fn redelivered(&self, scope: Scope, events: u64);

    /// Times that the fallback poll found work which no notification announced.
    fn notify_missed(&self);

    /// Notifications received.
    fn notify_received(&self);

    /// Age of the oldest pending event.
    fn set_publisher_lag(&self, seconds: f64);

    /// Attempts to deliver an event to a webhook.
    fn delivery_attempts(&self, event_type: EventType<'_>, outcome: Outcome, took: Option<Duration>);

    /// Attempts to deliver that failed.
    fn delivery_failures(&self, failure: Failure, will_retry: bool);

    /// Attempts that a delivery needed.
    fn delivery_tries(&self, outcome: Outcome, tries: u64);

    /// Time from an event to its delivery.
    fn delivery_latency(&self, event_type: EventType<'_>, took: Duration);

    /// Statuses that webhooks answered with.
    fn delivery_statuses(&self, status: StatusClass);

    /// Deliveries that wait for their next attempt.
    fn set_deliveries_pending(&self, deliveries: u64);

    /// Deliveries that are in flight.
    fn deliveries_in_flight(&self, delta: i64);

    /// Payloads cut because they were too large.
    fn delivery_payloads_cut(&self, event_type: EventType<'_>);

    /// Signatures made.
    fn delivery_signatures(&self, rotated: bool);

    /// Webhooks added.
    fn webhooks_added(&self);

    /// Webhooks removed.
    fn webhooks_removed(&self);

    /// Webhooks disabled.
    fn webhooks_disabled(&self, reason: Disabled);

    /// Webhooks that are enabled.
    fn set_webhooks_enabled(&self, webhooks: u64);

    /// Messages sent to other mail servers.
    fn mail_sent(&self, provider: Provider, reply: Reply, took: Option<Duration>);

    /// Messages that came back.
    fn mail_bounces(&self, provider: Provider, hard: bool);

    /// Complaints of recipients.
    fn mail_complaints(&self, provider: Provider);

    /// Recipients that are suppressed.
    fn set_mail_suppressed(&self, recipients: u64);

    /// Share of messages that reached the inbox.
    fn set_mail_inbox(&self, provider: Provider, share: f64);

    /// DNS look-ups.
    fn dns_lookups(&self, record: &str, cached: bool, took: Duration);

    /// Domains verified.
    fn domains_verified(&self, ok: bool);

    /// Cache look-ups.
    fn cache_hit(&self, cache: Cache);

    /// Cache look-ups.
    fn cache_miss(&self, cache: Cache);

    /// Entries that left a cache.
    fn cache_evictions(&self, cache: Cache, eviction: Eviction, entries: u64);

    /// Entries of a cache.
    fn set_cache_entries(&self, cache: Cache, entries: u64);

    /// Memory that a cache holds.
    fn set_cache_size(&self, cache: Cache, bytes: u64);

    /// Time to load an entry into a cache.
    fn cache_load_duration(&self, cache: Cache, took: Duration);

    /// Database statements run.
    fn db_statements(&self, pool: Pool, statement: Statement, took: Duration);

    /// Database statements that failed.
    fn db_failures(&self, pool: Pool, statement: Statement);

    /// Transactions rolled back.
    fn db_rollbacks(&self, pool: Pool);

    /// Connections of a pool.
    fn set_db_connections(&self, pool: Pool, idle: bool, connections: u64);

    /// Time spent waiting for a connection of a pool.
    fn db_pool_wait(&self, pool: Pool, waited: Duration);

    /// Rows read or written.
    fn db_rows(&self, statement: Statement, rows: u64);

    /// Size of the database.
    fn set_db_size(&self, bytes: u64);

    /// Rows that the janitor deleted.
    fn janitor_rows_deleted(&self, table: Table, count: u64);

    /// Time that the janitor took for a table.
    fn janitor_duration(&self, table: Table, took: Duration);

    /// Runs of jobs.
    fn job_runs(&self, job: Job, ok: bool, took: Duration);

    /// Runs of jobs that were skipped because the one before had not ended.
    fn job_overruns(&self, job: Job);

    /// Tasks that are running.
    fn set_runtime_tasks(&self, tasks: u64);

    /// Memory that the process holds.
    fn set_process_memory(&self, bytes: u64);

    /// Files that the process holds open.
    fn set_process_open_files(&self, files: u32);

    /// Threads that panicked.
    fn process_panics(&self, thread: &str);

    /// Times that the configuration was read again.
    fn config_reloads(&self, ok: bool);

    /// Requests to end.
    fn shutdown_requests(&self, signal: Signal, drained: Option<Duration>);
}
