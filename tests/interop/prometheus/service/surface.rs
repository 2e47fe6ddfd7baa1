//! The surface of a mail service as it runs in production: what it serves, takes in, delivers and cleans up.

use std::time::{Duration, SystemTime};
use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intake {
    Accepted,
    Rejected,
    Deferred,
    Dropped,
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Sent,
    Bounced,
    Failed,
    Suppressed,
    Expired,
}

/// What the mail service does.
#[metrics(namespace = "mail", owner = "messaging")]
pub trait Metrics {
    /// HTTP requests.
    #[counter(name = "http_requests")]
    #[histogram(name = "http_duration", labels(route), buckets = [0.1, 0.25, 0.5, 1.0, 2.5])]
    #[slo(objective = 0.999, good(class != "5xx"), of(route != "/health"), name = "availability")]
    #[slo(objective = 0.99, below = 1.0, of(route != "/health"), name = "latency", window = "28d")]
    #[alert(quantile = 0.95, above = 0.25, by(route))]
    #[alert(quantile = 0.99, above = 1.0, severity = "page")]
    #[alert(
        ratio_above = 0.05,
        matching(class = "5xx"),
        of(route = ["/login", starts_with("/api/v1.")]),
        name = "ApiErrors",
        labels(team = "api")
    )]
    fn http_request(
        &self,
        #[label(cap = 64)] route: &str,
        #[label(values = ["2xx", "3xx", "4xx", "5xx"])] class: &str,
        took: Duration,
    );
    /// Requests that are being served.
    #[up_down_counter]
    fn http_active(&self, delta: i64);
    /// SMTP sessions.
    #[counter]
    #[slo(objective = 0.99, good(outcome = "accepted"), of(outcome = ["accepted", "rejected"]), name = "acceptance")]
    #[alert(ratio_below = 0.9, matching(outcome = "accepted"), of(outcome = ["accepted", "deferred"]))]
    fn smtp_sessions(&self, outcome: Intake);
    /// Bytes of mails taken in.
    #[counter(unit = bytes, value = bytes)]
    fn smtp_received(&self, bytes: u64);
    /// Recipients of a mail.
    #[histogram(buckets = [1, 10, 100])]
    fn smtp_recipients(&self, recipients: u64);
    /// Failed handshakes.
    #[counter]
    fn smtp_tls_failures(&self);
    /// Mails that left.
    #[counter]
    #[histogram(name = "delivery_duration", labels(), buckets = [1.0, 10.0, 60.0])]
    #[slo(objective = 0.9, good(outcome = "sent"), of(outcome != ["suppressed", "expired"]), name = "delivery")]
    fn deliveries(&self, outcome: Delivery, took: Duration);
    /// Deliveries tried again.
    #[counter]
    fn delivery_retries(&self);
    /// Bounces by domain.
    #[counter]
    fn bounces(&self, #[label(cap = 100)] domain: &str);
    /// Complaints.
    #[counter]
    fn complaints(&self);
    /// First attempts to call a webhook.
    #[counter]
    fn webhook_attempts(&self, billed: bool);
    /// Later attempts to call a webhook.
    #[counter]
    fn webhook_retries(&self, billed: bool);
    /// Calls of a webhook that failed.
    #[counter]
    #[alert(ratio_above = 0.2, to = [webhook_attempts, webhook_retries], of(billed = "true"), matching(billed = "true"))]
    #[alert(rate_above = 1, on = [webhook_failures, webhook_losses], name = "WebhookTrouble")]
    fn webhook_failures(&self, billed: bool);
    /// Calls of a webhook that were given up.
    #[counter]
    fn webhook_losses(&self);
    /// Time of a call of a webhook.
    #[histogram]
    fn webhook_duration(&self, took: Duration);
    /// Open websocket connections.
    #[up_down_counter]
    #[alert(average_above = 100, by(instance), over = "10m")]
    fn websocket_connections(&self, delta: i64);
    /// Messages to websockets.
    #[counter]
    fn websocket_messages(&self);
    /// Websockets that were closed.
    #[counter]
    fn websocket_closed(&self, #[label(values = ["client", "idle", "error"])] reason: &str);
    /// When the janitor has last been through.
    #[gauge]
    #[alert(older_than = 3600, severity = "ticket")]
    fn set_janitor_ran(&self, at: SystemTime);
    /// Rows that the janitor deleted.
    #[counter(value = rows)]
    fn janitor_deleted(&self, #[label(cap = 16)] table: &str, rows: u64);
    /// Time of a round of the janitor.
    #[histogram]
    fn janitor_rounds(&self, took: Duration);
    /// Age of the oldest mail in a queue.
    #[gauge(unit = seconds)]
    #[alert(above = 300, by(queue), for = "5m", severity = "page")]
    fn set_queue_age(&self, #[label(cap = 16)] queue: &str, age: f64);
    /// Mails in a queue.
    #[gauge]
    #[alert(average_above = 50, over = "10m", by(queue))]
    fn set_queue_depth(&self, #[label(cap = 16)] queue: &str, mails: u64);
    /// Panics by place.
    #[counter]
    #[alert(rate_above = 0, severity = "page")]
    fn panics(&self, #[label(cap = 64)] place: &str);
    /// Backups, each by the time of its end.
    #[gauge(name = "backup_ended")]
    #[alert(older_than = 86400, by(database))]
    fn set_backup_ended(&self, #[label(cap = 8)] database: &str, at: SystemTime);
}
