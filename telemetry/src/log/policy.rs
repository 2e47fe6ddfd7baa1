//! The log policies `every`, `or_above`, `or_below` and `skip_zero`, with counts per instance of `Log`.

use super::append_only::AppendOnlyList;
use super::series::Series;
use super::suppressed::Suppressed;
use crate::event::{Event, Site};
use crate::schema::LogSchema;
use crate::value::Number;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

/// The counts of one `Log`: an entry per event that has any. An event's first entry allocates, the rest does
/// not.
#[derive(Debug, Default)]
pub(super) struct Policies {
    /// True if suppressed calls are added up.
    summary: bool,
    entries: AppendOnlyList<Entry>,
}

/// The counts of one event.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) site: &'static Site,
    /// Calls so far, by series; empty without `every`.
    calls: Box<[AtomicU64]>,
    pub(super) suppressed: Option<Suppressed>,
}

impl Policies {
    pub(super) fn with_summary() -> Self {
        Policies { summary: true, ..Policies::default() }
    }

    /// Counts a call. Returns whether its line is written.
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
        if let Some(suppressed) = &entry.suppressed {
            suppressed.observe(event, series, admitted);
        }
        admitted
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    fn entry(&self, site: &'static Site) -> &Entry {
        let schema = site.schema();
        self.entries
            .get_or_append(|entry| ptr::eq(entry.site.schema(), schema), || Entry::new(site, self.summary))
    }
}

/// Returns whether the policies write a call with this value. Asks `count` for the call's number only if a
/// policy counts.
fn is_due(log: &LogSchema, number: Option<Number>, count: impl FnOnce() -> u64) -> bool {
    if log.skip_zero && number.is_some_and(Number::is_zero) {
        return false;
    }
    let is_nth = log.every > 0 && count().is_multiple_of(u64::from(log.every));
    is_nth || number.is_some_and(|number| is_past_threshold(log, number.as_f64())) || is_unconditional(log)
}

fn is_unconditional(log: &LogSchema) -> bool {
    log.every == 0 && log.or_above.is_none() && log.or_below.is_none()
}

fn is_past_threshold(log: &LogSchema, number: f64) -> bool {
    log.or_above.is_some_and(|bound| number > bound) || log.or_below.is_some_and(|bound| number < bound)
}

impl Entry {
    fn new(site: &'static Site, summary: bool) -> Self {
        let schema = site.schema();
        let counted = if schema.log.every > 0 { Series::count(schema) } else { 0 };
        let calls = (0..counted).map(|_| AtomicU64::new(0)).collect();
        Entry { site, calls, suppressed: summary.then(|| Suppressed::new(schema)) }
    }

    /// Counts a call and returns its number within its series, starting at 1.
    fn count(&self, series: Series) -> u64 {
        let Some(calls) = self.calls.get(series.0) else {
            debug_assert!(false, "a series has a count");
            return 1;
        };
        calls.fetch_add(1, Ordering::Relaxed) + 1
    }
}
