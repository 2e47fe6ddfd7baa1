//! The collecting thread's side: sums all shards, and shows the result to exporters.

pub mod collect;
pub mod exemplars;
pub mod exponential;
pub mod merge;
pub mod point;
pub mod reading;
#[cfg(feature = "samples")]
pub mod samples;
pub mod series;
pub mod snapshot;
pub mod usage;
pub mod views;
