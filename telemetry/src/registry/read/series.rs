//! The series of a snapshot, one by one and in groups whose state can be compared.

use super::collect::{GroupReading, InstanceReading, MergedEntry, MergedReading};
use super::exemplars::{self, Exemplar};
use super::point::{Point, point};
use crate::label::index::Coordinate;
use crate::label::{LabelSet, NONE, OTHER};
use crate::registry::layout::cell::Cell;
use crate::registry::layout::group::Group;
use crate::registry::record::shape::Shape;
use crate::registry::store::interner::Text;
use crate::schema::{InstrumentLabel, LabelSchema};
use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// One series of a [`Snapshot`](crate::registry::Snapshot).
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    id: SeriesId,
    origin: SeriesOrigin<'a>,
    cell: &'a Cell,
    words: &'a [u64],
    /// Those of all series of the group.
    exemplars: &'a [Exemplar],
}

/// Where a series comes from.
#[derive(Clone, Copy, Debug)]
enum SeriesOrigin<'a> {
    Recorded(&'a InstanceReading),
    /// From several series, by a view.
    Merged(&'a MergedEntry, &'a Shape),
}

/// Identifies a series within its family. Ordered like [`Family::series`](crate::registry::Family::series).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId {
    /// The registration's number.
    pub(in crate::registry) instance: u64,
    pub(in crate::registry) group: u32,
    pub(in crate::registry) row: u64,
    /// The generation at which an earlier series of this row ended, or 0.
    pub(in crate::registry) birth: u64,
}

impl SeriesId {
    /// The registration's number of merged series, which are of several registrations.
    const MERGED: u64 = u64::MAX;

    /// Returns the identity of a series that a view makes of several ones.
    pub(in crate::registry) const fn merged(group: u32, number: u64) -> Self {
        SeriesId { instance: Self::MERGED, group, row: number, birth: 0 }
    }

    /// Returns the number of a merged series.
    #[cfg(feature = "samples")]
    pub(in crate::registry) fn merged_number(self) -> Option<u64> {
        (self.instance == Self::MERGED).then_some(self.row)
    }
}

/// Identifies a [`SeriesGroup`] within its family, as long as its registry lives. Ordered like
/// [`Family::groups`](crate::registry::Family::groups).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId {
    instance: u64,
    group: u32,
    /// The generation at which series of the group ended last, or 0.
    generation: u64,
}

/// Series of a family that have the same labels at registration and the same constant labels, with their
/// state as words that can be compared.
///
/// An exporter that keeps its output can make it again only where words changed: of groups with one
/// [id](Self::id), equal [rows](Self::rows) are the same series, and equal [words](Self::words) are equal
/// points.
///
/// # Examples
///
/// ```
/// use telemetry::registry::Point;
/// use telemetry::{Registry, metrics};
///
/// #[metrics]
/// pub trait Metrics {
///     /// Requests served.
///     #[counter]
///     fn requests(&self, cached: bool);
/// }
///
/// let registry = Registry::new();
/// let metrics = registry.register::<dyn Metrics>()?;
/// let earlier = registry.snapshot();
/// metrics.requests(true);
/// let now = registry.snapshot();
///
/// let group = |snapshot| telemetry::registry::Snapshot::families(snapshot).last().unwrap().groups().next().unwrap();
/// let (earlier, now) = (group(&earlier), group(&now));
/// assert_eq!(earlier.rows(), now.rows(), "no series is new");
///
/// let width = now.words_per_series();
/// let words = earlier.words().chunks(width).zip(now.words().chunks(width));
/// let mut changed = Vec::new();
/// for (series, (_, words)) in now.series().zip(words).filter(|(_, (earlier, now))| earlier != now) {
///     now.points(words, |point| changed.push((series.labels().next().unwrap(), format!("{point:?}"))));
/// }
/// assert_eq!(changed, [(("cached", "true".into()), "Sum(U64(1))".to_owned())]);
/// # Ok::<(), telemetry::registry::RegisterError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SeriesGroup<'a> {
    group: u32,
    origin: GroupOrigin<'a>,
    values: &'a GroupReading,
    cell: &'a Cell,
    /// The number of words of each series.
    width: usize,
}

/// Where the series of a group come from.
#[derive(Clone, Copy, Debug)]
enum GroupOrigin<'a> {
    Recorded(&'a InstanceReading),
    /// From all groups of the family, by a view.
    Merged(&'a MergedReading, &'a Shape),
}

impl<'a> SeriesGroup<'a> {
    /// Returns a group of one registration, as it was recorded.
    pub(super) fn of_instance(group: u32, reading: &'a InstanceReading, values: &'a GroupReading) -> Self {
        let registration = &reading.registration;
        let cell = &registration.plan(&registration.groups[group as usize]).cell;
        SeriesGroup { group, origin: GroupOrigin::Recorded(reading), values, cell, width: cell.read_words() }
    }

