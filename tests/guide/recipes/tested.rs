//! A test of the client call, quoted by the page.

use super::client::{Metrics, Outcome, Peer, RecordingMetrics, call};
use std::sync::Arc;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_call_times_out() {
    let mock = RecordingMetrics::default();
    mock.set_clock(|| tokio::time::Instant::now().into_std());
    let metrics: Arc<dyn Metrics> = Arc::new(mock.clone());

    let never = std::future::pending::<Result<(), ()>>();
    assert!(call(&metrics, Peer::Search, never).await.is_err());

    mock.assert_none_in_flight();
    mock.calls_calls().outcome(Outcome::TimedOut).assert_once();
    assert_eq!(mock.calls_calls().last().took, Duration::from_secs(2));
}
