//! Writes summaries: a line for each series that has suppressed calls.

use super::append_only::AppendOnlyList;
use super::check::is_level_enabled;
use super::core::Core;
use super::current;
use super::fields::{self, Decimals, Slot};
use super::policy::Entry;
use super::series::Series;
use super::suppressed::Suppressed;
use crate::event::{CALLSITE_NAME, Site};
use crate::schema::EventSchema;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{iter, ptr};
use tracing::callsite::{self, Callsite, Identifier};
use tracing::dispatcher::get_default;
use tracing::field::FieldSet;
use tracing::metadata::Kind;
use tracing::subscriber::Interest;
use tracing::{Dispatch, Level, Metadata};

/// The first key of a summary's line.
pub(super) const SUMMARY: &str = "summary";

/// The first key of a gauge's line, and of its summary.
const GAUGE: &str = "gauge";

/// The key of the number of suppressed calls.
pub(super) const SILENT: &str = "silent";

/// Writes the calls that were suppressed since the last summary.
pub(super) fn write(core: &Core) {
    for entry in core.policies.entries() {
        if let Some(suppressed) = &entry.suppressed {
            suppressed.series().for_each(|series| write_line(core, entry, suppressed, series));
        }
    }
}

fn write_line(core: &Core, entry: &Entry, suppressed: &Suppressed, series: Series) {
    let schema = entry.site.schema();
    if !is_level_enabled(level(schema)) {
        return;
    }
    let site = SummarySite::of(entry.site);
    let Some(metadata) = site.register() else { return };
    // Inside a subscriber nothing is written. The sums stay for the next summary.
    let Some(_guard) = current::enter(schema, metadata) else { return };
    core.contain(|| {
        get_default(|dispatch| {
            // Sums that no subscriber takes stay for one that does.
            if dispatch.enabled(metadata) {
                send(dispatch, metadata, schema, suppressed, series);
            }
        });
    });
}

/// Returns the level of an event's summaries: that of its lines. If all lines are for some calls only, what
/// they leave out is no matter of their severity.
fn level(schema: &EventSchema) -> Level {
    if schema.log.when.is_empty() { schema.log.level } else { schema.log.level.max(Level::INFO) }
}

fn send(
    dispatch: &Dispatch,
    metadata: &'static Metadata<'static>,
    schema: &'static EventSchema,
    suppressed: &Suppressed,
    series: Series,
) {
    let Some(drained) = suppressed.drain(series) else { return };
    let mut labels: Vec<Slot<'_>> = series
        .labels(schema)
        .zip(schema.labels.iter().rev())
        .map(|(value, label)| value.map_or(Slot::Absent, |value| Slot::label(label.set, value)))
        .collect();
    labels.reverse();
    let decimals = Decimals(schema.log.decimals);
    let number = |number: Option<_>| number.map_or(Slot::Absent, |number| Slot::number(number, decimals));
    let values = drained.values.into_iter().map(number);
    let calls = iter::once(Slot::U64(drained.calls));
    let registration = schema.registration_labels.iter().map(|_| Slot::Absent);
    let slots = registration.chain(labels).chain(calls).chain(values);
    fields::of_slots(schema.log.name, slots, metadata.fields().len(), |fields| {
        dispatch.event(&tracing::Event::new(metadata, &metadata.fields().value_set_all(fields)));
    });
}

/// The `tracing` callsite of an event's summaries. Created for the first summary, since most events never
/// have one.
struct SummarySite {
    event: &'static Site,
    fields: Box<[&'static str]>,
    metadata: OnceLock<Metadata<'static>>,
    registered: AtomicBool,
}

/// The callsites of all events of the program.
static SITES: AppendOnlyList<SummarySite> = AppendOnlyList::new();

impl SummarySite {
    fn of(event: &'static Site) -> &'static SummarySite {
        SITES.get_or_append(|site| ptr::eq(site.event.schema(), event.schema()), || SummarySite::new(event))
    }

    fn new(event: &'static Site) -> Self {
        let schema = event.schema();
        // A gauge's summary has the number of now, so readers may take it for one more line of the gauge.
        let key = if schema.line_key() == GAUGE { GAUGE } else { SUMMARY };
        let fields = iter::once(key)
            .chain(schema.registration_labels.iter().chain(schema.labels).map(|label| label.key))
            .chain(iter::once(SILENT))
            .chain((0..schema.values.len()).map(|value| schema.value_key(value)))
            .collect();
        SummarySite { event, fields, metadata: OnceLock::new(), registered: AtomicBool::new(false) }
    }

    /// Registers the callsite with `tracing`, once, and returns its metadata.
    fn register(&'static self) -> Option<&'static Metadata<'static>> {
        if self.metadata.get().is_none() {
            let like = self.event.metadata();
            let fields = FieldSet::new(&self.fields, Identifier(self));
            // Another thread may have been faster, with equal metadata.
            let _ = self.metadata.set(Metadata::new(
                CALLSITE_NAME,
                like.target(),
                level(self.event.schema()),
                like.file(),
                like.line(),
                like.module_path(),
                fields,
                Kind::EVENT,
            ));
        }
        if !self.registered.swap(true, Ordering::Relaxed) {
            callsite::register(self);
        }
        debug_assert!(self.metadata.get().is_some(), "set above");
        self.metadata.get()
    }
}

impl Callsite for SummarySite {
    /// Ignores the interest: a summary is rare, so it asks the subscriber each time.
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.metadata.get().unwrap_or_else(|| self.event.metadata())
    }
}
