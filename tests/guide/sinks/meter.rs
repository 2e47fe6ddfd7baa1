//! Records into a `Meter` of OpenTelemetry, whose SDK aggregates and exports.

use super::series::{Labels, Series};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter, UpDownCounter};
use std::sync::atomic::{AtomicU64, Ordering};
use telemetry::event::Measurement;
use telemetry::schema::{EventSchema, Kind};
use telemetry::value::Number;
use telemetry::{Event, GuardEdge, Sink};

/// Gives the meter the names and units of OTLP.
pub struct ToMeter {
    meter: Meter,
    series: Series<Handle>,
}

/// An instrument, and the attributes of a series.
struct Handle {
    instrument: Instrument,
    attributes: Vec<KeyValue>,
}

enum Instrument {
    Count(Counter<u64>),
    Sum(Counter<f64>),
    /// With the last total that somebody else keeps, as the bits of a float.
    Total(Counter<f64>, AtomicU64),
    UpDown(UpDownCounter<f64>),
    State(Gauge<f64>),
    Histogram(Histogram<f64>),
}

impl ToMeter {
    pub fn new(meter: Meter) -> Self {
        ToMeter { meter, series: Series::default() }
    }

    fn measure(&self, event: &'static EventSchema, measurement: &Measurement<'_>) {
        let make = |labels: &Labels| self.handle(event, measurement, labels);
        self.series.with(event, measurement, make, |handle| handle.record(measurement.number));
    }

    fn handle(
        &self,
        event: &'static EventSchema,
        measurement: &Measurement<'_>,
        labels: &Labels,
    ) -> Option<Handle> {
        let declared = measurement.instrument;
        let at = event.instruments.iter().position(|own| std::ptr::eq(own, declared));
        let name = event.names(at.unwrap_or_default()).dotted;
        let (unit, help) = (declared.unit.ucum(), declared.help);
        let meter = &self.meter;
        let instrument = match (declared.kind, measurement.number) {
            (Kind::Counter, _) if declared.total => {
                let counter = meter.f64_counter(name).with_unit(unit).with_description(help).build();
                Instrument::Total(counter, AtomicU64::new(0))
            }
            (Kind::Counter, Number::U64(_)) => {
                Instrument::Count(meter.u64_counter(name).with_unit(unit).with_description(help).build())
            }
            (Kind::Counter, _) => {
                Instrument::Sum(meter.f64_counter(name).with_unit(unit).with_description(help).build())
            }
            (Kind::UpDownCounter, _) => {
                let counter = meter.f64_up_down_counter(name).with_unit(unit);
                Instrument::UpDown(counter.with_description(help).build())
            }
            (Kind::Gauge, _) => {
                Instrument::State(meter.f64_gauge(name).with_unit(unit).with_description(help).build())
            }
            (Kind::Histogram, _) => {
                let histogram = meter.f64_histogram(name).with_unit(unit).with_description(help);
                Instrument::Histogram(histogram.with_boundaries(declared.buckets.to_vec()).build())
            }
            // A kind that is newer than this code.
            _ => return None,
        };
        let attributes = labels.iter().map(|(key, text)| KeyValue::new(*key, text.clone()));
        Some(Handle { instrument, attributes: attributes.collect() })
    }
}

impl Handle {
    fn record(&self, number: Number) {
        let (attributes, float) = (self.attributes.as_slice(), number.as_f64());
        match (&self.instrument, number) {
            (Instrument::Count(counter), Number::U64(n)) => counter.add(n, attributes),
            // All numbers of an instrument are of one type.
            (Instrument::Count(_), _) => {}
            (Instrument::Sum(counter), _) => counter.add(float, attributes),
            (Instrument::Total(counter, last), _) => {
                let last = f64::from_bits(last.swap(float.to_bits(), Ordering::Relaxed));
                // One that fell counts from 0 again.
                counter.add(if float < last { float } else { float - last }, attributes);
            }
            (Instrument::UpDown(counter), _) => counter.add(float, attributes),
            (Instrument::State(gauge), _) => gauge.record(float, attributes),
            (Instrument::Histogram(histogram), _) => histogram.record(float, attributes),
        }
    }
}

impl Sink for ToMeter {
    fn record(&self, event: &Event<'_>) {
        event.measurements().for_each(|measurement| self.measure(event.schema(), &measurement));
    }

    fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
        edge.read_clock();
        edge.in_flight().for_each(|measurement| self.measure(edge.schema(), &measurement));
    }
}
