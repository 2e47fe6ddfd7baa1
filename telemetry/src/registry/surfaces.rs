//! The registered surfaces of a registry, and all that they share.

use super::error::{Declared, RegisterError};
use super::label_sets::{LabelSets, Places};
use super::names::{self, Names};
#[cfg(feature = "samples")]
use super::read::samples;
#[cfg(feature = "samples")]
use super::read::{series::SeriesId, snapshot::FamilyId};
use super::readers::{Collection, End};
use super::record::exemplars::Exemplars;
use super::record::instruments::{Handle, Instruments};
use super::record::registration::{Registration, Shape};
use super::store::interner::Interner;
#[cfg(feature = "samples")]
use super::store::samples::Settings;
use super::view::set::{SurfaceViews, Views};
use crate::label::{self, LabelValue};
use crate::schema::Schema;
use crate::surface::Surface;
#[cfg(feature = "samples")]
use crate::sync::lock;
use crate::sync::{Ordering, fence};
#[cfg(feature = "samples")]
use crate::value::Number;
#[cfg(feature = "samples")]
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::{Arc, Weak};

/// The surfaces of a registry.
#[derive(Default)]
pub struct Surfaces {
    /// In the order of their first registration. None ever goes. Shared with readers, and copied when it
    /// grows.
    pub shapes: Arc<Vec<Arc<Shape>>>,
    /// In the order of creation, those that have ended and wait for readers among them. Shared with readers,
    /// and copied when it changes.
    pub registrations: Arc<Vec<Arc<Registration>>>,
    /// By registration.
    lives: Vec<Life>,
    /// By surface.
    label_sets: Vec<LabelSets>,
    /// The number of the next registration.
    next: u64,
    interners: Vec<Arc<Interner>>,
    /// The exemplars of the surfaces that are registered from now on.
    pub exemplars: Option<Arc<Exemplars>>,
    pub names: Names,
    pub views: Views,
    #[cfg(feature = "samples")]
    pub samples: SampleState,
}

/// The handles of a registration, or their end.
struct Life {
    handle: Held,
    /// When it was found that the last handle was gone.
    end: Option<End>,
}

/// The registry's hold of a handle.
enum Held {
    /// A surface without labels of its own never ends.
    Always(Arc<Handle>),
    UntilDropped(Weak<Handle>),
}

impl Held {
    fn get(&self) -> Option<Arc<Handle>> {
        match self {
            Held::Always(handle) => Some(handle.clone()),
            Held::UntilDropped(handle) => handle.upgrade(),
        }
    }

    /// Returns whether the last handle is gone. All of its calls happened before.
    fn is_gone(&self) -> bool {
        let is_gone = matches!(self, Held::UntilDropped(handle) if handle.strong_count() == 0);
        if is_gone {
            // With the release of the last owner: a weak count alone orders nothing.
            fence(Ordering::Acquire);
        }
        is_gone
    }
}

/// The state of the registry's sample stream.
#[cfg(feature = "samples")]
#[derive(Default)]
pub struct SampleState {
    /// `None` as long as there is no stream.
    pub settings: Option<Settings>,
    /// The delivered sums of the streams that have ended, by their names.
    pub delivered: HashMap<&'static str, Delivered>,
    /// Samples of registrations that are gone, which the stream never got and does not know of yet.
    pub ended: u64,
}

#[cfg(feature = "samples")]
impl SampleState {
    /// Counts the samples that nobody takes any more, and forgets what was delivered.
    fn forget(&mut self, gone: &[Arc<Registration>]) {
        if self.settings.is_some() {
            self.ended += gone.iter().map(|registration| samples::discard(registration)).sum::<u64>();
        }
        let gone: HashSet<u64> = gone.iter().map(|registration| registration.instance).collect();
        for delivered in self.delivered.values_mut() {
            delivered.retain(|(_, series), _| !gone.contains(&series.instance));
        }
    }
}

/// The delivered part of each sum.
#[cfg(feature = "samples")]
pub type Delivered = HashMap<(FamilyId, SeriesId), Number>;

