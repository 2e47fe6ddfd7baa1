//! A surface of 100 metrics through `#[metrics]`: what the declaration costs to compile.

pub mod labels;

use labels::{
    AuthMethod, Cache, Direction, Disabled, EventType, Eviction, Failure, Job, Method, Outcome, Pool,
    Priority, Provider, Queue, Reject, Reply, Scope, Signal, SmtpCommand, Stage, Statement, StatusClass,
    Table, Verdict,
};
use std::time::Duration;
use telemetry::metrics;

/// The metrics of a mail and webhook service.
#[metrics(namespace = "e2a", max_series = 100_000)]
pub trait Metrics {
    /// HTTP requests served.
    #[counter]
    #[histogram(
        name = "http_request_duration",
        labels(method, route),
        buckets = [0.005, 0.05, 0.5, 5.0],
        help = "Time to serve an HTTP request."
    )]
    #[log(off)]
    fn http_requests(
        &self,
        method: Method,
        #[label(cap = 256)] route: &str,
        status: StatusClass,
        took: Option<Duration>,
    );

    /// HTTP requests that are being served.
    #[up_down_counter]
    #[log(off)]
    fn http_requests_active(&self, delta: i64);

    /// Bytes of HTTP bodies.
    #[counter(value = bytes, unit = bytes)]
    #[log("http.body", level = debug, skip_zero)]
    fn http_body_size(&self, direction: Direction, bytes: u64);

    /// HTTP requests refused by the rate limit.
    #[counter]
    #[log("http.rate_limited", level = warn)]
    fn http_rate_limited(&self, #[label(cap = 256)] route: &str);

    /// HTTP requests whose body could not be parsed.
    #[counter]
    #[log("http.bad_request")]
    fn http_bad_requests(&self, method: Method, json: bool);

    /// HTTP requests that ended in a panic of a handler.
    #[counter]
    #[log("http.panic", level = error)]
    fn http_panics(&self);

    /// HTTP requests that took longer than their deadline.
    #[counter]
    #[log("http.timeout", level = warn)]
    fn http_timeouts(&self, method: Method);

    /// TCP connections of the HTTP server.
    #[gauge]
    #[log("http.connections", every = 100, or_above = 1000.0)]
    fn set_http_connections(&self, open: u64);

    /// TLS handshakes of the HTTP server.
    #[counter]
    #[histogram(name = "http_tls_handshake_duration", buckets = [0.001, 0.01, 0.1, 1.0])]
    #[log(off)]
    fn http_tls_handshakes(&self, resumed: bool, took: Duration);

    /// Days until the certificate of the HTTP server expires.
    #[gauge]
    #[log("http.certificate_days", every = 60, or_below = 14.0)]
    fn set_http_certificate_days(&self, days: f64);

    /// WebSocket connections that are open.
    #[up_down_counter(name = "websockets", value = 1)]
    #[log("websocket.open")]
    fn websocket_opened(&self);

    /// WebSocket connections that are open.
    #[up_down_counter(name = "websockets", value = -1)]
    #[histogram(
        name = "websocket_lifetime",
        buckets = [1.0, 60.0, 3600.0],
        help = "Time that a WebSocket stayed open."
    )]
    #[log("websocket.close")]
    fn websocket_closed(&self, lifetime: Duration);

    /// Attempts to sign in.
    #[counter]
    #[log("auth.attempt")]
    fn auth_attempts(&self, method: AuthMethod, ok: bool);

    /// Sessions that users began.
    #[counter]
    #[log("auth.sign_in")]
    fn auth_sign_ins(&self, method: AuthMethod);

    /// Sessions that users ended themselves.
    #[counter]
    #[log("auth.sign_out")]
    fn auth_sign_outs(&self);

    /// Tokens refreshed.
    #[counter]
    #[log("auth.token_refreshed", level = debug)]
    fn auth_tokens_refreshed(&self);

    /// Tokens refused.
    #[counter]
    #[log("auth.token_refused", target = "audit", level = warn)]
    fn auth_tokens_refused(&self, expired: bool);

    /// Accounts locked after too many attempts.
    #[counter]
    #[log("auth.locked", target = "audit", level = warn)]
    fn auth_accounts_locked(&self);

    /// Time to hash a password.
    #[histogram(buckets = [0.05, 0.1, 0.25, 0.5, 1.0])]
    #[log(off)]
    fn auth_hash_duration(&self, took: Duration);

    /// SMTP sessions accepted.
    #[counter]
    #[log("smtp.session", level = debug)]
    fn smtp_sessions(&self, tls: bool);

    /// SMTP sessions that are open.
    #[up_down_counter(name = "smtp_sessions_open", value = 1)]
    #[log(off)]
    fn smtp_session_opened(&self);

    /// SMTP sessions that are open.
    #[up_down_counter(name = "smtp_sessions_open", value = -1)]
    #[log(off)]
    fn smtp_session_closed(&self);

    /// Time from connect to quit of an SMTP session.
    #[histogram(buckets = [0.1, 1.0, 10.0, 60.0, 300.0])]
    #[log(off)]
    fn smtp_session_duration(&self, took: Duration);

    /// SMTP commands handled.
    #[counter]
    #[log(off)]
    fn smtp_commands(&self, command: SmtpCommand, reply: Reply);

    /// Messages accepted over SMTP.
    #[counter]
    #[histogram(
        name = "smtp_message_size",
        value = size,
        unit = bytes,
        buckets = [1024, 16384, 262144, 4194304],
        help = "Size of a message accepted over SMTP."
    )]
    #[log("smtp.accepted")]
    fn smtp_messages_accepted(&self, provider: Provider, size: u64);

    /// Messages refused over SMTP.
    #[counter]
    #[log("smtp.rejected")]
    fn smtp_messages_rejected(&self, reason: Reject);

    /// Recipients of accepted messages.
    #[histogram(buckets = [1, 2, 5, 10, 50, 100])]
    #[log(off)]
    fn smtp_recipients(&self, recipients: u64);

    /// Results of SPF checks.
    #[counter]
    #[log("smtp.spf", level = debug)]
    fn smtp_spf_checks(&self, verdict: Verdict);

    /// Results of DKIM checks.
    #[counter]
    #[log("smtp.dkim", level = debug)]
    fn smtp_dkim_checks(&self, verdict: Verdict);

    /// Results of DMARC checks.
    #[counter]
    #[log("smtp.dmarc")]
    fn smtp_dmarc_checks(&self, verdict: Verdict, enforced: bool);

    /// Spam scores of messages.
    #[histogram(signed, buckets = [-5.0, 0.0, 2.5, 5.0, 10.0])]
    #[log("smtp.spam_score", or_above = 5.0)]
    fn smtp_spam_score(&self, provider: Provider, score: f64);

    /// Messages that the virus scanner looked at.
    #[counter]
    #[histogram(name = "smtp_virus_scan_duration", buckets = [0.01, 0.1, 1.0, 10.0])]
    #[log(off)]
    fn smtp_virus_scans(&self, infected: bool, took: Option<Duration>);

    /// Sessions delayed on purpose.
    #[counter]
    #[log("smtp.tarpit")]
    fn smtp_tarpits(&self, reason: Reject);

    /// Bytes read from SMTP clients.
    #[counter(value = bytes, unit = bytes)]
    #[log(off)]
    fn smtp_read(&self, bytes: u64);

    /// Attachments stored.
    #[counter(name = "attachments_stored")]
    #[counter(
        name = "attachments_size",
        value = size,
        unit = bytes,
        help = "Bytes of the attachments stored."
    )]
    #[log("attachment.stored")]
    fn attachment_stored(&self, inline: bool, size: u64);

    /// Attachments that could not be stored.
    #[counter]
    #[log("attachment.failed", level = error)]
    fn attachments_failed(&self);

    /// Messages parsed.
    #[counter]
    #[histogram(name = "message_parse_duration", buckets = [0.0001, 0.001, 0.01, 0.1])]
    #[log(off)]
    fn messages_parsed(&self, multipart: bool, took: Duration);

    /// Messages whose MIME structure is broken.
    #[counter]
    #[log("message.malformed")]
    fn messages_malformed(&self, provider: Provider);

    /// Messages put in a queue.
    #[counter]
    #[log("queue.push", level = debug)]
    fn queue_pushed(&self, queue: Queue, priority: Priority);

    /// Messages taken from a queue.
    #[counter]
    #[histogram(
        name = "queue_wait",
        value = waited,
        labels(queue),
        buckets = [0.01, 0.1, 1.0, 10.0, 100.0],
        help = "Time that a message waited in a queue."
    )]
    #[log("queue.pop", level = debug)]
    fn queue_popped(&self, queue: Queue, priority: Priority, waited: Duration);

    /// Messages in a queue.
    #[gauge]
    #[log("queue.depth", every = 60, or_above = 10000.0)]
    #[alert(above = 10_000, for = "5m", severity = "page")]
    fn set_queue_depth(&self, queue: Queue, messages: u64);

    /// Age of the oldest message in a queue.
    #[gauge]
    #[log("queue.age", every = 60, or_above = 300.0)]
    #[alert(above = 300, for = "1m", severity = "page")]
    fn set_queue_age(&self, queue: Queue, age: Duration);

    /// Messages moved from one queue to another.
    #[counter(value = count)]
    #[log("queue.move", skip_zero)]
    fn queue_moved(&self, from: Queue, to: Queue, count: u64);

    /// Messages that went to the dead queue.
    #[counter]
    #[log("queue.dead", level = warn)]
    fn queue_dead(&self, priority: Priority);

    /// Messages dropped because a queue was full.
    #[counter(value = count)]
    #[log("queue.drop", level = error, skip_zero)]
    fn queue_dropped(&self, queue: Queue, count: u64);

    /// Workers that wait for messages.
    #[gauge]
    #[log(off)]
    fn set_queue_idle_workers(&self, queue: Queue, workers: u64);

    /// Batches taken from a queue.
    #[histogram(buckets = [1, 10, 100, 1000])]
    #[log(off)]
    fn queue_batch(&self, queue: Queue, messages: u64);

    /// Webhook events written to the outbox.
    #[counter]
    #[log("outbox.published")]
    fn outbox_events_published(&self, event_type: EventType<'_>);

    /// Outbox events fanned out to their matched webhooks.
    #[counter(name = "outbox_events_fanout")]
    #[counter(
        name = "outbox_fanout_matched",
        value = matched,
        help = "Delivery rows written by the fan-out."
    )]
    #[log("outbox.fanout")]
    fn outbox_events_fan_out(&self, event_type: EventType<'_>, matched: u64);

    /// Outbox events that no webhook subscribes to.
    #[counter]
    #[log("outbox.no_match")]
    fn outbox_events_no_match(&self, event_type: EventType<'_>);

    /// Steps of the outbox worker that failed.
    #[counter]
    #[log("outbox.failure")]
    fn outbox_failures(&self, stage: Stage);

    /// Time that a step of the outbox worker took.
    #[histogram]
    #[log(off)]
    fn outbox_stage_duration(&self, stage: Stage, took: Duration);

    /// Requests to deliver events again.
    #[counter]
    #[log("redeliver.request")]
    fn redeliver_requests(&self, scope: Scope);

    /// Events delivered again.
    #[counter(value = events)]
    #[log("redeliver.events", skip_zero)]
    fn redelivered(&self, scope: Scope, events: u64);

    /// Times that the fallback poll found work which no notification announced.
    #[counter]
    #[log("notify.missed")]
    fn notify_missed(&self);

    /// Notifications received.
    #[counter]
    #[log(off)]
    fn notify_received(&self);

    /// Age of the oldest pending event.
    #[gauge(name = "webhook_publisher_lag", unit = seconds)]
    #[log("publisher.lag_seconds", every = 60, or_above = 30.0)]
    #[alert(above = 30.0, for = "1m", severity = "page")]
    fn set_publisher_lag(&self, seconds: f64);

    /// Attempts to deliver an event to a webhook.
    #[counter]
    #[histogram(name = "delivery_duration", labels(outcome), help = "Time that an attempt to deliver took.")]
    #[log("delivery.attempt")]
    fn delivery_attempts(&self, event_type: EventType<'_>, outcome: Outcome, took: Option<Duration>);

    /// Attempts to deliver that failed.
    #[counter]
    #[log("delivery.failure", level = warn)]
    fn delivery_failures(&self, failure: Failure, will_retry: bool);

    /// Attempts that a delivery needed.
    #[histogram(buckets = [1, 2, 3, 5, 8, 13])]
    #[log(off)]
    fn delivery_tries(&self, outcome: Outcome, tries: u64);

    /// Time from an event to its delivery.
    #[histogram]
    #[log(off)]
    fn delivery_latency(&self, event_type: EventType<'_>, took: Duration);

    /// Statuses that webhooks answered with.
    #[counter]
    #[log(off)]
    fn delivery_statuses(&self, status: StatusClass);

    /// Deliveries that wait for their next attempt.
    #[gauge]
    #[log("delivery.pending", every = 60, or_above = 5000.0)]
    fn set_deliveries_pending(&self, deliveries: u64);

    /// Deliveries that are in flight.
    #[up_down_counter]
    #[log(off)]
    fn deliveries_in_flight(&self, delta: i64);

    /// Payloads cut because they were too large.
    #[counter]
    #[log("delivery.truncated")]
    fn delivery_payloads_cut(&self, event_type: EventType<'_>);

    /// Signatures made.
    #[counter]
    #[log(off)]
    fn delivery_signatures(&self, rotated: bool);

    /// Webhooks added.
    #[counter]
    #[log("webhook.added")]
    fn webhooks_added(&self);

    /// Webhooks removed.
    #[counter]
    #[log("webhook.removed")]
    fn webhooks_removed(&self);

    /// Webhooks disabled.
    #[counter]
    #[log("webhook.disabled", level = warn)]
    fn webhooks_disabled(&self, reason: Disabled);

    /// Webhooks that are enabled.
    #[gauge]
    #[log("webhook.enabled", every = 10)]
    fn set_webhooks_enabled(&self, webhooks: u64);

    /// Messages sent to other mail servers.
    #[counter]
    #[histogram(
        name = "mail_send_duration",
        labels(provider),
        help = "Time to hand a message to another mail server."
    )]
    #[log("mail.sent")]
    fn mail_sent(&self, provider: Provider, reply: Reply, took: Option<Duration>);

    /// Messages that came back.
    #[counter]
    #[log("mail.bounce")]
    fn mail_bounces(&self, provider: Provider, hard: bool);

    /// Complaints of recipients.
    #[counter]
    #[log("mail.complaint", level = warn)]
    fn mail_complaints(&self, provider: Provider);

    /// Recipients that are suppressed.
    #[gauge]
    #[log("mail.suppressed", every = 10)]
    fn set_mail_suppressed(&self, recipients: u64);

    /// Share of messages that reached the inbox.
    #[gauge(unit = ratio)]
    #[log("mail.inbox", every = 10, or_below = 0.9)]
    fn set_mail_inbox(&self, provider: Provider, share: f64);

    /// DNS look-ups.
    #[counter]
    #[histogram(name = "dns_lookup_duration", labels(cached), help = "Time that a DNS look-up took.")]
    #[log(off)]
    fn dns_lookups(
        &self,
        #[label(cap = 16, known = ["mx", "txt", "a", "aaaa"])] record: &str,
        cached: bool,
        took: Duration,
    );

    /// Domains verified.
    #[counter]
    #[log("domain.verified")]
    fn domains_verified(&self, ok: bool);

    /// Cache look-ups.
    #[counter(name = "cache_lookups", labels(cache, result = "hit"))]
    #[log(off)]
    fn cache_hit(&self, cache: Cache);

    /// Cache look-ups.
    #[counter(name = "cache_lookups", labels(cache, result = "miss"))]
    #[log("cache.miss", level = debug)]
    fn cache_miss(&self, cache: Cache);

    /// Entries that left a cache.
    #[counter(value = entries)]
    #[log("cache.evict", level = debug, skip_zero)]
    fn cache_evictions(&self, cache: Cache, eviction: Eviction, entries: u64);

    /// Entries of a cache.
    #[gauge]
    #[log(off)]
    fn set_cache_entries(&self, cache: Cache, entries: u64);

    /// Memory that a cache holds.
    #[gauge(unit = bytes)]
    #[log("cache.size", every = 60)]
    fn set_cache_size(&self, cache: Cache, bytes: u64);

    /// Time to load an entry into a cache.
    #[histogram]
    #[log(off)]
    fn cache_load_duration(&self, cache: Cache, took: Duration);

    /// Database statements run.
    #[counter]
    #[histogram(
        name = "db_statement_duration",
        labels(statement),
        help = "Time that a database statement took."
    )]
    #[log(off)]
    fn db_statements(&self, pool: Pool, statement: Statement, took: Duration);

    /// Database statements that failed.
    #[counter]
    #[log("db.failure", level = error)]
    fn db_failures(&self, pool: Pool, statement: Statement);

    /// Transactions rolled back.
    #[counter]
    #[log("db.rollback", level = warn)]
    fn db_rollbacks(&self, pool: Pool);

    /// Connections of a pool.
    #[gauge]
    #[log(off)]
    fn set_db_connections(&self, pool: Pool, idle: bool, connections: u64);

    /// Time spent waiting for a connection of a pool.
    #[histogram]
    #[log("db.wait", or_above = 1.0, level = warn)]
    fn db_pool_wait(&self, pool: Pool, waited: Duration);

    /// Rows read or written.
    #[counter(value = rows)]
    #[log(off)]
    fn db_rows(&self, statement: Statement, rows: u64);

    /// Size of the database.
    #[gauge(unit = bytes)]
    #[log("db.size", every = 60)]
    fn set_db_size(&self, bytes: u64);

    /// Rows that the janitor deleted.
    #[counter(value = count)]
    #[log("janitor.delete", skip_zero)]
    fn janitor_rows_deleted(&self, table: Table, count: u64);

    /// Time that the janitor took for a table.
    #[histogram]
    #[log("janitor.done", level = debug)]
    fn janitor_duration(&self, table: Table, took: Duration);

    /// Runs of jobs.
    #[counter]
    #[histogram(
        name = "job_duration",
        labels(job),
        buckets = [0.1, 1.0, 10.0, 100.0, 1000.0],
        help = "Time that a run of a job took."
    )]
    #[log("job.run")]
    fn job_runs(&self, #[label(name = "job_name")] job: Job, ok: bool, took: Duration);

    /// Runs of jobs that were skipped because the one before had not ended.
    #[counter]
    #[log("job.overrun", level = warn)]
    fn job_overruns(&self, #[label(name = "job_name")] job: Job);

    /// Tasks that are running.
    #[gauge]
    #[log("runtime.tasks", every = 60, or_above = 100000.0)]
    fn set_runtime_tasks(&self, tasks: u64);

    /// Memory that the process holds.
    #[gauge(unit = bytes)]
    #[log("process.memory", every = 60)]
    fn set_process_memory(&self, bytes: u64);

    /// Files that the process holds open.
    #[gauge]
    #[log("process.open_files", every = 60, or_above = 900.0, level = warn)]
    fn set_process_open_files(&self, files: u32);

    /// Threads that panicked.
    #[counter]
    #[log("process.panic", level = error)]
    fn process_panics(&self, #[label(cap = 32)] thread: &str);

    /// Times that the configuration was read again.
    #[counter]
    #[log("config.reload")]
    fn config_reloads(&self, ok: bool);

    /// Requests to end.
    #[counter]
    #[histogram(
        name = "shutdown_duration",
        value = drained,
        labels(),
        help = "Time to drain before the end."
    )]
    #[log("shutdown.request", level = warn)]
    fn shutdown_requests(&self, signal: Signal, drained: Option<Duration>);
}
