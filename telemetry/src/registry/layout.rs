//! Where each series of a surface has its words, by its schema alone: no atomics, no threads, no memory.

pub mod buckets;
pub mod cell;
pub mod group;
pub mod plan;
