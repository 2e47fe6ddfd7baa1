//! The worker's metrics: their labels, instruments and log lines.

use telemetry::{Label, metrics};

/// The step of the worker that failed.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Taking a batch of pending events.
    Lease,
    /// Finding out who wants an event.
    ListWebhooks,
    /// Writing a delivery for one of them.
    InsertDelivery,
    /// Marking the event as done.
    UpdateStatus,
}

/// Extent of a request to send again.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One event.
    Single,
    /// All events since a time.
    Since,
}

/// A table that the janitor cleans.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// The outbox.
    WebhookEvents,
    /// Deliveries that are to be sent.
    WebhookSubscriberDeliveries,
    /// Attempts of the past.
    WebhookDeliveries,
    /// Messages that were read or forgotten.
    Messages,
    /// Who is logged in.
    UserSessions,
    /// Codes and tokens, which are two tables in the database.
    Oauth,
}

/// The type of an event, such as `email.received`.
///
/// An open set, so it has a cap.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "type", cap = 64)]
pub struct EventType<'a>(pub &'a str);

/// The metrics of the outbox worker.
#[metrics(namespace = "e2a", max_series = 2_000)]
pub trait Metrics {
    /// Webhook events written to the outbox.
    #[counter]
    #[log("outbox.published")]
    fn outbox_events_published(&self, event_type: EventType<'_>);

    /// Outbox events fanned out to their matched webhooks.
    #[counter(name = "outbox_events_fanout")]
    #[counter(name = "outbox_fanout_matched", value = matched, help = "Delivery rows written by the fan-out.")]
    #[log("outbox.fanout")]
    fn outbox_events_fan_out(&self, event_type: EventType<'_>, matched: u64);

    /// Outbox events that no webhook subscribes to.
    #[counter(name = "outbox_events_nomatch")]
    #[log("outbox.no_match")]
    fn outbox_events_no_match(&self, event_type: EventType<'_>);

    /// Steps of the worker that failed. The event is retried.
    #[counter]
    #[log("outbox.failure")]
    fn outbox_failures(&self, stage: Stage);

    /// Requests to deliver events again.
    #[counter]
    #[log("redeliver.request")]
    fn redeliver_requests(&self, scope: Scope);

    /// Rows that the janitor deleted because their time was over.
    #[counter(value = count)]
    #[log("janitor.delete", skip_zero)]
    fn janitor_rows_deleted(&self, table: Table, count: u64);

    /// Times that the fallback poll found work which no notification announced.
    #[counter]
    #[log("notify.missed")]
    fn notify_missed(&self);

    /// Age of the oldest pending event, or 0 if none is pending.
    #[gauge(name = "webhook_publisher_lag", unit = seconds)]
    #[log("publisher.lag_seconds", every = 60, or_above = 30.0)]
    #[alert(above = 30.0, for = "1m", severity = "page")]
    fn set_publisher_lag(&self, seconds: f64);
}
