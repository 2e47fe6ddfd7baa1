//! CloudWatch's Embedded Metric Format: JSON that describes which of its members are metrics.
//!
//! Follows the [specification], and PutMetricData's rules on [names, dimensions and numbers]: values that
//! break a rule are changed or left out, since CloudWatch drops them silently.
//!
//! [specification]:
//! https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
//! [names, dimensions and numbers]:
//! https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html

use super::super::added::AddedFields;
use super::super::series::Series;
use super::super::summary::{SILENT, SUMMARY};
use super::super::{clock, current};
use super::json::{self, Json, push_string};
use super::text::{push_finite, push_i64, push_u64};
use super::visit::{Fields, push_added};
use crate::label::NONE;
use crate::schema::{EventSchema, InstrumentLabel, InstrumentSchema, Kind, LabelSchema, Measure, Unit};
use crate::value::Number;
use std::fmt::Debug;
use tracing::Event;
use tracing::field::{Field, Visit};

/// The member that describes the metrics.
const AWS: &str = "_aws";

/// The most dimensions of a metric.
const DIMENSIONS_MAX: usize = 30;

/// The most bytes of a dimension's value.
const VALUE_MAX: usize = 1_024;

/// The greatest number, 2³⁶⁰. The least is its negative.
const NUMBER_MAX: f64 = 2_348_542_582_773_833_227_889_480_596_789_337_027_375_682_548_908_319_870_707_290_971_532_209_025_114_608_443_463_698_998_384_768_703_031_934_976.0;

/// The most fields of an event, those of a summary included.
const FIELDS: usize = 33;

/// Appends the object of an event.
pub(super) fn write(event: &Event<'_>, added: Option<&dyn AddedFields>, out: &mut String) {
    // A copy of this crate in another version, with another layout of declarations, may have sent the event.
    // As JSON, its numbers are still there.
    let Some(schema) = current::schema(event.metadata()) else {
        return json::write(event, added, out);
    };
    out.push('{');
    let mut call = Call::new(schema, event, out);
    event.record(&mut call);
    call.absent_labels();
    call.constants();
    call.metrics();
    call.added(event, added);
    call.directives();
    out.push('}');
}

/// One event. Collects what the directives need while the fields are visited.
struct Call<'a> {
    schema: &'static EventSchema,
    out: &'a mut String,
    /// True if the event is a summary of suppressed calls.
    summary: bool,
    /// By label, whether it is a dimension.
    dimensions: [bool; FIELDS],
    /// By label, whether it was present.
    present: [bool; FIELDS],
    /// By field, its number.
    numbers: [Option<Number>; FIELDS],
}

impl<'a> Call<'a> {
    fn new(schema: &'static EventSchema, event: &Event<'_>, out: &'a mut String) -> Self {
        // A summary has the number of calls between labels and values. Its key is reserved.
        let after_labels = event.metadata().fields().iter().nth(1 + labels(schema).count());
        let summary = after_labels.is_some_and(|field| field.name() == SILENT);
        Call {
            schema,
            out,
            summary,
            dimensions: [false; FIELDS],
            present: [false; FIELDS],
            numbers: [None; FIELDS],
        }
    }

    /// Returns the label index of a field, if the field is a label.
    fn label(&self, field: &Field) -> Option<usize> {
        field.index().checked_sub(1).filter(|label| *label < labels(self.schema).count())
    }

