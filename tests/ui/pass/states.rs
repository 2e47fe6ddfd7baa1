//! A `bool` and a `SystemTime` as the number of a gauge, in every place where a value may stand.

use std::time::{Duration, SystemTime};
use telemetry::{Event, Log, NoOp, Sink, SinkAdapter, Value, metrics};

/// An alias of a state stays one.
pub type Flag = bool;

/// A value type of one's own that is recorded as a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deadline(SystemTime);

impl Value for Deadline {
    type Repr = SystemTime;
    fn repr(self) -> SystemTime {
        self.0
    }
    fn from_repr(repr: SystemTime) -> Self {
        Deadline(repr)
    }
}

#[metrics]
pub trait Metrics {
    /// Whether this process leads.
    #[gauge]
    fn set_leader(&self, #[value] leader: bool);

    /// Whether the link is up, by link.
    #[gauge(value = up)]
    fn set_link_up(&self, #[label(cap = 9)] link: &str, primary: bool, #[value] up: Option<bool>);

    /// When the last backup ended.
    #[gauge]
    fn set_last_backup(&self, at: SystemTime);

    /// When the certificate expires.
    #[gauge]
    #[alert(below = 1.0)]
    fn set_expiry(&self, at: core::option::Option<std::time::SystemTime>);

    /// The next deadline.
    #[gauge(unit = seconds)]
    fn set_deadline(&self, #[value] at: Deadline);

    /// Whether the switch is on.
    #[gauge]
    fn set_switch(&self, #[value] on: Flag);

    /// Jobs, and how the last one went.
    #[counter(labels())]
    #[gauge(name = "last_job_ok", value = ok, labels())]
    #[gauge(name = "last_job_end", value = at, labels())]
    fn jobs(&self, #[value] ok: bool, at: SystemTime);
}

/// Counts what arrives through the hook.
struct Numbers;

impl Sink for Numbers {
    fn record(&self, event: &Event<'_>) {
        assert!(event.values().all(|value| value.number.is_none_or(|number| number.as_f64() >= -1.0)));
    }
}

fn main() {
    let recording = RecordingMetrics::default();
    let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    let now = SystemTime::UNIX_EPOCH + Duration::new(1_764_408_854, 123_456_700);
    for metrics in [&recording as &dyn Metrics, &NoOp, &Log::default(), &SinkAdapter(Numbers)] {
        metrics.set_leader(true);
        metrics.set_link_up("a", true, None);
        metrics.set_last_backup(before);
        metrics.set_expiry(None);
        metrics.set_expiry(Some(now));
        metrics.set_deadline(Deadline(now));
        metrics.set_switch(false);
        metrics.jobs(true, now);
    }
    assert!(recording.set_leader_calls().calls()[0].leader);
    assert_eq!(recording.set_link_up_calls().calls()[0].up, None);
    assert_eq!(recording.set_expiry_calls().calls()[1].at, Some(now));
    assert_eq!(recording.set_deadline_calls().calls()[0].at, Deadline(now));
    recording.set_leader_calls().assert_sum(1);
    recording.set_last_backup_calls().total().assert_value(-1.0);
    recording.set_expiry_calls().total().assert_value(1_764_408_854.123_456_7);
    assert_eq!(recording.to_masked_text().lines().nth(2), Some("set_last_backup(at=[time])"));
}
