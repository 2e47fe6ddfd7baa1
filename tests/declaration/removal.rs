//! `#[remove]`: an event without instruments, that names those whose series end.

use telemetry::label::LabelSet;
use telemetry::schema::{EventSchema, Schema};
use telemetry::{Label, NoOp, Sink, SinkAdapter, Surface, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "tenant", cap = 8)]
pub struct Tenant<'a>(pub &'a str);

#[metrics(namespace = "jobs")]
pub trait Metrics {
    /// Age of the oldest job.
    #[gauge(unit = seconds)]
    fn set_age(&self, #[label(cap = 64, name = "queue_name", known = ["in"])] queue: &str, seconds: f64);

    /// Jobs done.
    #[counter(name = "done")]
    #[histogram(name = "size", value = bytes, buckets = [10.0], labels(owner))]
    fn done(&self, ok: bool, owner: Tenant<'_>, #[label(cap = 4)] shard: u64, bytes: u64);

    #[cfg(any())]
    /// Never there.
    #[gauge(name = "absent")]
    fn set_absent(&self, owner: Tenant<'_>, n: u64);

    /// Jobs that failed.
    #[counter(name = "done")]
    fn failed(&self, ok: bool, owner: Tenant<'_>, #[label(cap = 4)] shard: u64);

    /// The queue was deleted.
    #[remove(age)]
    fn queue_gone(&self, queue: &str);

    /// The tenant was deleted.
    #[remove(done, size, absent)]
    #[log("tenant.deleted", level = info)]
    fn tenant_gone(&self, owner: Tenant<'_>);

    /// A shard of a tenant moved away.
    #[remove(done)]
    #[log(off)]
    fn shard_gone(&self, shard: u64, owner: Tenant<'_>);
}

struct Names(std::sync::Mutex<Vec<String>>);

impl Sink for Names {
    fn record(&self, event: &telemetry::Event<'_>) {
        self.0.lock().expect("no thread panicked").push(format!("{event:?}"));
    }
}

const SCHEMA: &Schema = <dyn Metrics as Surface>::SCHEMA;

fn event(name: &str) -> &'static EventSchema {
    SCHEMA.events.iter().find(|event| event.name == name).expect("it is declared")
}

/// What the event removes: the names of event and instrument, and the labels.
fn removed(name: &str) -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    let of = |removal: &telemetry::schema::Removal| {
        let event = SCHEMA.events[removal.event];
        let labels = removal.labels.iter().map(|label| event.labels[*label].param).collect();
        (event.name, event.instruments[removal.instrument].name, labels)
    };
    event(name).removes.iter().map(of).collect()
}

#[test]
fn the_schema_says_what_ends_by_which_labels() {
    assert_eq!(removed("queue_gone"), [("set_age", "age", vec!["queue"])]);
    // All that feed it are named, and what is configured away is not.
    let of_tenant =
        [("done", "done", vec!["owner"]), ("failed", "done", vec!["owner"]), ("done", "size", vec!["owner"])];
    assert_eq!(removed("tenant_gone"), of_tenant);
    let of_shard = [("done", "done", vec!["shard", "owner"]), ("failed", "done", vec!["shard", "owner"])];
    assert_eq!(removed("shard_gone"), of_shard);
    for event in SCHEMA.events {
        assert_eq!(event.removes.is_empty(), !event.instruments.is_empty(), "{}", event.name);
    }
}

#[test]
fn the_labels_are_those_of_the_instruments() {
    let domain = |event: &EventSchema, label: usize| match event.labels[label].set {
        LabelSet::Open(domain) => domain,
        other => panic!("{other:?}"),
    };
    let [queue] = event("queue_gone").labels else { panic!("one label") };
    assert_eq!((queue.key, queue.param), ("queue_name", "queue"));
    assert!(std::ptr::eq(domain(event("queue_gone"), 0), domain(event("set_age"), 0)));
    assert!(std::ptr::eq(domain(event("tenant_gone"), 0), domain(event("done"), 1)));
    assert!(std::ptr::eq(domain(event("shard_gone"), 0), domain(event("done"), 2)));
}

#[test]
fn a_removal_is_a_call_like_any_other() {
    let mock = RecordingMetrics::default();
    let both: (&RecordingMetrics, NoOp) = (&mock, NoOp);
    both.set_age("in", 3.0);
    both.queue_gone("in");
    both.tenant_gone(Tenant("acme"));
    both.shard_gone(3, Tenant("acme"));
    mock.queue_gone_calls().queue("in").assert_once();
    mock.shard_gone_calls().shard(3).owner(Tenant("acme")).assert_once();
    assert_eq!(mock.calls()[1], MetricsCall::queue_gone("in"));

    let sink = SinkAdapter(Names(std::sync::Mutex::default()));
    sink.queue_gone("in");
    assert_eq!(sink.0.0.lock().expect("no thread panicked").as_slice(), [r#"queue_gone(queue="in")"#]);
}
