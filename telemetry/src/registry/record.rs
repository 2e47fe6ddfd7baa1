//! The calling thread's side: handles to a surface, a thread's state, and the shards of a registration.

pub mod call;
pub mod exemplars;
#[cfg(not(telemetry_safe))]
pub mod fast;
pub mod general;
pub mod in_flight;
pub mod instruments;
pub mod observed;
pub mod registration;
pub mod removal;
pub mod shape;
pub mod shards;
pub mod state;
pub mod thread;
