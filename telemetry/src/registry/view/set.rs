//! All views of a registry, and the instruments that they have found.

use super::View;
use super::error::ViewError;
use super::family::{Declaration, FamilyView};
use crate::schema::Schema;

/// All views of a registry.
#[derive(Debug, Default)]
pub struct Views {
    named: Vec<Named>,
    /// The names of all instruments that are registered, for errors.
    known: Vec<String>,
    /// The views without an instrument were reported.
    is_reported: bool,
}

#[derive(Debug)]
struct Named {
    name: String,
    view: View,
    is_found: bool,
}

/// The views of a registry that change one surface.
#[derive(Debug, Default)]
pub struct SurfaceViews {
    /// The families that change: the name of each as it is declared, and its view.
    pub families: Vec<(&'static str, FamilyView)>,
    /// The indexes of the views that name one of them.
    found: Vec<usize>,
}

impl SurfaceViews {
    /// Returns the view of a family, by its declared name.
    pub fn of(&self, name: &str) -> Option<&FamilyView> {
        self.families.iter().find(|(family, _)| *family == name).map(|(_, view)| view)
    }
}

impl Views {
    /// Checks the views by themselves.
    pub fn new(views: Vec<(String, View)>) -> Result<Self, ViewError> {
        for (at, (name, view)) in views.iter().enumerate() {
            if views[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(ViewError::Twice { first: name.clone(), second: name.clone() });
            }
            let changes = !view.without.is_empty() || view.buckets.is_some();
            if view.is_off && changes {
                return Err(ViewError::OffAndMore(name.clone()));
            }
            if !view.is_off && !changes {
                return Err(ViewError::Empty(name.clone()));
            }
        }
        let named = views.into_iter().map(|(name, view)| Named { name, view, is_found: false });
        Ok(Views { named: named.collect(), ..Views::default() })
    }

    /// Returns whether series may have to be merged.
    pub fn merges(&self) -> bool {
        self.named.iter().any(|named| !named.view.without.is_empty())
    }

    /// Checks the views of a surface's instruments.
    pub fn of_surface(&self, schema: &'static Schema) -> Result<SurfaceViews, ViewError> {
        let mut views = SurfaceViews::default();
        if self.named.is_empty() {
            return Ok(views);
        }
        for of in declarations(schema) {
            let mut family = FamilyView::default();
            let mut first: Option<&Named> = None;
            for (at, named) in self.named.iter().enumerate() {
                if of.has_name(&named.name) {
                    if let Some(first) = first {
                        let names = (first.name.clone(), named.name.clone());
                        return Err(ViewError::Twice { first: names.0, second: names.1 });
                    }
                    first = Some(named);
                    family.set(&named.name, &named.view, of)?;
                } else if of.has_former(&named.name) {
                    if !named.view.is_off {
                        let present = of.family_name();
                        return Err(ViewError::Former { name: named.name.clone(), present });
                    }
                    family.is_former_off = true;
                } else {
                    continue;
                }
                views.found.push(at);
            }
            if family.is_former_off || family.view.is_some() {
                views.families.push((of.instrument().name, family));
            }
        }
        Ok(views)
    }

    /// Notes that a surface is registered.
    pub fn found(&mut self, schema: &'static Schema, views: &SurfaceViews) {
        if self.named.is_empty() {
            return;
        }
        for at in &views.found {
            self.named[*at].is_found = true;
        }
        self.known.extend(declarations(schema).into_iter().map(Declaration::family_name));
    }

    /// Checks that each view has found its instrument.
    pub fn check(&self) -> Result<(), ViewError> {
        let missing = self.named.iter().find(|named| !named.is_found);
        missing.map_or(Ok(()), |named| {
            Err(ViewError::Unknown { name: named.name.clone(), known: self.known.clone() })
        })
    }

    /// Returns the error of [`check`](Self::check), once.
    pub fn report(&mut self) -> Option<ViewError> {
        let is_first = !std::mem::replace(&mut self.is_reported, true);
        is_first.then(|| self.check().err()).flatten()
    }
}

/// Returns the declaration of each family of a surface: the first one, if several events feed it.
fn declarations(schema: &'static Schema) -> Vec<Declaration> {
    let mut firsts: Vec<Declaration> = Vec::new();
    for event in schema.events {
        for (index, instrument) in event.instruments.iter().enumerate() {
            if firsts.iter().all(|first| first.instrument().name != instrument.name) {
                firsts.push(Declaration { schema, event, index });
            }
        }
    }
    firsts
}
