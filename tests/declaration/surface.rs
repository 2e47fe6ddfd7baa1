//! The surface that these tests call: every kind of parameter, instrument and policy once.

use std::time::Duration;
use telemetry::value::Value;
use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
    ListWebhooks,
    UpdateStatus,
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "type", cap = 64, known = ["email.received"])]
pub struct EventType<'a>(pub &'a str);

/// An enum of another crate, as far as the macro knows.
#[derive(Clone, Copy)]
pub enum Protocol {
    Tcp,
    Udp,
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Stream,
    Datagram,
}

impl From<Protocol> for Transport {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Tcp => Transport::Stream,
            Protocol::Udp => Transport::Datagram,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bytes(pub u64);

impl Value for Bytes {
    type Repr = u64;
    fn repr(self) -> u64 {
        self.0
    }
    fn from_repr(bytes: u64) -> Self {
        Bytes(bytes)
    }
}

#[metrics(namespace = "app", max_series = 100_000)]
pub trait Metrics {
    /// Failed steps.
    #[counter]
    fn failures(&self, stage: Stage);

    /// Events published.
    #[counter(name = "published")]
    #[counter(name = "published_rows", value = rows, help = "Rows written.")]
    #[log("outbox.published")]
    fn publish(&self, event_type: EventType<'_>, rows: u64);

    /// Requests served.
    ///
    /// The second paragraph is for the catalog.
    #[counter]
    #[histogram(name = "request_duration", labels(route), buckets = [0.005, 0.5, 5])]
    fn requests(&self, #[label(cap = 8, none = "unrouted")] route: Option<&str>, took: Option<Duration>);

    /// Rows deleted.
    #[counter(value = count)]
    #[log("janitor.delete", skip_zero)]
    fn rows_deleted(&self, archived: bool, count: u64);

    /// Age of the oldest row.
    #[gauge(name = "lag", unit = seconds)]
    #[log("lag", every = 3, or_above = 30.0, or_below = -1)]
    #[alert(above = 30.0, for = "1m", severity = "page")]
    fn set_lag(&self, seconds: f64);

    /// Connections that were opened.
    #[up_down_counter(name = "connections", value = 1)]
    fn opened(&self, #[label(with = Transport)] protocol: Protocol);

    /// Connections that were closed.
    #[up_down_counter(name = "connections", value = -1)]
    #[log(off)]
    fn closed(&self, #[label(with = Transport)] protocol: Protocol);

    /// Look-ups that hit.
    #[counter(name = "lookups", labels(result = "hit"))]
    #[log(level = debug, target = "cache")]
    fn hit(&self);

    /// Look-ups that found nothing.
    #[counter(name = "lookups", labels(result = "absent"))]
    #[log(off)]
    fn absent(&self);

    /// Look-ups that missed.
    #[counter(name = "misses", labels(attempt, shard, tier = "disk"))]
    fn miss(&self, #[label(range = 1..=3)] attempt: u8, #[label(cap = 10)] shard: i32);

    /// Bytes received.
    #[counter(value = size, unit = bytes)]
    #[log(every = 2)]
    fn received(&self, r#type: Option<Stage>, #[value] size: Bytes);

    /// A helper: no metric.
    fn retry(&self, stage: Stage) -> u32 {
        self.failures(stage);
        self.failures(stage);
        2
    }
}
