//! M7: lifetimes that are named, elided or `'static`.

use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "type", cap = 64)]
pub struct EventType<'a>(pub &'a str);

#[metrics]
pub trait Metrics {
    /// Named.
    #[counter]
    fn named<'a>(&'a self, event_type: EventType<'a>, #[label(cap = 9)] queue: &'a str);

    /// Two of them, one with a bound.
    #[counter]
    fn bounded<'a, 'b: 'a>(&'a self, event_type: EventType<'b>, other: Option<bool>);

    /// Elided.
    #[counter]
    fn elided(&self, event_type: EventType<'_>, #[label(cap = 9)] queue: Option<&str>);

    /// Static.
    #[counter]
    fn fixed(&self, event_type: EventType<'static>, #[label(cap = 9)] queue: &'static str);
}

fn main() {
    let text = String::from("email.sent");
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.named(EventType(&text), &text);
        metrics.bounded(EventType(&text), None);
        metrics.elided(EventType(&text), Some(&text));
        metrics.fixed(EventType("email.sent"), "mail");
    }
    recording.named_calls().event_type(EventType(&text)).queue(&text).assert_once();
    recording.elided_calls().queue(Some(&text)).assert_once();
    drop(text);
    assert_eq!(recording.named_calls().last().event_type, "email.sent");
    assert_eq!(recording.elided_calls().last().queue.as_deref(), Some("email.sent"));
}
