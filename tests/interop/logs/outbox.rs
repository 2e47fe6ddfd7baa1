//! One run of the outbox with log and Prometheus together, and what its log must add up to.

use crate::http;
use crate::run::Outbox;
use crate::samples::{Samples, Series};
use crate::strict::Strict;
use crate::tool::Scratch;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use telemetry::prometheus::Format;

/// Event types that break readers. Fewer than the cap, with those that are shipped.
pub const HOSTILE: &[&str] = &[
    "",
    " ",
    "a b",
    "trailing ",
    "say \"hi\"",
    "\"",
    "\"\"",
    "\\",
    "ends in \\",
    "a\\nb",
    "a=b",
    "=",
    "k=\"v\"",
    "'quoted'",
    "a,b;c|d",
    "{\"a\":1}",
    "%n",
    "line\nfeed",
    "x\n[metrics] event=outbox.published type=forged",
    "[metrics] event=outbox.published type=forged",
    "x\" event=\"outbox.published\" type=\"forged",
    "x matched=99",
    "x\",\"matched\":99,\"y\":\"",
    "a\rb",
    "a\tb",
    "nul\0",
    "\u{1b}[2J\u{7f}",
    "\u{85}\u{9b}31m",
    "\u{2028}\u{2029}",
    "\u{202e}bidi\u{200b}\u{feff}",
    "\u{fffd}",
    "größe",
    "😀",
    "other",
    "none",
];

const ARGUMENTS: [&str; 7] = [
    "--seed=42",
    "--fail=lease=0.05",
    "--fail=list_webhooks=0.05",
    "--fail=insert_delivery=0.05",
    "--fail=update_status=0.05",
    "--lose=0.2",
    "--log-summary=1h",
];

/// A run's log, and the scrape at its end.
pub struct Run {
    pub lines: Vec<String>,
    pub scrape: Samples,
}

impl Run {
    /// Runs the outbox with its log in this format.
    pub fn of(format: &str) -> Self {
        let scratch = Scratch::new(&format!("readers-{format}")).unwrap();
        let events = scratch.file("events.jsonl");
        fs::write(&events, self::events()).unwrap();
        let shipped =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../telemetry/examples/outbox/redeliver.jsonl");
        let events = format!("--events={}", events.display());
        let redeliver = format!("--redeliver={}", shipped.display());
        let format = format!("--log-format={format}");
        let arguments = [&ARGUMENTS[..], &[&events, &redeliver, &format]].concat();
        let backends = ["--backend=log", "--backend=prometheus", "--linger=600"];
        let mut outbox = Outbox::start(&backends, &arguments, &scratch.file("outbox.db"));
        let address = outbox.address();
        // The table follows the log.
        outbox.summary();
        let body = http::get(address, "/metrics", "text/plain;version=0.0.4").unwrap().body;
        let read = Strict::start().read(Format::Text, &body).unwrap();
        let mut lines = outbox.stop();
        assert!(lines.remove(0).starts_with("serving http://"));
        assert!(lines.len() > 4_000, "{}", lines.len());
        Run { lines, scrape: read.samples.only(|name| name.starts_with("e2a_")) }
    }

    pub fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }
}

/// The shipped events, and a few of each hostile type when they are over.
fn events() -> String {
    let shipped = include_str!("../../../telemetry/examples/outbox/events.jsonl");
    let last: serde_json::Value = serde_json::from_str(shipped.lines().last().unwrap()).unwrap();
    let long = "x".repeat(300);
    let mut events = shipped.trim_end().to_owned();
    for (index, kind) in HOSTILE.iter().copied().chain([long.as_str()]).enumerate() {
        for copy in 0..=index % 3 {
            let event = json!({
                "id": format!("evt_hostile_{index}_{copy}"), "type": kind, "user_id": "user_04",
                "occurred_at": last["occurred_at"], "payload": {},
            });
            write!(events, "\n{event}").unwrap();
        }
    }
    events
}

/// What a reader found of one event and its labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    pub calls: f64,
    pub sums: BTreeMap<String, f64>,
}

/// Which instruments an event feeds: by its calls, or by a value.
const INSTRUMENTS: [(&str, &str, Option<&str>); 8] = [
    ("outbox.published", "outbox_events_published", None),
    ("outbox.fanout", "outbox_events_fanout", None),
    ("outbox.fanout", "outbox_fanout_matched", Some("matched")),
    ("outbox.no_match", "outbox_events_nomatch", None),
    ("outbox.failure", "outbox_failures", None),
    ("redeliver.request", "redeliver_requests", None),
    ("janitor.delete", "janitor_rows_deleted", Some("count")),
    ("notify.missed", "notify_missed", None),
];

/// The series of counters, as Prometheus names them.
pub fn counters(found: impl IntoIterator<Item = (String, BTreeMap<String, String>, Found)>) -> Samples {
    let mut samples = Samples::default();
    for (event, labels, found) in found {
        let mut known = false;
        for (_, name, value) in INSTRUMENTS.iter().filter(|(name, ..)| *name == event) {
            let number = value.map_or(Some(found.calls), |value| found.sums.get(value).copied());
            let series = Series { name: format!("e2a_{name}_total"), labels: labels.clone() };
            samples.add(series, number.unwrap_or_else(|| panic!("{event} without {value:?}")));
            known = true;
        }
        assert!(known, "an event that nobody declared: {event}");
    }
    samples
}

/// The same with the only gauge.
pub fn with_lag(mut samples: Samples, value: f64) -> Samples {
    samples.gauge("e2a_webhook_publisher_lag_seconds", &[], value);
    samples
}

/// What a reader of pairs gets back of a text: the mapping that the documentation states.
pub fn mapped(text: &str) -> String {
    let lost = |c: char| {
        (c.is_control() && c != '\n')
            || "\u{2028}\u{2029}\u{61c}\u{feff}\u{fffd}".contains(c)
            || ('\u{200b}'..='\u{200f}').contains(&c)
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2060}'..='\u{2069}').contains(&c)
    };
    text.chars().map(|c| if lost(c) { '?' } else { c }).collect()
}
