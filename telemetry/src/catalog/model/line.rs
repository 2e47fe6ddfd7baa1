//! The log line of a method, for programs that read logs.

use super::location::Location;
use crate::schema::{EventSchema, LogSchema, Matcher};
use serde::Serialize;

/// The log line of a method: `[metrics] event=NAME key=.. key=..`.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Line {
    /// The name in the line.
    pub name: &'static str,
    /// The key of the name: `event` or `gauge`.
    pub key: &'static str,
    /// The following keys in the line's order: labels, then values.
    pub fields: Vec<&'static str>,
    /// The keys after these, of context. The lock does not have them: nothing is counted by context.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<&'static str>,
    /// The level, in lower case.
    pub level: String,
    /// The target.
    pub target: &'static str,
    /// The log policy in the words of the declaration, such as `every = 60`; empty if each call is written.
    pub policy: String,
    /// The decimals to which the line's numbers are rounded, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u8>,
    /// The method that writes it.
    pub method: &'static str,
    /// The source location of the method.
    pub source: Location,
}

impl Line {
    /// Returns the lines of a method: none with `#[log(off)]`, several if it has cases.
    pub(super) fn all_of(event: &'static EventSchema) -> impl Iterator<Item = Self> {
        let logs = [&event.log].into_iter().chain(event.log_cases);
        logs.filter(|log| log.enabled).map(move |log| Self::of(event, log))
    }

    fn of(event: &'static EventSchema, log: &'static LogSchema) -> Self {
        let labels = event.registration_labels.iter().chain(event.labels).map(|label| label.key);
        let values = (0..event.values.len()).map(|at| event.value_key(at));
        Line {
            name: log.name,
            key: event.line_key(),
            fields: labels.chain(values).collect(),
            context: event.context.iter().map(|context| context.param).collect(),
            level: log.level.as_str().to_lowercase(),
            target: log.target,
            policy: policy(event, log),
            decimals: log.decimals,
            method: event.name,
            source: Location::of(event.source),
        }
    }
}

fn policy(event: &EventSchema, log: &LogSchema) -> String {
    let mut parts = Vec::new();
    if !log.when.is_empty() {
        let selects = log.when.iter().map(|matcher| selects(event, matcher));
        parts.push(format!("when({})", selects.collect::<Vec<_>>().join(", ")));
    } else if !event.log_cases.is_empty() {
        parts.push("all other calls".to_owned());
    }
    if log.every > 0 {
        parts.push(format!("every = {}", log.every));
    }
    parts.extend(log.or_above.map(|bound| format!("or_above = {bound:?}")));
    parts.extend(log.or_at_least.map(|bound| format!("or_at_least = {bound:?}")));
    parts.extend(log.or_below.map(|bound| format!("or_below = {bound:?}")));
    if log.skip_zero {
        parts.push("skip_zero".to_owned());
    }
    let reads =
        log.or_above.is_some() || log.or_at_least.is_some() || log.or_below.is_some() || log.skip_zero;
    if let Some(value) = event.values.get(log.on).filter(|_| reads && event.values.len() > 1) {
        parts.push(format!("on = {}", value.param));
    }
    parts.join(", ")
}

/// Returns a matcher in the words of the declaration: `outcome = ["failed"]`.
fn selects(event: &EventSchema, matcher: &Matcher) -> String {
    let label = event.labels.get(matcher.label).map_or("", |label| label.param);
    format!("{label} = {:?}", matcher.values)
}
