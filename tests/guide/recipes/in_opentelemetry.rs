//! The recipes in OpenTelemetry's API.

pub mod client;
pub mod layer;
pub mod middleware;
pub mod pool;
pub mod worker;
