//! The mock for tests: it records every call, and answers questions about them.

use super::Metrics;
use super::labels::{
    AuthMethod, Cache, Direction, Disabled, EventType, Eviction, Failure, Job, Method, Outcome, Pool,
    Priority, Provider, Queue, Reject, Reply, Scope, Signal, SmtpCommand, Stage, Statement, StatusClass,
    Table, Verdict,
};
use std::iter::Sum;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One recorded call.
#[derive(Clone, Debug, PartialEq)]
pub enum MetricsCall {
    HttpRequests { method: Method, route: String, status: StatusClass, took: Option<Duration> },
    HttpRequestsActive { delta: i64 },
    HttpBodySize { direction: Direction, bytes: u64 },
    HttpRateLimited { route: String },
    HttpBadRequests { method: Method, json: bool },
    HttpPanics,
    HttpTimeouts { method: Method },
    SetHttpConnections { open: u64 },
    HttpTlsHandshakes { resumed: bool, took: Duration },
    SetHttpCertificateDays { days: f64 },
    WebsocketOpened,
    WebsocketClosed { lifetime: Duration },
    AuthAttempts { method: AuthMethod, ok: bool },
    AuthSignIns { method: AuthMethod },
    AuthSignOuts,
    AuthTokensRefreshed,
    AuthTokensRefused { expired: bool },
    AuthAccountsLocked,
    AuthHashDuration { took: Duration },
    SmtpSessions { tls: bool },
    SmtpSessionOpened,
    SmtpSessionClosed,
    SmtpSessionDuration { took: Duration },
    SmtpCommands { command: SmtpCommand, reply: Reply },
    SmtpMessagesAccepted { provider: Provider, size: u64 },
    SmtpMessagesRejected { reason: Reject },
    SmtpRecipients { recipients: u64 },
    SmtpSpfChecks { verdict: Verdict },
    SmtpDkimChecks { verdict: Verdict },
    SmtpDmarcChecks { verdict: Verdict, enforced: bool },
    SmtpSpamScore { provider: Provider, score: f64 },
    SmtpVirusScans { infected: bool, took: Option<Duration> },
    SmtpTarpits { reason: Reject },
    SmtpRead { bytes: u64 },
    AttachmentStored { inline: bool, size: u64 },
    AttachmentsFailed,
    MessagesParsed { multipart: bool, took: Duration },
    MessagesMalformed { provider: Provider },
    QueuePushed { queue: Queue, priority: Priority },
    QueuePopped { queue: Queue, priority: Priority, waited: Duration },
    SetQueueDepth { queue: Queue, messages: u64 },
    SetQueueAge { queue: Queue, age: Duration },
    QueueMoved { from: Queue, to: Queue, count: u64 },
    QueueDead { priority: Priority },
    QueueDropped { queue: Queue, count: u64 },
    SetQueueIdleWorkers { queue: Queue, workers: u64 },
    QueueBatch { queue: Queue, messages: u64 },
    OutboxEventsPublished { event_type: String },
    OutboxEventsFanOut { event_type: String, matched: u64 },
    OutboxEventsNoMatch { event_type: String },
    OutboxFailures { stage: Stage },
    OutboxStageDuration { stage: Stage, took: Duration },
    RedeliverRequests { scope: Scope },
    Redelivered { scope: Scope, events: u64 },
    NotifyMissed,
    NotifyReceived,
    SetPublisherLag { seconds: f64 },
    DeliveryAttempts { event_type: String, outcome: Outcome, took: Option<Duration> },
    DeliveryFailures { failure: Failure, will_retry: bool },
    DeliveryTries { outcome: Outcome, tries: u64 },
    DeliveryLatency { event_type: String, took: Duration },
    DeliveryStatuses { status: StatusClass },
    SetDeliveriesPending { deliveries: u64 },
    DeliveriesInFlight { delta: i64 },
    DeliveryPayloadsCut { event_type: String },
    DeliverySignatures { rotated: bool },
    WebhooksAdded,
    WebhooksRemoved,
    WebhooksDisabled { reason: Disabled },
    SetWebhooksEnabled { webhooks: u64 },
    MailSent { provider: Provider, reply: Reply, took: Option<Duration> },
    MailBounces { provider: Provider, hard: bool },
    MailComplaints { provider: Provider },
    SetMailSuppressed { recipients: u64 },
    SetMailInbox { provider: Provider, share: f64 },
    DnsLookups { record: String, cached: bool, took: Duration },
    DomainsVerified { ok: bool },
    CacheHit { cache: Cache },
    CacheMiss { cache: Cache },
    CacheEvictions { cache: Cache, eviction: Eviction, entries: u64 },
    SetCacheEntries { cache: Cache, entries: u64 },
    SetCacheSize { cache: Cache, bytes: u64 },
    CacheLoadDuration { cache: Cache, took: Duration },
    DbStatements { pool: Pool, statement: Statement, took: Duration },
    DbFailures { pool: Pool, statement: Statement },
    DbRollbacks { pool: Pool },
    SetDbConnections { pool: Pool, idle: bool, connections: u64 },
    DbPoolWait { pool: Pool, waited: Duration },
    DbRows { statement: Statement, rows: u64 },
    SetDbSize { bytes: u64 },
    JanitorRowsDeleted { table: Table, count: u64 },
    JanitorDuration { table: Table, took: Duration },
    JobRuns { job: Job, ok: bool, took: Duration },
    JobOverruns { job: Job },
    SetRuntimeTasks { tasks: u64 },
    SetProcessMemory { bytes: u64 },
    SetProcessOpenFiles { files: u32 },
    ProcessPanics { thread: String },
    ConfigReloads { ok: bool },
    ShutdownRequests { signal: Signal, drained: Option<Duration> },
}

