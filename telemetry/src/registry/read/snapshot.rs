//! The state of every series at one time, as exporters read it.

use super::collect::{Scratch, SurfaceReading};
use super::series::{Series, SeriesGroup};
use super::usage::Usage;
use crate::registry::layout::group::Group;
use crate::registry::readers::Collection;
use crate::registry::record::registration::Registration;
use crate::schema::{EventSchema, FormerName, InstrumentSchema, Kind, Schema, Unit};
use std::sync::Arc;
use std::time::SystemTime;

/// The state of every series of a [`Registry`](crate::Registry) at one time.
///
/// Exporters read it; [`registry`](crate::registry) lists what else they can use. Families come in the order
/// of registration and declaration, series in an order of their own. Both orders stay as long as the registry
/// lives: new ones come in between, and none goes away.
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
            let groups = (0..).zip(&reading.registration.groups);
            groups.filter(|(_, group)| group.is_first).flat_map(move |(group, _)| {
                let family = |former| Family {
                    id: FamilyId { surface, group, former },
                    reading,
                    group: group as usize,
                };
                let former = family(true).former().map(|_| family(true));
                [family(false)].into_iter().chain(former)
            })
        })
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
            surface: reading.registration.schema,
            series: reading.groups.iter().map(|group| group.rows.len() as u64).sum(),
        })
    }

    pub(in crate::registry) fn read(
        &mut self,
        constant_labels: &Arc<[(String, String)]>,
        registrations: &[Arc<Registration>],
        collection: &Collection,
    ) {
        self.constant_labels = Some(constant_labels.clone());
        self.surfaces.truncate(registrations.len());
        for (at, registration) in registrations.iter().enumerate() {
            let known = self.surfaces.get(at);
            if known.is_none_or(|reading| !Arc::ptr_eq(&reading.registration, registration)) {
                self.surfaces.truncate(at);
                self.surfaces.push(SurfaceReading::new(registration.clone()));
            }
        }
        for reading in &mut self.surfaces {
            reading.read(&mut self.scratch, collection);
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

    /// Returns the name, without namespace, unit and the suffixes that formats add.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.former().map_or(self.instrument().name, |former| former.name)
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

    /// Returns a histogram's upper bounds, increasing, without `+Inf`.
    #[must_use]
    pub fn bounds(&self) -> &'static [f64] {
        self.instrument().buckets
    }

    /// Returns whether a histogram takes negative numbers, so that its sum can fall.
    #[must_use]
    pub fn signed(&self) -> bool {
        self.instrument().signed
    }

    /// Returns the time from which the sums count.
    #[must_use]
    pub fn start(&self) -> SystemTime {
        self.reading.registration.start
    }

    /// Returns the surface that declares the family.
    #[must_use]
    pub fn surface(&self) -> &'static Schema {
        self.reading.registration.schema
    }

    /// Returns the declaration; the first one, if several events feed the family.
    #[must_use]
    pub fn instrument(&self) -> &'static InstrumentSchema {
        &self.event().instruments[self.first().instrument]
    }

    fn event(&self) -> &'static EventSchema {
        self.reading.registration.schema.events[self.first().event]
    }

    fn first(&self) -> &'a Group {
        &self.reading.registration.groups[self.group]
    }

    /// Returns the series that exist.
    #[inline]
    pub fn series(&self) -> impl Iterator<Item = Series<'a>> + use<'a> {
        self.groups().flat_map(SeriesGroup::series)
    }

    /// Returns the series that exist, in groups with the same constant labels. The number of groups never
    /// changes; some may be empty.
    pub fn groups(&self) -> impl Iterator<Item = SeriesGroup<'a>> + use<'a> {
        let reading = self.reading;
        let first = self.id.group;
        let groups = (0_u32..).zip(&reading.registration.groups).zip(&reading.groups);
        let own = groups.filter(move |((_, group), _)| group.family == first);
        own.map(move |((group, _), values)| SeriesGroup::new(group, reading, values))
    }
}
