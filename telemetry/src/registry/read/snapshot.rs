//! The state of every series at one time: the one thing that exporters read.

use super::collect::{Scratch, SurfaceReading};
use super::series::{Series, SeriesGroup};
use super::usage::Usage;
use crate::registry::layout::group::Group;
use crate::registry::record::registration::Registration;
use crate::schema::{EventSchema, FormerName, InstrumentSchema, Kind, Schema, Unit};
use std::sync::Arc;
use std::time::SystemTime;

/// What every series of a [`Registry`](crate::Registry) holds at one time.
///
/// This is the extension point for exporters: all of ours read it and nothing else. Families come in the
/// order of registration and declaration, series in an order of their own; both stay as they are as long as
/// the registry lives, new ones come in between, and none goes away.
///
/// Within a surface all counts are read at one time with regard to threads that end; a histogram's count and
/// sum are of the same calls. Between two series there is no order: a call that feeds two instruments may
/// show in one of them.
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

/// Names a family as long as its registry lives; in the order of [`Snapshot::families`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FamilyId {
    pub(in crate::registry) surface: u32,
    pub(in crate::registry) group: u32,
    /// Whether it is the family under the name that it had before.
    pub(in crate::registry) former: bool,
}

impl FamilyId {
    /// The family under its present name, if this is the one under the name that it had before.
    #[must_use]
    pub fn renamed(self) -> Option<FamilyId> {
        self.former.then_some(FamilyId { former: false, ..self })
    }
}

impl Snapshot {
    /// Labels that every series has, besides its own.
    #[must_use]
    pub fn constant_labels(&self) -> &[(String, String)] {
        self.constant_labels.as_deref().unwrap_or_default()
    }

    /// All families, in the order of registration and declaration; the registry's own come first. One that had
    /// another name before comes a second time, under that.
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

    /// How many series each surface has, beside how many it may have; the registry's own comes first.
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
            reading.read(&mut self.scratch);
        }
    }
}

impl<'a> Family<'a> {
    /// Names the family.
    #[must_use]
    pub fn id(&self) -> FamilyId {
        self.id
    }

    /// The surface's prefix of names; empty if it has none.
    #[must_use]
    pub fn namespace(&self) -> &'static str {
        self.event().namespace
    }

    /// The name, without namespace, unit and the suffixes that formats add.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.former().map_or(self.instrument().name, |former| former.name)
    }

    /// The name that the family had before, if it is the one under that name.
    fn former(&self) -> Option<FormerName> {
        self.instrument().was.filter(|_| self.id.former)
    }

    /// What it does with the numbers.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.instrument().kind
    }

    /// The unit of its numbers.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.instrument().unit
    }

    /// The help text, all paragraphs.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.former().map_or(self.instrument().help, |former| former.help)
    }

    /// A histogram's upper bounds, increasing, without `+Inf`.
    #[must_use]
    pub fn bounds(&self) -> &'static [f64] {
        self.instrument().buckets
    }

    /// Whether a histogram takes negative numbers, so that its sum can fall.
    #[must_use]
    pub fn signed(&self) -> bool {
        self.instrument().signed
    }

    /// Since when its sums count.
    #[must_use]
    pub fn start(&self) -> SystemTime {
        self.reading.registration.start
    }

    /// The surface that declares it.
    #[must_use]
    pub fn surface(&self) -> &'static Schema {
        self.reading.registration.schema
    }

    /// The declaration; the first one, if several events feed the family.
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

    /// Returns the series that exist, in groups of the same constant labels. The number of groups never changes; some
    /// are empty.
    pub fn groups(&self) -> impl Iterator<Item = SeriesGroup<'a>> + use<'a> {
        let (reading, first) = (self.reading, self.id.group);
        let groups = (0_u32..).zip(&reading.registration.groups).zip(&reading.groups);
        let own = groups.filter(move |((_, group), _)| group.family == first);
        own.map(move |((group, _), values)| SeriesGroup::new(group, reading, values))
    }
}