/// Records every call, for tests; clones share what they record.
#[derive(Clone, Debug, Default)]
pub struct RecordingMetrics {
    calls: Arc<Mutex<Vec<MetricsCall>>>,
}

impl RecordingMetrics {
    fn lock(&self) -> MutexGuard<'_, Vec<MetricsCall>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, call: MetricsCall) {
        self.lock().push(call);
    }

    fn count(&self, call: &MetricsCall) -> usize {
        self.lock().iter().filter(|recorded| *recorded == call).count()
    }

    fn count_if(&self, selects: impl Fn(&MetricsCall) -> bool) -> usize {
        self.lock().iter().filter(|call| selects(call)).count()
    }

    fn sum<T: Sum>(&self, value: impl Fn(&MetricsCall) -> Option<T>) -> T {
        self.lock().iter().filter_map(value).sum()
    }

    fn last<T>(&self, value: impl Fn(&MetricsCall) -> Option<T>) -> Option<T> {
        self.lock().iter().rev().find_map(value)
    }

    /// All calls, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<MetricsCall> {
        self.lock().clone()
    }

    #[must_use]
    pub fn http_requests_count(&self, method: Method, route: &str, status: StatusClass) -> usize {
        self.count_if(|call| match call {
            MetricsCall::HttpRequests { method: of_method, route: of_route, status: of_status, .. } => {
                *of_method == method && of_route == route && *of_status == status
            }
            _ => false,
        })
    }

    #[must_use]
    pub fn http_requests_active_sum(&self) -> i64 {
        self.sum(|call| match call {
            MetricsCall::HttpRequestsActive { delta } => Some(*delta),
            _ => None,
        })
    }

    #[must_use]
    pub fn http_body_size_sum(&self, direction: Direction) -> u64 {
        self.sum(|call| match call {
            MetricsCall::HttpBodySize { direction: of, bytes } if *of == direction => Some(*bytes),
            _ => None,
        })
    }

    #[must_use]
    pub fn http_rate_limited_count(&self, route: &str) -> usize {
        self.count(&MetricsCall::HttpRateLimited { route: route.to_owned() })
    }

    #[must_use]
    pub fn http_bad_requests_count(&self, method: Method, json: bool) -> usize {
        self.count(&MetricsCall::HttpBadRequests { method, json })
    }

    #[must_use]
    pub fn http_panics_count(&self) -> usize {
        self.count(&MetricsCall::HttpPanics)
    }

    #[must_use]
    pub fn http_timeouts_count(&self, method: Method) -> usize {
        self.count(&MetricsCall::HttpTimeouts { method })
    }

    #[must_use]
    pub fn set_http_connections_last(&self) -> Option<u64> {
        self.last(|call| match call {
            MetricsCall::SetHttpConnections { open } => Some(*open),
            _ => None,
        })
    }

    #[must_use]
    pub fn http_tls_handshakes_count(&self, resumed: bool) -> usize {
        self.count_if(|call| match call {
            MetricsCall::HttpTlsHandshakes { resumed: of, .. } => *of == resumed,
            _ => false,
        })
    }

    #[must_use]
    pub fn set_http_certificate_days_last(&self) -> Option<f64> {
        self.last(|call| match call {
            MetricsCall::SetHttpCertificateDays { days } => Some(*days),
            _ => None,
        })
    }

    #[must_use]
    pub fn websocket_opened_count(&self) -> usize {
        self.count(&MetricsCall::WebsocketOpened)
    }

    #[must_use]
    pub fn websocket_closed_count(&self) -> usize {
        self.count_if(|call| matches!(call, MetricsCall::WebsocketClosed { .. }))
    }

    #[must_use]
    pub fn auth_attempts_count(&self, method: AuthMethod, ok: bool) -> usize {
        self.count(&MetricsCall::AuthAttempts { method, ok })
    }

    #[must_use]
    pub fn auth_sign_ins_count(&self, method: AuthMethod) -> usize {
        self.count(&MetricsCall::AuthSignIns { method })
    }

    #[must_use]
    pub fn auth_sign_outs_count(&self) -> usize {
        self.count(&MetricsCall::AuthSignOuts)
    }

    #[must_use]
    pub fn auth_tokens_refreshed_count(&self) -> usize {
        self.count(&MetricsCall::AuthTokensRefreshed)
    }

    #[must_use]
    pub fn auth_tokens_refused_count(&self, expired: bool) -> usize {
        self.count(&MetricsCall::AuthTokensRefused { expired })
    }

    #[must_use]
    pub fn auth_accounts_locked_count(&self) -> usize {
        self.count(&MetricsCall::AuthAccountsLocked)
    }

    #[must_use]
    pub fn auth_hash_duration_count(&self) -> usize {
        self.count_if(|call| matches!(call, MetricsCall::AuthHashDuration { .. }))
    }

    #[must_use]
    pub fn smtp_sessions_count(&self, tls: bool) -> usize {
        self.count(&MetricsCall::SmtpSessions { tls })
    }

    #[must_use]
    pub fn smtp_session_opened_count(&self) -> usize {
        self.count(&MetricsCall::SmtpSessionOpened)
    }

    #[must_use]
    pub fn smtp_session_closed_count(&self) -> usize {
        self.count(&MetricsCall::SmtpSessionClosed)
    }

    #[must_use]
    pub fn smtp_session_duration_count(&self) -> usize {
        self.count_if(|call| matches!(call, MetricsCall::SmtpSessionDuration { .. }))
    }

    #[must_use]
    pub fn smtp_commands_count(&self, command: SmtpCommand, reply: Reply) -> usize {
        self.count(&MetricsCall::SmtpCommands { command, reply })
    }

    #[must_use]
    pub fn smtp_messages_accepted_count(&self, provider: Provider) -> usize {
        self.count_if(|call| match call {
            MetricsCall::SmtpMessagesAccepted { provider: of, .. } => *of == provider,
            _ => false,
        })
    }

    #[must_use]
    pub fn smtp_messages_rejected_count(&self, reason: Reject) -> usize {
        self.count(&MetricsCall::SmtpMessagesRejected { reason })
    }

    #[must_use]
    pub fn smtp_recipients_count(&self) -> usize {
        self.count_if(|call| matches!(call, MetricsCall::SmtpRecipients { .. }))
    }

    #[must_use]
    pub fn smtp_spf_checks_count(&self, verdict: Verdict) -> usize {
        self.count(&MetricsCall::SmtpSpfChecks { verdict })
    }

    #[must_use]
    pub fn smtp_dkim_checks_count(&self, verdict: Verdict) -> usize {
        self.count(&MetricsCall::SmtpDkimChecks { verdict })
    }

    #[must_use]
    pub fn smtp_dmarc_checks_count(&self, verdict: Verdict, enforced: bool) -> usize {
        self.count(&MetricsCall::SmtpDmarcChecks { verdict, enforced })
    }

    #[must_use]
    pub fn smtp_spam_score_count(&self, provider: Provider) -> usize {
        self.count_if(|call| match call {
            MetricsCall::SmtpSpamScore { provider: of, .. } => *of == provider,
            _ => false,
        })
    }

    #[must_use]
    pub fn smtp_virus_scans_count(&self, infected: bool) -> usize {
        self.count_if(|call| match call {
            MetricsCall::SmtpVirusScans { infected: of, .. } => *of == infected,
            _ => false,
        })
    }

    #[must_use]
    pub fn smtp_tarpits_count(&self, reason: Reject) -> usize {
        self.count(&MetricsCall::SmtpTarpits { reason })
    }

    #[must_use]
    pub fn smtp_read_sum(&self) -> u64 {
        self.sum(|call| match call {
            MetricsCall::SmtpRead { bytes } => Some(*bytes),
            _ => None,
        })
    }

    #[must_use]
    pub fn attachment_stored_count(&self, inline: bool) -> usize {
        self.count_if(|call| match call {
            MetricsCall::AttachmentStored { inline: of, .. } => *of == inline,
            _ => false,
        })
    }

    #[must_use]
    pub fn attachment_stored_sum(&self, inline: bool) -> u64 {
        self.sum(|call| match call {
            MetricsCall::AttachmentStored { inline: of, size } if *of == inline => Some(*size),
            _ => None,
        })
    }

    #[must_use]
    pub fn attachments_failed_count(&self) -> usize {
        self.count(&MetricsCall::AttachmentsFailed)
    }

    #[must_use]
    pub fn messages_parsed_count(&self, multipart: bool) -> usize {
        self.count_if(|call| match call {
            MetricsCall::MessagesParsed { multipart: of, .. } => *of == multipart,
            _ => false,
        })
    }

    #[must_use]
    pub fn messages_malformed_count(&self, provider: Provider) -> usize {
        self.count(&MetricsCall::MessagesMalformed { provider })
    }

    #[must_use]
    pub fn queue_pushed_count(&self, queue: Queue, priority: Priority) -> usize {
        self.count(&MetricsCall::QueuePushed { queue, priority })
    }

    #[must_use]
    pub fn queue_popped_count(&self, queue: Queue, priority: Priority) -> usize {
        self.count_if(|call| match call {
            MetricsCall::QueuePopped { queue: of_queue, priority: of_priority, .. } => {
                *of_queue == queue && *of_priority == priority
            }
            _ => false,
        })
    }

    #[must_use]
    pub fn set_queue_depth_last(&self, queue: Queue) -> Option<u64> {
        self.last(|call| match call {
            MetricsCall::SetQueueDepth { queue: of, messages } if *of == queue => Some(*messages),
            _ => None,
        })
    }

    #[must_use]
    pub fn set_queue_age_last(&self, queue: Queue) -> Option<Duration> {
        self.last(|call| match call {
            MetricsCall::SetQueueAge { queue: of, age } if *of == queue => Some(*age),
            _ => None,
        })
    }

    #[must_use]
    pub fn queue_moved_sum(&self, from: Queue, to: Queue) -> u64 {
        self.sum(|call| match call {
            MetricsCall::QueueMoved { from: of_from, to: of_to, count }
                if *of_from == from && *of_to == to =>
            {
                Some(*count)
            }
            _ => None,
        })
    }

    #[must_use]
    pub fn queue_dead_count(&self, priority: Priority) -> usize {
        self.count(&MetricsCall::QueueDead { priority })
    }

    #[must_use]
    pub fn queue_dropped_sum(&self, queue: Queue) -> u64 {
        self.sum(|call| match call {
            MetricsCall::QueueDropped { queue: of, count } if *of == queue => Some(*count),
            _ => None,
        })
    }

    #[must_use]
    pub fn set_queue_idle_workers_last(&self, queue: Queue) -> Option<u64> {
        self.last(|call| match call {
            MetricsCall::SetQueueIdleWorkers { queue: of, workers } if *of == queue => Some(*workers),
            _ => None,
        })
    }

    #[must_use]
    pub fn queue_batch_count(&self, queue: Queue) -> usize {
        self.count_if(|call| matches!(call, MetricsCall::QueueBatch { queue: of, .. } if *of == queue))
    }

    #[must_use]
    pub fn outbox_events_published_count(&self, event_type: EventType<'_>) -> usize {
        self.count(&MetricsCall::OutboxEventsPublished { event_type: event_type.0.to_owned() })
    }

    #[must_use]
    pub fn outbox_events_fan_out_count(&self, event_type: EventType<'_>) -> usize {
        self.count_if(|call| match call {
            MetricsCall::OutboxEventsFanOut { event_type: of, .. } => of == event_type.0,
            _ => false,
        })
    }

    #[must_use]
    pub fn outbox_events_fan_out_sum(&self, event_type: EventType<'_>) -> u64 {
        self.sum(|call| match call {
            MetricsCall::OutboxEventsFanOut { event_type: of, matched } if of == event_type.0 => {
                Some(*matched)
            }
            _ => None,
        })
    }

    #[must_use]
    pub fn outbox_events_no_match_count(&self, event_type: EventType<'_>) -> usize {
        self.count(&MetricsCall::OutboxEventsNoMatch { event_type: event_type.0.to_owned() })
    }

    #[must_use]
    pub fn outbox_failures_count(&self, stage: Stage) -> usize {
        self.count(&MetricsCall::OutboxFailures { stage })
    }

    #[must_use]
    pub fn outbox_stage_duration_count(&self, stage: Stage) -> usize {
        self.count_if(|call| match call {
            MetricsCall::OutboxStageDuration { stage: of, .. } => *of == stage,
            _ => false,
        })
    }

    #[must_use]
    pub fn redeliver_requests_count(&self, scope: Scope) -> usize {
        self.count(&MetricsCall::RedeliverRequests { scope })
    }

    #[must_use]
    pub fn redelivered_sum(&self, scope: Scope) -> u64 {
        self.sum(|call| match call {
            MetricsCall::Redelivered { scope: of, events } if *of == scope => Some(*events),
            _ => None,
        })
    }

    #[must_use]
    pub fn notify_missed_count(&self) -> usize {
        self.count(&MetricsCall::NotifyMissed)
    }

    #[must_use]
    pub fn notify_received_count(&self) -> usize {
        self.count(&MetricsCall::NotifyReceived)
    }

    #[must_use]
    pub fn set_publisher_lag_last(&self) -> Option<f64> {
        self.last(|call| match call {
            MetricsCall::SetPublisherLag { seconds } => Some(*seconds),
            _ => None,
        })
    }

    #[must_use]
    pub fn delivery_attempts_count(&self, event_type: EventType<'_>, outcome: Outcome) -> usize {
        self.count_if(|call| match call {
            MetricsCall::DeliveryAttempts { event_type: of_event_type, outcome: of_outcome, .. } => {
                of_event_type == event_type.0 && *of_outcome == outcome
            }
            _ => false,
        })
    }

    #[must_use]
    pub fn delivery_failures_count(&self, failure: Failure, will_retry: bool) -> usize {
        self.count(&MetricsCall::DeliveryFailures { failure, will_retry })
    }

    #[must_use]
    pub fn delivery_tries_count(&self, outcome: Outcome) -> usize {
        self.count_if(|call| match call {
            MetricsCall::DeliveryTries { outcome: of, .. } => *of == outcome,
            _ => false,
        })
    }

    #[must_use]
    pub fn delivery_latency_count(&self, event_type: EventType<'_>) -> usize {
        self.count_if(|call| match call {
            MetricsCall::DeliveryLatency { event_type: of, .. } => of == event_type.0,
            _ => false,
        })
    }

    #[must_use]
    pub fn delivery_statuses_count(&self, status: StatusClass) -> usize {
        self.count(&MetricsCall::DeliveryStatuses { status })
    }

    #[must_use]
    pub fn set_deliveries_pending_last(&self) -> Option<u64> {
        self.last(|call| match call {
            MetricsCall::SetDeliveriesPending { deliveries } => Some(*deliveries),
            _ => None,
        })
    }

    #[must_use]
    pub fn deliveries_in_flight_sum(&self) -> i64 {
        self.sum(|call| match call {
            MetricsCall::DeliveriesInFlight { delta } => Some(*delta),
            _ => None,
        })
    }

    #[must_use]
    pub fn delivery_payloads_cut_count(&self, event_type: EventType<'_>) -> usize {
        self.count(&MetricsCall::DeliveryPayloadsCut { event_type: event_type.0.to_owned() })
    }

    #[must_use]
    pub fn delivery_signatures_count(&self, rotated: bool) -> usize {
        self.count(&MetricsCall::DeliverySignatures { rotated })
    }

    #[must_use]
    pub fn webhooks_added_count(&self) -> usize {
        self.count(&MetricsCall::WebhooksAdded)
    }

    #[must_use]
    pub fn webhooks_removed_count(&self) -> usize {
        self.count(&MetricsCall::WebhooksRemoved)
    }

    #[must_use]
    pub fn webhooks_disabled_count(&self, reason: Disabled) -> usize {
        self.count(&MetricsCall::WebhooksDisabled { reason })
    }

    #[must_use]
    pub fn set_webhooks_enabled_last(&self) -> Option<u64> {
        self.last(|call| match call {
            MetricsCall::SetWebhooksEnabled { webhooks } => Some(*webhooks),
            _ => None,
        })
    }

    #[must_use]
    pub fn mail_sent_count(&self, provider: Provider, reply: Reply) -> usize {
        self.count_if(|call| match call {
            MetricsCall::MailSent { provider: of_provider, reply: of_reply, .. } => {
                *of_provider == provider && *of_reply == reply
            }
            _ => false,
        })
    }

    #[must_use]
    pub fn mail_bounces_count(&self, provider: Provider, hard: bool) -> usize {
        self.count(&MetricsCall::MailBounces { provider, hard })
    }

    #[must_use]
    pub fn mail_complaints_count(&self, provider: Provider) -> usize {
        self.count(&MetricsCall::MailComplaints { provider })
    }

    #[must_use]
    pub fn set_mail_suppressed_last(&self) -> Option<u64> {
        self.last(|call| match call {
            MetricsCall::SetMailSuppressed { recipients } => Some(*recipients),
            _ => None,
        })
    }

    #[must_use]
    pub fn set_mail_inbox_last(&self, provider: Provider) -> Option<f64> {
        self.last(|call| match call {
            MetricsCall::SetMailInbox { provider: of, share } if *of == provider => Some(*share),
            _ => None,
        })
    }

    #[must_use]
    pub fn dns_lookups_count(&self, record: &str, cached: bool) -> usize {
        self.count_if(|call| match call {
            MetricsCall::DnsLookups { record: of_record, cached: of_cached, .. } => {
                of_record == record && *of_cached == cached
            }
            _ => false,
        })
    }

    #[must_use]
    pub fn domains_verified_count(&self, ok: bool) -> usize {
        self.count(&MetricsCall::DomainsVerified { ok })
    }

    #[must_use]
    pub fn cache_hit_count(&self, cache: Cache) -> usize {
        self.count(&MetricsCall::CacheHit { cache })
    }

    #[must_use]
    pub fn cache_miss_count(&self, cache: Cache) -> usize {
        self.count(&MetricsCall::CacheMiss { cache })
    }

    #[must_use]
    pub fn cache_evictions_sum(&self, cache: Cache, eviction: Eviction) -> u64 {
        self.sum(|call| match call {
            MetricsCall::CacheEvictions { cache: of_cache, eviction: of_eviction, entries }
                if *of_cache == cache && *of_eviction == eviction =>
            {
                Some(*entries)
            }
            _ => None,
        })
    }

    #[must_use]
    pub fn set_cache_entries_last(&self, cache: Cache) -> Option<u64> {
        self.last(|call| match call {
            MetricsCall::SetCacheEntries { cache: of, entries } if *of == cache => Some(*entries),
            _ => None,
        })
    }

    #[must_use]
    pub fn set_cache_size_last(&self, cache: Cache) -> Option<u64> {
        self.last(|call| match call {
            MetricsCall::SetCacheSize { cache: of, bytes } if *of == cache => Some(*bytes),
            _ => None,
        })
    }

    #[must_use]
    pub fn cache_load_duration_count(&self, cache: Cache) -> usize {
        self.count_if(|call| match call {
            MetricsCall::CacheLoadDuration { cache: of, .. } => *of == cache,
            _ => false,
        })
    }

    #[must_use]
    pub fn db_statements_count(&self, pool: Pool, statement: Statement) -> usize {
        self.count_if(|call| match call {
            MetricsCall::DbStatements { pool: of_pool, statement: of_statement, .. } => {
                *of_pool == pool && *of_statement == statement
            }
            _ => false,
        })
    }

    #[must_use]
    pub fn db_failures_count(&self, pool: Pool, statement: Statement) -> usize {
        self.count(&MetricsCall::DbFailures { pool, statement })
    }

    #[must_use]
    pub fn db_rollbacks_count(&self, pool: Pool) -> usize {
        self.count(&MetricsCall::DbRollbacks { pool })
    }

    #[must_use]
    pub fn set_db_connections_last(&self, pool: Pool, idle: bool) -> Option<u64> {
        self.last(|call| match call {
            MetricsCall::SetDbConnections { pool: of_pool, idle: of_idle, connections }
                if *of_pool == pool && *of_idle == idle =>
            {
                Some(*connections)
            }
            _ => None,
        })
    }

    #[must_use]
    pub fn db_pool_wait_count(&self, pool: Pool) -> usize {
        self.count_if(|call| matches!(call, MetricsCall::DbPoolWait { pool: of, .. } if *of == pool))
    }

    #[must_use]
    pub fn db_rows_sum(&self, statement: Statement) -> u64 {
        self.sum(|call| match call {
            MetricsCall::DbRows { statement: of, rows } if *of == statement => Some(*rows),
            _ => None,
        })
    }

    #[must_use]
    pub fn set_db_size_last(&self) -> Option<u64> {
        self.last(|call| match call {
            MetricsCall::SetDbSize { bytes } => Some(*bytes),
            _ => None,
        })
    }

    #[must_use]
    pub fn janitor_rows_deleted_sum(&self, table: Table) -> u64 {
        self.sum(|call| match call {
            MetricsCall::JanitorRowsDeleted { table: of, count } if *of == table => Some(*count),
            _ => None,
        })
    }

    #[must_use]
    pub fn janitor_duration_count(&self, table: Table) -> usize {
        self.count_if(|call| match call {
            MetricsCall::JanitorDuration { table: of, .. } => *of == table,
            _ => false,
        })
    }

    #[must_use]
    pub fn job_runs_count(&self, job: Job, ok: bool) -> usize {
        self.count_if(|call| match call {
            MetricsCall::JobRuns { job: of_job, ok: of_ok, .. } => *of_job == job && *of_ok == ok,
            _ => false,
        })
    }

    #[must_use]
    pub fn job_overruns_count(&self, job: Job) -> usize {
        self.count(&MetricsCall::JobOverruns { job })
    }

    #[must_use]
    pub fn set_runtime_tasks_last(&self) -> Option<u64> {
        self.last(|call| match call {
            MetricsCall::SetRuntimeTasks { tasks } => Some(*tasks),
            _ => None,
        })
    }

    #[must_use]
    pub fn set_process_memory_last(&self) -> Option<u64> {
        self.last(|call| match call {
            MetricsCall::SetProcessMemory { bytes } => Some(*bytes),
            _ => None,
        })
    }

    #[must_use]
    pub fn set_process_open_files_last(&self) -> Option<u32> {
        self.last(|call| match call {
            MetricsCall::SetProcessOpenFiles { files } => Some(*files),
            _ => None,
        })
    }

    #[must_use]
    pub fn process_panics_count(&self, thread: &str) -> usize {
        self.count(&MetricsCall::ProcessPanics { thread: thread.to_owned() })
    }

    #[must_use]
    pub fn config_reloads_count(&self, ok: bool) -> usize {
        self.count(&MetricsCall::ConfigReloads { ok })
    }

    #[must_use]
    pub fn shutdown_requests_count(&self, signal: Signal) -> usize {
        self.count_if(|call| match call {
            MetricsCall::ShutdownRequests { signal: of, .. } => *of == signal,
            _ => false,
        })
    }
}

