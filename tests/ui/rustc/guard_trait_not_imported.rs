//! errors: 1

use std::sync::Arc;
use telemetry::NoOp;

mod metrics {
    use telemetry::metrics;

    #[metrics]
    pub trait Metrics {
        /// Jobs done.
        #[counter]
        #[up_down_counter(in_flight, name = "jobs_running")]
        fn jobs(&self);
    }
}

use metrics::Metrics;

fn main() {
    let metrics: Arc<dyn Metrics> = Arc::new(NoOp);
    metrics.start_jobs().end();
}
