//! M17: metrics with the names of methods that the mock, or everything, has.

use telemetry::mock::Journal;
use telemetry::{NoOp, metrics};

macro_rules! surface {
    ($($method:ident)*) => {
        #[metrics]
        pub trait Metrics {
            $(
                /// Counts.
                #[counter(name = "hostile", labels(method = "any"))]
                fn $method(&self, cached: bool);
            )*
        }

        fn record(metrics: &dyn Metrics) {
            $(metrics.$method(true);)*
        }
    };
}

surface! {
    clone default drop new build calls take journal event_seen uncovered uncovered_in wait_for assert_only
    from fmt eq deref as_ref push view filter count sum last read schema register collect into p params calls_params hash
}

fn main() {
    let recording = <RecordingMetrics as Default>::default();
    record(&NoOp);
    record(&recording);
    recording.drop_calls().cached(true).assert_once();
    recording.calls_calls().assert_once();
    recording.take_calls().assert_once();
    assert_eq!(Journal::calls(&recording)[0], MetricsCall::clone(true));
    assert!(Journal::uncovered(&recording).is_empty());
}