impl Metrics for RecordingMetrics {
    fn http_requests(&self, method: Method, route: &str, status: StatusClass, took: Option<Duration>) {
        self.record(MetricsCall::HttpRequests { method, route: route.to_owned(), status, took });
    }

    fn http_requests_active(&self, delta: i64) {
        self.record(MetricsCall::HttpRequestsActive { delta });
    }

    fn http_body_size(&self, direction: Direction, bytes: u64) {
        self.record(MetricsCall::HttpBodySize { direction, bytes });
    }

    fn http_rate_limited(&self, route: &str) {
        self.record(MetricsCall::HttpRateLimited { route: route.to_owned() });
    }

    fn http_bad_requests(&self, method: Method, json: bool) {
        self.record(MetricsCall::HttpBadRequests { method, json });
    }

    fn http_panics(&self) {
        self.record(MetricsCall::HttpPanics);
    }

    fn http_timeouts(&self, method: Method) {
        self.record(MetricsCall::HttpTimeouts { method });
    }

    fn set_http_connections(&self, open: u64) {
        self.record(MetricsCall::SetHttpConnections { open });
    }

    fn http_tls_handshakes(&self, resumed: bool, took: Duration) {
        self.record(MetricsCall::HttpTlsHandshakes { resumed, took });
    }

