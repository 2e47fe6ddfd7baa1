//! M17: parameters with the names of what an expansion binds.

use telemetry::mock::View;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Labels of hostile names.
    #[counter]
    #[log(off)]
    fn requests(
        &self,
        self_: bool,
        value: bool,
        labels: bool,
        f: bool,
        event: bool,
        record: bool,
        count: bool,
        calls: bool,
        view: bool,
        metrics: bool,
        filter: bool,
        mock: bool,
        found: bool,
        number: bool,
    );

    /// A value of a hostile name.
    #[gauge]
    fn set_level(&self, event: f64, sum: bool, last: bool, assert_once: bool);

    /// More of them.
    #[counter(value = record)]
    fn sent(&self, record: u64);

    /// And more.
    #[histogram(buckets = [1, 2])]
    fn sizes(&self, self_: Option<f64>, values: bool, schema: bool, some: bool, each: bool, size: bool);
}

fn main() {
    let recording = RecordingMetrics::default();
    let on = true;
    for metrics in [&NoOp as &dyn Metrics, &recording, &(NoOp, NoOp), &Some(NoOp)] {
        metrics.requests(on, on, on, on, on, on, on, on, on, on, on, on, on, on);
        metrics.set_level(0.5, on, on, on);
        metrics.sent(3);
        metrics.sizes(None, on, on, on, on, on);
    }
    let calls = recording.requests_calls();
    View::assert_once(&calls);
    calls.self_(on).value(on).labels(on).f(on).event(on).record(on).calls(on).view(on).assert_once();
    assert_eq!(recording.set_level_calls().view().last().event, 0.5);
    recording.sent_calls().assert_sum(3);
}
