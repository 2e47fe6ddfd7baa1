//! The recipes in `prometheus-client`.

pub mod client;
pub mod layer;
pub mod middleware;
pub mod pool;
pub mod worker;
