//! The state of every series at one time, as exporters read it.

use super::collect::{InstanceReading, Scratch, SurfaceReading};
use super::merge::apply_views;
use super::series::{Series, SeriesGroup};
use super::usage::Usage;
use crate::registry::layout::group::Group;
use crate::registry::readers::Collection;
use crate::registry::record::observed::Observations;
use crate::registry::record::registration::Registration;
use crate::registry::record::shape::{ReaderView, Shape};
use crate::registry::view::View;
use crate::schema::{EventSchema, FormerName, InstrumentSchema, Kind, Names, Schema, Unit};
use std::sync::Arc;
use std::time::SystemTime;

/// The state of every series of a [`Registry`](crate::Registry) at one time.
///
/// Exporters read it; [`registry`](crate::registry) lists what else they can use. Families come in the order
/// of registration and declaration, series in an order of their own. Both orders stay as long as the registry
/// lives. New ones come in between. No family goes away, not even with its last series.
///
/// A surface with labels that are given at registration has one family for all of its label sets.
///
/// Within a surface, all counts are read at one time with regard to threads that end, and a histogram's count
/// and sum are of the same calls. Between two series there is no order: a call that records in two
/// instruments may show in only one of them.
///
/// # Examples
///
/// ```
/// use telemetry::registry::Point;
/// use telemetry::{Registry, metrics};
///
/// #[metrics(namespace = "mailer")]
/// pub trait Metrics {
///     /// Sizes of mails.
///     #[histogram(unit = bytes, buckets = [1000, 10000])]
///     fn size(&self, bytes: u64);
/// }
///
/// let registry = Registry::new();
/// let metrics = registry.register::<dyn Metrics>()?;
/// metrics.size(200);
/// metrics.size(5_000);
///
/// let snapshot = registry.snapshot();
/// let family = snapshot.families().find(|family| family.name() == "size").unwrap();
/// assert_eq!((family.namespace(), family.bounds()), ("mailer", &[1000.0, 10000.0][..]));
/// let Point::Histogram(histogram) = family.series().next().unwrap().point() else { unreachable!() };
/// assert_eq!((histogram.counts, histogram.count(), histogram.sum), (&[1, 1, 0][..], 2, 5_200.0));
/// # Ok::<(), telemetry::registry::RegisterError>(())
/// ```
#[derive(Debug, Default)]
pub struct Snapshot {
    constant_labels: Option<Arc<[(String, String)]>>,
    surfaces: Vec<SurfaceReading>,
    scratch: Scratch,
}

/// All series of one name.
#[derive(Clone, Copy, Debug)]
pub struct Family<'a> {
    id: FamilyId,
    reading: &'a SurfaceReading,
    /// The group that is declared first; the family's others have other constant labels.
    group: usize,
}

/// Identifies a family as long as its registry lives. Ordered like [`Snapshot::families`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FamilyId {
    pub(in crate::registry) surface: u32,
    pub(in crate::registry) group: u32,
    /// Set for the family under its former name.
    pub(in crate::registry) former: bool,
}

impl FamilyId {
    /// Returns the family under its present name, if this is the one under its former name.
    #[must_use]
    pub fn renamed(self) -> Option<FamilyId> {
        self.former.then_some(FamilyId { former: false, ..self })
    }
}

impl Snapshot {
    /// Returns the labels that every series has in addition to its own.
    #[must_use]
    pub fn constant_labels(&self) -> &[(String, String)] {
        self.constant_labels.as_deref().unwrap_or_default()
    }

