//! The metrics of the registry itself: a surface like any other.

use super::layout::cell::Rejection;
use super::layout::plan::{self, Layout};
use super::record::instruments::Instruments;
use super::record::registration::Registration;
use super::surfaces::Surfaces;
use crate::schema::Schema;
use crate::surface::Surface;
use crate::sync::{Ordering, lock};
use std::sync::Arc;
use telemetry_macros::{Label, metrics};

/// The reason that a number was not recorded.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    NotFinite,
    Negative,
    Saturated,
    Foreign,
    LabelOverflow,
    NotObserved,
}

/// By [`Rejection`].
const REASONS: [(Rejection, Reason); Rejection::COUNT] = [
    (Rejection::NotFinite, Reason::NotFinite),
    (Rejection::Negative, Reason::Negative),
    (Rejection::Saturated, Reason::Saturated),
    (Rejection::Foreign, Reason::Foreign),
    (Rejection::LabelOverflow, Reason::LabelOverflow),
    (Rejection::NotObserved, Reason::NotObserved),
];

/// The reason that an external exposition, or one family of it, was left out of a scrape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExpositionFault {
    /// The text does not parse: all of it is left out.
    Syntax,
    /// A family's name, or one that its samples can have, is taken: that family is left out.
    Clash,
    /// A family lacks a part or has a value that its type cannot have: that family is left out.
    Malformed,
    /// The text is longer than 32 MiB or has more than 500,000 samples: all of it is left out.
    TooLarge,
}

/// [`ExpositionFault`] as a label. That type is not a label itself: rustc would suggest it wherever a label
/// is missing.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Syntax,
    Clash,
    Malformed,
    TooLarge,
}

impl From<ExpositionFault> for Fault {
    fn from(fault: ExpositionFault) -> Self {
        match fault {
            ExpositionFault::Syntax => Fault::Syntax,
            ExpositionFault::Clash => Fault::Clash,
            ExpositionFault::Malformed => Fault::Malformed,
            ExpositionFault::TooLarge => Fault::TooLarge,
        }
    }
}

/// The surface of the registry itself.
#[metrics(namespace = "telemetry", mock(cfg(any())))]
trait Metrics {
    /// Numbers that were not recorded: NaN or infinite, negative where sums never fall, past the greatest
    /// sum, of an event that the surface does not have, of a gauge whose label was at its cap or out of its
    /// range, or of an observed gauge outside of a collection.
    #[counter(value = count)]
    #[log(off)]
    fn dropped(&self, reason: Reason, count: u64);

    /// Label values past their label's cap or out of its range: they count as `other`, and gauges refuse
    /// them.
    #[counter(value = count)]
    #[log(off)]
    fn label_overflow(&self, #[label(cap = 1024)] label: &str, count: u64);

    /// Panics in functions that are called at each collection.
    #[counter]
    #[log(off)]
    fn collect_panics(&self);

    /// External expositions that do not parse or are too large, and families of theirs that are malformed or
    /// whose names are taken.
    #[counter]
    #[log(off)]
    fn rejected_expositions(&self, reason: Fault);
}

/// The instruments of the registry's own surface.
pub struct SelfMetrics {
    metrics: Instruments<dyn Metrics>,
}

/// Returns the schema of the registry's own surface.
pub fn schema() -> &'static Schema {
    <dyn Metrics as Surface>::SCHEMA
}

impl SelfMetrics {
    /// Registers the surface of the registry itself, the first of each registry.
    pub fn new(surfaces: &mut Surfaces) -> Self {
        SelfMetrics { metrics: surfaces.add_own() }
    }

    /// Counts a panic in a callback or a source.
    pub fn count_panic(&self) {
        self.metrics.collect_panics();
    }

    /// Counts an external exposition, or a family of one, that was left out.
    pub fn count_rejected_exposition(&self, fault: ExpositionFault) {
        self.metrics.rejected_expositions(fault.into());
    }

    /// Counts a label set that was registered past a label's cap, or with a value out of its range.
    pub fn count_label_overflow(&self, key: &'static str) {
        self.metrics.label_overflow(key, 1);
    }

    /// Adds what the threads have counted since the last report.
    pub fn report(&self, registrations: &[Arc<Registration>]) {
        for registration in registrations {
            self.report_one(registration, &mut lock(&registration.reported));
        }
    }

    fn report_one(&self, registration: &Registration, counts: &mut [u64]) {
        for (rejection, reason) in REASONS {
            self.metrics.dropped(reason, delta(registration, Layout::rejection_word(rejection), counts));
        }
        for (slot, (_, label)) in plan::overflowing(registration.schema).enumerate() {
            self.metrics.label_overflow(label.key, delta(registration, Layout::overflow_word(slot), counts));
        }
    }
}

/// Returns how much more a dense word of all shards holds than was reported.
pub fn delta(registration: &Registration, word: usize, counts: &mut [u64]) -> u64 {
    // Under the lock from the first word on: a thread that ends in between would be counted twice.
    let listed = registration.shards.listed();
    let all = listed.threads().chain([&registration.shards.shared]);
    let sum = all.fold(0_u64, |sum, shard| sum.saturating_add(shard.dense[word].load(Ordering::Relaxed)));
    sum.saturating_sub(std::mem::replace(&mut counts[word], sum))
}