    fn set_http_certificate_days(&self, days: f64) {
        self.record(MetricsCall::SetHttpCertificateDays { days });
    }

    fn websocket_opened(&self) {
        self.record(MetricsCall::WebsocketOpened);
    }

    fn websocket_closed(&self, lifetime: Duration) {
        self.record(MetricsCall::WebsocketClosed { lifetime });
    }

    fn auth_attempts(&self, method: AuthMethod, ok: bool) {
        self.record(MetricsCall::AuthAttempts { method, ok });
    }

    fn auth_sign_ins(&self, method: AuthMethod) {
        self.record(MetricsCall::AuthSignIns { method });
    }

    fn auth_sign_outs(&self) {
        self.record(MetricsCall::AuthSignOuts);
    }

    fn auth_tokens_refreshed(&self) {
        self.record(MetricsCall::AuthTokensRefreshed);
    }

    fn auth_tokens_refused(&self, expired: bool) {
        self.record(MetricsCall::AuthTokensRefused { expired });
    }

    fn auth_accounts_locked(&self) {
        self.record(MetricsCall::AuthAccountsLocked);
    }

    fn auth_hash_duration(&self, took: Duration) {
        self.record(MetricsCall::AuthHashDuration { took });
    }

    fn smtp_sessions(&self, tls: bool) {
        self.record(MetricsCall::SmtpSessions { tls });
    }

