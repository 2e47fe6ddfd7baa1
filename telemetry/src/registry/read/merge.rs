//! Applies views to a reading: merges buckets, and series whose labels a view takes away.

use super::collect::{GroupReading, InstanceReading, MergedEntry, MergedReading, SurfaceReading};
use super::exemplars::{Exemplar, keep_newest};
use super::series::SeriesGroup;
use crate::registry::record::shape::ReaderView;
use crate::registry::store::merged::{Merged, MergedSeries, SourceRows};
use crate::sync::lock;
use std::time::SystemTime;

/// Applies the views of a surface to what was just read of it.
pub fn apply_views(surface: &mut SurfaceReading) {
    let shape = surface.shape.clone();
    surface.merged.resize_with(shape.views.len(), || None);
    for ((family, view), merged) in (0_u32..).zip(&shape.views).zip(&mut surface.merged) {
        let Some(view) = view else { continue };
        let groups = (0_u32..).zip(&shape.groups).filter(|(_, group)| group.family == family);
        let groups = groups.map(|(group, _)| group);
        match &view.merged {
            Some(state) => {
                let merged = merged.get_or_insert_default();
                let mut state = lock(state);
                state.begin();
                for instance in &surface.instances {
                    for group in groups.clone() {
                        add(&mut state, view, instance, group);
                    }
                }
                state.end();
                copy(view, &state, merged);
                merged.values.exemplars.clear();
                for instance in &surface.instances {
                    for group in groups.clone() {
                        add_exemplars(&state, instance, group, &mut merged.values.exemplars);
                    }
                }
                merge_exemplars(view, &mut merged.values.exemplars);
            }
            None => {
                let Some(buckets) = &view.family.buckets else { continue };
                for instance in &mut surface.instances {
                    for group in groups.clone() {
                        if let Some(values) = instance.groups.get_mut(group as usize) {
                            buckets.merge(&mut values.words);
                            merge_exemplars(view, &mut values.exemplars);
                        }
                    }
                }
            }
        }
    }
}

fn add(state: &mut Merged, view: &ReaderView, instance: &InstanceReading, group: u32) {
    if let Some(values) = instance.groups.get(group as usize) {
        state.add(instance.registration.instance, group, &Rows { view, instance, group, values });
    }
}

/// Adds the exemplars of a group of one registration to those of the merged series.
fn add_exemplars(state: &Merged, instance: &InstanceReading, group: u32, into: &mut Vec<Exemplar>) {
    let exemplars = instance.groups.get(group as usize).map_or(&[][..], |values| &values.exemplars);
    for exemplar in exemplars {
        let birth = instance.birth(group, exemplar.row);
        if let Some(row) = state.find(instance.registration.instance, group, exemplar.row, birth) {
            let mut exemplar = *exemplar;
            exemplar.row = row;
            into.push(exemplar);
        }
    }
}

/// Moves exemplars to the buckets that a view leaves, and keeps the newest of each.
fn merge_exemplars(view: &ReaderView, exemplars: &mut Vec<Exemplar>) {
    if let Some(buckets) = &view.family.buckets {
        for exemplar in exemplars.iter_mut() {
            exemplar.bucket = buckets.merged(exemplar.bucket);
        }
    }
    keep_newest(exemplars);
}

/// The series of a group of one registration.
struct Rows<'a> {
    view: &'a ReaderView,
    instance: &'a InstanceReading,
    group: u32,
    values: &'a GroupReading,
}

impl SourceRows for Rows<'_> {
    fn rows(&self) -> &[u64] {
        &self.values.rows
    }

    fn words(&self) -> &[u64] {
        &self.values.words
    }

    fn birth(&self, row: u64) -> u64 {
        self.instance.birth(self.group, row)
    }

    fn series(&self, at: usize) -> (Vec<(&'static str, Box<str>)>, SystemTime) {
        let all = SeriesGroup::of_instance(self.group, self.instance, self.values);
        let series = all.series().nth(at);
        debug_assert!(series.is_some(), "each row has its words");
        let Some(series) = series else { return (Vec::new(), SystemTime::now()) };
        let left = series.labels().filter(|(key, _)| !self.view.family.without.contains(key));
        (left.map(|(key, value)| (key, value.into())).collect(), series.start())
    }
}

/// Copies the merged series. Keeps the memory of those that are known.
fn copy(view: &ReaderView, state: &Merged, into: &mut MergedReading) {
    let values = &mut into.values;
    if !state.series().map(|series| series.number).eq(values.rows.iter().copied()) {
        values.rows.clear();
        values.rows.extend(state.series().map(|series| series.number));
        let entry =
            |series: &MergedSeries| MergedEntry { labels: series.labels.clone(), start: series.start };
        into.series.clear();
        into.series.extend(state.series().map(entry));
    }
    values.words.clear();
    for series in state.series() {
        values.words.extend_from_slice(&series.words);
    }
    if let Some(buckets) = &view.family.buckets {
        buckets.merge(&mut values.words);
    }
}
