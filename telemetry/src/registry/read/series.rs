//! The series of a snapshot, one by one and in groups whose state can be compared.

use super::collect::{GroupReading, InstanceReading};
use super::point::{Point, point};
use crate::label::index::Coordinate;
use crate::label::{LabelSet, NONE, OTHER};
use crate::registry::layout::cell::Cell;
use crate::registry::layout::group::Group;
use crate::registry::store::interner::Text;
use crate::schema::{InstrumentLabel, LabelSchema};
use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// One series of a [`Snapshot`](crate::registry::Snapshot).
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    id: SeriesId,
    reading: &'a InstanceReading,
    words: &'a [u64],
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
    reading: &'a InstanceReading,
    values: &'a GroupReading,
}

impl<'a> SeriesGroup<'a> {
    pub(super) fn new(group: u32, reading: &'a InstanceReading, values: &'a GroupReading) -> Self {
        SeriesGroup { group, reading, values }
    }

    /// Returns the identity of the group, which no other group of the family ever has.
    #[must_use]
    pub fn id(&self) -> GroupId {
        GroupId {
            instance: self.reading.registration.instance,
            group: self.group,
            generation: self.reading.last_end(self.group),
        }
    }

    /// Returns the time from which the sums count, at the earliest. A [series](Series::start) that was
    /// removed and came back began later.
    #[must_use]
    pub fn start(&self) -> SystemTime {
        self.reading.registration.start
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
        self.cell().read_words()
    }

    /// Returns the series in the order of their rows.
    #[inline]
    pub fn series(self) -> impl Iterator<Item = Series<'a>> + use<'a> {
        let words = self.values.words.chunks_exact(self.words_per_series());
        let instance = self.reading.registration.instance;
        self.values.rows.iter().zip(words).map(move |(row, words)| Series {
            id: SeriesId {
                instance,
                group: self.group,
                row: *row,
                birth: self.reading.birth(self.group, *row),
            },
            reading: self.reading,
            words,
        })
    }

    /// Calls `f` with the points of adjacent series of this group. `words` is their state.
    #[inline(always)]
    pub fn points<'w>(&self, words: &'w [u64], mut f: impl FnMut(Point<'w>)) {
        let mut each = |cell: &Cell| {
            words.chunks_exact(cell.read_words()).for_each(|words| f(point(cell, words)));
        };
        match self.cell() {
            // Written out, so that the loop is compiled for the most common kind.
            Cell::Count => each(&Cell::Count),
            cell => each(cell),
        }
    }

    fn cell(&self) -> &'a Cell {
        let registration = &self.reading.registration;
        &registration.plan(&registration.groups[self.group as usize]).cell
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
        let reading = self.reading;
        let registration = &*reading.registration;
        let id = self.id;
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

    /// Returns the [`labels`](Self::labels) without the absent ones whose text is empty: `none = ""`.
    ///
    /// To Prometheus an empty value is no label, and to other readers it would be a value.
    pub fn present_labels(&self) -> impl Iterator<Item = (&'static str, Cow<'a, str>)> + use<'a> {
        let registration = &*self.reading.registration;
        let event = registration.schema.events[registration.groups[self.id.group as usize].event];
        self.labels().filter(move |(key, text)| {
            let mut labels = registration.schema.labels.iter().chain(event.labels);
            !text.is_empty() || !labels.any(|label| label.key == *key && label.none == Some(""))
        })
    }

    /// Returns the time from which the sum counts: after the last fall of a total that somebody else keeps.
    #[must_use]
    pub fn start(&self) -> SystemTime {
        let registration = &self.reading.registration;
        let cell = registration.plan(&registration.groups[self.id.group as usize]).cell;
        if let (Cell::Total(_), [_, fall]) = (cell, self.words)
            && *fall != 0
        {
            return UNIX_EPOCH + Duration::from_nanos(*fall);
        }
        let registration = registration.start;
        let void = self.reading.void(self.id.group, self.id.row).map_or(registration, |void| void.at);
        // A text that came back may have a row that no series has had before.
        self.texts().filter_map(|text| text.since).fold(void, SystemTime::max)
    }

    /// Returns the texts of the series whose numbers are used again.
    fn texts(&self) -> impl Iterator<Item = &'a Text> + use<'a> {
        let (reading, id) = (self.reading, self.id);
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

    /// Returns the state of the series.
    #[must_use]
    #[inline]
    pub fn point(&self) -> Point<'a> {
        let registration = &self.reading.registration;
        point(&registration.plan(&registration.groups[self.id.group as usize]).cell, self.words)
    }
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
