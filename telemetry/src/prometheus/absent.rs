//! Replaces the module when its feature is off, so that rustc names the feature that an item needs.

#[cfg(feature = "prometheus-http")]
pub use super::handler::Handler;
#[cfg(feature = "prometheus-server")]
pub use super::server::{Config, ServeError, Server, serve};
#[cfg(feature = "prometheus")]
pub use super::{Format, Renderer, render, render_snapshot};
