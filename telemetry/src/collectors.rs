//! Ready-made surfaces: the process, and tokio's runtime.
//!
//! Each is a `#[metrics]` trait like that of a service. Its gauges are set at the start of each snapshot.

#[cfg(feature = "process")]
mod process;
#[cfg(feature = "tokio")]
mod tokio;

#[cfg(feature = "process")]
pub use process::process;
#[cfg(feature = "tokio")]
pub use tokio::tokio;