    fn smtp_session_opened(&self) {
        self.record(MetricsCall::SmtpSessionOpened);
    }

    fn smtp_session_closed(&self) {
        self.record(MetricsCall::SmtpSessionClosed);
    }

    fn smtp_session_duration(&self, took: Duration) {
        self.record(MetricsCall::SmtpSessionDuration { took });
    }

    fn smtp_commands(&self, command: SmtpCommand, reply: Reply) {
        self.record(MetricsCall::SmtpCommands { command, reply });
    }

    fn smtp_messages_accepted(&self, provider: Provider, size: u64) {
        self.record(MetricsCall::SmtpMessagesAccepted { provider, size });
    }

    fn smtp_messages_rejected(&self, reason: Reject) {
        self.record(MetricsCall::SmtpMessagesRejected { reason });
    }

    fn smtp_recipients(&self, recipients: u64) {
        self.record(MetricsCall::SmtpRecipients { recipients });
    }

    fn smtp_spf_checks(&self, verdict: Verdict) {
        self.record(MetricsCall::SmtpSpfChecks { verdict });
    }

    fn smtp_dkim_checks(&self, verdict: Verdict) {
        self.record(MetricsCall::SmtpDkimChecks { verdict });
    }

    fn smtp_dmarc_checks(&self, verdict: Verdict, enforced: bool) {
        self.record(MetricsCall::SmtpDmarcChecks { verdict, enforced });
    }

