//! The back end that writes a `tracing` event per call.

use super::Metrics;
use super::labels::{
    AuthMethod, Cache, Direction, Disabled, EventType, Eviction, Failure, Job, Method, Outcome, Pool,
    Priority, Provider, Queue, Reject, Reply, Scope, Signal, SmtpCommand, Stage, Statement, StatusClass,
    Table, Verdict,
};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tracing::{debug, error, info, warn};

/// Writes one event per call, but for what its policies silence.
#[derive(Debug, Default)]
pub struct Log {
    http_connections: Every,
    http_certificate_days: Every,
    queue_depth: [Every; 5],
    queue_age: [Every; 5],
    publisher_lag: Every,
    deliveries_pending: Every,
    webhooks_enabled: Every,
    mail_suppressed: Every,
    mail_inbox: [Every; 6],
    cache_size: [Every; 4],
    db_size: Every,
    runtime_tasks: Every,
    process_memory: Every,
    process_open_files: Every,
}

/// Counts calls, so that only some are written.
#[derive(Debug, Default)]
struct Every(AtomicU64);

impl Every {
    /// Counts a call, and says whether it is call `n`, `2n`, and so on.
    fn due(&self, n: u64) -> bool {
        (self.0.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(n)
    }
}

impl Metrics for Log {
    fn http_requests(&self, _method: Method, _route: &str, _status: StatusClass, _took: Option<Duration>) {}

    fn http_requests_active(&self, _delta: i64) {}

    fn http_body_size(&self, direction: Direction, bytes: u64) {
        if bytes != 0 {
            debug!(target: "metrics", event = "http.body", direction = direction.as_str(), bytes);
        }
    }

    fn http_rate_limited(&self, route: &str) {
        warn!(target: "metrics", event = "http.rate_limited", route);
    }

    fn http_bad_requests(&self, method: Method, json: bool) {
        info!(target: "metrics", event = "http.bad_request", method = method.as_str(), json);
    }

    fn http_panics(&self) {
        error!(target: "metrics", event = "http.panic");
    }

    fn http_timeouts(&self, method: Method) {
        warn!(target: "metrics", event = "http.timeout", method = method.as_str());
    }

    fn set_http_connections(&self, open: u64) {
        let due = self.http_connections.due(100);
        if due || open > 1_000 {
            info!(target: "metrics", gauge = "http.connections", value = open);
        }
    }

    fn http_tls_handshakes(&self, _resumed: bool, _took: Duration) {}

    fn set_http_certificate_days(&self, days: f64) {
        let due = self.http_certificate_days.due(60);
        if due || days < 14.0 {
            info!(target: "metrics", gauge = "http.certificate_days", value = days);
        }
    }

    fn websocket_opened(&self) {
        info!(target: "metrics", event = "websocket.open");
    }

    fn websocket_closed(&self, lifetime: Duration) {
        info!(target: "metrics", event = "websocket.close", lifetime = lifetime.as_secs_f64());
    }

    fn auth_attempts(&self, method: AuthMethod, ok: bool) {
        info!(target: "metrics", event = "auth.attempt", method = method.as_str(), ok);
    }

    fn auth_sign_ins(&self, method: AuthMethod) {
        info!(target: "metrics", event = "auth.sign_in", method = method.as_str());
    }

    fn auth_sign_outs(&self) {
        info!(target: "metrics", event = "auth.sign_out");
    }

    fn auth_tokens_refreshed(&self) {
        debug!(target: "metrics", event = "auth.token_refreshed");
    }

    fn auth_tokens_refused(&self, expired: bool) {
        warn!(target: "audit", event = "auth.token_refused", expired);
    }

    fn auth_accounts_locked(&self) {
        warn!(target: "audit", event = "auth.locked");
    }

    fn auth_hash_duration(&self, _took: Duration) {}

    fn smtp_sessions(&self, tls: bool) {
        debug!(target: "metrics", event = "smtp.session", tls);
    }

    fn smtp_session_opened(&self) {}

    fn smtp_session_closed(&self) {}

