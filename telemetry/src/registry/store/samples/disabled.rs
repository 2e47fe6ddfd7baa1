//! Histogram samples without the feature `samples`: nothing is kept.
#![allow(clippy::unused_self, reason = "the same functions as with the feature")]

use super::cell::Writer;
use crate::registry::layout::plan::Plan;
use crate::sync::AtomicU64;
use std::sync::Arc;

/// A histogram sample that nobody keeps.
#[derive(Clone, Copy, Debug)]
pub struct StoredSample {
    pub instrument: u64,
    pub row: u64,
    pub bits: u64,
}

/// Returns the word for an instrument's index that nobody keeps.
pub fn tag(instrument: u16, _: u64) -> u64 {
    u64::from(instrument)
}

/// The samples of one shard: none.
#[derive(Debug)]
pub struct Samples(());

/// The samples of a whole registration: none.
#[derive(Debug, Default)]
pub struct SharedSamples(());

/// Returns whether a histogram's samples are taken: never.
#[inline(always)]
pub fn is_wanted(_: &[AtomicU64], _: &Plan) -> bool {
    false
}

impl Samples {
    pub fn new(_: &Arc<SharedSamples>) -> Self {
        Samples(())
    }

    pub fn keep<W: Writer>(&self, _: StoredSample) {}

    pub fn enter(&self, _: &[AtomicU64], _: usize) {}
}

impl SharedSamples {
    pub fn fold(&self, _: &Samples) {}
}
