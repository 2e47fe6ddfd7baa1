//! The log policies `when`, `every`, `or_above`, `or_at_least`, `or_below` and `skip_zero`, with counts per
//! `Log`.

use super::append_only::AppendOnlyList;
use super::series::Series;
use super::suppressed::Suppressed;
use super::when;
use crate::event::{Event, Site};
use crate::schema::{EventSchema, LogSchema};
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

    /// Counts a call. Returns the callsite of its line, if the line is written.
    pub(super) fn admit(&self, event: &Event<'_>) -> Option<&'static Site> {
        let site = event.site();
        let schema = site.schema();
        if is_always_written(schema) {
            return Some(site);
        }
        let line = site.in_order().find(|site| when::matches(site.log().when, event));
        if !self.summary && line.is_none_or(|line| line.log().every == 0) {
            return line.filter(|line| is_due(line.log(), event, || 0));
        }
        let entry = self.entry(site);
        let series = Series::of(event);
        let admitted = line.filter(|line| is_due(line.log(), event, || entry.count(series)));
        if let Some(suppressed) = &entry.suppressed {
            suppressed.observe(event, series, admitted.is_some());
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

/// Returns whether no policy suppresses any call of the event.
fn is_always_written(schema: &EventSchema) -> bool {
    let log = &schema.log;
    schema.log_cases.is_empty() && log.when.is_empty() && !log.skip_zero && is_unconditional(log)
}

/// Returns whether the policies of its line write this call. Asks `count` for the call's number only if a
/// policy counts.
fn is_due(log: &LogSchema, event: &Event<'_>, count: impl FnOnce() -> u64) -> bool {
    let number = event.numbers().get(log.on).copied().flatten();
    if log.skip_zero && number.is_some_and(Number::is_zero) {
        return false;
    }
    let is_nth = log.every > 0 && count().is_multiple_of(u64::from(log.every));
    is_nth || number.is_some_and(|number| is_past_threshold(log, number.as_f64())) || is_unconditional(log)
}

fn is_unconditional(log: &LogSchema) -> bool {
    log.every == 0 && log.or_above.is_none() && log.or_at_least.is_none() && log.or_below.is_none()
}

fn is_past_threshold(log: &LogSchema, number: f64) -> bool {
    log.or_above.is_some_and(|bound| number > bound)
        || log.or_at_least.is_some_and(|bound| number >= bound)
        || log.or_below.is_some_and(|bound| number < bound)
}

impl Entry {
    fn new(site: &'static Site, summary: bool) -> Self {
        let schema = site.schema();
        // A series is of one line, since all labels are closed: the lines share the counts.
        let counts = site.in_order().any(|site| site.log().every > 0);
        let counted = if counts { Series::count(schema) } else { 0 };
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
