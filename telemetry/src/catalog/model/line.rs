//! A method's log line, as a program that reads logs knows it.

use super::Place;
use crate::schema::{EventSchema, LogSchema};
use serde::Serialize;

/// The log line of a method: `[metrics] event=NAME key=.. key=..`.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Line {
    /// The name in the line.
    pub name: &'static str,
    /// The key that it stands under: `event` or `gauge`.
    pub key: &'static str,
    /// The keys behind it, in the line's order: labels, then values.
    pub fields: Vec<&'static str>,
    /// The level, in lower case.
    pub level: String,
    /// The target.
    pub target: &'static str,
    /// When there is a line, in the words of the declaration, such as `every = 60`; empty for each call.
    pub policy: String,
    /// The method that writes it.
    pub method: &'static str,
    /// Where that stands.
    pub source: Place,
}

impl Line {
    /// Nothing if the method writes none.
    pub(super) fn of(event: &'static EventSchema) -> Option<Self> {
        let log = &event.log;
        let labels = event.labels.iter().map(|label| label.key);
        let values = (0..event.values.len()).map(|at| event.value_key(at));
        log.enabled.then(|| Line {
            name: log.name,
            key: event.line_key(),
            fields: labels.chain(values).collect(),
            level: log.level.as_str().to_lowercase(),
            target: log.target,
            policy: policy(event, log),
            method: event.name,
            source: Place::of(event.source),
        })
    }
}

fn policy(event: &EventSchema, log: &LogSchema) -> String {
    let mut parts = Vec::new();
    if log.every > 0 {
        parts.push(format!("every = {}", log.every));
    }
    parts.extend(log.or_above.map(|bound| format!("or_above = {bound:?}")));
    parts.extend(log.or_below.map(|bound| format!("or_below = {bound:?}")));
    if log.skip_zero {
        parts.push("skip_zero".to_owned());
    }
    let reads = log.or_above.is_some() || log.or_below.is_some() || log.skip_zero;
    if let Some(value) = event.values.get(log.on).filter(|_| reads && event.values.len() > 1) {
        parts.push(format!("on = {}", value.param));
    }
    parts.join(", ")
}
