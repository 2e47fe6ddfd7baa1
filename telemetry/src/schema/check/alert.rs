//! The rules of alerts that depend on the labels' types, or on the whole surface as it is compiled.

use super::{
    ALERT_BLIND, ALERT_BOUND, ALERT_BY, ALERT_GAUGE, ALERT_PREFIX, ALERT_TO, ALERT_VALUE, Arg, fail,
    has_value, is_digits, same, same_key,
};
use crate::label::{Domain, LabelSet, OTHER};
use crate::schema::{
    AlertSchema, Condition, EventSchema, InstrumentLabel, InstrumentSchema, Kind, LabelSchema, Matcher,
    Quantity, Schema,
};

/// Checks that a text in `matching(...)` is a possible value of the label, or the beginning of one.
#[track_caller]
pub const fn alert_value(
    schema: &Schema,
    event: &EventSchema,
    instrument: usize,
    alert: usize,
    matcher: usize,
    text: usize,
) {
    let matcher = &event.instruments[instrument].alerts[alert].matching[matcher];
    selected(schema, event, instrument, matcher, text);
}

/// Checks that a text in `of(...)` is a possible value of a label of the first counter in the denominator.
#[track_caller]
pub const fn alert_of(
    schema: &Schema,
    event: &EventSchema,
    instrument: usize,
    alert: usize,
    matcher: usize,
    text: usize,
) {
    let alert = &event.instruments[instrument].alerts[alert];
    let matcher = &alert.of[matcher];
    let Quantity::Ratio { to } = alert.quantity else { return };
    if to.is_empty() {
        selected(schema, event, instrument, matcher, text);
    } else if let Some((event, instrument)) = schema.counter(to[0])
        && matcher.label < event.instruments[instrument].labels.len()
    {
        selected(schema, event, instrument, matcher, text);
    }
}

/// Checks one text of a matcher: its values come first, then its prefixes.
#[track_caller]
pub(super) const fn selected(
    schema: &Schema,
    event: &EventSchema,
    instrument: usize,
    matcher: &Matcher,
    text: usize,
) {
    if text < matcher.values.len() {
        value(schema, event, instrument, matcher.label, matcher.values[text]);
    } else {
        prefix(event, instrument, matcher.label, matcher.prefixes[text - matcher.values.len()]);
    }
}

#[track_caller]
const fn prefix(event: &EventSchema, instrument: usize, label: usize, text: &str) {
    let key = event.label_key(instrument, label);
    let has_such = match event.label_of(event.instruments[instrument].labels[label]) {
        Some(LabelSchema { set: LabelSet::Open(domain), .. }) => text.len() <= domain.max_len,
        Some(LabelSchema { set: LabelSet::Closed(values), .. }) => any_starts_with(values, text),
        Some(LabelSchema { set: LabelSet::Range { .. }, .. }) | None => false,
    };
    if !has_such {
        fail(&ALERT_PREFIX, &[Arg::Text(key), Arg::Text(text)]);
    }
}

const fn any_starts_with(values: &[&str], beginning: &str) -> bool {
    let beginning = beginning.as_bytes();
    let mut at = 0;
    while at < values.len() {
        let value = values[at].as_bytes();
        let mut same = 0;
        while same < beginning.len() && same < value.len() && value[same] == beginning[same] {
            same += 1;
        }
        if same == beginning.len() {
            return true;
        }
        at += 1;
    }
    false
}

#[track_caller]
const fn value(schema: &Schema, event: &EventSchema, instrument: usize, label: usize, text: &str) {
    let declared = &event.instruments[instrument];
    let key = event.label_key(instrument, label);
    match declared.labels[label] {
        of @ (InstrumentLabel::Registration(_) | InstrumentLabel::Param(_)) => {
            let Some(label) = event.label_of(of) else { return };
            if declared.keeps_last() && is_other(label, text) {
                fail(&ALERT_GAUGE, &[Arg::Text(key), Arg::Text(text)]);
            }
            if !can_be(label, text) {
                fail(&ALERT_VALUE, &[Arg::Text(text), Arg::Text(key), some_value(label)]);
            }
        }
        InstrumentLabel::Constant { value: own, .. } => {
            if !is_constant(schema, declared.name, key, text) {
                fail(&ALERT_VALUE, &[Arg::Text(text), Arg::Text(key), Arg::Text(own)]);
            }
        }
    }
}