    fn smtp_spam_score(&self, provider: Provider, score: f64) {
        self.record(MetricsCall::SmtpSpamScore { provider, score });
    }

    fn smtp_virus_scans(&self, infected: bool, took: Option<Duration>) {
        self.record(MetricsCall::SmtpVirusScans { infected, took });
    }

    fn smtp_tarpits(&self, reason: Reject) {
        self.record(MetricsCall::SmtpTarpits { reason });
    }

    fn smtp_read(&self, bytes: u64) {
        self.record(MetricsCall::SmtpRead { bytes });
    }

    fn attachment_stored(&self, inline: bool, size: u64) {
        self.record(MetricsCall::AttachmentStored { inline, size });
    }

    fn attachments_failed(&self) {
        self.record(MetricsCall::AttachmentsFailed);
    }

    fn messages_parsed(&self, multipart: bool, took: Duration) {
        self.record(MetricsCall::MessagesParsed { multipart, took });
    }

    fn messages_malformed(&self, provider: Provider) {
        self.record(MetricsCall::MessagesMalformed { provider });
    }

    fn queue_pushed(&self, queue: Queue, priority: Priority) {
        self.record(MetricsCall::QueuePushed { queue, priority });
    }

    fn queue_popped(&self, queue: Queue, priority: Priority, waited: Duration) {
        self.record(MetricsCall::QueuePopped { queue, priority, waited });
    }

