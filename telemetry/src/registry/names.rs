//! Checks that no two surfaces export one sample name, and that constant labels clash with none.

use super::error::{BuildError, Declared, RegisterError};
use super::layout::plan;
use crate::label::LabelSet;
use crate::schema::check::SCRAPED_KEYS;
use crate::schema::{
    EventSchema, InstrumentLabel, InstrumentSchema, Kind, LabelSchema, Schema, dotted_name, family_name,
};
use std::collections::HashMap;

/// The owner of each sample name.
#[derive(Debug, Default)]
pub struct Names {
    taken: HashMap<String, Declared>,
}

/// Returns the suffixes that any format adds to an instrument's name, by its kind; the empty one too.
fn suffixes(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Counter => &["", "_total", "_created"],
        Kind::Histogram => &["", "_bucket", "_count", "_sum", "_created"],
        Kind::Gauge | Kind::UpDownCounter => &[""],
    }
}

impl Names {
    /// Takes all names of a surface, or none of them.
    pub fn add(&mut self, schema: &'static Schema) -> Result<(), RegisterError> {
        let mut names = Vec::new();
        for (event, instrument) in instruments(schema) {
            let second = Declared { surface: schema.name, event: event.name, source: instrument.source };
            for name in [instrument.name].into_iter().chain(instrument.was.map(|former| former.name)) {
                let family = family_name(event.namespace, name, instrument.unit);
                let samples = suffixes(instrument.kind).iter().map(|suffix| format!("{family}{suffix}"));
                for sample in samples.chain([dotted_name(event.namespace, name)]) {
                    if let Some(first) = self.taken.get(&sample) {
                        return Err(RegisterError::Clash {
                            sample,
                            first: Box::new(*first),
                            second: Box::new(second),
                        });
                    }
                    names.push((sample, second));
                }
            }
        }
        self.taken.extend(names);
        Ok(())
    }
}

impl Names {
    /// Returns whether a sample of this name is exported in any format.
    pub fn has(&self, sample: &str) -> bool {
        self.taken.contains_key(sample)
    }

    /// Returns whether samples of this very name are exported. A counter and a histogram have samples with a
    /// suffix alone.
    pub fn exports(&self, name: &str) -> bool {
        self.has(name) && !self.has(&format!("{name}_total")) && !self.has(&format!("{name}_bucket"))
    }
}

fn instruments(
    schema: &'static Schema,
) -> impl Iterator<Item = (&'static EventSchema, &'static InstrumentSchema)> {
    schema.events.iter().flat_map(|event| event.instruments.iter().map(|instrument| (*event, instrument)))
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
            if constant_labels.iter().any(|(constant, _)| constant == key) {
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
