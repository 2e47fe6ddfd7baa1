//! The surface of these tests: every kind, every sort of label, and texts that a format might trip over.

use std::time::Duration;
use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hostile {
    #[label(rename = "a|b")]
    Bar,
    #[label(rename = "`code` ``twice``")]
    Ticks,
    #[label(rename = "\"quoted\" \\back")]
    Quoted,
    #[label(rename = "  spaces ")]
    Spaces,
    #[label(rename = "yes")]
    Yes,
    #[label(rename = "- 1: {x} [y] & *z !t # c %d @")]
    Yaml,
    #[label(rename = "ünï\u{202e}code ▲")]
    Unicode,
    #[label(rename = "<b>&amp;</b>")]
    Html,
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "type", cap = 64, known = ["email.received", "email.sent"], other = "rest", max_len = 100)]
pub struct EventType<'a>(pub &'a str);

/// What these tests count.
///
/// A second paragraph.
#[metrics(namespace = "app", max_series = 100_000)]
pub trait Metrics {
    /// Events published.
    ///
    /// The second paragraph, with a `code` and a bar | in it.
    #[counter(stability = stable)]
    #[counter(name = "published_rows", value = rows, labels(), help = "Rows written.")]
    #[log("outbox.published")]
    fn published(&self, event_type: EventType<'_>, rows: u64);

    /// Requests served.
    #[counter(was = "app_http_hits_total", until = "9.1")]
    #[histogram(name = "request_duration", labels(route), buckets = [0.005, 0.5, 5])]
    #[log(off)]
    fn requests(
        &self,
        #[label(cap = 8, none = "unrouted")] route: Option<&str>,
        #[label(range = 100..=599)] status: u16,
        took: Option<Duration>,
    );

    /// Age of the oldest row.
    #[gauge(name = "lag", unit = seconds)]
    #[log("lag", every = 3, or_above = 30.0, level = debug, target = "audit")]
    #[alert(above = 30.0, for = "1m", severity = "page")]
    fn set_lag(&self, seconds: f64);

    /// Look-ups.
    #[counter(name = "lookups", labels(result = "hit"))]
    fn hit(&self, hostile: Hostile);

    /// Look-ups that missed.
    #[counter(name = "lookups", labels(result = "miss"))]
    fn miss(&self, hostile: Hostile);

    /// Connections that are open.
    #[up_down_counter(name = "connections", value = 1)]
    fn opened(&self, secure: bool);

    /// Connections that were closed.
    #[up_down_counter(name = "connections", value = -1)]
    #[log(off)]
    fn closed(&self, secure: bool);

    /// How far clocks are apart.
    #[histogram(unit = seconds, signed, buckets = [-1.0, 0.0, 1.0])]
    fn skew(&self, seconds: f64);
}
