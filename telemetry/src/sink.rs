//! The trait of a back end that takes every event of every surface, and its adapter to surfaces.

mod labeled;

pub use labeled::Labeled;

use crate::event::Event;
use crate::guard::GuardEdge;
use crate::surface::RegistrationLabels;
use std::sync::Arc;

/// A back end that takes one event per call: one type with one method, for every surface of every crate.
///
/// Each `#[metrics]` trait is implemented for `dyn Sink` and for [`SinkAdapter<S>`](SinkAdapter).
///
/// [`record`](Self::record) must not panic, block, or allocate without bound. It runs in the caller's thread,
/// perhaps while that thread ends.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use telemetry::{Event, Sink, SinkAdapter, metrics};
///
/// #[metrics]
/// pub trait Metrics {
///     /// Requests served.
///     #[counter]
///     fn requests(&self, cached: bool);
/// }
///
/// #[derive(Default)]
/// struct Calls(AtomicU64);
///
/// impl Sink for Calls {
///     fn record(&self, event: &Event<'_>) {
///         assert_eq!(format!("{event:?}"), r#"requests(cached="true")"#);
///         self.0.fetch_add(1, Ordering::Relaxed);
///     }
/// }
///
/// let calls = Arc::new(Calls::default());
/// let metrics: Arc<dyn Metrics> = Arc::new(SinkAdapter(calls.clone()));
/// metrics.requests(true);
/// assert_eq!(calls.0.load(Ordering::Relaxed), 1);
/// ```
pub trait Sink: Send + Sync {
    /// Records one event.
    fn record(&self, event: &Event<'_>);

    /// Takes the start or the end of a guard, see [`GuardEdge`]. By default, reads the clock.
    ///
    /// It must not panic. A start that panics records nothing, and an end that panics loses the event.
    #[inline]
    fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
        edge.read_clock();
    }
}

impl<S: Sink + ?Sized> Sink for &S {
    fn record(&self, event: &Event<'_>) {
        (**self).record(event);
    }

    fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
        (**self).guard_edge(edge);
    }
}

impl<S: Sink + ?Sized> Sink for Box<S> {
    fn record(&self, event: &Event<'_>) {
        (**self).record(event);
    }

    fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
        (**self).guard_edge(edge);
    }
}

impl<S: Sink + ?Sized> Sink for Arc<S> {
    fn record(&self, event: &Event<'_>) {
        (**self).record(event);
    }

    fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
        (**self).guard_edge(edge);
    }
}

/// Adapts a [`Sink`] to surfaces: implements every `#[metrics]` trait and passes each call on as one
/// [`Event`].
///
/// # Examples
///
/// ```
/// use telemetry::{Event, Sink, SinkAdapter, metrics};
///
/// #[metrics]
/// pub trait Metrics {
///     /// Requests served.
///     #[counter]
///     fn requests(&self, cached: bool);
/// }
///
/// struct Print;
///
/// impl Sink for Print {
///     fn record(&self, event: &Event<'_>) {
///         println!("{event:?}");
///     }
/// }
///
/// SinkAdapter(Print).requests(true); // requests(cached="true")
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SinkAdapter<S>(pub S);

impl<S: Sink> SinkAdapter<Labeled<S>> {
    /// Adapts a sink to one registration of a surface: it takes each event with these labels, see
    /// [`Event::registration_labels`]. Several registrations may share the sink.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::{Event, Sink, SinkAdapter, metrics};
    ///
    /// #[metrics(namespace = "pool", labels(#[label(cap = 16)] pool: &str))]
    /// pub trait Metrics {
    ///     /// Checkouts.
    ///     #[counter]
    ///     fn checkouts(&self, reused: bool);
    /// }
    ///
    /// struct Check;
    ///
    /// impl Sink for Check {
    ///     fn record(&self, event: &Event<'_>) {
    ///         assert_eq!(format!("{event:?}"), r#"checkouts{pool="orders"}(reused="true")"#);
    ///     }
    /// }
    ///
    /// SinkAdapter::with(&Check, MetricsLabels { pool: "orders" }).checkouts(true);
    /// ```
    #[must_use]
    pub fn with(sink: S, labels: impl RegistrationLabels) -> Self {
        SinkAdapter(Labeled::new(sink, labels))
    }
}

impl<S: Sink> Sink for SinkAdapter<S> {
    fn record(&self, event: &Event<'_>) {
        self.0.record(event);
    }

    #[inline]
    fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
        self.0.guard_edge(edge);
    }
}