/// The result of registering.
pub struct Registered {
    pub handle: Arc<Handle>,
    /// The keys of the labels whose value counts as `other`.
    pub overflowing: Vec<&'static str>,
    /// The registrations whose places were taken.
    pub gone: Vec<Arc<Registration>>,
}

impl Surfaces {
    pub fn new(views: Views) -> Self {
        Surfaces { views, ..Surfaces::default() }
    }

    /// Registers a surface with these labels. If they are registered already and have a handle, returns that
    /// if `or_get`, and an error if not.
    pub fn register(
        &mut self,
        schema: &'static Schema,
        constant_labels: &[(String, String)],
        values: &[LabelValue<'_>],
        or_get: bool,
        collection: &Collection,
    ) -> Result<Registered, RegisterError> {
        let surface = match self.shapes.iter().position(|shape| std::ptr::eq(shape.schema, schema)) {
            Some(surface) => surface,
            None => {
                names::check_surface(schema, constant_labels)?;
                let views = self.views.of_surface(schema)?;
                self.names.add(schema)?;
                self.add_surface(schema, &views)
            }
        };
        let (places, gone) = self.place(surface, values, collection);
        let overflowing = places.overflowing(schema);
        let is_shared = places.is_other();
        let handle = match self.label_sets[surface].find(&places).and_then(|instance| self.index(instance)) {
            Some(at) => match self.lives[at].handle.get() {
                Some(_) if !or_get && !is_shared => return Err(twice(schema, &places)),
                Some(handle) => handle,
                None => self.revive(at),
            },
            None => self.add(surface, places),
        };
        Ok(Registered { handle, overflowing, gone })
    }

    /// Registers the registry's own surface, the first of all.
    pub fn add_own<S: Surface + ?Sized>(&mut self) -> Instruments<S> {
        let names = self.names.add(S::SCHEMA);
        debug_assert!(names.is_ok() && self.shapes.is_empty(), "there is nothing to clash with");
        let views = self.views.of_surface(S::SCHEMA);
        debug_assert!(views.is_ok(), "the builder has checked them");
        let surface = self.add_surface(S::SCHEMA, &views.unwrap_or_default());
        Instruments::new(self.add(surface, Places::default()))
    }

    fn add_surface(&mut self, schema: &'static Schema, views: &SurfaceViews) -> usize {
        self.views.found(schema, views);
        let surface = self.shapes.len();
        let number = u32::try_from(surface);
        debug_assert!(number.is_ok(), "a program has fewer declarations");
        let shape = Arc::new(Shape::new(number.unwrap_or(u32::MAX), schema, views, self.exemplars.is_some()));
        Arc::make_mut(&mut self.shapes).push(shape);
        self.label_sets.push(LabelSets::new(schema));
        surface
    }

    /// Finds the places of label values under their caps. If no place is free, registrations that have ended
    /// give theirs.
    fn place(
        &mut self,
        surface: usize,
        values: &[LabelValue<'_>],
        collection: &Collection,
    ) -> (Places, Vec<Arc<Registration>>) {
        let mut gone = Vec::new();
        let mut places = self.label_sets[surface].places(values);
        for label in 0..places.len() {
            if self.label_sets[surface].has_room(label, &places) {
                continue;
            }
            self.find_ended(collection);
            let ends = |instance: u64| self.index(instance).and_then(|at| self.lives[at].end);
            let ended = self.label_sets[surface].oldest_ended(label, ends);
            if ended.is_empty() {
                places.overflow(label, self.shapes[surface].schema);
            } else {
                gone.extend(self.remove(&ended));
            }
        }
        (places, gone)
    }

    fn add(&mut self, surface: usize, places: Places) -> Arc<Handle> {
        let interners = &mut self.interners;
        let instance = self.next;
        self.next += 1;
        self.label_sets[surface].add(&places, instance);
        let has_gauges = !places.is_other();
        let shape = self.shapes[surface].clone();
        let given = places.into_texts();
        let exemplars = self.exemplars.clone();
        let registration = Registration::of(shape, instance, given, has_gauges, exemplars, |domain| {
            interner(interners, domain)
        });
        let registration = Arc::new(registration);
        #[cfg(feature = "samples")]
        if self.samples.settings.is_some() {
            samples::switch(&registration, self.samples.settings);
        }
        Arc::make_mut(&mut self.registrations).push(registration.clone());
        let handle = Arc::new(Handle::new(registration));
        let never_ends = self.shapes[surface].schema.labels.is_empty();
        let held = if never_ends {
            Held::Always(handle.clone())
        } else {
            Held::UntilDropped(Arc::downgrade(&handle))
        };
        self.lives.push(Life { handle: held, end: None });
        handle
    }

    /// Makes a handle to a registration that has none. Its sums go on.
    fn revive(&mut self, at: usize) -> Arc<Handle> {
        let is_gone = self.lives[at].handle.is_gone();
        debug_assert!(is_gone, "it had no handle");
        let registration = &self.registrations[at];
        registration.begin_anew();
        registration.is_ended.store(false, Ordering::Relaxed);
        let handle = Arc::new(Handle::new(registration.clone()));
        self.lives[at] = Life { handle: Held::UntilDropped(Arc::downgrade(&handle)), end: None };
        handle
    }

    /// Finds the registrations whose last handle is gone, and takes out those whose final values are due.
    pub fn sweep(&mut self, collection: &Collection) -> Vec<Arc<Registration>> {
        self.find_ended(collection);
        let due = |life: &Life| life.end.is_some_and(|end| collection.is_due(end));
        let instances = self.registrations.iter().zip(&self.lives).filter(|(_, life)| due(life));
        let instances: HashSet<u64> = instances.map(|(registration, _)| registration.instance).collect();
        self.remove(&instances)
    }

    fn find_ended(&mut self, collection: &Collection) {
        for (registration, life) in self.registrations.iter().zip(&mut self.lives) {
            if life.end.is_none() && life.handle.is_gone() {
                life.end = Some(collection.end());
                registration.is_ended.store(true, Ordering::Relaxed);
            }
        }
    }

    fn remove(&mut self, instances: &HashSet<u64>) -> Vec<Arc<Registration>> {
        if instances.is_empty() {
            return Vec::new();
        }
        let is_gone = |registration: &Arc<Registration>| instances.contains(&registration.instance);
        let mut at = self.registrations.iter();
        self.lives.retain(|_| !at.next().is_some_and(is_gone));
        let registrations = Arc::make_mut(&mut self.registrations);
        let gone: Vec<_> = registrations.extract_if(.., |registration| is_gone(registration)).collect();
        for registration in &gone {
            if let Some(sets) = self.label_sets.get_mut(registration.surface as usize) {
                sets.remove(&registration.given, registration.instance);
            }
        }
        #[cfg(feature = "samples")]
        self.samples.forget(&gone);
        gone
    }

    /// Returns whether a series is there, if only for readers: its registration, or what a view merges.
    #[cfg(feature = "samples")]
    pub fn has(&self, family: FamilyId, series: SeriesId) -> bool {
        let Some(number) = series.merged_number() else { return self.index(series.instance).is_some() };
        let merged = self.shapes.get(family.surface as usize).and_then(|shape| shape.view(family.group));
        merged.and_then(|view| view.merged.as_ref()).is_some_and(|merged| lock(merged).has(number))
    }

    /// Returns the index of a registration.
    fn index(&self, instance: u64) -> Option<usize> {
        self.registrations.binary_search_by_key(&instance, |registration| registration.instance).ok()
    }
}

fn twice(schema: &'static Schema, places: &Places) -> RegisterError {
    let declared = Declared::surface(schema);
    if schema.labels.is_empty() {
        return RegisterError::Twice(declared);
    }
    RegisterError::LabelsTwice { declared, labels: places.to_string(schema) }
}

/// Returns the registry's interner of a declared domain, which is known by its address.
fn interner(interners: &mut Vec<Arc<Interner>>, domain: &'static label::Domain) -> Arc<Interner> {
    if let Some(known) = interners.iter().find(|known| std::ptr::eq(known.domain, domain)) {
        return known.clone();
    }
    let interner = Arc::new(Interner::new(domain));
    interners.push(interner.clone());
    interner
}