    /// Returns the series that a view makes of all groups of a family.
    pub(super) fn of_merged(group: u32, reading: &'a MergedReading, shape: &'a Shape) -> Self {
        let cell = &shape.plan(&shape.groups[group as usize]).cell;
        let (origin, width) = (GroupOrigin::Merged(reading, shape), cell.read_words());
        SeriesGroup { group, origin, values: &reading.values, cell, width }
    }

    /// Sets the number of words of each series.
    pub(super) fn with_width(self, width: Option<usize>) -> Self {
        SeriesGroup { width: width.unwrap_or(self.width), ..self }
    }

    /// Returns the identity of the group, which no other group of the family ever has.
    #[must_use]
    pub fn id(&self) -> GroupId {
        match self.origin {
            GroupOrigin::Recorded(reading) => GroupId {
                instance: reading.registration.instance,
                group: self.group,
                generation: reading.last_end(self.group),
            },
            // Their numbers are never used twice.
            GroupOrigin::Merged(..) => {
                GroupId { instance: SeriesId::MERGED, group: self.group, generation: 0 }
            }
        }
    }

    /// Returns the time from which the sums count, at the earliest. A [series](Series::start) that was
    /// removed and came back began later.
    #[must_use]
    pub fn start(&self) -> SystemTime {
        match self.origin {
            GroupOrigin::Recorded(reading) => reading.registration.start,
            GroupOrigin::Merged(reading, _) => {
                let starts = reading.series.iter().map(|series| series.start);
                starts.min().unwrap_or(SystemTime::UNIX_EPOCH)
            }
        }
    }

    /// Returns a number for each series, in order. Within a group, equal numbers are the same series in all
    /// snapshots of a registry.
    #[must_use]
    pub fn rows(&self) -> &'a [u64] {
        &self.values.rows
    }

    /// Returns the state of all series, one after the other. Series whose words are equal have equal points.
    #[must_use]
    pub fn words(&self) -> &'a [u64] {
        &self.values.words
    }

    /// Returns the number of words of each series.
    #[must_use]
    pub fn words_per_series(&self) -> usize {
        self.width
    }

    /// Returns the exemplars of all series, in the order of their rows and buckets. They may change while the
    /// words do not. Empty without [`Builder::exemplars`](crate::registry::Builder::exemplars).
    #[must_use]
    pub fn exemplars(&self) -> &'a [Exemplar] {
        &self.values.exemplars
    }

    /// Returns the series in the order of their rows.
    #[inline]
    pub fn series(self) -> impl Iterator<Item = Series<'a>> + use<'a> {
        let SeriesGroup { group, origin, values, cell, width } = self;
        let words = values.words.chunks_exact(width);
        values.rows.iter().zip(words).enumerate().filter_map(move |(at, (row, words))| {
            let (id, origin) = match origin {
                GroupOrigin::Recorded(reading) => {
                    let instance = reading.registration.instance;
                    let birth = reading.birth(group, *row);
                    (SeriesId { instance, group, row: *row, birth }, SeriesOrigin::Recorded(reading))
                }
                GroupOrigin::Merged(reading, shape) => {
                    (SeriesId::merged(group, *row), SeriesOrigin::Merged(reading.series.get(at)?, shape))
                }
            };
            Some(Series { id, origin, cell, words, exemplars: &values.exemplars })
        })
    }

    /// Calls `f` with the points of adjacent series of this group. `words` is their state.
    #[inline(always)]
    pub fn points<'w>(&self, words: &'w [u64], mut f: impl FnMut(Point<'w>)) {
        let mut each = |cell: &Cell, width: usize| {
            words.chunks_exact(width).for_each(|words| f(point(cell, words)));
        };
        match self.cell {
            // Written out, so that the loop is compiled for the most common kind.
            Cell::Count => each(&Cell::Count, Cell::Count.read_words()),
            cell => each(cell, self.width),
        }
    }
}

impl<'a> Series<'a> {
    /// Returns the identity of the series within its family.
    #[must_use]
    #[inline]
    pub fn id(&self) -> SeriesId {
        self.id
    }

