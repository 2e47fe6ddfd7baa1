//! errors: 2

use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 64)]
pub struct Customer<'a>(pub &'a str);

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self, customer: Customer);

    /// Bytes sent.
    #[counter(value = bytes)]
    fn sent(&self, customer: Option<Customer>, bytes: u64);
}

fn main() {
    let recording = RecordingMetrics::default();
    recording.requests(Customer("a"));
    recording.requests_calls().customer(Customer("a")).assert_once();
}
