//! When a line is written: `every`, `or_above`, `or_below` and `skip_zero`, with counts per instance.

use super::list::List;
use super::silent::Silent;
use crate::Event;
use crate::event::Site;
use crate::label::{LabelSet, LabelValue};
use crate::schema::{EventSchema, LabelSchema, LogSchema, check};
use crate::value::Number;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

/// The counts of one `Log`: an entry per event that has any. Adding one allocates, once per event.
#[derive(Debug, Default)]
pub(super) struct Policies {
    /// Whether what is silenced is added up.
    summary: bool,
    entries: List<Entry>,
}

/// What is counted of one event.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) site: &'static Site,
    /// Calls so far, per series; empty without `every`.
    calls: Box<[AtomicU64]>,
    pub(super) silent: Option<Silent>,
}

impl Policies {
    pub(super) fn with_summary() -> Self {
        Policies { summary: true, ..Policies::default() }
    }

    /// Whether this call is written. Counts it.
    pub(super) fn admit(&self, event: &Event<'_>) -> bool {
        let log = &event.schema().log;
        if !log.skip_zero && is_unconditional(log) {
            return true;
        }
        let number = event.values().nth(log.on).and_then(|value| value.number);
        if log.every == 0 && !self.summary {
            return is_due(log, number, || 0);
        }
        let entry = self.entry(event.site());
        let series = Series::of(event);
        let admitted = is_due(log, number, || entry.count(series));
        if let Some(silent) = &entry.silent {
            silent.note(event, series, admitted);
        }
        admitted
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    fn entry(&self, site: &'static Site) -> &Entry {
        let schema = site.schema();
        self.entries.get(|entry| ptr::eq(entry.site.schema(), schema), || Entry::new(site, self.summary))
    }
}

/// Whether the policies let a call through whose value is this; `count` is asked for the call's number where it counts.
fn is_due(log: &LogSchema, number: Option<Number>, count: impl FnOnce() -> u64) -> bool {
    if log.skip_zero && number.is_some_and(Number::is_zero) {
        return false;
    }
    let due = log.every > 0 && count().is_multiple_of(u64::from(log.every));
    due || number.is_some_and(|number| past_threshold(log, number.as_f64())) || is_unconditional(log)
}

fn is_unconditional(log: &LogSchema) -> bool {
    log.every == 0 && log.or_above.is_none() && log.or_below.is_none()
}

fn past_threshold(log: &LogSchema, number: f64) -> bool {
    log.or_above.is_some_and(|bound| number > bound) || log.or_below.is_some_and(|bound| number < bound)
}

impl Entry {
    fn new(site: &'static Site, summary: bool) -> Self {
        let schema = site.schema();
        let counted = if schema.log.every > 0 { Series::count(schema) } else { 0 };
        let calls = (0..counted).map(|_| AtomicU64::new(0)).collect();
        Entry { site, calls, silent: summary.then(|| Silent::new(schema)) }
    }

    /// The number of this call within its series, from 1.
    fn count(&self, series: Series) -> u64 {
        self.calls.get(series.0).map_or(0, |calls| calls.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// The place of a call among the combinations of the event's closed labels. An open label has no part in it: `every` is
/// refused beside one, and a summary leaves it out.
#[derive(Clone, Copy)]
pub(super) struct Series(pub(super) usize);

/// Where an event has more series, a summary adds them up; `every` is refused there.
const SERIES_MAX: u64 = check::EVERY_PLACES_MAX;

impl Series {
    fn of(event: &Event<'_>) -> Self {
        if Self::count(event.schema()) == 1 {
            return Series(0);
        }
        Series(
            event
                .labels()
                .fold(0, |series, label| series * places(label.schema) + place(label.schema, &label.value)),
        )
    }

    /// How many an event has.
    pub(super) fn count(schema: &EventSchema) -> usize {
        let product = schema.labels.iter().map(places).fold(1, usize::saturating_mul);
        if product as u64 > SERIES_MAX { 1 } else { product }
    }

    /// Whether the values of this label are kept apart.
    pub(super) fn keeps_apart(schema: &EventSchema, label: &LabelSchema) -> bool {
        Self::count(schema) > 1 && places(label) > 1
    }

    /// The value of each label of this series, the last label first; `None` where it is absent or was left out.
    pub(super) fn labels(
        self,
        schema: &'static EventSchema,
    ) -> impl Iterator<Item = Option<LabelValue<'static>>> {
        let mut rest = self.0;
        schema.labels.iter().rev().map(move |label| {
            let places = places(label);
            let place = rest % places;
            rest /= places;
            Self::keeps_apart(schema, label).then(|| value(label.set, place, places)).flatten()
        })
    }
}

/// How many places a label has; the build has seen that they are few.
fn places(schema: &LabelSchema) -> usize {
    if let LabelSet::Open(_) = schema.set {
        return 1;
    }
    usize::try_from(schema.places()).unwrap_or(usize::MAX)
}

/// The place of a value among its label's.
fn place(schema: &LabelSchema, value: &LabelValue<'_>) -> usize {
    let places = places(schema);
    if places == 1 {
        return 0;
    }
    let absent = places - 1;
    let start = if let LabelSet::Range { start, .. } = schema.set { i128::from(start) } else { 0 };
    let from_start = |n: i128| usize::try_from(n - start).unwrap_or(absent - 1);
    match value {
        LabelValue::None => absent,
        value if !schema.set.admits(value) => absent - 1,
        LabelValue::Closed(index) => *index as usize,
        LabelValue::U64(n) => from_start(i128::from(*n)),
        LabelValue::I64(n) => from_start(i128::from(*n)),
        LabelValue::Text(_) => absent - 1,
    }
}

/// The value that has this place: what [`place`] was given, or another that the set does not have.
fn value(set: LabelSet, place: usize, places: usize) -> Option<LabelValue<'static>> {
    if place == places - 1 {
        return None;
    }
    let index = u32::try_from(place).unwrap_or(u32::MAX);
    Some(match set {
        LabelSet::Range { start, .. } if start >= 0 => {
            LabelValue::U64(start.unsigned_abs() + u64::from(index))
        }
        LabelSet::Range { start, .. } => LabelValue::I64(start.saturating_add(index.into())),
        LabelSet::Closed(_) | LabelSet::Open(_) => LabelValue::Closed(index),
    })
}