/// Returns whether the label can have this value. An open set can have any text that is not cut.
pub(super) const fn can_be(label: &LabelSchema, text: &str) -> bool {
    if let Some(none) = label.none
        && same(none, text)
    {
        return true;
    }
    match label.set {
        LabelSet::Open(domain) => text.len() <= domain.max_len,
        LabelSet::Range { start, end } => same(text, OTHER) || is_in(text, start, end),
        LabelSet::Closed(_) => has_value(label.set, text),
    }
}

/// Returns whether the text is the label's value for everything outside its set or past its cap.
pub(super) const fn is_other(label: &LabelSchema, text: &str) -> bool {
    match label.set {
        LabelSet::Open(domain) => same(text, domain.other),
        LabelSet::Range { .. } => same(text, OTHER),
        LabelSet::Closed(_) => false,
    }
}

/// Returns whether the text is an integer of this range in the form of a label value.
const fn is_in(text: &str, start: i64, end: i64) -> bool {
    let bytes = text.as_bytes();
    if !is_digits(text) || bytes.len() > 20 {
        return false;
    }
    let negative = bytes[0] == b'-';
    let mut at = negative as usize;
    let leads_with_zero = bytes[at] == b'0' && (bytes.len() > at + 1 || negative);
    let mut number = 0_i128;
    while at < bytes.len() {
        number = number * 10 + (bytes[at] - b'0') as i128;
        at += 1;
    }
    let number = if negative { -number } else { number };
    !leads_with_zero && number >= start as i128 && number <= end as i128
}

/// Returns an example value for a message. Any short text is a value of an open set.
pub(super) const fn some_value(label: &LabelSchema) -> Arg<'static> {
    match (label.set, label.none) {
        (LabelSet::Closed([first, ..]) | LabelSet::Open(Domain { known: [first, ..], .. }), _) => {
            Arg::Text(first)
        }
        (_, Some(none)) => Arg::Text(none),
        (LabelSet::Range { end, .. }, _) if end >= 0 => Arg::Number(end.cast_unsigned()),
        _ => Arg::Text(OTHER),
    }
}

/// Returns whether an event that records in the instrument has this value of the constant label.
const fn is_constant(schema: &Schema, instrument: &str, key: &str, text: &str) -> bool {
    let mut event = 0;
    while event < schema.events.len() {
        let instruments = schema.events[event].instruments;
        let mut at = 0;
        while at < instruments.len() {
            if same(instruments[at].name, instrument) && instruments[at].has_constant(key, text) {
                return true;
            }
            at += 1;
        }
        event += 1;
    }
    false
}

/// Checks that another counter of an alert is compiled together with it: first those of its denominator, then
/// those that it adds.
#[track_caller]
pub const fn alert_to(schema: &Schema, event: &EventSchema, instrument: usize, alert: usize, counter: usize) {
    let declared = &event.instruments[instrument];
    let alert = &declared.alerts[alert];
    let name = alert.other(counter);
    if schema.counter(name).is_none() {
        fail(&ALERT_TO, &[Arg::Text(declared.name), Arg::Text(name)]);
    }
}

/// Checks that the other counters of an alert have a label that it keeps apart or, if `own` is set, selects.
#[track_caller]
pub const fn alert_by(
    schema: &Schema,
    event: &EventSchema,
    instrument: usize,
    alert: usize,
    label: usize,
    own: bool,
) {
    let alert = &event.instruments[instrument].alerts[alert];
    let key = event.label_key(instrument, label);
    let mut at = if own { alert.divisors() } else { 0 };
    while at < alert.divisors() + alert.also.len() {
        has_label(schema, alert.other(at), key);
        at += 1;
    }
}

