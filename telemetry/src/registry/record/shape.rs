//! The part that all registrations of a surface have in common: its plans and its groups of series.

use crate::registry::layout::group::Group;
#[cfg(feature = "samples")]
use crate::registry::layout::group::groups_of_instruments;
use crate::registry::layout::plan::{LabelPlan, Layout, Plan};
use crate::registry::store::merged::Merged;
use crate::registry::store::shard::ShardSizes;
use crate::registry::view::family::FamilyView;
use crate::registry::view::set::SurfaceViews;
use crate::schema::{Kind, Schema};
use crate::sync::Mutex;
use std::time::SystemTime;

/// The part that all registrations of a surface in one registry have in common.
#[derive(Debug)]
pub struct Shape {
    /// The surface's index in its registry.
    pub surface: u32,
    pub schema: &'static Schema,
    /// By event and instrument.
    pub plans: Box<[Box<[Plan]>]>,
    /// In declaration order.
    pub groups: Box<[Group]>,
    /// The group that each instrument of all events feeds.
    #[cfg(feature = "samples")]
    pub groups_of_instruments: Box<[u32]>,
    /// By event and label.
    pub labels: Box<[Box<[LabelPlan]>]>,
    /// The time of the first registration.
    pub since: SystemTime,
    /// The dense word that says that a thread has a removal to acknowledge.
    pub stale: usize,
    /// The memory of a thread.
    pub sums: ShardSizes,
    /// The memory of the gauges.
    pub gauges: ShardSizes,
    /// By group: what readers see of the family that begins with it, if a view changes it. Empty without
    /// views. Recording does not look at it.
    pub views: Box<[Option<ReaderView>]>,
}

/// A family as readers see it, where a view changes it.
#[derive(Debug)]
pub struct ReaderView {
    pub family: FamilyView,
    /// The merged series, if labels are taken away.
    pub merged: Option<Mutex<Merged>>,
}

impl Shape {
    /// `has_exemplars` says that there is room for exemplars.
    pub fn new(surface: u32, schema: &'static Schema, views: &SurfaceViews, has_exemplars: bool) -> Self {
        let layout = Layout::of(schema);
        let events = || schema.events.iter().enumerate();
        let plans: Box<[Box<[Plan]>]> = events()
            .map(|(event, of)| {
                (0..of.instruments.len()).map(|at| Plan::of(schema, &layout, event, at)).collect()
            })
            .collect();
        let labels = events()
            .map(|(event, of)| {
                (0..of.labels.len()).map(|at| LabelPlan::of(schema, &layout, event, at)).collect()
            })
            .collect();
        let (sums, gauges) = ShardSizes::of(&layout, &plans);
        let sums = if has_exemplars { sums.with_exemplars(&plans) } else { sums };
        let groups = Group::all(schema, &plans);
        let of_group = |group| reader_view(schema, &plans, group, views);
        Shape {
            views: if views.families.is_empty() {
                Box::default()
            } else {
                groups.iter().map(of_group).collect()
            },
            surface,
            schema,
            #[cfg(feature = "samples")]
            groups_of_instruments: groups_of_instruments(schema, &groups),
            groups,
            plans,
            labels,
            since: SystemTime::now(),
            stale: layout.stale,
            sums,
            gauges,
        }
    }

    /// Returns the plan of a group.
    pub fn plan(&self, group: &Group) -> &Plan {
        &self.plans[group.event][group.instrument]
    }

    /// Returns whether series of the group keep their final value when they end. Those that are about now do
    /// not.
    pub fn keeps_final(&self, group: &Group) -> bool {
        keeps_final(self.schema, group)
    }

    /// Returns what readers see of a family, if a view changes it.
    pub fn view(&self, family: u32) -> Option<&ReaderView> {
        self.views.get(family as usize)?.as_ref()
    }

    /// Returns the index of one of the event's labels in a row of the group.
    pub fn label_index(&self, group: &Group, label: usize, row: u64) -> u64 {
        let indexes = self.labels[group.event][label].index.len();
        row / self.plan(group).strides[label].max(1) % indexes
    }
}

fn keeps_final(schema: &Schema, group: &Group) -> bool {
    let declared = &schema.events[group.event].instruments[group.instrument];
    !declared.keeps_last() && matches!(declared.kind, Kind::Counter | Kind::Histogram)
}

/// Returns what readers see of the family that begins with a group.
fn reader_view(
    schema: &'static Schema,
    plans: &[Box<[Plan]>],
    group: &Group,
    views: &SurfaceViews,
) -> Option<ReaderView> {
    let instrument = &schema.events[group.event].instruments[group.instrument];
    let family = views.of(instrument.name).filter(|_| group.is_first)?.clone();
    let merged = (!family.without.is_empty()).then(|| {
        let cell = plans[group.event][group.instrument].cell;
        Mutex::new(Merged::new(cell, keeps_final(schema, group), schema.can_end()))
    });
    Some(ReaderView { family, merged })
}
