//! errors: 6

use std::borrow::Cow;
use std::path::Path;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Owned text.
    #[counter]
    fn owned(&self, #[context] job: String, #[context] host: Option<&String>, #[context] peer: Cow<'_, str>);

    /// Bytes and a character.
    #[counter]
    fn bytes(&self, #[context] path: &Path, #[context] body: Option<&[u8]>, #[context] letter: char);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.owned(String::new(), None, Cow::Borrowed("a"));
        metrics.bytes(Path::new("/"), None, 'a');
    }
    recording.owned_calls().assert_once();
}
