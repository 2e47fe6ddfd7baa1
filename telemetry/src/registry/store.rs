//! The memory of series: words, rows, shards, and the interned label texts. Nothing here knows a thread or a
//! registry.

pub mod cell;
pub mod exemplars;
pub mod interner;
pub mod merged;
pub mod native;
pub mod places;
pub mod removed;
#[cfg_attr(not(feature = "samples"), path = "store/samples/disabled.rs")]
pub mod samples;
pub mod setting;
pub mod shard;
pub mod sparse;
pub mod writer;
