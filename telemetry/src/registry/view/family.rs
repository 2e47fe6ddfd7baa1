//! A view of one family, checked against its declaration.

use super::View;
use super::error::ViewError;
use crate::registry::layout::cell::BUCKETS;
use crate::registry::layout::exponential::NATIVE_WORDS;
use crate::schema::{EventSchema, InstrumentSchema, Kind, Names, Schema, prometheus_name};

/// One family as readers see it, where a view changes it.
#[derive(Clone, Debug, Default)]
pub struct FamilyView {
    /// The view of the present name, and of the former one that goes with it.
    pub view: Option<View>,
    /// The family under its former name is off.
    pub is_former_off: bool,
    /// The keys that are taken away.
    pub without: Box<[&'static str]>,
    /// The buckets that are left.
    pub buckets: Option<MergedBuckets>,
}

/// The buckets of a histogram that a view leaves.
#[derive(Clone, Debug)]
pub struct MergedBuckets {
    /// The upper bounds, increasing, without `+Inf`.
    pub bounds: Box<[f64]>,
    /// By declared bucket: the bucket that it becomes a part of.
    into: Box<[usize]>,
    /// The number of words of the exponential buckets, which stay.
    exponential: usize,
}

/// The instrument that a family is declared by first.
#[derive(Clone, Copy)]
pub struct Declaration {
    pub schema: &'static Schema,
    pub event: &'static EventSchema,
    /// The index of the instrument in that event.
    pub index: usize,
}

impl FamilyView {
    /// Checks a view against the family's declaration. `name` is the one in the view.
    pub fn set(&mut self, name: &str, view: &View, of: Declaration) -> Result<(), ViewError> {
        let kind = of.instrument().kind;
        if !view.without.is_empty() && kind == Kind::Gauge {
            return Err(ViewError::Gauge(name.to_owned()));
        }
        if !view.without.is_empty() && of.instrument().keeps_last() {
            return Err(ViewError::Total(name.to_owned()));
        }
        let keys = of.keys();
        let known = |key: &String| {
            let found = keys.iter().copied().find(|known| known == key || prometheus_name(known) == *key);
            found.ok_or_else(|| ViewError::Label {
                name: name.to_owned(),
                key: key.clone(),
                known: keys.clone(),
            })
        };
        self.without = view.without.iter().map(known).collect::<Result<_, _>>()?;
        self.buckets = match &view.buckets {
            Some(_) if kind != Kind::Histogram => {
                return Err(ViewError::NoHistogram { name: name.to_owned(), kind });
            }
            Some(bounds) => Some(MergedBuckets::new(name, bounds, of.instrument())?),
            None => None,
        };
        self.view = Some(view.clone());
        Ok(())
    }

    /// Returns whether no reader sees the family, under its former name or the present one.
    pub fn is_off(&self, former: bool) -> bool {
        self.view.as_ref().is_some_and(|view| view.is_off) || former && self.is_former_off
    }
}

impl Declaration {
    pub fn instrument(self) -> &'static InstrumentSchema {
        &self.event.instruments[self.index]
    }

    /// Returns the name of the family in Prometheus and OpenMetrics.
    pub fn family_name(self) -> String {
        self.event.names(self.index).family
    }

    /// Returns whether a reader shows the instrument under this name.
    pub fn has_name(self, name: &str) -> bool {
        has_name(&self.event.names(self.index), name)
    }

    /// Returns whether a reader shows the instrument under this name as its former one.
    pub fn has_former(self, name: &str) -> bool {
        self.event.former_names(self.index).is_some_and(|names| has_name(&names, name))
    }

    /// Returns all declarations of the surface, of this family and of others.
    pub fn all(self) -> impl Iterator<Item = Declaration> {
        let Declaration { schema, .. } = self;
        schema.events.iter().flat_map(move |event| {
            (0..event.instruments.len()).map(move |index| Declaration { schema, event, index })
        })
    }

    /// Returns the declaration of a counter of the surface, by its name.
    pub fn counter(self, name: &str) -> Option<Self> {
        let (event, index) = self.schema.counter(name)?;
        Some(Declaration { event, index, ..self })
    }

