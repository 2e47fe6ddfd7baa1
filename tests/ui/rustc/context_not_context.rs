//! errors: 2

use telemetry::metrics;

#[derive(Clone, Copy)]
pub struct Peer(u32);

pub type Error = std::io::Error;

#[metrics]
pub trait Metrics {
    /// Failed jobs.
    #[counter]
    fn failures(&self, #[context] peer: Peer);

    /// Failed reads.
    #[counter]
    fn reads(&self, #[context] error: Error);
}

fn main() {}
