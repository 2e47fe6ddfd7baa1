//! The calls of one method that pass the filters of a view, without their types.

use super::journal::check_complete;
use super::record::{Kept, Record};
use super::report::{fail, list};
use super::shared::{Mark, Shared};
use crate::label::{LabelValue, NONE};
use crate::schema::{EventSchema, InstrumentLabel, InstrumentSchema};
use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

/// The untyped part of a view.
#[derive(Clone)]
pub(super) struct Selection {
    pub shared: Arc<Shared>,
    /// The calls before it are left out.
    pub from: Mark,
    pub event: &'static EventSchema,
    pub filters: Vec<Filter>,
}

/// A label value that calls must have.
#[derive(Clone)]
pub(super) struct Filter {
    label: usize,
    value: Kept,
    /// The value cut to the label's length, as in a call through the hook.
    bounded: Kept,
}

impl Selection {
    pub(super) fn selects(&self, record: &Record) -> bool {
        record.is(self.event) && self.filters.iter().all(|filter| filter.passes(record))
    }

    #[track_caller]
    pub(super) fn matching(&self) -> Vec<Record> {
        check_complete(&self.shared, self.from);
        self.kept()
    }

    /// Returns the calls that the mock has.
    pub(super) fn kept(&self) -> Vec<Record> {
        self.shared.select(self.from, |record| self.selects(record))
    }

    #[track_caller]
    pub(super) fn count(&self) -> usize {
        check_complete(&self.shared, self.from);
        self.shared.count(self.from, |record| self.selects(record))
    }

    /// Returns the labels of an instrument's series that have the filters' values.
    #[track_caller]
    pub(super) fn series_labels(&self, instrument: &InstrumentSchema) -> Vec<(&'static str, Cow<'_, str>)> {
        let mut labels = Vec::new();
        for filter in &self.filters {
            let Some(schema) = self.event.labels.get(filter.label) else { continue };
            if !instrument.labels.contains(&InstrumentLabel::Param(filter.label)) {
                self.fail(&format!(
                    "to have a total, but `{}` has no label `{}`",
                    instrument.name, schema.param
                ));
            }
            let text = match filter.bounded.value() {
                LabelValue::None => Cow::Borrowed(schema.none.unwrap_or(NONE)),
                value => Cow::Owned(schema.set.text(&value).unwrap_or_default().into_owned()),
            };
            labels.push((schema.key, text));
        }
        labels
    }

    /// Lists the calls of the methods that feed an instrument.
    pub(super) fn list_feeding(&self, instrument: &InstrumentSchema) -> String {
        let feeds = |record: &Record| {
            let event = record.event();
            event.instruments.iter().any(|own| own.name == instrument.name)
        };
        let calls = self.shared.select(Mark::default(), feeds);
        let mut text = list(&format!("recorded calls that feed `{}`", instrument.name), &calls, |_| false);
        let forgotten = self.shared.forgotten(Mark::default());
        if forgotten > 0 {
            // Writing to a `String` cannot fail.
            let _ = write!(
                text,
                "\n     and {forgotten} older calls of any method, which the mock has forgotten"
            );
        }
        text
    }

    #[track_caller]
    pub(super) fn fail(&self, expectation: &str) -> ! {
        fail(&self.report(expectation))
    }

    /// Returns the expectation, and every call of the method. Calls that pass the filters have an arrow.
    pub(super) fn report(&self, expectation: &str) -> String {
        let calls = self.shared.select(self.from, |record| record.is(self.event));
        let title = format!("recorded calls of `{}`", self.event.name);
        let calls = list(&title, &calls, |record| self.selects(record));
        format!("expected `{}`{} {expectation}\n{calls}", self.event.name, self.describe_filters())
    }

    /// Returns the filters in words.
    pub(super) fn describe_filters(&self) -> String {
        let mut text = String::new();
        for Filter { label, value, .. } in &self.filters {
            let Some(schema) = self.event.labels.get(*label) else {
                debug_assert!(false, "a filter is of a label of the event");
                continue;
            };
            let joint = if text.is_empty() { " with" } else { " and" };
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{joint} {}={}", schema.param, schema.set.display(&value.value()));
        }
        text
    }
}

impl Filter {
    pub(super) fn new(label: usize, value: &LabelValue<'_>, event: &EventSchema) -> Self {
        let bounded = event.labels.get(label).map_or(*value, |schema| schema.set.limit(*value));
        Filter { label, value: Kept::new(value), bounded: Kept::new(&bounded) }
    }

    pub(super) fn passes(&self, record: &Record) -> bool {
        record.has(self.label, &self.value) || record.has(self.label, &self.bounded)
    }
}
