//! The series of an event in the log: an index for each combination of its closed labels, and back.

use crate::event::Event;
use crate::label::index::{Coordinate, Found};
use crate::label::{LabelSet, LabelValue};
use crate::schema::{EventSchema, LabelSchema, check};

/// The index of a call's combination of closed labels. Open labels do not count: `every` does not compile
/// next to one, and a summary leaves them out.
#[derive(Clone, Copy)]
pub(super) struct Series(pub(super) usize);

/// The most series that an event keeps apart. A summary adds up an event with more; `every` does not compile
/// there.
const SERIES_MAX: u64 = check::EVERY_SERIES_MAX;

impl Series {
    /// Returns the series of a call.
    pub(super) fn of(event: &Event<'_>) -> Self {
        if Self::count(event.schema()) == 1 {
            return Series(0);
        }
        Series(event.labels().fold(0, |series, label| {
            let index =
                if label_len(label.schema) == 1 { 0 } else { label_index(label.schema, &label.value) };
            series * label_len(label.schema) + index
        }))
    }

    /// Returns the number of an event's series.
    pub(super) fn count(schema: &EventSchema) -> usize {
        let product = schema.labels.iter().map(label_len).fold(1, usize::saturating_mul);
        if product as u64 > SERIES_MAX { 1 } else { product }
    }

    /// Returns whether the values of this label are kept apart.
    pub(super) fn keeps_apart(schema: &EventSchema, label: &LabelSchema) -> bool {
        Self::count(schema) > 1 && label_len(label) > 1
    }

    /// Returns the value of each label, the last label first. `None` stands for an absent value and for a
    /// label that is left out.
    pub(super) fn labels(
        self,
        schema: &'static EventSchema,
    ) -> impl Iterator<Item = Option<LabelValue<'static>>> {
        let mut rest = self.0;
        schema.labels.iter().rev().map(move |label| {
            let len = label_len(label);
            let index = rest % len;
            rest /= len;
            Self::keeps_apart(schema, label).then(|| label_value(label, index)).flatten()
        })
    }
}

/// Returns the number of indexes of a label. The build has checked that there are few.
fn label_len(schema: &LabelSchema) -> usize {
    if let LabelSet::Open(_) = schema.set {
        return 1;
    }
    usize::try_from(schema.call_index().len()).unwrap_or(usize::MAX)
}

/// Returns the index of a value among those of its label.
fn label_index(schema: &LabelSchema, value: &LabelValue<'_>) -> usize {
    let index = schema.call_index();
    match index.find(value) {
        Found::At(index) => usize::try_from(index).unwrap_or(usize::MAX),
        Found::Outside => usize::try_from(index.other()).unwrap_or(usize::MAX),
        // The only index of an open label.
        Found::InDomain(_) => 0,
    }
}

/// Returns the value with this index, or one outside the set for `other`; `None` for the absent value.
fn label_value(schema: &LabelSchema, index: usize) -> Option<LabelValue<'static>> {
    match schema.call_index().coordinate(index as u64) {
        Coordinate::Closed(index) => Some(LabelValue::Closed(index)),
        Coordinate::Integer(n) => Some(u64::try_from(n).map_or(LabelValue::I64(n), LabelValue::U64)),
        Coordinate::Numbered(_) | Coordinate::Other => Some(LabelValue::Closed(u32::MAX)),
        Coordinate::Absent => None,
    }
}
