//! The series of an event in the log: an index for each combination of its closed labels, and back.

use crate::Event;
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
        let indices =
            event.labels().map(|label| (label_len(label.schema), label_index(label.schema, &label.value)));
        Series(indices.fold(0, |series, (len, index)| series * len + index))
    }

    /// Returns the number of an event's series.
    pub(super) fn count(schema: &EventSchema) -> usize {
        let product = schema.labels.iter().map(label_len).fold(1, usize::saturating_mul);
        if product as u64 > SERIES_MAX { 1 } else { product }
    }

    /// Returns whether the values of this label are kept apart.
    #[cfg_attr(not(feature = "log-lines"), allow(dead_code, reason = "besides this file, a format uses it"))]
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
            Self::keeps_apart(schema, label).then(|| label_value(label.set, index, len)).flatten()
        })
    }
}

/// Returns the number of indices of a label. The build has checked that there are few.
fn label_len(schema: &LabelSchema) -> usize {
    if let LabelSet::Open(_) = schema.set {
        return 1;
    }
    usize::try_from(schema.index_count()).unwrap_or(usize::MAX)
}

/// Returns the index of a value among those of its label: the set's values, then `other`, then the absent
/// value.
fn label_index(schema: &LabelSchema, value: &LabelValue<'_>) -> usize {
    let len = label_len(schema);
    if len == 1 {
        return 0;
    }
    let absent = len - 1;
    let other = len - 2;
    let start = if let LabelSet::Range { start, .. } = schema.set { i128::from(start) } else { 0 };
    let from_start = |n: i128| usize::try_from(n - start).unwrap_or(other);
    match value {
        LabelValue::None => absent,
        value if !schema.set.admits(value) => other,
        LabelValue::Closed(index) => *index as usize,
        LabelValue::U64(n) => from_start(i128::from(*n)),
        LabelValue::I64(n) => from_start(i128::from(*n)),
        LabelValue::Text(_) => other,
    }
}

/// Returns the value with this index: the one that [`label_index`] was given, or one outside the set for
/// `other`.
fn label_value(set: LabelSet, index: usize, len: usize) -> Option<LabelValue<'static>> {
    if index == len - 1 {
        return None;
    }
    let index = u32::try_from(index).unwrap_or(u32::MAX);
    Some(match set {
        LabelSet::Range { start, .. } if start >= 0 => {
            LabelValue::U64(start.unsigned_abs() + u64::from(index))
        }
        LabelSet::Range { start, .. } => LabelValue::I64(start.saturating_add(index.into())),
        LabelSet::Closed(_) | LabelSet::Open(_) => LabelValue::Closed(index),
    })
}
