//! What a back end takes that sends changes and not totals: histogram samples, and how far it has come.

use super::samples::{self, Settings};
use super::snapshot::{FamilyId, SeriesId, Snapshot};
use super::{Registration, Registry, lock};
use crate::value::Number;
use std::collections::HashMap;
use std::sync::Arc;

/// One sample of a histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    /// The family under its present name; it has one under a former name too if [`FamilyId::renamed`] says so.
    pub family: FamilyId,
    pub series: SeriesId,
    pub value: f64,
}

/// How much of each sum was delivered.
pub(crate) type Delivered = HashMap<(FamilyId, SeriesId), Number>;

/// What the registry knows of its reader.
#[derive(Default)]
pub(super) struct Tapped {
    settings: Option<Settings>,
    /// Of a reader that has ended, for the next one to go on from.
    delivered: Delivered,
}

impl Tapped {
    /// A surface is new.
    pub fn add(&self, registration: &Registration) {
        if self.settings.is_some() {
            samples::switch(registration, self.settings);
        }
    }
}

/// Takes the samples of all histograms of a registry, as long as it lives. There is one at a time.
#[derive(Debug)]
pub(crate) struct Tap {
    registry: Registry,
    /// How far the reader has come. The next one gets it.
    pub delivered: Delivered,
}

/// As many samples a thread keeps at the most; at the least, a power of two each.
const CAPACITY: std::ops::RangeInclusive<usize> = 16..=1 << 20;

impl Registry {
    /// Labels that every series has, besides its own.
    pub(crate) fn constant_labels(&self) -> &[(String, String)] {
        &self.inner.constant_labels
    }

    /// From now on threads keep samples: so many between two readings, and only so large a share of them.
    /// `None` if another tap is open.
    pub(crate) fn tap(&self, capacity: usize, rate: f64) -> Option<Tap> {
        let capacity = capacity.clamp(*CAPACITY.start(), *CAPACITY.end()).next_power_of_two() as u64;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "a cast of a float saturates"
        )]
        let keep = (rate * u64::MAX as f64) as u64;
        let mut state = lock(&self.inner.state);
        if state.tapped.settings.is_some() {
            return None;
        }
        state.tapped.settings = Some(Settings { capacity, keep });
        for registration in state.registrations.iter() {
            samples::switch(registration, state.tapped.settings);
        }
        let delivered = std::mem::take(&mut state.tapped.delivered);
        Some(Tap { registry: self.clone(), delivered })
    }
}

impl Tap {
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Reads what every series holds, and calls nobody back.
    pub fn peek(&self, snapshot: &mut Snapshot) {
        let registrations = lock(&self.registry.inner.state).registrations.clone();
        snapshot.read(&self.registry.inner.constant_labels, &registrations);
    }

    /// Appends samples until there are `most`. How many were lost since the last time, because they came
    /// faster than they were taken. The series of each sample is in every snapshot from now on.
    pub fn drain(&self, into: &mut Vec<Sample>, most: usize) -> u64 {
        let registrations = lock(&self.registry.inner.state).registrations.clone();
        let mut lost = 0_u64;
        for (surface, registration) in (0..).zip(&*registrations) {
            let room = most.saturating_sub(into.len());
            lost += samples::drain(registration, room, |entry| {
                if let Some(sample) = sample(surface, registration, &entry) {
                    into.push(sample);
                }
            });
        }
        lost
    }
}

fn sample(surface: u32, registration: &Arc<Registration>, entry: &samples::Entry) -> Option<Sample> {
    let store = *registration.fed.get(usize::try_from(entry.instrument).ok()?)?;
    let family = FamilyId { surface, store: registration.stores.get(store as usize)?.family, former: false };
    let series = SeriesId { store, row: entry.row };
    Some(Sample { family, series, value: f64::from_bits(entry.bits) })
}

impl Drop for Tap {
    fn drop(&mut self) {
        let mut state = lock(&self.registry.inner.state);
        state.tapped.settings = None;
        for registration in state.registrations.iter() {
            samples::switch(registration, None);
        }
        state.tapped.delivered = std::mem::take(&mut self.delivered);
    }
}
