//! `none = ""` on each kind of label, and in the arguments that select a label's values.

use telemetry::{Label, Registry, Surface, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
    Insert,
}

#[metrics(labels(#[label(cap = 4, none = "")] zone: Option<&str>))]
pub trait Metrics {
    /// Requests.
    #[counter]
    #[alert(rate_above = 1.0, matching(route = "", stage = ["", "lease"], zone = ""))]
    #[log(level = warn, when(stage = ["", "insert"]))]
    fn requests(
        &self,
        #[label(cap = 8, none = "")] route: Option<&str>,
        #[label(none = "")] stage: Option<Stage>,
        #[label(none = "")] cached: Option<bool>,
        #[label(range = 0..=3, none = "")] shard: Option<u8>,
        #[label(values = ["get", "put"], none = "")] method: Option<&str>,
    );
}

fn main() {
    let given = MetricsLabels { zone: None };
    let registry = Registry::new();
    let recording = RecordingMetrics::with(given);
    let registered = registry.register_with::<dyn Metrics>(given).unwrap();
    for metrics in [&recording as &dyn Metrics, &registered] {
        metrics.requests(None, None, None, None, None);
        metrics.requests(Some(""), Some(Stage::Lease), Some(true), Some(1), Some("get"));
    }
    // The text of the absent value is the absent value, in series.
    recording.requests_calls().route(None).assert_once();
    recording.requests_calls().route(None).total().assert_value(2);
    assert_eq!(<dyn Metrics as Surface>::SCHEMA.series(), 5 * 10 * 3 * 3 * 6 * 4 / 5 * 6);
}
