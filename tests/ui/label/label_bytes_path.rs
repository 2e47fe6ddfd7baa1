//! errors: 1
//! M16

use std::path::Path;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Files read.
    #[counter]
    fn files_read(&self, path: &Path);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.files_read(Path::new("/"));
    }
    recording.files_read_calls().assert_once();
}
