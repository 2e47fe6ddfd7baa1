//! The metrics of the relay: 48 methods, as a mail service has them.

use crate::labels::{
    Answer, Bounce, Cache, Direction, Domain, Limit, Mechanism, Method, Outcome, Queue, Record, Reject,
    Route, State, StatusClass, Table, Verb, Verdict, Version,
};
use std::time::Duration;
use telemetry::metrics;

/// Work that somebody waits for.
const FAST: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];
/// Work that waits for others: queues, retries, connections.
const SLOW: [f64; 10] = [0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0];
/// Messages and bodies: 1 KiB to 64 MiB.
const SIZES: [f64; 9] =
    [1024.0, 4096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0, 4_194_304.0, 16_777_216.0, 67_108_864.0];

/// A mail relay: takes messages by HTTP and SMTP, checks them, and delivers them.
#[metrics(namespace = "relay", max_series = 6_000)]
pub trait Metrics {
    // HTTP.

    /// HTTP requests served.
    #[counter]
    #[histogram(
        name = "http_request_duration", labels(method, route), buckets = FAST, native,
        help = "Time to serve an HTTP request."
    )]
    #[log(off)]
    #[alert(ratio_above = 0.05, matching(status = "5xx"), over = "10m", for = "5m", severity = "page")]
    #[alert(quantile = 0.99, above = 0.5, by(route), for = "10m", severity = "ticket")]
    fn http_requests(&self, method: Method, route: Route<'_>, status: StatusClass, took: Option<Duration>);

    /// HTTP requests that are being served.
    #[up_down_counter(in_flight)]
    #[log(off)]
    fn http_requests_active(&self);

    /// Bodies of HTTP requests and answers.
    #[counter(name = "http_body", value = bytes, unit = bytes)]
    #[histogram(name = "http_body_size", value = bytes, unit = bytes, buckets = SIZES)]
    #[log(off)]
    fn http_body(&self, direction: Direction, bytes: u64);

    /// HTTP requests that the rate limit refused.
    #[counter]
    #[log("http.rate_limited", level = debug)]
    fn http_rate_limited(&self, route: Route<'_>);

    /// Handlers of HTTP requests that panicked.
    #[counter]
    #[counter(name = "http_panics_all", labels(), help = "Handlers that panicked, on any route.")]
    #[log("http.panic", level = error)]
    #[alert(
        rate_above = 0.0, on = http_panics_all, severity = "page", runbook = "https://relay.example/runbooks/panics"
    )]
    fn http_panics(&self, route: Route<'_>);

    // SMTP intake.

    /// Connections to the SMTP server.
    #[counter(name = "smtp_connections_accepted")]
    #[up_down_counter(name = "smtp_connections", value = 1)]
    #[log("smtp.opened", level = debug)]
    #[alert(above = 900, on = smtp_connections, by(instance), for = "5m", severity = "ticket")]
    fn smtp_connection_opened(&self, tls: bool);

    /// Connections to the SMTP server.
    #[up_down_counter(name = "smtp_connections", value = -1)]
    #[histogram(name = "smtp_connection_lifetime", labels(), buckets = SLOW)]
    #[log("smtp.closed", level = debug)]
    fn smtp_connection_closed(&self, tls: bool, lifetime: Duration);

    /// Connections that were refused before a word was said.
    #[counter]
    #[log("smtp.refused")]
    fn smtp_connections_refused(&self, limit: Limit);

    /// SMTP commands answered.
    #[counter]
    #[histogram(name = "smtp_command_duration", labels(verb), buckets = FAST)]
    #[log(off)]
    fn smtp_commands(&self, verb: Verb, status: StatusClass, took: Option<Duration>);

    /// Clients that did not finish a command in time.
    #[counter]
    #[log("smtp.timeout")]
    fn smtp_timeouts(&self, verb: Verb);

    /// Messages accepted.
    #[counter]
    #[counter(
        name = "smtp_accepted", value = size, unit = bytes, labels(), help = "Bytes of messages accepted."
    )]
    #[histogram(
        name = "smtp_message_size", value = size, unit = bytes, labels(), buckets = SIZES,
        help = "Size of a message."
    )]
    #[log("smtp.accepted")]
    #[alert(
        rate_below = 0.01, on = smtp_messages_accepted, over = "30m", for = "10m", severity = "page",
        name = "RelayIntakeStopped"
    )]
    fn smtp_messages_accepted(&self, authenticated: bool, size: u64);

    /// Messages refused.
    #[counter]
    #[log("smtp.rejected")]
    #[alert(ratio_above = 0.5, to = smtp_messages_accepted, over = "15m", for = "15m", severity = "ticket")]
    fn smtp_messages_rejected(&self, reason: Reject);

    /// Recipients of a message.
    #[histogram(buckets = [1.0, 2.0, 5.0, 10.0, 50.0, 100.0])]
    #[log(off)]
    fn smtp_recipients(&self, recipients: u64);

    // Checks.

    /// Checks of a sender's address by SPF.
    #[counter]
    #[histogram(name = "spf_check_duration", labels(), buckets = FAST)]
    #[log(off)]
    fn spf_checks(&self, verdict: Verdict, took: Option<Duration>);

    /// Checks of signatures by DKIM.
    #[counter]
    #[log(off)]
    fn dkim_checks(&self, verdict: Verdict);

    /// Checks of policies by DMARC.
    #[counter]
    #[log("dmarc.check", level = debug)]
    fn dmarc_checks(&self, verdict: Verdict, enforced: bool);

    /// Score of a message by the spam filter; below zero is good.
    #[histogram(name = "spam_score", labels(), buckets = [-5.0, -1.0, 0.0, 1.0, 5.0, 10.0], signed)]
    #[counter(name = "spam_checks")]
    #[log("spam.score", level = debug)]
    fn spam_scored(&self, spam: bool, score: f64);

    /// Scans for viruses.
    #[counter]
    #[histogram(name = "virus_scan_duration", labels(), buckets = FAST)]
    #[log("virus.scan", level = debug)]
    fn virus_scans(&self, infected: bool, took: Option<Duration>);

    // Queues.

    /// Messages put into a queue.
    #[counter]
    #[log("queue.push", level = debug)]
    fn queue_pushed(&self, queue: Queue);

    /// Messages taken from a queue.
    #[counter]
    #[histogram(name = "queue_wait", buckets = SLOW, native, help = "How long a message was in its queue.")]
    #[log("queue.pop", level = debug)]
    #[alert(
        quantile = 0.9, above = 300, matching(queue = ["intake", "outbound"]), by(queue), over = "15m",
        for = "10m", severity = "page"
    )]
    fn queue_popped(&self, queue: Queue, waited: Duration);

    /// Messages that wait.
    #[gauge]
    #[log("queue.depth", every = 60, or_above = 10_000)]
    #[alert(above = 10_000, by(queue), for = "5m", severity = "page")]
    #[alert(above = 1_000, by(queue), for = "15m", severity = "ticket")]
    #[alert(above = 0, matching(state = "dead"), severity = "ticket", name = "RelayDeadLetters")]
    fn set_queue_depth(&self, queue: Queue, state: State, messages: u64);

    /// Age of the oldest message that is ready.
    #[gauge]
    #[log("queue.oldest", every = 60, or_above = 600)]
    #[alert(above = 600, for = "2m", severity = "page")]
    fn set_queue_oldest(&self, queue: Queue, age: Duration);

    /// Messages moved from one queue to another.
    #[counter(value = count)]
    #[log("queue.moved", skip_zero)]
    fn queue_moved(&self, from: Queue, to: Queue, count: u64);

    /// Messages given up.
    #[counter]
    #[log("queue.dead", level = warn)]
    fn queue_dead(&self, queue: Queue);

    // Delivery.

    /// Attempts to deliver a message.
    #[counter]
    #[histogram(name = "delivery_duration", labels(outcome), buckets = SLOW, help = "Time of an attempt.")]
    #[log("delivery.attempt", level = debug)]
    #[alert(
        ratio_above = 0.2, matching(outcome = ["bounced", "refused"]), over = "15m", for = "10m",
        severity = "page"
    )]
    #[alert(
        ratio_above = 0.9,
        matching(outcome = "deferred"),
        by(domain),
        over = "30m",
        for = "30m",
        severity = "ticket",
        name = "RelayDomainDefers"
    )]
    fn delivery_attempts(
        &self,
        domain: Domain<'_>,
        outcome: Outcome,
        status: Option<StatusClass>,
        took: Option<Duration>,
    );

    /// Messages that are done with, one way or the other.
    #[counter]
    #[histogram(name = "delivery_attempts_needed", value = attempts, buckets = [1.0, 2.0, 3.0, 5.0, 8.0])]
    #[log("delivery.done")]
    fn delivery_done(&self, outcome: Outcome, attempts: u64);

    /// Messages that came back.
    #[counter]
    #[log("delivery.bounce")]
    fn delivery_bounces(&self, domain: Domain<'_>, reason: Bounce);

    /// Connections to other servers.
    #[up_down_counter(in_flight)]
    #[log(off)]
    fn delivery_connections(&self);

    /// Bytes sent to other servers.
    #[counter(value = bytes, unit = bytes)]
    #[log(off)]
    fn delivery_sent(&self, domain: Domain<'_>, bytes: u64);

    // TLS and DNS.

    /// TLS handshakes that were finished.
    #[counter]
    #[histogram(name = "tls_handshake_duration", labels(direction), buckets = FAST)]
    #[log(off)]
    fn tls_handshakes(&self, direction: Direction, version: Version, resumed: bool, took: Option<Duration>);

    /// TLS handshakes that failed.
    #[counter]
    #[log("tls.failure")]
    #[alert(ratio_above = 0.1, to = tls_handshakes, by(direction), for = "15m", severity = "ticket")]
    fn tls_failures(&self, direction: Direction);

    /// Time until the certificate expires.
    #[gauge(unit = seconds)]
    #[log("tls.certificate", every = 60, or_below = 1_209_600)]
    #[alert(below = 1_209_600, severity = "ticket")]
    #[alert(below = 172_800, severity = "page")]
    fn set_tls_certificate_expiry(&self, seconds: f64);

    /// DNS lookups.
    #[counter]
    #[histogram(name = "dns_lookup_duration", labels(record), buckets = FAST)]
    #[log("dns.lookup", level = debug)]
    #[alert(ratio_above = 0.25, matching(answer = ["servfail", "timeout"]), for = "5m", severity = "page")]
    fn dns_lookups(&self, record: Record, answer: Answer, took: Option<Duration>);

    // Caches.

    /// Lookups in a cache.
    #[counter(name = "cache_lookups", labels(cache, result = "hit"))]
    #[log(off)]
    #[alert(
        ratio_below = 0.5,
        matching(result = "hit"),
        by(cache),
        over = "30m",
        for = "30m",
        severity = "ticket"
    )]
    fn cache_hit(&self, cache: Cache);

    /// Lookups in a cache.
    #[counter(name = "cache_lookups", labels(cache, result = "miss"))]
    #[log(off)]
    fn cache_miss(&self, cache: Cache);

    /// Entries that a cache dropped for new ones.
    #[counter(value = count)]
    #[log("cache.evicted", skip_zero, level = debug)]
    fn cache_evicted(&self, cache: Cache, count: u64);

    /// Entries of a cache.
    #[gauge]
    #[log(off)]
    fn set_cache_entries(&self, cache: Cache, entries: u64);

    // Who may do what.

    /// Attempts to sign in.
    #[counter]
    #[log("auth.attempt")]
    #[alert(
        rate_above = 5,
        matching(ok = "false"),
        by(mechanism),
        for = "5m",
        severity = "ticket",
        name = "RelayPasswordGuessing"
    )]
    fn auth_attempts(&self, mechanism: Mechanism, ok: bool);

    /// Accounts locked after too many attempts.
    #[counter]
    #[log("auth.locked", level = warn)]
    fn auth_locked(&self);

    /// Decisions of the rate limiter.
    #[counter]
    #[log(off)]
    fn limiter_decisions(&self, limit: Limit, allowed: bool);

    /// Keys that the rate limiter counts.
    #[gauge]
    #[log(off)]
    fn set_limiter_keys(&self, limit: Limit, keys: u64);

    // Keeping house.

    /// Runs of the janitor.
    #[counter]
    #[histogram(name = "janitor_run_duration", buckets = SLOW)]
    #[log("janitor.run")]
    #[alert(rate_below = 0.0002, over = "2h", severity = "ticket", name = "RelayJanitorSleeps")]
    fn janitor_runs(&self, took: Duration);

    /// Rows that the janitor deleted.
    #[counter(value = count)]
    #[log("janitor.delete", skip_zero)]
    fn janitor_rows_deleted(&self, table: Table, count: u64);

    /// Time that a query waited for a connection to the database.
    #[histogram(buckets = FAST)]
    #[log("pool.wait", or_above = 1.0)]
    fn pool_waited(&self, waited: Duration);

    /// Connections to the database.
    #[gauge]
    #[log(off)]
    fn set_pool_connections(&self, busy: bool, connections: u64);

    /// Events told to the customer's own server.
    #[counter]
    #[histogram(name = "webhook_duration", labels(), buckets = FAST)]
    #[log("webhook.sent", level = debug)]
    fn webhooks_sent(&self, status: StatusClass, took: Option<Duration>);

    /// The free part of the disk of the queues.
    #[gauge(unit = ratio)]
    #[log("disk.free", every = 60, or_below = 0.2)]
    #[alert(below = 0.1, for = "5m", severity = "page")]
    fn set_disk_free(&self, share: f64);

    /// Times that the configuration was read again.
    #[counter]
    #[log("config.reload")]
    fn config_reloads(&self, ok: bool);
}