    fn smtp_session_duration(&self, _took: Duration) {}

    fn smtp_commands(&self, _command: SmtpCommand, _reply: Reply) {}

    fn smtp_messages_accepted(&self, provider: Provider, size: u64) {
        info!(target: "metrics", event = "smtp.accepted", provider = provider.as_str(), size);
    }

    fn smtp_messages_rejected(&self, reason: Reject) {
        info!(target: "metrics", event = "smtp.rejected", reason = reason.as_str());
    }

    fn smtp_recipients(&self, _recipients: u64) {}

    fn smtp_spf_checks(&self, verdict: Verdict) {
        debug!(target: "metrics", event = "smtp.spf", verdict = verdict.as_str());
    }

    fn smtp_dkim_checks(&self, verdict: Verdict) {
        debug!(target: "metrics", event = "smtp.dkim", verdict = verdict.as_str());
    }

    fn smtp_dmarc_checks(&self, verdict: Verdict, enforced: bool) {
        info!(target: "metrics", event = "smtp.dmarc", verdict = verdict.as_str(), enforced);
    }

    fn smtp_spam_score(&self, provider: Provider, score: f64) {
        if score > 5.0 {
            info!(target: "metrics", event = "smtp.spam_score", provider = provider.as_str(), score);
        }
    }

    fn smtp_virus_scans(&self, _infected: bool, _took: Option<Duration>) {}

    fn smtp_tarpits(&self, reason: Reject) {
        info!(target: "metrics", event = "smtp.tarpit", reason = reason.as_str());
    }

    fn smtp_read(&self, _bytes: u64) {}

    fn attachment_stored(&self, inline: bool, size: u64) {
        info!(target: "metrics", event = "attachment.stored", inline, size);
    }

    fn attachments_failed(&self) {
        error!(target: "metrics", event = "attachment.failed");
    }

    fn messages_parsed(&self, _multipart: bool, _took: Duration) {}

    fn messages_malformed(&self, provider: Provider) {
        info!(target: "metrics", event = "message.malformed", provider = provider.as_str());
    }

    fn queue_pushed(&self, queue: Queue, priority: Priority) {
        debug!(target: "metrics", event = "queue.push", queue = queue.as_str(), priority = priority.as_str());
    }

    fn queue_popped(&self, queue: Queue, priority: Priority, waited: Duration) {
        debug!(
            target: "metrics",
            event = "queue.pop",
            queue = queue.as_str(),
            priority = priority.as_str(),
            waited = waited.as_secs_f64()
        );
    }

    fn set_queue_depth(&self, queue: Queue, messages: u64) {
        let due = self.queue_depth[queue as usize].due(60);
        if due || messages > 10_000 {
            info!(target: "metrics", gauge = "queue.depth", queue = queue.as_str(), value = messages);
        }
    }

    fn set_queue_age(&self, queue: Queue, age: Duration) {
        let due = self.queue_age[queue as usize].due(60);
        if due || age.as_secs_f64() > 300.0 {
            info!(target: "metrics", gauge = "queue.age", queue = queue.as_str(), value = age.as_secs_f64());
        }
    }

    fn queue_moved(&self, from: Queue, to: Queue, count: u64) {
        if count != 0 {
            info!(target: "metrics", event = "queue.move", from = from.as_str(), to = to.as_str(), count);
        }
    }

    fn queue_dead(&self, priority: Priority) {
        warn!(target: "metrics", event = "queue.dead", priority = priority.as_str());
    }

    fn queue_dropped(&self, queue: Queue, count: u64) {
        if count != 0 {
            error!(target: "metrics", event = "queue.drop", queue = queue.as_str(), count);
        }
    }

    fn set_queue_idle_workers(&self, _queue: Queue, _workers: u64) {}

    fn queue_batch(&self, _queue: Queue, _messages: u64) {}

    fn outbox_events_published(&self, event_type: EventType<'_>) {
        info!(target: "metrics", event = "outbox.published", "type" = event_type.0);
    }

    fn outbox_events_fan_out(&self, event_type: EventType<'_>, matched: u64) {
        info!(target: "metrics", event = "outbox.fanout", "type" = event_type.0, matched);
    }

