//! Sends each exemplar once.

use super::proto::{Exemplar, ExemplarValue};
use super::time::nanos;
use crate::registry::{self, FamilyId, Series, SeriesId};
use std::collections::HashMap;

/// The identity of a series in the registry.
type Key = (FamilyId, SeriesId);

/// The exemplars that have arrived, by series.
#[derive(Debug, Default)]
pub(super) struct SentExemplars {
    /// True if none are sent at all.
    is_off: bool,
    series: HashMap<Key, SeriesExemplars>,
}

/// The buckets and times of a series' exemplars, which tell an exemplar from the one after it.
#[derive(Debug, PartialEq)]
pub(super) struct SeriesExemplars(Box<[(usize, u64)]>);

impl SeriesExemplars {
    /// Returns those of a series; `None` if it has none.
    pub(super) fn of(series: Series<'_>) -> Option<Self> {
        let all = series.exemplars();
        (!all.is_empty()).then(|| SeriesExemplars(all.iter().map(identity).collect()))
    }
}

fn identity(exemplar: &registry::Exemplar) -> (usize, u64) {
    (exemplar.bucket(), nanos(exemplar.time()))
}

impl SentExemplars {
    /// `is_on` says whether any are sent.
    pub(super) fn new(is_on: bool) -> Self {
        SentExemplars { is_off: !is_on, series: HashMap::new() }
    }

    /// Remembers exemplars that have arrived.
    pub(super) fn add(&mut self, sent: impl IntoIterator<Item = (Key, SeriesExemplars)>) {
        self.series.extend(sent);
    }

    /// Forgets a series that is gone.
    pub(super) fn remove(&mut self, key: Key) {
        self.series.remove(&key);
    }

    /// Returns the exemplars of a series that have not arrived. `is_integer` says that the numbers of the
    /// family are integers. The times lie in the point's interval, even if the clock was set.
    pub(super) fn new_of(
        &self,
        key: Key,
        series: Series<'_>,
        is_integer: bool,
        [start, end]: [u64; 2],
    ) -> Vec<Exemplar> {
        if self.is_off {
            return Vec::new();
        }
        let sent = self.series.get(&key).map_or(&[][..], |sent| &sent.0);
        let new = series.exemplars().iter().filter(|exemplar| !sent.contains(&identity(exemplar)));
        new.map(|exemplar| Exemplar {
            time_unix_nano: nanos(exemplar.time()).max(start).min(end),
            value: Some(value(exemplar.value(), is_integer)),
            span_id: exemplar.trace().span_id().to_vec(),
            trace_id: exemplar.trace().trace_id().to_vec(),
        })
        .collect()
    }
}

/// Returns a number in the type of the family's points, if it is exact in that.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "it is exact"
)]
fn value(number: f64, is_integer: bool) -> ExemplarValue {
    let integer = number as i64;
    if is_integer && integer as f64 == number {
        ExemplarValue::AsInt(integer)
    } else {
        ExemplarValue::AsDouble(number)
    }
}
