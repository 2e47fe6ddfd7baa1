//! Renders once for all requests that wait at the same time: `Handler` and the server share this.

use super::response::{RenderedVersion, RequestedVariants, ResponseCache, Variant};
use crate::contain::contained;
use crate::registry::Registry;
use crate::sync::unpoisoned;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, OnceLock};

/// Combines requests into flights: one render each, which begins after all of its requests came.
pub(super) struct SingleFlight {
    /// The flight that requests join: its render has not begun.
    next: Mutex<Arc<Flight>>,
    /// Locked while a render runs.
    cache: Mutex<ResponseCache>,
}

/// The requests that share one render.
#[derive(Default)]
pub(super) struct Flight {
    requested: Mutex<RequestedVariants>,
    /// `None` inside if the render panicked.
    rendered: OnceLock<Option<RenderedVersion>>,
}

impl Flight {
    /// Returns the result of the render, if it is over.
    #[cfg(feature = "prometheus-server")]
    pub(super) fn rendered(&self) -> Option<&Option<RenderedVersion>> {
        self.rendered.get()
    }
}

impl SingleFlight {
    pub(super) fn new(registry: &Registry, metrics: Cow<'static, str>) -> Self {
        SingleFlight { next: Mutex::default(), cache: Mutex::new(ResponseCache::new(registry, metrics)) }
    }

    /// Sets whether later expositions have `_created` samples.
    pub(super) fn set_created_samples(&self, created: bool) {
        unpoisoned(self.cache.lock()).set_created_samples(created);
    }

    /// Sets the path that later pages link to.
    pub(super) fn link_to(&self, metrics: Cow<'static, str>) {
        unpoisoned(self.cache.lock()).link_to(metrics);
    }

    /// Adds a request to the next flight. Never blocks for a render.
    pub(super) fn join(&self, variant: Variant) -> Arc<Flight> {
        let next = unpoisoned(self.next.lock());
        unpoisoned(next.requested.lock()).add(variant);
        Arc::clone(&next)
    }

    /// Renders a flight on this thread, unless another thread has; waits while another render runs. Returns
    /// `None` if the render panicked: the registry contains its callbacks' panics, so the panic is our bug.
    pub(super) fn render<'f>(&self, flight: &'f Arc<Flight>) -> Option<&'f RenderedVersion> {
        let mut cache = unpoisoned(self.cache.lock());
        let render = || contained(|| cache.render(self.begin(flight)));
        flight.rendered.get_or_init(render).as_ref()
    }

    /// Renders the next flight, if a request has joined it.
    #[cfg(feature = "prometheus-server")]
    pub(super) fn render_next(&self) {
        let next = Arc::clone(&*unpoisoned(self.next.lock()));
        let requested = *unpoisoned(next.requested.lock());
        if !requested.is_empty() {
            self.render(&next);
        }
    }

    /// Closes a flight to later requests, and returns what it has to render.
    fn begin(&self, flight: &Arc<Flight>) -> RequestedVariants {
        let mut next = unpoisoned(self.next.lock());
        if Arc::ptr_eq(&next, flight) {
            *next = Arc::default();
        }
        *unpoisoned(flight.requested.lock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prometheus::Format;
    use crate::prometheus::negotiate::Encoding;
    use crate::prometheus::response::Document;

    const TEXT: Variant =
        Variant { document: Document::Exposition(Encoding::Text(Format::Text)), gzip: false };
    const PAGE: Variant = Variant { document: Document::Page, gzip: false };

    #[test]
    fn requests_share_the_render_that_has_not_begun_and_no_other() {
        let flights = SingleFlight::new(&Registry::new(), Cow::Borrowed("/metrics"));
        let (first, second) = (flights.join(TEXT), flights.join(PAGE));
        assert!(Arc::ptr_eq(&first, &second));
        let body = |flight, variant| flights.render(flight).map(|version| version.body(variant));
        let text = body(&first, TEXT).unwrap_or_default();
        assert!(!text.is_empty() && !body(&second, PAGE).unwrap_or_default().is_empty());
        let later = flights.join(TEXT);
        assert!(!Arc::ptr_eq(&first, &later));
        assert_eq!(body(&first, TEXT).map(|body| body.as_ptr()), Some(text.as_ptr()), "it renders once");
    }
}
