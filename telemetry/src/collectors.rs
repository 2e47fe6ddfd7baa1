//! Ready-made surfaces: the build, the process, and tokio's runtimes.
//!
//! Each is a `#[metrics]` trait like that of a service. What changes is set at the start of each snapshot.

mod build;
#[cfg(feature = "process")]
mod process;
#[cfg(feature = "tokio")]
mod tokio;

pub use build::build_info;
#[cfg(feature = "process")]
pub use process::process;
#[cfg(feature = "tokio")]
pub use tokio::{tokio, tokio_named};
