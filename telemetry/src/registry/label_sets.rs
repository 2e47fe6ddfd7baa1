//! The label sets with which one surface is registered, and the places of their values under the caps.

use super::readers::End;
use crate::label::index::{Coordinate, Found};
use crate::label::{LabelSet, LabelValue, NONE, OTHER};
use crate::registry::layout::plan::label_index;
use crate::schema::{LabelSchema, Schema};
use std::collections::{HashMap, HashSet};

/// The label sets of a surface in a registry.
pub struct LabelSets {
    labels: &'static [LabelSchema],
    /// The registration of each set.
    instances: HashMap<Box<[Box<str>]>, u64>,
    /// By label: the registrations with each value that takes a place under the cap.
    values: Vec<HashMap<Box<str>, Vec<u64>>>,
}

/// The values of one label set, by label.
#[derive(Default)]
pub struct Places(Vec<Place>);

struct Place {
    text: Box<str>,
    /// It takes a place under the label's cap.
    is_counted: bool,
    /// It stands for values without a place.
    is_other: bool,
    /// The value itself is not `other`.
    overflows: bool,
}

impl Place {
    fn of(label: &LabelSchema, value: &LabelValue<'_>) -> Self {
        let index = label_index(label);
        let kept = |text: &str, is_counted| Place {
            text: text.into(),
            is_counted,
            is_other: false,
            overflows: false,
        };
        match index.find(value) {
            Found::Outside => Place::other(label, true),
            Found::InDomain(domain) => match label.set.text(&label.set.limit(*value)) {
                Some(text) if text == domain.other => Place::other(label, false),
                Some(text) => kept(&text, true),
                None => Place::other(label, true),
            },
            Found::At(at) => match index.coordinate(at) {
                Coordinate::Closed(value) => kept(label.set.closed_value(value), false),
                Coordinate::Integer(n) => kept(&n.to_string(), false),
                Coordinate::Absent => kept(label.none.unwrap_or(NONE), false),
                Coordinate::Other | Coordinate::Numbered(_) => Place::other(label, true),
            },
        }
    }

    fn other(label: &LabelSchema, overflows: bool) -> Self {
        let text = match label.set {
            LabelSet::Open(domain) => domain.other,
            LabelSet::Closed(_) | LabelSet::Range { .. } => OTHER,
        };
        Place { text: text.into(), is_counted: false, is_other: true, overflows }
    }
}

impl Places {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Makes a value without a place `other`.
    pub fn overflow(&mut self, label: usize, schema: &'static Schema) {
        if let (Some(place), Some(label)) = (self.0.get_mut(label), schema.labels.get(label)) {
            *place = Place::other(label, true);
        }
    }

    /// Returns whether any value is `other`: the set then stands for several.
    pub fn is_other(&self) -> bool {
        self.0.iter().any(|place| place.is_other)
    }

    /// Returns the keys of the labels whose value counts as `other` and is another one.
    pub fn overflowing(&self, schema: &'static Schema) -> Vec<&'static str> {
        let labels = schema.labels.iter().zip(&self.0).filter(|(_, place)| place.overflows);
        labels.map(|(label, _)| label.key).collect()
    }

    pub fn into_texts(self) -> Box<[Box<str>]> {
        self.0.into_iter().map(|place| place.text).collect()
    }

    /// Returns the set as messages name it.
    pub fn to_string(&self, schema: &'static Schema) -> String {
        let labels = schema.labels.iter().zip(&self.0);
        let texts = labels.map(|(label, place)| format!("{}={:?}", label.key, place.text));
        texts.collect::<Vec<_>>().join(", ")
    }
}

impl LabelSets {
    pub fn new(schema: &'static Schema) -> Self {
        let values = schema.labels.iter().map(|_| HashMap::new()).collect();
        LabelSets { labels: schema.labels, instances: HashMap::new(), values }
    }

    /// Returns the places of these values, as if there were room.
    pub fn places(&self, values: &[LabelValue<'_>]) -> Places {
        debug_assert_eq!(values.len(), self.labels.len(), "there is a value for each label");
        Places(self.labels.iter().zip(values).map(|(label, value)| Place::of(label, value)).collect())
    }

    /// Returns whether the label's value has a place, or can have one.
    pub fn has_room(&self, label: usize, places: &Places) -> bool {
        let (Some(place), Some(values)) = (places.0.get(label), self.values.get(label)) else { return true };
        let LabelSet::Open(domain) = self.labels[label].set else { return true };
        !place.is_counted || values.contains_key(&place.text) || values.len() < domain.cap as usize
    }

    /// Returns the registrations with one value of the label: the value whose registrations have all ended,
    /// and earliest of all. Returns none if each value has one that lives.
    pub fn oldest_ended(&self, label: usize, end: impl Fn(u64) -> Option<End>) -> HashSet<u64> {
        let values = self.values.get(label).into_iter().flat_map(HashMap::values);
        let ended = values.filter_map(|instances| {
            let ends: Option<Vec<_>> =
                instances.iter().map(|instance| end(*instance).map(|end| (end.at, *instance))).collect();
            Some((ends?.into_iter().max()?, instances))
        });
        let oldest = ended.min_by_key(|(end, _)| *end);
        oldest.map(|(_, instances)| instances.iter().copied().collect()).unwrap_or_default()
    }

    /// Returns the registration with this label set.
    pub fn find(&self, places: &Places) -> Option<u64> {
        let texts: Vec<Box<str>> = places.0.iter().map(|place| place.text.clone()).collect();
        self.instances.get(texts.as_slice()).copied()
    }

    pub fn add(&mut self, places: &Places, instance: u64) {
        self.instances.insert(places.0.iter().map(|place| place.text.clone()).collect(), instance);
        for (values, place) in self.values.iter_mut().zip(&places.0) {
            if place.is_counted {
                values.entry(place.text.clone()).or_default().push(instance);
            }
        }
    }

    pub fn remove(&mut self, given: &[Box<str>], instance: u64) {
        self.instances.remove(given);
        for (values, text) in self.values.iter_mut().zip(given) {
            if let Some(instances) = values.get_mut(text) {
                instances.retain(|known| *known != instance);
                if instances.is_empty() {
                    values.remove(text);
                }
            }
        }
    }
}
