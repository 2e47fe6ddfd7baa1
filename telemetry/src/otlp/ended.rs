//! The series that the server knows and that can end, so that it learns when they do.
//!
//! A series that is gone from the registry gets one more point, without a recorded value: readers then stop
//! showing the last one.

use super::delivered::Key;
use super::proto::KeyValue;
use crate::registry::{Family, FamilyId, SeriesId, Snapshot};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The flag of a point that says that its series has no value any more: `NO_RECORDED_VALUE` of
/// `DataPointFlags`.
pub(super) const NO_RECORDED_VALUE: u32 = 1;

/// The series with points that have arrived, in families whose series can end.
#[derive(Debug, Default)]
pub(super) struct Sent(HashMap<FamilyId, HashMap<SeriesId, Arc<LastPoint>>>);

/// The data of a series' last point: by then, its labels are gone from the registry.
#[derive(Debug, PartialEq)]
pub(super) struct LastPoint {
    pub attributes: Vec<KeyValue>,
    /// The time from which the series counted, in nanoseconds since 1970.
    pub start: u64,
}

/// The series that the server knows and a snapshot does not have.
#[derive(Debug, Default)]
pub(super) struct Gone {
    series: HashMap<FamilyId, Vec<(SeriesId, Arc<LastPoint>)>>,
    /// Those that came back as other series with the same labels.
    pub back: Vec<Key>,
}

impl LastPoint {
    /// Returns the labels, after so many constant ones.
    fn labels(&self, constant: usize) -> Vec<(&str, Cow<'_, str>)> {
        let labels = self.attributes.iter().skip(constant).map(|label| {
            let text = label.value.as_ref().and_then(|value| value.string_value.as_deref());
            (&*label.key, Cow::Borrowed(text.unwrap_or_default()))
        });
        labels.collect()
    }
}

impl Sent {
    /// Returns whether the series of a family can end.
    pub(super) fn can_end(family: Family<'_>) -> bool {
        family.instrument().observed || family.surface().can_end()
    }

    pub(super) fn has(&self, (family, series): Key) -> bool {
        self.0.get(&family).is_some_and(|known| known.contains_key(&series))
    }

    /// Remembers series whose points have arrived.
    pub(super) fn add(&mut self, sent: impl IntoIterator<Item = (Key, LastPoint)>) {
        for ((family, series), point) in sent {
            self.0.entry(family).or_default().insert(series, Arc::new(point));
        }
    }

    /// Forgets a series whose last point has arrived.
    pub(super) fn remove(&mut self, (family, series): Key) {
        if let Some(known) = self.0.get_mut(&family) {
            known.remove(&series);
        }
    }

    /// Returns the series that are gone. Those that came back with the same labels are forgotten: to the
    /// server, they are there.
    pub(super) fn gone(&mut self, snapshot: &Snapshot) -> Gone {
        let mut gone = Gone::default();
        for family in snapshot.dotted_families() {
            let Some(known) = self.0.get_mut(&family.id()).filter(|known| !known.is_empty()) else {
                continue;
            };
            let there: HashSet<SeriesId> = family.series().map(|series| series.id()).collect();
            let others = known.iter().filter(|(series, _)| !there.contains(series));
            let mut others: Vec<_> = others.map(|(series, point)| (*series, point.clone())).collect();
            if others.is_empty() {
                continue;
            }
            let constant = snapshot.constant_labels().len();
            let back: HashSet<Vec<(&str, Cow<'_, str>)>> =
                family.series().map(|series| series.present_labels().collect()).collect();
            others.retain(|(series, point)| {
                let is_back = back.contains(&point.labels(constant));
                if is_back {
                    known.remove(series);
                    gone.back.push((family.id(), *series));
                }
                !is_back
            });
            others.sort_unstable_by_key(|(series, _)| *series);
            gone.series.insert(family.id(), others);
        }
        gone
    }
}

impl Gone {
    /// Returns the series of a family that are gone, in order.
    pub(super) fn of(&self, family: FamilyId) -> &[(SeriesId, Arc<LastPoint>)] {
        self.series.get(&family).map_or(&[], Vec::as_slice)
    }
}