    /// Returns the keys of the family's labels, in all events that feed it.
    fn keys(self) -> Vec<&'static str> {
        let mut keys: Vec<&'static str> = self.schema.labels.iter().map(|label| label.key).collect();
        for event in self.schema.events {
            let own = event.instruments.iter().filter(|own| own.name == self.instrument().name);
            for label in own.flat_map(|own| own.labels) {
                let key = event.key_of(*label);
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        keys
    }
}

fn has_name(names: &Names, name: &str) -> bool {
    names.dotted == name || names.taken().iter().any(|taken| taken == name)
}

impl MergedBuckets {
    fn new(name: &str, kept: &[f64], of: &InstrumentSchema) -> Result<Self, ViewError> {
        let declared = of.buckets;
        #[allow(clippy::float_cmp, reason = "a bound is one of the declared ones, digit by digit")]
        let is_declared = |bound: &&f64| declared.iter().any(|declared| *declared == **bound);
        if let Some(bound) = kept.iter().find(|bound| !is_declared(bound)) {
            return Err(ViewError::Bound { name: name.to_owned(), bound: *bound, declared });
        }
        let bounds: Box<[f64]> = declared.iter().copied().filter(|bound| kept.contains(bound)).collect();
        // A bucket becomes a part of that with the next bound that is kept.
        let buckets = declared.iter().map(|own| bounds.partition_point(|bound| bound < own));
        let into = buckets.chain([bounds.len()]).collect();
        Ok(MergedBuckets { bounds, into, exponential: if of.native { NATIVE_WORDS } else { 0 } })
    }

    /// Returns the number of words of a histogram with these buckets.
    pub fn words(&self) -> usize {
        BUCKETS + self.bounds.len() + 1 + self.exponential
    }

    /// Returns the bucket that a declared one becomes a part of.
    pub fn merged(&self, declared: usize) -> usize {
        self.into.get(declared).copied().unwrap_or(self.bounds.len())
    }

    /// Merges the buckets of histograms, one after the other.
    pub fn merge(&self, words: &mut Vec<u64>) {
        let width = BUCKETS + self.into.len() + self.exponential;
        let mut end = 0;
        // A bucket never moves up, so none is overwritten before it is read.
        for start in (0..words.len()).step_by(width) {
            words.copy_within(start..start + BUCKETS, end);
            let buckets = end + BUCKETS;
            let mut last = None;
            for (at, into) in self.into.iter().enumerate() {
                let count = words[start + BUCKETS + at];
                let before = if last == Some(*into) { words[buckets + into] } else { 0 };
                words[buckets + into] = before.saturating_add(count);
                last = Some(*into);
            }
            words.copy_within(
                start + width - self.exponential..start + width,
                end + self.words() - self.exponential,
            );
            end += self.words();
        }
        words.truncate(end);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::schema::Source;

    const DECLARED: &[f64] = &[1.0, 2.0, 5.0];

    fn instrument() -> InstrumentSchema {
        InstrumentSchema::new(Kind::Histogram, "x", "X.", Source { file: "", line: 0 }).buckets(DECLARED)
    }

    fn merged(kept: &[f64]) -> Option<Vec<u64>> {
        let mut words = vec![0, 9, 1, 2, 3, 4, 0, 7, 10, 20, 30, 40];
        MergedBuckets::new("x", kept, &instrument()).ok()?.merge(&mut words);
        Some(words)
    }

    #[test]
    fn buckets_become_a_part_of_the_next_bound_that_is_kept() {
        assert_eq!(merged(&[2.0]), Some(vec![0, 9, 3, 7, 0, 7, 30, 70]));
        assert_eq!(merged(&[]), Some(vec![0, 9, 10, 0, 7, 100]));
        assert_eq!(merged(&[5.0, 1.0, 5.0]), Some(vec![0, 9, 1, 5, 4, 0, 7, 10, 50, 40]));
        assert_eq!(merged(DECLARED), Some(vec![0, 9, 1, 2, 3, 4, 0, 7, 10, 20, 30, 40]));
        assert_eq!(merged(&[3.0]), None);
    }
}
