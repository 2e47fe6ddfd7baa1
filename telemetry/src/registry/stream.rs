//! The histogram samples of a registry, for exporters that send changes and not totals.

use super::Registry;
use super::read::samples;
use super::read::series::SeriesId;
use super::read::snapshot::{FamilyId, Snapshot};
use super::record::registration::Registration;
use super::store::samples::{Settings, StoredSample};
use super::surfaces::{Delivered, Surfaces};
use crate::sync::{Mutex, lock};
use crate::value::Number;
use std::fmt;
use std::sync::Arc;

/// One sample of a histogram; see [`SampleStream`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sample {
    /// The family under its present name. A family that has a former name too comes a second time in a
    /// snapshot, and [`FamilyId::renamed`] says so.
    pub family: FamilyId,
    /// The series.
    pub series: SeriesId,
    /// The number; durations in seconds.
    pub value: f64,
}

/// Takes the samples of all histograms of a registry, as long as it lives. A registry has one at a time.
///
/// Each thread keeps its samples in a ring, from which [`drain`](Self::drain) takes them. A full ring loses
/// the newest sample and counts it; recording never waits. The stream also remembers how much of each sum was
/// delivered, and hands that to the next stream of the same name: an exporter that sends deltas goes on where
/// the last one of its kind stopped, and another kind of exporter sends everything.
///
/// # Examples
///
/// ```
/// use telemetry::{Registry, metrics};
///
/// #[metrics]
/// pub trait Metrics {
///     /// Sizes of mails.
///     #[histogram(buckets = [1000])]
///     fn size(&self, bytes: u64);
/// }
///
/// let registry = Registry::new();
/// let metrics = registry.register::<dyn Metrics>()?;
/// let mut stream = registry.sample_stream("mine", 64, 1.0).expect("no other stream is open");
/// metrics.size(20);
/// metrics.size(3_000);
///
/// let mut samples = Vec::new();
/// assert_eq!(stream.drain(&mut samples, 100), 0, "none is lost");
/// assert_eq!(samples.iter().map(|sample| sample.value).collect::<Vec<_>>(), [20.0, 3_000.0]);
/// # Ok::<(), telemetry::registry::RegisterError>(())
/// ```
pub struct SampleStream {
    name: &'static str,
    registry: Registry,
    surfaces: Arc<Mutex<Surfaces>>,
    delivered: Delivered,
    /// Samples that were taken out of a ring after the end of their series, and not told yet.
    ended: u64,
    /// Read when views merge a series that is new. Kept to reuse its memory.
    snapshot: Snapshot,
}

/// The bounds of a ring's size, each a power of two.
const CAPACITY: std::ops::RangeInclusive<usize> = 16..=1 << 20;

