//! The plan of a surface's memory, from its schema alone: no atomics, no threads, no memory.

pub mod buckets;
pub mod cell;
pub mod exemplars;
pub mod exponential;
pub mod group;
pub mod plan;
pub mod removal;