    fn set_queue_depth(&self, queue: Queue, messages: u64) {
        self.record(MetricsCall::SetQueueDepth { queue, messages });
    }

    fn set_queue_age(&self, queue: Queue, age: Duration) {
        self.record(MetricsCall::SetQueueAge { queue, age });
    }

    fn queue_moved(&self, from: Queue, to: Queue, count: u64) {
        self.record(MetricsCall::QueueMoved { from, to, count });
    }

    fn queue_dead(&self, priority: Priority) {
        self.record(MetricsCall::QueueDead { priority });
    }

    fn queue_dropped(&self, queue: Queue, count: u64) {
        self.record(MetricsCall::QueueDropped { queue, count });
    }

    fn set_queue_idle_workers(&self, queue: Queue, workers: u64) {
        self.record(MetricsCall::SetQueueIdleWorkers { queue, workers });
    }

    fn queue_batch(&self, queue: Queue, messages: u64) {
        self.record(MetricsCall::QueueBatch { queue, messages });
    }

    fn outbox_events_published(&self, event_type: EventType<'_>) {
        self.record(MetricsCall::OutboxEventsPublished { event_type: event_type.0.to_owned() });
    }

    fn outbox_events_fan_out(&self, event_type: EventType<'_>, matched: u64) {
        self.record(MetricsCall::OutboxEventsFanOut { event_type: event_type.0.to_owned(), matched });
    }

    fn outbox_events_no_match(&self, event_type: EventType<'_>) {
        self.record(MetricsCall::OutboxEventsNoMatch { event_type: event_type.0.to_owned() });
    }

    fn outbox_failures(&self, stage: Stage) {
        self.record(MetricsCall::OutboxFailures { stage });
    }

    fn outbox_stage_duration(&self, stage: Stage, took: Duration) {
        self.record(MetricsCall::OutboxStageDuration { stage, took });
    }

    fn redeliver_requests(&self, scope: Scope) {
        self.record(MetricsCall::RedeliverRequests { scope });
    }

    fn redelivered(&self, scope: Scope, events: u64) {
        self.record(MetricsCall::Redelivered { scope, events });
    }

    fn notify_missed(&self) {
        self.record(MetricsCall::NotifyMissed);
    }

    fn notify_received(&self) {
        self.record(MetricsCall::NotifyReceived);
    }

    fn set_publisher_lag(&self, seconds: f64) {
        self.record(MetricsCall::SetPublisherLag { seconds });
    }

    fn delivery_attempts(&self, event_type: EventType<'_>, outcome: Outcome, took: Option<Duration>) {
        self.record(MetricsCall::DeliveryAttempts { event_type: event_type.0.to_owned(), outcome, took });
    }

    fn delivery_failures(&self, failure: Failure, will_retry: bool) {
        self.record(MetricsCall::DeliveryFailures { failure, will_retry });
    }

    fn delivery_tries(&self, outcome: Outcome, tries: u64) {
        self.record(MetricsCall::DeliveryTries { outcome, tries });
    }

    fn delivery_latency(&self, event_type: EventType<'_>, took: Duration) {
        self.record(MetricsCall::DeliveryLatency { event_type: event_type.0.to_owned(), took });
    }

