//! Writes summaries: a line for each series of which calls were silenced.

use super::current;
use super::fields::{self, Slot};
use super::list::List;
use super::policy::{Entry, Series};
use super::silent::Silent;
use super::{Core, SUMMARY};
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
use tracing::{Dispatch, Metadata};

const GAUGE: &str = "gauge";

/// The key of the number of calls.
const SILENT: &str = "silent";

/// Writes what was silenced since the last time.
pub(super) fn write(core: &Core) {
    for entry in core.policies.entries() {
        if let Some(silent) = &entry.silent {
            silent.series().for_each(|series| line(core, entry, silent, series));
        }
    }
}

fn line(core: &Core, entry: &Entry, silent: &Silent, series: Series) {
    let schema = entry.site.schema();
    if !super::wanted(schema.log.level) {
        return;
    }
    let site = SummarySite::of(entry.site);
    let Some(metadata) = site.register() else { return };
    // Inside a subscriber nothing is shown, and nothing is lost: it stays for the next time.
    let Some(_guard) = current::enter(schema, metadata) else { return };
    core.contain(|| {
        get_default(|dispatch| {
            // What nobody wants to see stays, for a subscriber that does.
            if dispatch.enabled(metadata) {
                send(dispatch, metadata, schema, silent, series);
            }
        });
    });
}

fn send(
    dispatch: &Dispatch,
    metadata: &'static Metadata<'static>,
    schema: &'static EventSchema,
    silent: &Silent,
    series: Series,
) {
    let Some(taken) = silent.take(series) else { return };
    let mut labels: Vec<Slot<'_>> = series
        .labels(schema)
        .zip(schema.labels.iter().rev())
        .map(|(value, label)| value.map_or(Slot::Absent, |value| Slot::label(label.set, value)))
        .collect();
    labels.reverse();
    let values = taken.values.into_iter().map(|number| number.map_or(Slot::Absent, Slot::number));
    let calls = iter::once(Slot::U64(taken.calls));
    let slots = labels.into_iter().chain(calls).chain(values);
    fields::of_slots(schema.log.name, slots, metadata.fields().len(), |fields| {
        dispatch.event(&tracing::Event::new(metadata, &metadata.fields().value_set_all(fields)));
    });
}

/// The `tracing` callsite of an event's summaries: made when it has the first, since most events never have one.
struct SummarySite {
    event: &'static Site,
    fields: Box<[&'static str]>,
    metadata: OnceLock<Metadata<'static>>,
    registered: AtomicBool,
}

/// Of all events of the program.
static SITES: List<SummarySite> = List::new();

impl SummarySite {
    fn of(event: &'static Site) -> &'static SummarySite {
        SITES.get(|site| ptr::eq(site.event.schema(), event.schema()), || SummarySite::new(event))
    }

    fn new(event: &'static Site) -> Self {
        let schema = event.schema();
        // One more line of a gauge is a line like any other: what it says is the number of now.
        let key = if schema.line_key() == GAUGE { GAUGE } else { SUMMARY };
        let fields = iter::once(key)
            .chain(schema.labels.iter().map(|label| label.key))
            .chain(iter::once(SILENT))
            .chain((0..schema.values.len()).map(|value| schema.value_key(value)))
            .collect();
        SummarySite { event, fields, metadata: OnceLock::new(), registered: AtomicBool::new(false) }
    }

    /// The metadata, which `tracing` knows from then on.
    fn register(&'static self) -> Option<&'static Metadata<'static>> {
        if self.metadata.get().is_none() {
            let like = self.event.metadata();
            let fields = FieldSet::new(&self.fields, Identifier(self));
            // Another thread may have been first, with the same.
            let _ = self.metadata.set(Metadata::new(
                CALLSITE_NAME,
                like.target(),
                *like.level(),
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
        self.metadata.get()
    }
}

impl Callsite for SummarySite {
    /// Not kept: the subscriber is asked each time, which is seldom.
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.metadata.get().unwrap_or_else(|| self.event.metadata())
    }
}