    /// Returns all families in the order of registration and declaration; the registry's own come first. A
    /// family with a former name comes a second time, under that name.
    pub fn families(&self) -> impl Iterator<Item = Family<'_>> {
        (0..).zip(&self.surfaces).flat_map(|(surface, reading)| {
            let groups = (0..).zip(&reading.shape.groups);
            groups.filter(|(_, group)| group.is_first).flat_map(move |(group, _)| {
                let family = |former| Family {
                    id: FamilyId { surface, group, former },
                    reading,
                    group: group as usize,
                };
                let former = family(true).former().map(|_| family(true));
                [family(false)].into_iter().chain(former).filter(Family::is_on)
            })
        })
    }

    /// Returns the families that have a name of their own in OTLP and statsd. A former family is not one of
    /// them if it differs from the present one in the suffixes of Prometheus alone.
    pub fn dotted_families(&self) -> impl Iterator<Item = Family<'_>> {
        self.families().filter(|family| {
            !family.id.former || {
                let now = Family { id: FamilyId { former: false, ..family.id }, ..*family };
                now.names().dotted != family.names().dotted
            }
        })
    }

    /// Removes the registry's own surface, which is the first of all.
    pub(crate) fn remove_own(&mut self) {
        self.surfaces.drain(..self.surfaces.len().min(1));
    }

    /// Returns the number of series of each surface, with its limits. The registry's own surface comes first.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::{Registry, metrics};
    ///
    /// #[metrics(max_series = 100)]
    /// pub trait Metrics {
    ///     /// Mails handed to the server.
    ///     #[counter]
    ///     fn sent(&self, #[label(cap = 64)] server: &str);
    /// }
    ///
    /// let registry = Registry::new();
    /// let metrics = registry.register::<dyn Metrics>()?;
    /// metrics.sent("mx 1");
    ///
    /// let snapshot = registry.snapshot();
    /// let usage = snapshot.usage().last().unwrap();
    /// assert_eq!((usage.series, usage.worst_case(), usage.max_series()), (1, 65, Some(100)));
    /// assert_eq!(usage.to_string(), "`Metrics` has 1 of 65 series at most, with a budget of 100");
    /// # Ok::<(), telemetry::registry::RegisterError>(())
    /// ```
    pub fn usage(&self) -> impl Iterator<Item = Usage> {
        self.surfaces.iter().map(|reading| Usage {
            surface: reading.shape.schema,
            series: reading.instances.iter().map(InstanceReading::count).sum(),
            exported: reading.exported(),
        })
    }

    /// Returns the shapes of all surfaces.
    pub(super) fn shapes(&self) -> impl Iterator<Item = &Shape> {
        self.surfaces.iter().map(|reading| &*reading.shape)
    }

    pub(in crate::registry) fn read(
        &mut self,
        constant_labels: &Arc<[(String, String)]>,
        shapes: &[Arc<Shape>],
        registrations: &[Arc<Registration>],
        collection: &Collection,
        observed: &mut Observations,
    ) {
        self.constant_labels = Some(constant_labels.clone());
        self.match_surfaces(shapes, registrations);
        for surface in &mut self.surfaces {
            for reading in &mut surface.instances {
                reading.read(&mut self.scratch, collection, observed);
            }
            if !surface.shape.views.is_empty() {
                apply_views(surface);
            }
        }
    }

    /// Makes the readings those of these registrations. Keeps the memory of those that are known.
    fn match_surfaces(&mut self, shapes: &[Arc<Shape>], registrations: &[Arc<Registration>]) {
        let is_known = |(reading, shape): &(&SurfaceReading, &Arc<Shape>)| Arc::ptr_eq(&reading.shape, shape);
        let known = self.surfaces.iter().zip(shapes).take_while(is_known).count();
        self.surfaces.truncate(known);
        let new = shapes.iter().skip(known);
        self.surfaces.extend(new.map(|shape| SurfaceReading::new(shape.clone())));
        // Both are in the order of creation.
        let is_there = |reading: &InstanceReading| {
            let instance = reading.registration.instance;
            registrations.binary_search_by_key(&instance, |registration| registration.instance).is_ok()
        };
        for surface in &mut self.surfaces {
            surface.instances.retain(is_there);
        }
        for registration in registrations {
            let Some(surface) = self.surfaces.get_mut(registration.surface as usize) else { continue };
            let last = surface.instances.last();
            if last.is_none_or(|last| last.registration.instance < registration.instance) {
                surface.instances.push(InstanceReading::new(registration.clone()));
            }
        }
    }
}

impl<'a> Family<'a> {
    /// Returns the identity of the family.
    #[must_use]
    pub fn id(&self) -> FamilyId {
        self.id
    }