/// Checks that the later counters of a denominator have a label that `of(...)` selects.
#[track_caller]
pub const fn alert_of_label(
    schema: &Schema,
    event: &EventSchema,
    instrument: usize,
    alert: usize,
    label: usize,
) {
    let alert = &event.instruments[instrument].alerts[alert];
    if alert.divisors() == 0 {
        let key = event.label_key(instrument, label);
        let mut at = 0;
        while at < alert.also.len() {
            has_label(schema, alert.also[at], key);
            at += 1;
        }
        return;
    }
    let Some((first, index)) = schema.counter(alert.other(0)) else { return };
    let key = first.label_key(index, label);
    let mut at = 1;
    while at < alert.divisors() {
        has_label(schema, alert.other(at), key);
        at += 1;
    }
}

#[track_caller]
const fn has_label(schema: &Schema, counter: &str, key: &str) {
    let Some((other, at)) = schema.counter(counter) else { return };
    let mut own = 0;
    while own < other.instruments[at].labels.len() {
        if same(other.label_key(at, own), key) {
            return;
        }
        own += 1;
    }
    fail(&ALERT_BY, &[Arg::Text(counter), Arg::Text(key), Arg::Text(other.name)]);
}

/// Checks that a share of any event sees the first one: it is an increase only in a series that exists
/// before.
#[track_caller]
pub const fn alert_blind(_: &Schema, event: &EventSchema, instrument: usize, alert: usize) {
    let declared: &InstrumentSchema = &event.instruments[instrument];
    let alert = &declared.alerts[alert];
    if !event.alert_is_from_the_start(instrument, alert) {
        fail(&ALERT_BLIND, &[Arg::Text(declared.name)]);
    }
}

impl AlertSchema {
    const fn divisors(&self) -> usize {
        match self.quantity {
            Quantity::Ratio { to } => to.len(),
            _ => 0,
        }
    }

    /// Returns another counter that it reads: those of its denominator come first.
    const fn other(&self, at: usize) -> &'static str {
        match self.quantity {
            Quantity::Ratio { to } if at < to.len() => to[at],
            _ => self.also[at - self.divisors()],
        }
    }
}

/// Checks the threshold of a quantile. Prometheus reports a quantile above all bounds as the last bound.
#[track_caller]
pub const fn alert_bound(_: &Schema, event: &EventSchema, instrument: usize, alert: usize) {
    let declared: &InstrumentSchema = &event.instruments[instrument];
    if let (Condition::Above(threshold), [.., last]) = (declared.alerts[alert].condition, declared.buckets)
        && threshold >= *last
    {
        fail(&ALERT_BOUND, &[Arg::Text(declared.name)]);
    }
}

impl Schema {
    /// Returns the counter with this name: an event that records in it, and its index there.
    pub(crate) const fn counter(&self, name: &str) -> Option<(&'static EventSchema, usize)> {
        let mut event = 0;
        while event < self.events.len() {
            let instruments = self.events[event].instruments;
            let mut at = 0;
            while at < instruments.len() {
                if matches!(instruments[at].kind, Kind::Counter) && same_key(instruments[at].name, name) {
                    return Some((self.events[event], at));
                }
                at += 1;
            }
            event += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::is_in;

    #[test]
    fn an_integer_is_in_a_range_if_a_label_would_be_written_so() {
        for text in ["-3", "0", "7"] {
            assert!(is_in(text, -3, 7), "{text}");
        }
        for text in ["-4", "8", "07", "-0", "+1", "", "-", "1.0", "99999999999999999999999"] {
            assert!(!is_in(text, -3, 7), "{text}");
        }
    }
}
