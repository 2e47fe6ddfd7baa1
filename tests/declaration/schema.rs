//! The const schema: complete, and what the macro says is what the library sums up.

use crate::surface::Metrics;
use telemetry::Surface;
use telemetry::schema::{Condition, EventSchema, InstrumentLabel, Kind, Measure, Schema, Unit};
use telemetry::value::{Number, Representation};

const SCHEMA: &Schema = <dyn Metrics as Surface>::SCHEMA;

fn event(name: &str) -> &'static EventSchema {
    SCHEMA.events.iter().find(|event| event.name == name).unwrap()
}

#[test]
fn the_surface_says_where_it_comes_from() {
    assert_eq!((SCHEMA.name, SCHEMA.namespace, SCHEMA.max_series), ("Metrics", "app", Some(100_000)));
    assert_eq!((SCHEMA.package, SCHEMA.version), ("telemetry-tests", env!("CARGO_PKG_VERSION")));
    assert!(SCHEMA.source.file.ends_with("declaration/surface.rs"), "{}", SCHEMA.source);
    let text = include_str!("surface.rs");
    let line = |part: &str| text.lines().position(|line| line.contains(part)).map(|at| at + 1);
    assert_eq!(Some(SCHEMA.source.line as usize), line("pub trait Metrics"));
    assert_eq!(Some(event("publish").source.line as usize), line("fn publish"));
    assert_eq!(Some(event("publish").instruments[1].source.line as usize), line("published_rows"));
    assert!(event("hit").module.ends_with("surface"));
}

#[test]
fn one_event_feeds_several_instruments() {
    let [count, rows] = event("publish").instruments else { panic!("two instruments") };
    assert_eq!((count.kind, count.name, count.measure), (Kind::Counter, "published", Measure::Calls));
    assert_eq!((rows.name, rows.measure, rows.help), ("published_rows", Measure::Value(0), "Rows written."));
    assert_eq!(count.help, "Events published.");
    assert_eq!(event("publish").labels[0].key, "type");
    assert_eq!(event("publish").labels[0].param, "event_type");
    let [requests, duration] = event("requests").instruments else { panic!("two instruments") };
    assert_eq!(requests.labels, [InstrumentLabel::Param(0)]);
    assert_eq!((duration.unit, duration.buckets), (Unit::Seconds, &[0.005, 0.5, 5.0][..]));
    assert_eq!(requests.help, "Requests served.\n\nThe second paragraph is for the catalog.");
}

#[test]
fn values_and_labels_keep_what_was_declared() {
    let took = event("requests").values[0];
    assert_eq!((took.param, took.representation, took.optional), ("took", Representation::Duration, true));
    assert_eq!(event("requests").labels[0].none, Some("unrouted"));
    assert_eq!(event("received").labels[0].none, Some("none"));
    assert_eq!(event("received").labels[0].key, "type");
    assert_eq!(event("received").values[0].representation, Representation::U64);
    assert_eq!(event("closed").instruments[0].measure, Measure::Constant(Number::I64(-1)));
    assert_eq!(
        event("miss").instruments[0].labels,
        [
            InstrumentLabel::Param(0),
            InstrumentLabel::Param(1),
            InstrumentLabel::Constant { key: "tier", value: "disk" },
        ],
    );
}

#[test]
fn policies_and_alerts_are_in_the_schema() {
    let log = event("set_lag").log;
    assert_eq!((log.name, log.every, log.or_above, log.or_below), ("lag", 3, Some(30.0), Some(-1.0)));
    assert!(!event("closed").log.enabled && event("rows_deleted").log.skip_zero);
    let lag = event("set_lag").instruments[0];
    assert_eq!((lag.kind, lag.name, lag.unit.ucum()), (Kind::Gauge, "lag", "s"));
    let [alert] = lag.alerts else { panic!("one alert") };
    assert_eq!((alert.condition, alert.hold, alert.severity), (Condition::Above(30.0), "1m", "page"));
}

#[test]
fn series_are_summed_with_caps_options_and_shared_instruments() {
    let series = |name: &str| event(name).series(0);
    assert_eq!(series("failures"), 3);
    assert_eq!(series("publish"), 65);
    assert_eq!(series("requests"), 8 + 1 + 1);
    assert_eq!(series("received"), 3 + 1);
    assert_eq!(series("miss"), (3 + 1) * (10 + 1));
    // `connections` once; `lookups` for each of its constants.
    let expected = 3 + 2 * 65 + 2 * 10 + 2 + 1 + 2 + 2 + 44 + 4;
    assert_eq!(SCHEMA.series(), expected);
}

#[test]
fn units_have_their_ucum_codes() {
    assert!(Unit::ALL.iter().all(|unit| !unit.suffix().is_empty() && !unit.ucum().is_empty()));
    assert_eq!((Unit::Celsius.suffix(), Unit::Celsius.ucum()), ("celsius", "Cel"));
}
