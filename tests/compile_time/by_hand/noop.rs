//! The back end that does nothing.

use super::Metrics;
use super::labels::{
    AuthMethod, Cache, Direction, Disabled, EventType, Eviction, Failure, Job, Method, Outcome, Pool,
    Priority, Provider, Queue, Reject, Reply, Scope, Signal, SmtpCommand, Stage, Statement, StatusClass,
    Table, Verdict,
};
use std::time::Duration;

/// Records nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoOp;

impl Metrics for NoOp {
    fn http_requests(&self, _method: Method, _route: &str, _status: StatusClass, _took: Option<Duration>) {}

    fn http_requests_active(&self, _delta: i64) {}

    fn http_body_size(&self, _direction: Direction, _bytes: u64) {}

    fn http_rate_limited(&self, _route: &str) {}

    fn http_bad_requests(&self, _method: Method, _json: bool) {}

    fn http_panics(&self) {}

    fn http_timeouts(&self, _method: Method) {}

    fn set_http_connections(&self, _open: u64) {}

    fn http_tls_handshakes(&self, _resumed: bool, _took: Duration) {}

    fn set_http_certificate_days(&self, _days: f64) {}

    fn websocket_opened(&self) {}

    fn websocket_closed(&self, _lifetime: Duration) {}

    fn auth_attempts(&self, _method: AuthMethod, _ok: bool) {}

    fn auth_sign_ins(&self, _method: AuthMethod) {}

    fn auth_sign_outs(&self) {}

    fn auth_tokens_refreshed(&self) {}

    fn auth_tokens_refused(&self, _expired: bool) {}

    fn auth_accounts_locked(&self) {}

    fn auth_hash_duration(&self, _took: Duration) {}

    fn smtp_sessions(&self, _tls: bool) {}

    fn smtp_session_opened(&self) {}

    fn smtp_session_closed(&self) {}

    fn smtp_session_duration(&self, _took: Duration) {}

    fn smtp_commands(&self, _command: SmtpCommand, _reply: Reply) {}

    fn smtp_messages_accepted(&self, _provider: Provider, _size: u64) {}

    fn smtp_messages_rejected(&self, _reason: Reject) {}

    fn smtp_recipients(&self, _recipients: u64) {}

    fn smtp_spf_checks(&self, _verdict: Verdict) {}

    fn smtp_dkim_checks(&self, _verdict: Verdict) {}

    fn smtp_dmarc_checks(&self, _verdict: Verdict, _enforced: bool) {}

    fn smtp_spam_score(&self, _provider: Provider, _score: f64) {}

    fn smtp_virus_scans(&self, _infected: bool, _took: Option<Duration>) {}

    fn smtp_tarpits(&self, _reason: Reject) {}

    fn smtp_read(&self, _bytes: u64) {}

    fn attachment_stored(&self, _inline: bool, _size: u64) {}

    fn attachments_failed(&self) {}

    fn messages_parsed(&self, _multipart: bool, _took: Duration) {}

    fn messages_malformed(&self, _provider: Provider) {}

    fn queue_pushed(&self, _queue: Queue, _priority: Priority) {}

    fn queue_popped(&self, _queue: Queue, _priority: Priority, _waited: Duration) {}

    fn set_queue_depth(&self, _queue: Queue, _messages: u64) {}

    fn set_queue_age(&self, _queue: Queue, _age: Duration) {}

    fn queue_moved(&self, _from: Queue, _to: Queue, _count: u64) {}

    fn queue_dead(&self, _priority: Priority) {}

    fn queue_dropped(&self, _queue: Queue, _count: u64) {}

    fn set_queue_idle_workers(&self, _queue: Queue, _workers: u64) {}

    fn queue_batch(&self, _queue: Queue, _messages: u64) {}

    fn outbox_events_published(&self, _event_type: EventType<'_>) {}

    fn outbox_events_fan_out(&self, _event_type: EventType<'_>, _matched: u64) {}

    fn outbox_events_no_match(&self, _event_type: EventType<'_>) {}

    fn outbox_failures(&self, _stage: Stage) {}

    fn outbox_stage_duration(&self, _stage: Stage, _took: Duration) {}

    fn redeliver_requests(&self, _scope: Scope) {}

    fn redelivered(&self, _scope: Scope, _events: u64) {}

    fn notify_missed(&self) {}

    fn notify_received(&self) {}

    fn set_publisher_lag(&self, _seconds: f64) {}

    fn delivery_attempts(&self, _event_type: EventType<'_>, _outcome: Outcome, _took: Option<Duration>) {}

    fn delivery_failures(&self, _failure: Failure, _will_retry: bool) {}

    fn delivery_tries(&self, _outcome: Outcome, _tries: u64) {}

    fn delivery_latency(&self, _event_type: EventType<'_>, _took: Duration) {}

    fn delivery_statuses(&self, _status: StatusClass) {}

    fn set_deliveries_pending(&self, _deliveries: u64) {}

    fn deliveries_in_flight(&self, _delta: i64) {}

    fn delivery_payloads_cut(&self, _event_type: EventType<'_>) {}

    fn delivery_signatures(&self, _rotated: bool) {}

    fn webhooks_added(&self) {}

    fn webhooks_removed(&self) {}

    fn webhooks_disabled(&self, _reason: Disabled) {}

    fn set_webhooks_enabled(&self, _webhooks: u64) {}

    fn mail_sent(&self, _provider: Provider, _reply: Reply, _took: Option<Duration>) {}

    fn mail_bounces(&self, _provider: Provider, _hard: bool) {}

    fn mail_complaints(&self, _provider: Provider) {}

    fn set_mail_suppressed(&self, _recipients: u64) {}

    fn set_mail_inbox(&self, _provider: Provider, _share: f64) {}

    fn dns_lookups(&self, _record: &str, _cached: bool, _took: Duration) {}

    fn domains_verified(&self, _ok: bool) {}

    fn cache_hit(&self, _cache: Cache) {}

    fn cache_miss(&self, _cache: Cache) {}

    fn cache_evictions(&self, _cache: Cache, _eviction: Eviction, _entries: u64) {}

    fn set_cache_entries(&self, _cache: Cache, _entries: u64) {}

    fn set_cache_size(&self, _cache: Cache, _bytes: u64) {}

    fn cache_load_duration(&self, _cache: Cache, _took: Duration) {}

    fn db_statements(&self, _pool: Pool, _statement: Statement, _took: Duration) {}

    fn db_failures(&self, _pool: Pool, _statement: Statement) {}

    fn db_rollbacks(&self, _pool: Pool) {}

    fn set_db_connections(&self, _pool: Pool, _idle: bool, _connections: u64) {}

    fn db_pool_wait(&self, _pool: Pool, _waited: Duration) {}

    fn db_rows(&self, _statement: Statement, _rows: u64) {}

    fn set_db_size(&self, _bytes: u64) {}

    fn janitor_rows_deleted(&self, _table: Table, _count: u64) {}

    fn janitor_duration(&self, _table: Table, _took: Duration) {}

    fn job_runs(&self, _job: Job, _ok: bool, _took: Duration) {}

    fn job_overruns(&self, _job: Job) {}

    fn set_runtime_tasks(&self, _tasks: u64) {}

    fn set_process_memory(&self, _bytes: u64) {}

    fn set_process_open_files(&self, _files: u32) {}

    fn process_panics(&self, _thread: &str) {}

    fn config_reloads(&self, _ok: bool) {}

    fn shutdown_requests(&self, _signal: Signal, _drained: Option<Duration>) {}
}
