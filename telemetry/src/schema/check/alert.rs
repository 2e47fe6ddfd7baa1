//! The rules of alerts that depend on the labels' types, or on the whole surface as it is compiled.

use super::{
    ALERT_BLIND, ALERT_BLIND_INITIAL, ALERT_BLIND_LABELS, ALERT_BOUND, ALERT_BY, ALERT_GAUGE, ALERT_TO,
    ALERT_VALUE, Arg, fail, has_value, is_digits, same, same_key,
};
use crate::label::{Domain, LabelSet, OTHER};
use crate::schema::{
    AlertSchema, Condition, EventSchema, Initial, InstrumentLabel, InstrumentSchema, Kind, LabelSchema,
    Quantity, Schema,
};

/// Checks that a value in `matching(...)` is a possible value of the label.
#[track_caller]
pub const fn alert_value(
    schema: &Schema,
    event: &EventSchema,
    instrument: usize,
    alert: usize,
    matcher: usize,
    value: usize,
) {
    let declared = &event.instruments[instrument];
    let matcher = &declared.alerts[alert].matching[matcher];
    let text = matcher.values[value];
    let key = event.label_key(instrument, matcher.label);
    match declared.labels[matcher.label] {
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

/// Checks that the denominator of a ratio is compiled together with the alert.
#[track_caller]
pub const fn alert_to(schema: &Schema, event: &EventSchema, instrument: usize, alert: usize) {
    let declared = &event.instruments[instrument];
    if let Quantity::Ratio { to: Some(to) } = declared.alerts[alert].quantity
        && schema.counter(to).is_none()
    {
        fail(&ALERT_TO, &[Arg::Text(declared.name), Arg::Text(to)]);
    }
}

/// Checks that the denominator of a ratio has the labels that the alert keeps apart.
#[track_caller]
pub const fn alert_by(schema: &Schema, event: &EventSchema, instrument: usize, alert: usize, label: usize) {
    let AlertSchema { quantity: Quantity::Ratio { to: Some(to) }, .. } =
        &event.instruments[instrument].alerts[alert]
    else {
        return;
    };
    let Some((other, at)) = schema.counter(to) else { return };
    let key = event.label_key(instrument, label);
    let mut own = 0;
    while own < other.instruments[at].labels.len() {
        if same(other.label_key(at, own), key) {
            return;
        }
        own += 1;
    }
    fail(&ALERT_BY, &[Arg::Text(to), Arg::Text(key), Arg::Text(other.name)]);
}

/// Checks that an alert on any event sees the first one: it is an increase only in a series that exists
/// before.
#[track_caller]
pub const fn alert_blind(_: &Schema, event: &EventSchema, instrument: usize, alert: usize) {
    let declared: &InstrumentSchema = &event.instruments[instrument];
    let alert = &declared.alerts[alert];
    if event.alert_is_from_the_start(instrument, alert) {
        return;
    }
    if matches!(declared.initial, Initial::None) {
        fail(&ALERT_BLIND_INITIAL, &[Arg::Text(declared.name)]);
    }
    let plain = alert.matching.is_empty() && alert.by.is_empty();
    let rule = if plain { &ALERT_BLIND } else { &ALERT_BLIND_LABELS };
    fail(rule, &[Arg::Text(declared.name), Arg::Text(declared.name), Arg::Text(declared.name)]);
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
