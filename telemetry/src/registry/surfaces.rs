//! The registered surfaces of a registry, and all that they share.

use super::error::RegisterError;
use super::names::{self, Names};
#[cfg(feature = "samples")]
use super::read::samples;
#[cfg(feature = "samples")]
use super::read::{series::SeriesId, snapshot::FamilyId};
use super::record::instruments::Instruments;
use super::record::registration::Registration;
use super::store::interner::Interner;
#[cfg(feature = "samples")]
use super::store::samples::Settings;
use crate::label;
use crate::schema::Schema;
use crate::surface::Surface;
#[cfg(feature = "samples")]
use crate::value::Number;
#[cfg(feature = "samples")]
use std::collections::HashMap;
use std::sync::Arc;

/// The surfaces of a registry.
#[derive(Default)]
pub struct Surfaces {
    /// Shared with readers, and copied when it grows.
    pub registrations: Arc<Vec<Arc<Registration>>>,
    interners: Vec<Arc<Interner>>,
    pub names: Names,
    #[cfg(feature = "samples")]
    pub samples: SampleState,
}

/// The state of the registry's sample stream.
#[cfg(feature = "samples")]
#[derive(Default)]
pub struct SampleState {
    /// `None` as long as there is no stream.
    pub settings: Option<Settings>,
    /// The delivered sums of the streams that have ended, by their names.
    pub delivered: HashMap<&'static str, Delivered>,
}

/// The delivered part of each sum.
#[cfg(feature = "samples")]
pub type Delivered = HashMap<(FamilyId, SeriesId), Number>;

impl Surfaces {
    /// Returns the registration of a surface.
    pub fn find(&self, schema: &'static Schema) -> Option<Arc<Registration>> {
        self.registrations.iter().find(|known| std::ptr::eq(known.schema, schema)).cloned()
    }

    /// Adds a surface that is not there.
    pub fn add<S: Surface + ?Sized>(
        &mut self,
        constant_labels: &[(String, String)],
    ) -> Result<Instruments<S>, RegisterError> {
        names::check_surface(S::SCHEMA, constant_labels)?;
        self.names.add(S::SCHEMA)?;
        Ok(self.add_checked())
    }

    /// Adds a surface that clashes with none.
    pub fn add_checked<S: Surface + ?Sized>(&mut self) -> Instruments<S> {
        let interners = &mut self.interners;
        let registration = Arc::new(Registration::new(S::SCHEMA, |domain| interner(interners, domain)));
        #[cfg(feature = "samples")]
        if self.samples.settings.is_some() {
            samples::switch(&registration, self.samples.settings);
        }
        Arc::make_mut(&mut self.registrations).push(registration.clone());
        Instruments::new(registration)
    }
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