    /// Returns the labels, key and value: those that were given at registration, then the others, each in
    /// declaration order, without the registry's constant labels. Allocates for values of open labels and
    /// ranges of calls.
    pub fn labels(&self) -> impl Iterator<Item = (&'static str, Cow<'a, str>)> + use<'a> {
        let (recorded, merged) = match self.origin {
            SeriesOrigin::Recorded(reading) => (Some(recorded_labels(reading, self.id)), None),
            SeriesOrigin::Merged(series, _) => (None, Some(series.labels.iter())),
        };
        let merged = merged.into_iter().flatten().map(|(key, value)| (*key, Cow::Borrowed(&**value)));
        recorded.into_iter().flatten().chain(merged)
    }

    /// Returns the [`labels`](Self::labels) without the absent ones whose text is empty: `none = ""`.
    ///
    /// To Prometheus an empty value is no label, and to other readers it would be a value.
    pub fn present_labels(&self) -> impl Iterator<Item = (&'static str, Cow<'a, str>)> + use<'a> {
        let shape = match self.origin {
            SeriesOrigin::Recorded(reading) => reading.registration.shape(),
            SeriesOrigin::Merged(_, shape) => shape,
        };
        let event = shape.schema.events[shape.groups[self.id.group as usize].event];
        self.labels().filter(move |(key, text)| {
            let mut labels = shape.schema.labels.iter().chain(event.labels);
            !text.is_empty() || !labels.any(|label| label.key == *key && label.none == Some(""))
        })
    }

    /// Returns the time from which the sum counts: after the last fall of a total that somebody else keeps.
    #[must_use]
    pub fn start(&self) -> SystemTime {
        if let (Cell::Total(_), [_, fall]) = (self.cell, self.words)
            && *fall != 0
        {
            return UNIX_EPOCH + Duration::from_nanos(*fall);
        }
        match self.origin {
            SeriesOrigin::Recorded(reading) => {
                let registration = reading.registration.start;
                let void = reading.void(self.id.group, self.id.row).map_or(registration, |void| void.at);
                // A text that came back may have a row that no series has had before.
                texts(reading, self.id).filter_map(|text| text.since).fold(void, SystemTime::max)
            }
            SeriesOrigin::Merged(series, _) => series.start,
        }
    }

    /// Returns the state of the series.
    #[must_use]
    #[inline]
    pub fn point(&self) -> Point<'a> {
        point(self.cell, self.words)
    }

    /// Returns the exemplars, one for each bucket that has any, in the order of the buckets. The call of each
    /// is counted in the [point](Self::point). Empty without
    /// [`Builder::exemplars`](crate::registry::Builder::exemplars), which has an example.
    #[must_use]
    pub fn exemplars(&self) -> &'a [Exemplar] {
        exemplars::of_row(self.exemplars, self.id.row)
    }
}

/// Returns the labels of a series as it was recorded.
fn recorded_labels(
    reading: &InstanceReading,
    id: SeriesId,
) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> + use<'_> {
    let registration = &*reading.registration;
    let group = &registration.groups[id.group as usize];
    let event = registration.schema.events[group.event];
    let given = registration.schema.labels.iter().zip(&registration.given);
    let given = given.map(|(label, text)| (label.key, Cow::Borrowed(&**text)));
    given.chain(event.instruments[group.instrument].labels.iter().filter_map(move |label| match *label {
        // They come first.
        InstrumentLabel::Registration(_) => None,
        InstrumentLabel::Constant { key, value } => Some((key, Cow::Borrowed(value))),
        InstrumentLabel::Param(label) => {
            let index = registration.label_index(group, label, id.row);
            Some((event.labels[label].key, text(reading, group, label, index)))
        }
    }))
}

/// Returns the texts of the series whose numbers are used again.
fn texts(reading: &InstanceReading, id: SeriesId) -> impl Iterator<Item = &Text> + use<'_> {
    let registration = &*reading.registration;
    let group = &registration.groups[id.group as usize];
    let labels = registration.schema.events[group.event].instruments[group.instrument].labels;
    // Without removals no text is copied.
    let labels = if reading.texts.is_empty() { &[] } else { labels };
    labels.iter().filter_map(move |label| {
        let InstrumentLabel::Param(label) = *label else { return None };
        let index = registration.label_index(group, label, id.row);
        let plan = &registration.labels[group.event][label];
        let Coordinate::Numbered(number) = plan.index.coordinate(index) else { return None };
        reading.texts.get(plan.slot)?.get(number as usize)?.as_ref()
    })
}

/// Returns the label text of an index.
fn text<'a>(reading: &'a InstanceReading, group: &Group, label: usize, index: u64) -> Cow<'a, str> {
    let registration = &*reading.registration;
    let schema: &'static LabelSchema = &registration.schema.events[group.event].labels[label];
    match registration.labels[group.event][label].index.coordinate(index) {
        Coordinate::Absent => Cow::Borrowed(schema.none.unwrap_or(NONE)),
        Coordinate::Other => Cow::Borrowed(match schema.set {
            LabelSet::Open(domain) => domain.other,
            LabelSet::Closed(_) | LabelSet::Range { .. } => OTHER,
        }),
        Coordinate::Closed(value) => Cow::Borrowed(schema.set.closed_value(value)),
        Coordinate::Integer(n) => Cow::Owned(n.to_string()),
        Coordinate::Numbered(number) => {
            if registration.plan(group).observed {
                let text = reading.observed.as_ref().and_then(|observed| observed.text(schema.set, number));
                debug_assert!(text.is_some(), "each row of a collection has its texts");
                return Cow::Borrowed(text.unwrap_or_default());
            }
            let slot = registration.labels[group.event][label].slot;
            if let Some(text) = reading.texts.get(slot).and_then(|texts| texts.get(number as usize)) {
                debug_assert!(text.is_some(), "a text stays as long as it has rows");
                return Cow::Borrowed(text.as_ref().map_or("", |text| &text.text));
            }
            let interner = registration.interner(group.event, label);
            let text = interner.and_then(|interner| interner.text(number));
            debug_assert!(text.is_some(), "each number below the cap that is in a row has a text");
            Cow::Owned(text.unwrap_or_default())
        }
    }
}