    /// Returns the visitor that writes a field as a member of its own, if the field is context.
    fn context(&mut self, field: &Field) -> Option<Fields<'_, Json>> {
        let first = 1 + labels(self.schema).count() + self.schema.values.len();
        (!self.summary && field.index() >= first).then(|| Fields::new(self.out))
    }

    fn number(&mut self, field: &Field, number: Number) {
        if let Some(label) = self.label(field) {
            let mut digits = itoa::Buffer::new();
            match number {
                Number::U64(n) => self.dimension(label, digits.format(n)),
                Number::I64(n) => self.dimension(label, digits.format(n)),
                // No label is a float, a duration or a time.
                Number::F64(_) | Number::Duration(_) | Number::Time(_) => {}
            }
        } else if let Some(slot) = self.numbers.get_mut(field.index()) {
            *slot = Some(number);
        }
    }

    fn dimension(&mut self, label: usize, text: &str) {
        let Some(schema) = labels(self.schema).nth(label) else {
            debug_assert!(false, "the field is a label");
            return;
        };
        self.present[label] = true;
        self.dimensions[label] = is_dimension(text);
        self.key(schema.key);
        push_dimension(text, self.out);
    }

    fn key(&mut self, key: &str) {
        if !self.out.ends_with('{') {
            self.out.push(',');
        }
        push_string(key, self.out);
        self.out.push(':');
    }

    /// Writes absent labels with their text for an absent value, as every back end with series does. A
    /// summary adds up over the labels that it leaves out, so these are not written.
    fn absent_labels(&mut self) {
        let registration = self.schema.registration_labels.len();
        for (index, label) in labels(self.schema).enumerate() {
            let is_written = if index < registration {
                // A log without the labels of the registration says nothing about them.
                !self.summary && label.none.is_some()
            } else {
                !self.summary || Series::keeps_apart(self.schema, label)
            };
            if is_written && !self.present[index] {
                self.dimension(index, label.none.unwrap_or(NONE));
            }
        }
    }

    /// Writes the constant labels of all instruments, each key once.
    fn constants(&mut self) {
        for label in self.schema.instruments.iter().flat_map(|instrument| instrument.labels) {
            if let InstrumentLabel::Constant { key, value } = *label
                && constant(self.schema, key).is_some_and(|first| std::ptr::eq(first, label))
            {
                self.key(key);
                push_dimension(value, self.out);
            }
        }
    }

    /// Returns the number that the call records in an instrument, if CloudWatch accepts it. A summary has
    /// sums and last numbers only, so it has no number for a histogram.
    fn measured(&self, instrument: &InstrumentSchema) -> Option<Number> {
        let first_value = 1 + labels(self.schema).count() + usize::from(self.summary);
        let calls = if self.summary { self.numbers[first_value - 1]? } else { Number::U64(1) };
        let number = match instrument.measure {
            _ if self.summary && instrument.kind == Kind::Histogram => return None,
            Measure::InFlight => return None,
            Measure::Calls => calls,
            Measure::Value(index) => (*self.numbers.get(first_value + index)?)?,
            Measure::Constant(number) if instrument.kind == Kind::Gauge => number,
            Measure::Constant(number) => times(number, calls),
        };
        (number.as_f64().abs() <= NUMBER_MAX).then_some(number)
    }

    /// Writes the name of a metric in quotes. The name differs from all labels.
    fn name(&mut self, instrument: &InstrumentSchema) {
        let name = instrument.name;
        let taken = [self.schema.line_key(), SUMMARY, AWS].contains(&name)
            || labels(self.schema).any(|label| label.key == name)
            || self.schema.context.iter().any(|context| context.param == name)
            || constant(self.schema, name).is_some();
        self.out.push('"');
        if taken {
            self.out.push_str(namespace(self.schema));
            self.out.push('_');
        }
        self.out.push_str(name);
        self.out.push('"');
    }

    /// Writes the member of each metric.
    fn metrics(&mut self) {
        for instrument in self.schema.instruments {
            if let Some(number) = self.measured(instrument) {
                self.out.push(',');
                self.name(instrument);
                self.out.push(':');
                match number {
                    Number::U64(n) => push_u64(n, self.out),
                    Number::I64(n) => push_i64(n, self.out),
                    Number::F64(n) => push_finite(n, self.out),
                    Number::Duration(_) | Number::Time(_) => push_finite(number.as_f64(), self.out),
                }
            }
        }
    }

    /// Writes what the layer adds, as members that are no dimensions.
    fn added(&mut self, event: &Event<'_>, added: Option<&dyn AddedFields>) {
        let schema = self.schema;
        let is_taken = |key: &str| {
            let prefix = key.strip_prefix(namespace(schema)).and_then(|rest| rest.strip_prefix('_'));
            let is_metric =
                |instrument: &InstrumentSchema| instrument.name == key || prefix == Some(instrument.name);
            constant(schema, key).is_some() || schema.instruments.iter().any(is_metric)
        };
        push_added::<Json>(event, added, is_taken, self.out);
    }

    /// Writes `_aws`. Metrics with the same labels share a directive.
    fn directives(&mut self) {
        self.out.push(',');
        push_string(AWS, self.out);
        self.out.push_str(":{\"Timestamp\":");
        push_u64(u64::try_from(clock::now().as_millis()).unwrap_or(u64::MAX), self.out);
        self.out.push_str(",\"CloudWatchMetrics\":[");
        let instruments = self.schema.instruments;
        for (index, instrument) in instruments.iter().enumerate() {
            let is_like = |other: &&InstrumentSchema| other.labels == instrument.labels;
            let measured = |other: &&InstrumentSchema| self.measured(other).is_some();
            if self.measured(instrument).is_some()
                && !instruments[..index].iter().filter(is_like).any(|other| measured(&other))
            {
                self.directive(instrument.labels, &instruments[index..]);
            }
        }
        self.out.push_str("]}");
    }

    /// Writes the directive of the metrics with these labels.
    fn directive(&mut self, labels: &'static [InstrumentLabel], instruments: &'static [InstrumentSchema]) {
        if self.out.ends_with('}') {
            self.out.push(',');
        }
        self.out.push_str("{\"Namespace\":");
        push_string(namespace(self.schema), self.out);
        self.out.push_str(",\"Dimensions\":[[");
        let keys = labels.iter().filter_map(|label| self.dimension_key(label)).take(DIMENSIONS_MAX);
        let keys: [Option<&str>; DIMENSIONS_MAX] = {
            let mut found = [None; DIMENSIONS_MAX];
            found.iter_mut().zip(keys).for_each(|(slot, key)| *slot = Some(key));
            found
        };
        for key in keys.into_iter().flatten() {
            if !self.out.ends_with('[') {
                self.out.push(',');
            }
            push_string(key, self.out);
        }
        self.out.push_str("]],\"Metrics\":[");
        for instrument in instruments {
            if instrument.labels == labels && self.measured(instrument).is_some() {
                if self.out.ends_with('}') {
                    self.out.push(',');
                }
                self.out.push_str("{\"Name\":");
                self.name(instrument);
                self.out.push_str(",\"Unit\":\"");
                self.out.push_str(unit(instrument));
                self.out.push_str("\"}");
            }
        }
        self.out.push_str("]}");
    }

    /// Returns the key of a label, if the label is a dimension.
    fn dimension_key(&self, label: &'static InstrumentLabel) -> Option<&'static str> {
        match *label {
            InstrumentLabel::Registration(index) => {
                let key = self.schema.registration_labels.get(index)?.key;
                self.dimensions[index].then_some(key)
            }
            InstrumentLabel::Param(index) => {
                let key = self.schema.labels.get(index)?.key;
                self.dimensions[self.schema.registration_labels.len() + index].then_some(key)
            }
            InstrumentLabel::Constant { key, value } => {
                (constant(self.schema, key) == Some(label) && is_dimension(value)).then_some(key)
            }
        }
    }
}

