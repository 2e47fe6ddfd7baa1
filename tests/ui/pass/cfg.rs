//! M9: `cfg` on a method reaches everything that is generated for it.

#![deny(warnings)]

use telemetry::{NoOp, Surface, metrics};

#[metrics(mock(cfg(all())))]
pub trait Metrics {
    /// Requests served.
    #[cfg(all())]
    #[counter]
    fn requests(&self, cached: bool, #[label(cap = 9)] route: &str);

    /// Not there: not even its types exist.
    #[cfg(any())]
    #[counter(value = count)]
    #[histogram(name = "sizes", buckets = NOWHERE)]
    #[log(every = 60)]
    fn absent(&self, nowhere: Nowhere, #[label(cap = 7)] place: &str, count: u64);

    /// Declared twice, and there once.
    #[cfg(all())]
    #[counter]
    fn either(&self);

    /// Declared twice, and there once.
    #[cfg(any())]
    #[counter]
    fn either(&self, cached: bool);

    /// Two that feed one, if both are there.
    #[cfg(any())]
    #[up_down_counter(name = "connections", value = 1)]
    fn opened(&self);

    /// Two that feed one, if both are there.
    #[cfg_attr(all(), allow(dead_code))]
    #[up_down_counter(name = "connections", value = -1)]
    fn closed(&self);

    /// A helper, not there.
    #[cfg(any())]
    fn helper(&self) {
        self.absent(Nowhere);
    }
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests(true, "/");
        metrics.either();
        metrics.closed();
    }
    recording.requests_calls().cached(true).route("/").assert_once();
    recording.either_calls().assert_once();
    let names: Vec<_> = <dyn Metrics as Surface>::SCHEMA.events.iter().map(|event| event.name).collect();
    assert_eq!(names, ["requests", "either", "closed"]);
}
