//! The rules of log lines that depend on the labels' types.

use super::alert::{can_be, is_other, some_value};
use super::{ALERT_VALUE, Arg, LOG_OTHER, fail};
use crate::label::LabelSet;
use crate::schema::EventSchema;

/// Checks that a value in `when(...)` is a possible value of the label. `line` is an index of the event's
/// cases, or the number of cases for `log`.
#[track_caller]
pub const fn log_value(event: &EventSchema, line: usize, matcher: usize, value: usize) {
    let log = if line < event.log_cases.len() { &event.log_cases[line] } else { &event.log };
    let matcher = &log.when[matcher];
    let text = matcher.values[value];
    let label = &event.labels[matcher.label];
    if !can_be(label, text) {
        fail(&ALERT_VALUE, &[Arg::Text(text), Arg::Text(label.key), some_value(label)]);
    }
    // A cap belongs to series: the line of a call past it has the value itself.
    if let LabelSet::Open(_) = label.set
        && is_other(label, text)
    {
        fail(&LOG_OTHER, &[Arg::Text(label.key), Arg::Text(text)]);
    }
}
