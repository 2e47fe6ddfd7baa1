//! M16: every way to write a type that is a value or a label.

use std::time::Duration;
use telemetry::{Label, NoOp, Value, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
    Insert,
}

/// Somebody's own type, whose name the standard library has too.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    Read,
    Write,
}

/// An enum of another crate.
#[derive(Clone, Copy)]
pub struct Theirs(u8);

impl From<Theirs> for Stage {
    fn from(theirs: Theirs) -> Self {
        if theirs.0 == 0 { Stage::Lease } else { Stage::Insert }
    }
}

impl From<&String> for Stage {
    fn from(theirs: &String) -> Self {
        if theirs.is_empty() { Stage::Lease } else { Stage::Insert }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bytes(u64);

impl Value for Bytes {
    type Repr = u64;
    fn repr(self) -> u64 {
        self.0
    }
    fn from_repr(repr: u64) -> Self {
        Bytes(repr)
    }
}

pub type Seconds = f64;
pub type Maybe = Option<Stage>;

const SIZES: &[f64] = &[100.0, 1000.0];
const MORE_SIZES: [f64; 2] = [100.0, 1000.0];

#[metrics(max_series = 40_000_000)]
pub trait Metrics {
    /// Names of the standard library.
    #[counter]
    fn names(&self, path: Path, other: Option<Path>);

    /// Labels.
    #[counter]
    fn labels(
        &self,
        stage: self::Stage,
        maybe: core::option::Option<crate::Stage>,
        alias: Maybe,
        cached: Option<bool>,
        #[label(with = Stage)] theirs: Theirs,
        #[label(with = Stage)] theirs_perhaps: Option<Theirs>,
        #[label(cap = 9)] text: std::option::Option<&str>,
        #[label(range = -1..=9)] digit: i8,
        #[label(range = 0..10)] digit_perhaps: Option<usize>,
        #[label(cap = 64, known = ["a"], other = "rest", max_len = 32, name = "queue_name")] queue: &str,
    );

    /// Values.
    #[counter(value = size, unit = bytes)]
    #[gauge(name = "last_took", value = took)]
    #[histogram(name = "took", value = took)]
    #[up_down_counter(name = "delta", value = delta)]
    #[histogram(name = "skew", value = skew, unit = seconds, signed, buckets = [-1, 0, 1])]
    #[histogram(name = "size_of_slice", value = size, unit = bytes, buckets = SIZES)]
    #[histogram(name = "size_of_array", value = size, unit = bytes, buckets = &MORE_SIZES)]
    #[log("values", skip_zero, or_above = 3, on = delta, level = debug, target = "mine")]
    fn values(
        &self,
        took: core::option::Option<std::time::Duration>,
        #[value] size: Bytes,
        delta: Option<i64>,
        #[value] skew: Seconds,
    ) -> ();

    /// Plain helpers pass through, generic ones with a bound.
    fn lease(&self) {
        self.stage(Stage::Lease);
    }

    #[allow(missing_docs)]
    fn all<T: IntoIterator<Item = Stage>>(&self, stages: T)
    where
        Self: Sized,
    {
        stages.into_iter().for_each(|stage| self.stage(stage));
    }

    /// One.
    #[counter]
    fn stage(&self, stage: Stage);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        let stage = Stage::Lease;
        metrics.labels(stage, None, None, None, Theirs(0), Some(Theirs(1)), None, 3, Some(200), "a");
        metrics.values(Some(Duration::ZERO), Bytes(3), None, -0.5);
        metrics.lease();
    }
    recording.all([Stage::Lease, Stage::Insert]);
    recording.labels_calls().theirs_perhaps(Some(Theirs(1))).digit_perhaps(Some(200)).assert_once();
    recording.stage_calls().assert_covers(|call| call.stage);
    assert_eq!(recording.values_calls().last().size, Bytes(3));
}