    fn delivery_statuses(&self, status: StatusClass) {
        self.record(MetricsCall::DeliveryStatuses { status });
    }

    fn set_deliveries_pending(&self, deliveries: u64) {
        self.record(MetricsCall::SetDeliveriesPending { deliveries });
    }

    fn deliveries_in_flight(&self, delta: i64) {
        self.record(MetricsCall::DeliveriesInFlight { delta });
    }

    fn delivery_payloads_cut(&self, event_type: EventType<'_>) {
        self.record(MetricsCall::DeliveryPayloadsCut { event_type: event_type.0.to_owned() });
    }

    fn delivery_signatures(&self, rotated: bool) {
        self.record(MetricsCall::DeliverySignatures { rotated });
    }

    fn webhooks_added(&self) {
        self.record(MetricsCall::WebhooksAdded);
    }

    fn webhooks_removed(&self) {
        self.record(MetricsCall::WebhooksRemoved);
    }

    fn webhooks_disabled(&self, reason: Disabled) {
        self.record(MetricsCall::WebhooksDisabled { reason });
    }

    fn set_webhooks_enabled(&self, webhooks: u64) {
        self.record(MetricsCall::SetWebhooksEnabled { webhooks });
    }

    fn mail_sent(&self, provider: Provider, reply: Reply, took: Option<Duration>) {
        self.record(MetricsCall::MailSent { provider, reply, took });
    }

    fn mail_bounces(&self, provider: Provider, hard: bool) {
        self.record(MetricsCall::MailBounces { provider, hard });
    }

    fn mail_complaints(&self, provider: Provider) {
        self.record(MetricsCall::MailComplaints { provider });
    }

    fn set_mail_suppressed(&self, recipients: u64) {
        self.record(MetricsCall::SetMailSuppressed { recipients });
    }

    fn set_mail_inbox(&self, provider: Provider, share: f64) {
        self.record(MetricsCall::SetMailInbox { provider, share });
    }

    fn dns_lookups(&self, record: &str, cached: bool, took: Duration) {
        self.record(MetricsCall::DnsLookups { record: record.to_owned(), cached, took });
    }

    fn domains_verified(&self, ok: bool) {
        self.record(MetricsCall::DomainsVerified { ok });
    }

    fn cache_hit(&self, cache: Cache) {
        self.record(MetricsCall::CacheHit { cache });
    }

    fn cache_miss(&self, cache: Cache) {
        self.record(MetricsCall::CacheMiss { cache });
    }

    fn cache_evictions(&self, cache: Cache, eviction: Eviction, entries: u64) {
        self.record(MetricsCall::CacheEvictions { cache, eviction, entries });
    }

    fn set_cache_entries(&self, cache: Cache, entries: u64) {
        self.record(MetricsCall::SetCacheEntries { cache, entries });
    }

    fn set_cache_size(&self, cache: Cache, bytes: u64) {
        self.record(MetricsCall::SetCacheSize { cache, bytes });
    }

    fn cache_load_duration(&self, cache: Cache, took: Duration) {
        self.record(MetricsCall::CacheLoadDuration { cache, took });
    }

    fn db_statements(&self, pool: Pool, statement: Statement, took: Duration) {
        self.record(MetricsCall::DbStatements { pool, statement, took });
    }

    fn db_failures(&self, pool: Pool, statement: Statement) {
        self.record(MetricsCall::DbFailures { pool, statement });
    }

    fn db_rollbacks(&self, pool: Pool) {
        self.record(MetricsCall::DbRollbacks { pool });
    }

    fn set_db_connections(&self, pool: Pool, idle: bool, connections: u64) {
        self.record(MetricsCall::SetDbConnections { pool, idle, connections });
    }

    fn db_pool_wait(&self, pool: Pool, waited: Duration) {
        self.record(MetricsCall::DbPoolWait { pool, waited });
    }

    fn db_rows(&self, statement: Statement, rows: u64) {
        self.record(MetricsCall::DbRows { statement, rows });
    }

    fn set_db_size(&self, bytes: u64) {
        self.record(MetricsCall::SetDbSize { bytes });
    }

    fn janitor_rows_deleted(&self, table: Table, count: u64) {
        self.record(MetricsCall::JanitorRowsDeleted { table, count });
    }

    fn janitor_duration(&self, table: Table, took: Duration) {
        self.record(MetricsCall::JanitorDuration { table, took });
    }

    fn job_runs(&self, job: Job, ok: bool, took: Duration) {
        self.record(MetricsCall::JobRuns { job, ok, took });
    }

    fn job_overruns(&self, job: Job) {
        self.record(MetricsCall::JobOverruns { job });
    }

    fn set_runtime_tasks(&self, tasks: u64) {
        self.record(MetricsCall::SetRuntimeTasks { tasks });
    }

    fn set_process_memory(&self, bytes: u64) {
        self.record(MetricsCall::SetProcessMemory { bytes });
    }

    fn set_process_open_files(&self, files: u32) {
        self.record(MetricsCall::SetProcessOpenFiles { files });
    }

    fn process_panics(&self, thread: &str) {
        self.record(MetricsCall::ProcessPanics { thread: thread.to_owned() });
    }

    fn config_reloads(&self, ok: bool) {
        self.record(MetricsCall::ConfigReloads { ok });
    }

    fn shutdown_requests(&self, signal: Signal, drained: Option<Duration>) {
        self.record(MetricsCall::ShutdownRequests { signal, drained });
    }
}
