//! Records into the facade `metrics`, whose recorder is somebody else's choice.

use super::series::{Labels, Series};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Label, Level, Metadata, Recorder};
use telemetry::event::Measurement;
use telemetry::schema::{EventSchema, Kind};
use telemetry::value::Number;
use telemetry::{Event, GuardEdge, Sink};

/// Gives the facade the names and labels of a scrape.
///
/// Its counters take integers: one that adds up fractions, such as seconds, is a gauge that rises.
#[derive(Default)]
pub struct Facade(Series<Handle>);

enum Handle {
    Count(Counter),
    /// A total that somebody else keeps.
    Total(Counter),
    Sum(Gauge),
    State(Gauge),
    Histogram(Histogram),
}

impl Sink for Facade {
    fn record(&self, event: &Event<'_>) {
        event.measurements().for_each(|measurement| self.measure(event.schema(), &measurement));
    }

    fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
        edge.read_clock();
        edge.in_flight().for_each(|measurement| self.measure(edge.schema(), &measurement));
    }
}

impl Facade {
    fn measure(&self, event: &'static EventSchema, measurement: &Measurement<'_>) {
        let make = |labels: &Labels| Some(handle(event, measurement, labels));
        self.0.with(event, measurement, make, |handle| match (handle, measurement.number) {
            (Handle::Count(counter), Number::U64(n)) => counter.increment(n),
            (Handle::Total(counter), Number::U64(n)) => counter.absolute(n),
            // All numbers of an instrument are of one type.
            (Handle::Count(_) | Handle::Total(_), _) => {}
            (Handle::Sum(gauge), number) => gauge.increment(number.as_f64()),
            (Handle::State(gauge), number) => gauge.set(number.as_f64()),
            (Handle::Histogram(histogram), number) => histogram.record(number.as_f64()),
        });
    }
}

fn handle(event: &'static EventSchema, measurement: &Measurement<'_>, labels: &Labels) -> Handle {
    static METADATA: Metadata<'static> = Metadata::new("metrics", Level::INFO, Some(module_path!()));
    let instrument = measurement.instrument;
    let at = event.instruments.iter().position(|own| std::ptr::eq(own, instrument));
    let name: KeyName = event.names(at.unwrap_or_default()).text_family().into();
    let labels: Vec<Label> = labels.iter().map(|(key, text)| Label::new(*key, text.clone())).collect();
    let key = Key::from_parts(name.clone(), labels);
    let help = instrument.help.into();
    metrics::with_recorder(|recorder: &dyn Recorder| match (instrument.kind, measurement.number) {
        (Kind::Counter, Number::U64(_)) => {
            recorder.describe_counter(name, None, help);
            let counter = recorder.register_counter(&key, &METADATA);
            if instrument.total { Handle::Total(counter) } else { Handle::Count(counter) }
        }
        (Kind::Histogram, _) => {
            recorder.describe_histogram(name, None, help);
            Handle::Histogram(recorder.register_histogram(&key, &METADATA))
        }
        (kind, _) => {
            recorder.describe_gauge(name, None, help);
            let gauge = recorder.register_gauge(&key, &METADATA);
            let is_state = kind == Kind::Gauge || instrument.total;
            if is_state { Handle::State(gauge) } else { Handle::Sum(gauge) }
        }
    })
}