    /// Returns the surface's prefix of names; empty if it has none.
    #[must_use]
    pub fn namespace(&self) -> &'static str {
        self.event().namespace
    }

    /// Returns the name in the declaration, or the former name as `was` states it. [`names`](Self::names) has
    /// the names in each back end.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.former().map_or(self.instrument().name, |former| former.name)
    }

    /// Returns the names in each back end.
    #[must_use]
    pub fn names(&self) -> Names {
        let (event, instrument) = (self.event(), self.first().instrument);
        let former = if self.id.former { event.former_names(instrument) } else { None };
        former.unwrap_or_else(|| event.names(instrument))
    }

    /// Returns the former name, if this is the family under it.
    fn former(&self) -> Option<FormerName> {
        self.instrument().was.filter(|_| self.id.former)
    }

    /// Returns the kind of the instrument: what it does with the numbers.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.instrument().kind
    }

    /// Returns the unit of the numbers.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.instrument().unit
    }

    /// Returns the help text, all paragraphs.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.former().map_or(self.instrument().help, |former| former.help)
    }

    /// Returns a histogram's upper bounds, increasing, without `+Inf`: those that a [view](Self::view) leaves
    /// of the declared ones.
    #[must_use]
    pub fn bounds(&self) -> &'a [f64] {
        let merged = self.reader_view().and_then(|view| view.family.buckets.as_ref());
        merged.map_or(self.instrument().buckets, |buckets| &buckets.bounds)
    }

    /// Returns the view that changes what readers see of the family, if there is one.
    #[must_use]
    pub fn view(&self) -> Option<&'a View> {
        self.reader_view()?.family.view.as_ref()
    }

    fn reader_view(&self) -> Option<&'a ReaderView> {
        self.reading.shape.view(self.id.group)
    }

    /// Returns whether readers see the family.
    fn is_on(&self) -> bool {
        self.reader_view().is_none_or(|view| !view.family.is_off(self.id.former))
    }

    /// Returns whether a histogram takes negative numbers, so that its sum can fall.
    #[must_use]
    pub fn signed(&self) -> bool {
        self.instrument().signed
    }

    /// Returns the time from which the sums count, at the earliest. A [series](Series::start) may have begun
    /// later.
    #[must_use]
    pub fn start(&self) -> SystemTime {
        self.reading.shape.since
    }

    /// Returns the surface that declares the family.
    #[must_use]
    pub fn surface(&self) -> &'static Schema {
        self.reading.shape.schema
    }

    /// Returns the declaration; the first one, if several events feed the family.
    #[must_use]
    pub fn instrument(&self) -> &'static InstrumentSchema {
        &self.event().instruments[self.first().instrument]
    }

    fn event(&self) -> &'static EventSchema {
        self.reading.shape.schema.events[self.first().event]
    }

    fn first(&self) -> &'a Group {
        &self.reading.shape.groups[self.group]
    }

    /// Returns the series that exist.
    #[inline]
    pub fn series(&self) -> impl Iterator<Item = Series<'a>> + use<'a> {
        self.groups().flat_map(SeriesGroup::series)
    }

    /// Returns the series that exist, in groups that have the same labels at registration and the same
    /// constant labels, in the order of registration. Some may be empty.
    pub fn groups(&self) -> impl Iterator<Item = SeriesGroup<'a>> + use<'a> {
        let (reading, first) = (self.reading, self.id.group);
        let view = self.reader_view();
        let width = view.and_then(|view| Some(view.family.buckets.as_ref()?.words()));
        let merged = reading.merged.get(self.group).and_then(Option::as_ref);
        let instances = if merged.is_some() { &[] } else { reading.instances.as_slice() };
        let recorded = instances.iter().flat_map(move |reading| {
            let groups = (0_u32..).zip(&reading.registration.groups).zip(&reading.groups);
            let own = groups.filter(move |((_, group), _)| group.family == first);
            own.map(move |((group, _), values)| SeriesGroup::of_instance(group, reading, values))
        });
        let merged = merged.map(|merged| SeriesGroup::of_merged(first, merged, &reading.shape));
        merged.into_iter().chain(recorded).map(move |group| group.with_width(width))
    }
}
