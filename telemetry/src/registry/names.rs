//! Checks that no two surfaces export one name, and that constant labels clash with none.

use super::error::{BuildError, Declared, RegisterError};
use super::layout::plan;
use crate::label::LabelSet;
use crate::schema::check::SCRAPED_KEYS;
use crate::schema::{EventSchema, InstrumentLabel, InstrumentSchema, LabelSchema, Schema, prometheus_name};
use std::collections::HashMap;

/// The owners of all names that surfaces export.
#[derive(Debug, Default)]
pub struct Names {
    prometheus: HashMap<String, Taken>,
    /// The names in OTLP and statsd.
    dotted: HashMap<String, Declared>,
}

/// A name that is taken in Prometheus or OpenMetrics.
#[derive(Clone, Copy, Debug)]
struct Taken {
    by: Declared,
    /// True if there are samples of this name, in any format.
    is_sample: bool,
}

impl Names {
    /// Takes all names of a surface, or none of them. Its own names clash here only if its namespace is a
    /// constant: else the macro has seen it.
    pub fn add(&mut self, schema: &'static Schema) -> Result<(), RegisterError> {
        let mut added = Names::default();
        // Several events may feed one instrument.
        let mut own: HashMap<String, (&str, Declared)> = HashMap::new();
        for (event, index) in instruments(schema) {
            let source = event.instruments[index].source;
            let by = Declared { surface: schema.name, event: event.name, source };
            let (present, former) = (event.names(index), event.former_names(index));
            if let Some(former) = former.as_ref().filter(|former| former.samples() == present.samples()) {
                return Err(clash(former.sample(), by, by));
            }
            for names in [present].into_iter().chain(former) {
                let samples = names.samples();
                for name in names.taken() {
                    if let Some(first) = self.prometheus.get(&name) {
                        return Err(clash(name, first.by, by));
                    }
                    if let Some(first) = own.insert(name.clone(), (event.instruments[index].name, by))
                        && first.0 != event.instruments[index].name
                    {
                        return Err(clash(name, first.1, by));
                    }
                    let is_sample = samples.contains(&name) || names.created().as_ref() == Some(&name);
                    added.prometheus.entry(name).or_insert(Taken { by, is_sample }).is_sample |= is_sample;
                }
                if let Some(first) = self.dotted.get(&names.dotted) {
                    return Err(clash(names.dotted, *first, by));
                }
                added.dotted.insert(names.dotted, by);
            }
        }
        self.prometheus.extend(added.prometheus);
        self.dotted.extend(added.dotted);
        Ok(())
    }

    /// Returns whether a surface takes this name in Prometheus or OpenMetrics.
    pub fn has(&self, name: &str) -> bool {
        self.prometheus.contains_key(name)
    }

    /// Returns whether samples of this very name are exported to Prometheus, in any format.
    pub fn exports(&self, name: &str) -> bool {
        self.prometheus.get(name).is_some_and(|taken| taken.is_sample)
    }
}

fn clash(sample: String, first: Declared, second: Declared) -> RegisterError {
    RegisterError::Clash { sample, first: Box::new(first), second: Box::new(second) }
}

/// Returns the instruments of a surface, each as its event and its index there.
fn instruments(schema: &'static Schema) -> impl Iterator<Item = (&'static EventSchema, usize)> {
    schema.events.iter().flat_map(|event| (0..event.instruments.len()).map(|index| (*event, index)))
}

/// Checks a surface by itself.
pub fn check_surface(
    schema: &'static Schema,
    constant_labels: &[(String, String)],
) -> Result<(), RegisterError> {
    domains(schema)?;
    let events = schema.events.iter();
    let instruments =
        events.flat_map(|event| (0..).zip(event.instruments).map(|(at, one)| (*event, at, one)));
    for (event, at, instrument) in instruments {
        let declared = Declared { surface: schema.name, event: event.name, source: instrument.source };
        if plan::rows_of(event, instrument) > 1 << 60 {
            return Err(RegisterError::Series(declared));
        }
        for (label, _) in instrument.labels.iter().enumerate() {
            let key = event.label_key(at, label);
            let name = prometheus_name(key);
            if constant_labels.iter().any(|(constant, _)| *constant == name) {
                return Err(RegisterError::ConstantLabel { key: key.to_owned(), declared });
            }
        }
    }
    Ok(())
}

/// Checks that events that feed one instrument take the label values from one open set: another set would
/// number the same values differently.
fn domains(schema: &'static Schema) -> Result<(), RegisterError> {
    for (at, event) in schema.events.iter().enumerate() {
        for (index, instrument) in event.instruments.iter().enumerate() {
            let (first, _) = plan::group_of(schema, at, index);
            let first = schema.events[first];
            if let Some(label) = labels_of(event, instrument).find(|label| !has_domain_of(first, label)) {
                return Err(RegisterError::Domains {
                    key: label.key.to_owned(),
                    first: Box::new(declared(schema, first)),
                    second: Box::new(declared(schema, event)),
                });
            }
        }
    }
    Ok(())
}

fn declared(schema: &'static Schema, event: &'static EventSchema) -> Declared {
    Declared { surface: schema.name, event: event.name, source: event.source }
}

/// Returns whether the event's label with this key takes its values from the same open set, if it is one.
fn has_domain_of(event: &EventSchema, label: &LabelSchema) -> bool {
    let other = event.labels.iter().find(|other| other.key == label.key);
    match (label.set, other.map(|other| other.set)) {
        (LabelSet::Open(own), Some(LabelSet::Open(other))) => std::ptr::eq(own, other),
        _ => true,
    }
}

fn labels_of(
    event: &'static EventSchema,
    instrument: &'static InstrumentSchema,
) -> impl Iterator<Item = &'static LabelSchema> {
    instrument.labels.iter().filter_map(|label| match *label {
        InstrumentLabel::Param(label) => Some(&event.labels[label]),
        // One for the whole surface.
        InstrumentLabel::Registration(_) | InstrumentLabel::Constant { .. } => None,
    })
}

/// Keys that have a meaning in a sample.
const RESERVED: &[&str] = &["le", "quantile"];

/// The limit of a constant label's value, in bytes.
const VALUE_MAX: usize = 256;

pub fn check_constant_labels(labels: &[(String, String)]) -> Result<(), BuildError> {
    for (at, (key, value)) in labels.iter().enumerate() {
        let letters = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !letters || key.is_empty() || key.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(BuildError::Key(key.clone()));
        }
        if SCRAPED_KEYS.contains(&key.as_str()) {
            return Err(BuildError::Scraped(key.clone()));
        }
        if RESERVED.contains(&key.as_str()) || key.starts_with("__") {
            return Err(BuildError::Reserved(key.clone()));
        }
        if labels[..at].iter().any(|(earlier, _)| earlier == key) {
            return Err(BuildError::Twice(key.clone()));
        }
        if value.len() > VALUE_MAX {
            return Err(BuildError::Long(key.clone()));
        }
    }
    Ok(())
}