    fn outbox_events_no_match(&self, event_type: EventType<'_>) {
        info!(target: "metrics", event = "outbox.no_match", "type" = event_type.0);
    }

    fn outbox_failures(&self, stage: Stage) {
        info!(target: "metrics", event = "outbox.failure", stage = stage.as_str());
    }

    fn outbox_stage_duration(&self, _stage: Stage, _took: Duration) {}

    fn redeliver_requests(&self, scope: Scope) {
        info!(target: "metrics", event = "redeliver.request", scope = scope.as_str());
    }

    fn redelivered(&self, scope: Scope, events: u64) {
        if events != 0 {
            info!(target: "metrics", event = "redeliver.events", scope = scope.as_str(), events);
        }
    }

    fn notify_missed(&self) {
        info!(target: "metrics", event = "notify.missed");
    }

    fn notify_received(&self) {}

    fn set_publisher_lag(&self, seconds: f64) {
        let due = self.publisher_lag.due(60);
        if due || seconds > 30.0 {
            info!(target: "metrics", gauge = "publisher.lag_seconds", value = seconds);
        }
    }

    fn delivery_attempts(&self, event_type: EventType<'_>, outcome: Outcome, took: Option<Duration>) {
        info!(
            target: "metrics",
            event = "delivery.attempt",
            "type" = event_type.0,
            outcome = outcome.as_str(),
            took = took.map(|took| took.as_secs_f64())
        );
    }

    fn delivery_failures(&self, failure: Failure, will_retry: bool) {
        warn!(target: "metrics", event = "delivery.failure", failure = failure.as_str(), will_retry);
    }

    fn delivery_tries(&self, _outcome: Outcome, _tries: u64) {}

