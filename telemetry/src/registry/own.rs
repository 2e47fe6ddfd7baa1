//! What a registry counts of itself: a surface like any other.

use super::cell::Refused;
use super::layout::Layout;
use super::registration::Registration;
use super::{Instruments, State};
use crate::schema::Schema;
use crate::sync::{Mutex, Ordering, lock};
use crate::{Label, Surface, metrics};
use std::sync::Arc;

/// Why a number was not recorded.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    NotFinite,
    Negative,
    Saturated,
    Foreign,
    LabelOverflow,
}

/// By [`Refused`].
const REASONS: [(Refused, Reason); Refused::COUNT] = [
    (Refused::NotFinite, Reason::NotFinite),
    (Refused::Negative, Reason::Negative),
    (Refused::Saturated, Reason::Saturated),
    (Refused::Foreign, Reason::Foreign),
    (Refused::LabelOverflow, Reason::LabelOverflow),
];

/// Why families of another metrics crate were left out of a scrape.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Refusal {
    /// The source's text does not parse: all of it is left out.
    Syntax,
    /// A family's name, or one that its samples can have, is taken: that family is left out.
    Clash,
    /// A family lacks a part or has a value that its type cannot have: that family is left out.
    Malformed,
}

/// What the registry tells of itself.
#[metrics(namespace = "telemetry", mock(cfg(any())))]
trait Metrics {
    /// Numbers that were not recorded: NaN or infinite, negative where sums never fall, past the greatest
    /// sum, of an event that the surface does not have, or of a gauge whose label was at its cap or out of its
    /// range.
    #[counter(value = count)]
    #[log(off)]
    fn dropped(&self, reason: Reason, count: u64);

    /// Label values past their label's cap or out of its range: they count as `other`, and gauges refuse them.
    #[counter(value = count)]
    #[log(off)]
    fn label_overflow(&self, #[label(cap = 1024)] label: &str, count: u64);

    /// Panics in functions that are called at each collection.
    #[counter]
    #[log(off)]
    fn collect_panics(&self);

    /// Sources of foreign metrics that do not parse, and families of theirs that are malformed or whose names are taken.
    #[counter]
    #[log(off)]
    fn foreign_refused(&self, reason: Refusal);
}

/// The registry's own surface, and what was reported in it.
pub(super) struct Own {
    metrics: Instruments<dyn Metrics>,
    reported: Mutex<Vec<Reported>>,
}

/// What one registration's threads had counted at the last report.
struct Reported {
    registration: u64,
    counts: Vec<u64>,
}

/// The schema of the registry's own surface.
pub(super) fn schema() -> &'static Schema {
    <dyn Metrics as Surface>::SCHEMA
}

impl Own {
    pub fn new(state: &mut State) -> Self {
        // The first of a registry: nothing is there to clash with.
        let schema = schema();
        let registration =
            Arc::new(Registration::new(schema, |spec| super::domain(&mut state.domains, spec)));
        let _ = state.names.add(schema);
        Arc::make_mut(&mut state.registrations).push(registration.clone());
        Own { metrics: Instruments::new(registration), reported: Mutex::default() }
    }

    pub fn panicked(&self) {
        self.metrics.collect_panics();
    }

    #[cfg(feature = "prometheus")]
    pub fn refused(&self, reason: Refusal) {
        self.metrics.foreign_refused(reason);
    }

    /// Counts what the threads have counted since the last report.
    pub fn report(&self, registrations: &[Arc<Registration>]) {
        let mut reported = lock(&self.reported);
        for (at, registration) in registrations.iter().enumerate() {
            if reported.get(at).is_none_or(|reported| reported.registration != registration.id) {
                let counts = vec![0; Refused::COUNT + registration.domains.len()];
                reported.insert(at, Reported { registration: registration.id, counts });
            }
            if let Some(reported) = reported.get_mut(at) {
                self.report_one(registration, &mut reported.counts);
            }
        }
    }

    fn report_one(&self, registration: &Registration, counts: &mut [u64]) {
        for (refused, reason) in REASONS {
            self.metrics.dropped(reason, news(registration, Layout::refused(refused), counts));
        }
        for (slot, label) in super::layout::overflowing(registration.schema).enumerate() {
            self.metrics.label_overflow(label.key, news(registration, Layout::overflow(slot), counts));
        }
    }
}

/// How much more a word of the slabs holds than was reported.
pub(super) fn news(registration: &Registration, word: usize, counts: &mut [u64]) -> u64 {
    // Under the lock from the first word on: a thread that ends in between would be counted now and again.
    let threads = registration.threads();
    let all = threads.all().chain([&registration.late]);
    let sum = all.fold(0_u64, |sum, cells| sum.saturating_add(cells.slab[word].load(Ordering::Relaxed)));
    sum.saturating_sub(std::mem::replace(&mut counts[word], sum))
}