impl Visit for Call<'_> {
    fn record_str(&mut self, field: &Field, text: &str) {
        if let Some(label) = self.label(field) {
            return self.dimension(label, text);
        }
        if let Some(mut context) = self.context(field) {
            return context.record_str(field, text);
        }
        self.key(field.name());
        push_string(text, self.out);
    }

    fn record_u64(&mut self, field: &Field, n: u64) {
        match self.context(field) {
            Some(mut context) => context.record_u64(field, n),
            None => self.number(field, Number::U64(n)),
        }
    }

    fn record_i64(&mut self, field: &Field, n: i64) {
        match self.context(field) {
            Some(mut context) => context.record_i64(field, n),
            None => self.number(field, Number::I64(n)),
        }
    }

    fn record_f64(&mut self, field: &Field, n: f64) {
        match self.context(field) {
            Some(mut context) => context.record_f64(field, n),
            None => self.number(field, Number::F64(n)),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        if let Some(mut context) = self.context(field) {
            context.record_bool(field, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// Returns the labels that a line has as fields, in their order.
fn labels(schema: &'static EventSchema) -> impl Iterator<Item = &'static LabelSchema> {
    schema.registration_labels.iter().chain(schema.labels)
}

/// Returns the first constant label with this key.
fn constant(schema: &'static EventSchema, wanted: &str) -> Option<&'static InstrumentLabel> {
    let mut labels = schema.instruments.iter().flat_map(|instrument| instrument.labels);
    labels.find(|label| matches!(label, InstrumentLabel::Constant { key, .. } if *key == wanted))
}

/// Returns the namespace of a surface's metrics.
fn namespace(schema: &'static EventSchema) -> &'static str {
    if schema.namespace.is_empty() {
        schema.module.split("::").next().unwrap_or(schema.module)
    } else {
        schema.namespace
    }
}

fn times(number: Number, calls: Number) -> Number {
    match (number, calls) {
        (Number::U64(n), Number::U64(calls)) => Number::U64(n.saturating_mul(calls)),
        (number, calls) => Number::F64(number.as_f64() * calls.as_f64()),
    }
}

fn unit(instrument: &InstrumentSchema) -> &'static str {
    match instrument.unit {
        Unit::Seconds => "Seconds",
        Unit::Bytes => "Bytes",
        Unit::Hertz => "Count/Second",
        Unit::None if instrument.kind == Kind::Counter => "Count",
        _ => "None",
    }
}

/// Returns whether a text has a character that is visible to CloudWatch.
fn is_dimension(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace())
}

/// Appends a dimension's value: ASCII without controls, no colon in front, and not too long.
fn push_dimension(text: &str, out: &mut String) {
    out.push('"');
    for (index, c) in text.chars().take(VALUE_MAX).enumerate() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            ':' if index == 0 => out.push('?'),
            ' '..='~' => out.push(c),
            _ => out.push('?'),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::float_cmp, reason = "a power of two")]
    fn the_greatest_number_is_the_power_that_is_documented() {
        assert_eq!(NUMBER_MAX, 2.0_f64.powi(360));
    }

    #[test]
    fn a_dimension_is_ascii() {
        let pushed = |text: &str| {
            let mut out = String::new();
            push_dimension(text, &mut out);
            out
        };
        assert_eq!(pushed("email.received"), "\"email.received\"");
        assert_eq!(pushed("größe\n\u{7f}"), "\"gr??e??\"");
        assert_eq!(pushed("::\"\\"), r#""?:\"\\""#);
        assert_eq!(pushed(&"x".repeat(2_000)).len(), VALUE_MAX + 2);
    }
}