    fn delivery_latency(&self, _event_type: EventType<'_>, _took: Duration) {}

    fn delivery_statuses(&self, _status: StatusClass) {}

    fn set_deliveries_pending(&self, deliveries: u64) {
        let due = self.deliveries_pending.due(60);
        if due || deliveries > 5_000 {
            info!(target: "metrics", gauge = "delivery.pending", value = deliveries);
        }
    }

    fn deliveries_in_flight(&self, _delta: i64) {}

    fn delivery_payloads_cut(&self, event_type: EventType<'_>) {
        info!(target: "metrics", event = "delivery.truncated", "type" = event_type.0);
    }

    fn delivery_signatures(&self, _rotated: bool) {}

    fn webhooks_added(&self) {
        info!(target: "metrics", event = "webhook.added");
    }

    fn webhooks_removed(&self) {
        info!(target: "metrics", event = "webhook.removed");
    }

    fn webhooks_disabled(&self, reason: Disabled) {
        warn!(target: "metrics", event = "webhook.disabled", reason = reason.as_str());
    }

    fn set_webhooks_enabled(&self, webhooks: u64) {
        if self.webhooks_enabled.due(10) {
            info!(target: "metrics", gauge = "webhook.enabled", value = webhooks);
        }
    }

    fn mail_sent(&self, provider: Provider, reply: Reply, took: Option<Duration>) {
        info!(
            target: "metrics",
            event = "mail.sent",
            provider = provider.as_str(),
            reply = reply.as_str(),
            took = took.map(|took| took.as_secs_f64())
        );
    }

    fn mail_bounces(&self, provider: Provider, hard: bool) {
        info!(target: "metrics", event = "mail.bounce", provider = provider.as_str(), hard);
    }

    fn mail_complaints(&self, provider: Provider) {
        warn!(target: "metrics", event = "mail.complaint", provider = provider.as_str());
    }

    fn set_mail_suppressed(&self, recipients: u64) {
        if self.mail_suppressed.due(10) {
            info!(target: "metrics", gauge = "mail.suppressed", value = recipients);
        }
    }

    fn set_mail_inbox(&self, provider: Provider, share: f64) {
        let due = self.mail_inbox[provider as usize].due(10);
        if due || share < 0.9 {
            info!(target: "metrics", gauge = "mail.inbox", provider = provider.as_str(), value = share);
        }
    }

    fn dns_lookups(&self, _record: &str, _cached: bool, _took: Duration) {}

    fn domains_verified(&self, ok: bool) {
        info!(target: "metrics", event = "domain.verified", ok);
    }

    fn cache_hit(&self, _cache: Cache) {}

    fn cache_miss(&self, cache: Cache) {
        debug!(target: "metrics", event = "cache.miss", cache = cache.as_str());
    }

    fn cache_evictions(&self, cache: Cache, eviction: Eviction, entries: u64) {
        if entries != 0 {
            debug!(
                target: "metrics",
                event = "cache.evict",
                cache = cache.as_str(),
                eviction = eviction.as_str(),
                entries
            );
        }
    }

    fn set_cache_entries(&self, _cache: Cache, _entries: u64) {}

    fn set_cache_size(&self, cache: Cache, bytes: u64) {
        if self.cache_size[cache as usize].due(60) {
            info!(target: "metrics", gauge = "cache.size", cache = cache.as_str(), value = bytes);
        }
    }

    fn cache_load_duration(&self, _cache: Cache, _took: Duration) {}

    fn db_statements(&self, _pool: Pool, _statement: Statement, _took: Duration) {}

    fn db_failures(&self, pool: Pool, statement: Statement) {
        error!(target: "metrics", event = "db.failure", pool = pool.as_str(), statement = statement.as_str());
    }

    fn db_rollbacks(&self, pool: Pool) {
        warn!(target: "metrics", event = "db.rollback", pool = pool.as_str());
    }

    fn set_db_connections(&self, _pool: Pool, _idle: bool, _connections: u64) {}

    fn db_pool_wait(&self, pool: Pool, waited: Duration) {
        if waited.as_secs_f64() > 1.0 {
            warn!(target: "metrics", event = "db.wait", pool = pool.as_str(), waited = waited.as_secs_f64());
        }
    }

    fn db_rows(&self, _statement: Statement, _rows: u64) {}

    fn set_db_size(&self, bytes: u64) {
        if self.db_size.due(60) {
            info!(target: "metrics", gauge = "db.size", value = bytes);
        }
    }

    fn janitor_rows_deleted(&self, table: Table, count: u64) {
        if count != 0 {
            info!(target: "metrics", event = "janitor.delete", table = table.as_str(), count);
        }
    }

    fn janitor_duration(&self, table: Table, took: Duration) {
        debug!(target: "metrics", event = "janitor.done", table = table.as_str(), took = took.as_secs_f64());
    }

    fn job_runs(&self, job: Job, ok: bool, took: Duration) {
        info!(target: "metrics", event = "job.run", job_name = job.as_str(), ok, took = took.as_secs_f64());
    }

    fn job_overruns(&self, job: Job) {
        warn!(target: "metrics", event = "job.overrun", job_name = job.as_str());
    }

    fn set_runtime_tasks(&self, tasks: u64) {
        let due = self.runtime_tasks.due(60);
        if due || tasks > 100_000 {
            info!(target: "metrics", gauge = "runtime.tasks", value = tasks);
        }
    }

    fn set_process_memory(&self, bytes: u64) {
        if self.process_memory.due(60) {
            info!(target: "metrics", gauge = "process.memory", value = bytes);
        }
    }

    fn set_process_open_files(&self, files: u32) {
        let due = self.process_open_files.due(60);
        if due || files > 900 {
            warn!(target: "metrics", gauge = "process.open_files", value = files);
        }
    }

    fn process_panics(&self, thread: &str) {
        error!(target: "metrics", event = "process.panic", thread);
    }

    fn config_reloads(&self, ok: bool) {
        info!(target: "metrics", event = "config.reload", ok);
    }

    fn shutdown_requests(&self, signal: Signal, drained: Option<Duration>) {
        warn!(
            target: "metrics",
            event = "shutdown.request",
            signal = signal.as_str(),
            drained = drained.map(|drained| drained.as_secs_f64())
        );
    }
}
