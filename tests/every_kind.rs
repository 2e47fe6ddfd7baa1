//! A surface with an instrument of each kind, for each type of number that it takes.

use std::time::Duration;
use telemetry::{Label, metrics};

/// A step.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
    Insert,
}

#[metrics(namespace = "kinds")]
pub trait Metrics {
    /// Calls.
    #[counter]
    fn calls(&self);

    /// Bytes that
    /// were received.
    ///
    /// Not sent: a second paragraph.
    #[counter(value = size, unit = bytes)]
    fn received(&self, size: u64);

    /// Cost.
    #[counter(value = n)]
    fn cost(&self, n: f64);

    /// Busy time.
    #[counter(value = took)]
    fn busy(&self, took: Duration);

    /// Texts.
    #[counter]
    fn texts(&self, #[label(cap = 64)] text: &str, stage: Option<Stage>);

    /// Connections.
    #[up_down_counter(name = "connections", value = 1)]
    fn opened(&self);

    /// Connections.
    #[up_down_counter(name = "connections", value = -1)]
    fn closed(&self);

    /// Credit.
    #[up_down_counter]
    fn credit(&self, n: f64);

    /// Load.
    #[gauge(unit = ratio)]
    fn set_load(&self, n: f64);

    /// Depth.
    #[gauge]
    fn set_depth(&self, n: u64, stage: Stage);

    /// Balance.
    #[gauge]
    fn set_balance(&self, n: i64);

    /// Age.
    #[gauge]
    fn set_age(&self, age: Duration);

    /// Sizes.
    #[histogram(buckets = [1.0, 10.0])]
    fn size(&self, n: f64);

    /// Changes.
    #[histogram(signed, buckets = [-1.0, 0.0, 1.0])]
    fn change(&self, n: f64);

    /// Durations.
    #[histogram(buckets = [0.5, 2.0])]
    fn took(&self, took: Option<Duration>, stage: Stage);
}