impl SampleStream {
    /// Opens a stream. Returns `None` if another one is open.
    pub(super) fn open(
        registry: &Registry,
        surfaces: &Arc<Mutex<Surfaces>>,
        name: &'static str,
        capacity: usize,
        rate: f64,
    ) -> Option<Self> {
        let capacity = capacity.clamp(*CAPACITY.start(), *CAPACITY.end()).next_power_of_two() as u64;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "a cast of a float saturates"
        )]
        let keep = (rate * u64::MAX as f64) as u64;
        let mut state = lock(surfaces);
        if state.samples.settings.is_some() {
            return None;
        }
        state.samples.settings = Some(Settings { capacity, keep });
        for registration in state.registrations.iter() {
            samples::switch(registration, state.samples.settings);
        }
        state.samples.ended = 0;
        let delivered = state.samples.delivered.remove(name).unwrap_or_default();
        let (registry, surfaces) = (registry.clone(), surfaces.clone());
        let snapshot = Snapshot::default();
        Some(SampleStream { name, registry, surfaces, delivered, ended: 0, snapshot })
    }

    /// Appends samples until `into` has `most`. Returns how many were lost since the last call because a ring
    /// was full.
    ///
    /// The series of each sample is in every snapshot from now on until it ends, and the sample is in its
    /// sums. [`take_ended`](Self::take_ended) counts the samples whose series has ended already.
    ///
    /// Takes the stream mutably, since a ring has one reader at a time.
    pub fn drain(&mut self, into: &mut Vec<Sample>, most: usize) -> u64 {
        let registrations = lock(&self.surfaces).registrations.clone();
        let first = into.len();
        let mut lost = 0_u64;
        for registration in &*registrations {
            let room = most.saturating_sub(into.len());
            lost += samples::drain(registration, room, |stored| match sample(registration, &stored) {
                Some(sample) => into.push(sample),
                None => self.ended += 1,
            });
        }
        self.apply_views(into, first);
        lost
    }

    /// Returns how many samples were lost since the last call because their series ended before they were
    /// taken: another one needed its place.
    pub fn take_ended(&mut self) -> u64 {
        let gone = std::mem::take(&mut lock(&self.surfaces).samples.ended);
        gone + std::mem::take(&mut self.ended)
    }

    /// Gives the samples from the index `first` on the series that views make of theirs. Leaves those out
    /// that no reader sees.
    fn apply_views(&mut self, samples: &mut Vec<Sample>, first: usize) {
        let shapes = lock(&self.surfaces).shapes.clone();
        if shapes.iter().all(|shape| shape.views.is_empty()) {
            return;
        }
        let mut has_read = false;
        let SampleStream { registry, snapshot, ended, .. } = self;
        let hidden = samples.extract_if(first.., |sample| {
            let FamilyId { surface, group, .. } = sample.family;
            let Some(view) = shapes.get(surface as usize).and_then(|shape| shape.view(group)) else {
                return false;
            };
            let Some(merged) = &view.merged else { return view.family.is_off(false) };
            let SeriesId { instance, group: own, row, birth } = sample.series;
            let mut found = lock(merged).find(instance, own, row, birth);
            if found.is_none() && !std::mem::replace(&mut has_read, true) {
                // The series is new, or has ended.
                registry.peek(snapshot);
                found = lock(merged).find(instance, own, row, birth);
            }
            *ended += u64::from(found.is_none());
            found.map(|number| sample.series = SeriesId::merged(group, number)).is_none()
        });
        hidden.for_each(drop);
    }

    /// Returns how much of a sum was delivered, through this stream or an earlier one of its name.
    #[must_use]
    pub fn delivered(&self, family: FamilyId, series: SeriesId) -> Option<Number> {
        self.delivered.get(&(family, series)).copied()
    }

    /// Sets how much of a sum was delivered. A sum that is not finite changes nothing: no delta could be
    /// taken from it.
    pub fn set_delivered(&mut self, family: FamilyId, series: SeriesId, sum: Number) {
        if sum.as_f64().is_finite() {
            self.delivered.insert((family, series), sum);
        }
    }
}

/// Returns a sample, as it was recorded; `None` if its series has ended.
fn sample(registration: &Registration, stored: &StoredSample) -> Option<Sample> {
    let group = registration.groups_of_instruments.get(stored.instrument()).copied();
    debug_assert!(group.is_some(), "each sample is of an instrument of its surface");
    let group = group?;
    let birth =
        registration.removals.as_ref().map_or(0, |removals| removals.birth(group as usize, stored.row));
    if stored.seen() < birth {
        return None;
    }
    let first = registration.groups.get(group as usize)?.family;
    let family = FamilyId { surface: registration.surface, group: first, former: false };
    let series = SeriesId { instance: registration.instance, group, row: stored.row, birth };
    Some(Sample { family, series, value: f64::from_bits(stored.bits) })
}

impl fmt::Debug for SampleStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SampleStream").field("delivered", &self.delivered.len()).finish_non_exhaustive()
    }
}

impl Drop for SampleStream {
    fn drop(&mut self) {
        let mut state = lock(&self.surfaces);
        state.samples.settings = None;
        for registration in state.registrations.iter() {
            samples::switch(registration, None);
        }
        let mut delivered = std::mem::take(&mut self.delivered);
        delivered.retain(|(family, series), _| state.has(*family, *series));
        state.samples.delivered.insert(self.name, delivered);
    }
}
