//! Removals: by all kinds of labels, under `cfg`, and added to a surface that has implementations by hand.

use telemetry::{Event, Label, NoOp, metrics};

#[derive(Label, Clone, Copy)]
#[label(cap = 64)]
pub struct Queue<'a>(pub &'a str);

#[derive(Label, Clone, Copy)]
pub enum Kind {
    One,
    Two,
}

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter(name = "jobs")]
    #[histogram(name = "took", buckets = [1.0], value = took)]
    fn jobs(
        &self,
        queue: Queue<'_>,
        kind: Kind,
        #[label(cap = 4)] shard: u8,
        #[label(range = 0..=3)] core: u8,
        #[label(cap = 3)] zone: Option<&str>,
        ok: bool,
        took: f64,
    );

    /// All of a queue.
    #[remove(jobs, took)]
    fn queue_gone(&self, queue: Queue<'_>);

    /// All of a kind.
    #[remove(jobs)]
    #[log("kind.gone", level = warn)]
    fn kind_gone(&self, kind: Kind);

    /// Some.
    #[remove(took)]
    #[log(off)]
    fn some_gone(&self, shard: u8, core: u8, zone: Option<&str>, ok: bool);

    #[cfg(any())]
    /// Never.
    #[remove(jobs)]
    fn never(&self, queue: Queue<'_>);
}

/// From before the removals.
struct ByHand;

impl Metrics for ByHand {
    fn jobs(&self, _: Queue<'_>, _: Kind, _: u8, _: u8, _: Option<&str>, _: bool, _: f64) {}

    fn event(&self, event: &Event<'_>) {
        assert!(!event.schema().removes.is_empty(), "all other methods are written by hand");
    }
}

fn main() {
    let all: [&dyn Metrics; 2] = [&NoOp, &ByHand];
    for metrics in all {
        metrics.queue_gone(Queue("in"));
        metrics.kind_gone(Kind::Two);
        metrics.some_gone(1, 2, None, true);
    }
    let _ = Kind::One;
}
