//! Stands where the module is without its feature, so that rustc names at once the feature that an item needs.

#[cfg(feature = "prometheus-http")]
pub use super::handler::Handler;
#[cfg(feature = "prometheus-server")]
pub use super::server::{Config, ServeError, Server, serve};
#[cfg(feature = "prometheus")]
pub use super::{Format, Renderer, render};
