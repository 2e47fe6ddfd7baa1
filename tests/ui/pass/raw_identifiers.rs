//! M10: raw identifiers lose their `r#` in every name.

use telemetry::{Label, NoOp, Surface, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types)]
pub enum Kind {
    r#struct,
    Enum,
}

#[metrics]
pub trait Metrics {
    /// Matches.
    #[counter]
    fn r#match(&self, r#type: Kind, #[label(cap = 9)] r#fn: &str);

    /// Moves.
    #[counter(value = r#move, labels(r#type, r#else = "no"))]
    fn r#move(&self, r#type: Kind, r#move: u64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.r#match(Kind::r#struct, "main");
        metrics.r#move(Kind::Enum, 3);
    }
    recording.match_calls().r#type(Kind::r#struct).r#fn("main").assert_once();
    recording.move_calls().assert_sum(3);
    let event = &<dyn Metrics as Surface>::SCHEMA.events[0];
    assert_eq!((event.name, event.labels[0].key, event.labels[1].key), ("match", "type", "fn"));
    assert_eq!(event.instruments[0].name, "match");
    assert_eq!(telemetry::label::Closed::as_str(&Kind::r#struct), "struct");
}
