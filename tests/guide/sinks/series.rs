//! Handles of series: each is made once, and there are no more than the declaration's caps allow.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError, RwLock};
use telemetry::event::Measurement;
use telemetry::label::{Domain, LabelSet};
use telemetry::schema::{EventSchema, InstrumentLabel, InstrumentSchema, Kind, LabelSchema};

/// The labels of a series.
pub type Labels = Vec<(&'static str, String)>;

/// Keeps a handle of each series.
pub struct Series<H> {
    /// By the hash of instrument and label texts.
    handles: RwLock<HashMap<u64, Vec<Entry<H>>>>,
    /// By the address of an open label's domain: the texts that have a place.
    texts: Mutex<HashMap<usize, HashSet<String>>>,
    hash: RandomState,
}

struct Entry<H> {
    instrument: usize,
    labels: Labels,
    handle: H,
}

impl<H> Default for Series<H> {
    fn default() -> Self {
        Series { handles: RwLock::default(), texts: Mutex::default(), hash: RandomState::new() }
    }
}

impl<H> Series<H> {
    /// Passes the series' handle to `record`. `make` makes it at the first use, if it can.
    pub fn with(
        &self,
        event: &'static EventSchema,
        measurement: &Measurement<'_>,
        make: impl FnOnce(&Labels) -> Option<H>,
        record: impl Fn(&H),
    ) {
        let instrument = measurement.instrument;
        if !is_accepted(measurement) {
            return;
        }
        let texts = || measurement.labels().map(|(_, text)| text);
        if self.find(instrument, texts, &record) {
            return;
        }
        let Some(labels) = self.capped(event, measurement) else { return };
        let texts = || labels.iter().map(|(_, text)| text.as_str());
        if self.find(instrument, texts, &record) {
            return;
        }
        let Some(handle) = make(&labels) else { return };
        self.keep(Entry { instrument: address(instrument), labels: labels.clone(), handle });
        self.find(instrument, texts, &record);
    }

    /// Keeps a handle, unless another thread was faster: a series has one.
    fn keep(&self, new: Entry<H>) {
        let texts = new.labels.iter().map(|(_, text)| text.as_str());
        let key = self.key(new.instrument, texts);
        let mut handles = self.handles.write().unwrap_or_else(PoisonError::into_inner);
        let entries = handles.entry(key).or_default();
        if !entries.iter().any(|old| old.instrument == new.instrument && old.labels == new.labels) {
            entries.push(new);
        }
    }

    fn find<T: AsRef<str>, I: Iterator<Item = T>>(
        &self,
        instrument: &'static InstrumentSchema,
        texts: impl Fn() -> I,
        record: impl Fn(&H),
    ) -> bool {
        let key = self.key(address(instrument), texts());
        let handles = self.handles.read().unwrap_or_else(PoisonError::into_inner);
        let is_it = |entry: &&Entry<H>| {
            let own = entry.labels.iter().map(|(_, text)| text.as_str());
            entry.instrument == address(instrument)
                && texts().zip(own).all(|(text, own)| text.as_ref() == own)
        };
        let found = handles.get(&key).and_then(|entries| entries.iter().find(is_it));
        found.map(|entry| record(&entry.handle)).is_some()
    }

    fn key<T: AsRef<str>>(&self, instrument: usize, texts: impl Iterator<Item = T>) -> u64 {
        let mut hasher = self.hash.build_hasher();
        instrument.hash(&mut hasher);
        texts.for_each(|text| text.as_ref().hash(&mut hasher));
        hasher.finish()
    }

    /// Returns the labels with `other` for texts past their caps. Returns none for a gauge then: it shows one
    /// number, and `other` stands for many.
    fn capped(&self, event: &'static EventSchema, measurement: &Measurement<'_>) -> Option<Labels> {
        let instrument = measurement.instrument;
        let labels = instrument.labels.iter().zip(measurement.labels());
        let labels = labels.map(|(label, (key, text))| {
            let declared = match *label {
                InstrumentLabel::Registration(index) => event.registration_labels.get(index),
                InstrumentLabel::Param(index) => event.labels.get(index),
                _ => None,
            };
            match declared.filter(|declared| declared.none != Some(&*text)) {
                Some(LabelSchema { set: LabelSet::Open(domain), .. }) if !self.has_place(domain, &text) => {
                    (instrument.kind != Kind::Gauge).then(|| (key, domain.other.to_owned()))
                }
                _ => Some((key, text.into_owned())),
            }
        });
        labels.collect()
    }

    fn has_place(&self, domain: &'static Domain, text: &str) -> bool {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let known = || domain.known.iter().map(|known| (*known).to_owned()).collect();
        let texts = texts.entry(address(domain)).or_insert_with(known);
        texts.contains(text) || texts.len() < domain.cap as usize && texts.insert(text.to_owned())
    }
}

/// Returns whether a registry would take the number: a sum with NaN in it stays NaN.
fn is_accepted(measurement: &Measurement<'_>) -> bool {
    let (instrument, number) = (measurement.instrument, measurement.number.as_f64());
    match instrument.kind {
        Kind::Gauge => true,
        Kind::UpDownCounter => number.is_finite(),
        Kind::Histogram if instrument.signed => number.is_finite(),
        _ => number.is_finite() && number >= 0.0,
    }
}

fn address<T>(of: &T) -> usize {
    std::ptr::from_ref(of) as usize
}
