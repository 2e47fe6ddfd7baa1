//! Surfaces of others, ready to register: the process, tokio's runtime.
//!
//! Each is a `#[metrics]` trait like a service's own, set at the beginning of each snapshot.

#[cfg(feature = "process")]
mod process;
#[cfg(feature = "tokio")]
mod tokio;

#[cfg(feature = "process")]
pub use process::process;
#[cfg(feature = "tokio")]
pub use tokio::tokio;
