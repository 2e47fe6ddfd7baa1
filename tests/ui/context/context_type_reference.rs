//! errors: 5

use std::error::Error;
use std::io;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// References to what is known.
    #[counter]
    fn known(&self, #[context] error: &io::Error, #[context] cause: Option<&io::Error>, #[context] tries: &mut u64);

    /// Objects and lists.
    #[counter]
    fn objects(&self, #[context] error: Option<&(dyn Error + 'static)>, #[context] hosts: &[String]);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.known(&io::ErrorKind::Other.into(), None, &mut 1);
        metrics.objects(None, &[]);
    }
    recording.known_calls().assert_once();
}
