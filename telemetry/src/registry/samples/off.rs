//! Where no back end wants histogram samples: nothing is kept, and nothing asked.
#![allow(clippy::unused_self, reason = "as the other one's")]

use super::cells::Cells;
use super::layout::Plan;
use super::local::Local;
use super::registration::Registration;
use crate::sync::AtomicU64;
use crate::value::Number;
use std::marker::PhantomData;

/// No word of a slab.
pub const WORDS: usize = 0;

/// Nobody.
#[derive(Clone, Copy, Debug)]
pub struct Keeper<'a>(PhantomData<&'a ()>);

#[allow(non_snake_case, non_upper_case_globals, reason = "as the other one's variants")]
impl<'a> Keeper<'a> {
    pub const Nobody: Keeper<'a> = Keeper(PhantomData);

    #[inline(always)]
    pub fn Thread(_: &'a Local) -> Self {
        Self::Nobody
    }

    #[inline(always)]
    pub fn Late(_: &'a Registration) -> Self {
        Self::Nobody
    }
}

/// Nothing of a thread.
#[derive(Debug, Default)]
pub struct Samples(());

/// Nothing of a registration.
#[derive(Debug, Default)]
pub struct Shared(());

impl Shared {
    pub fn fold(&self, _: &Samples) {}

    pub fn enter(&self, _: &Cells, _: usize) {}
}

#[inline(always)]
pub fn offer(_: Keeper<'_>, _: &[AtomicU64], _: &Plan, _: u64, _: Number) {}
