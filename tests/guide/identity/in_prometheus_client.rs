//! The same by hand in `prometheus-client`.

pub mod node;
pub mod pool;
pub mod worker;
