//! Adds up what is recorded, for back ends that ask for totals: Prometheus, OTLP, statsd.
//!
//! A [`Registry`] holds surfaces; [`register`](Registry::register) gives the implementation of one, and
//! [`snapshot`](Registry::snapshot) reads them all. There is no global one: two registries know nothing of
//! each other.
//!
//! # How it adds up
//!
//! Each thread adds to sums of its own, so that recording takes no locked instruction and shares no cache
//! line; a reader sums the threads. When a thread ends, its sums stay for the next thread, or are added to
//! the late sums. A call that has no thread to add to, because its thread's locals are gone already, adds to
//! the late sums. After a series' first use in a thread, recording allocates nothing, takes no lock, and
//! never waits for a reader.
//!
//! - **Counters** never fall, nor do the sums of histograms: they saturate, and refuse what is negative, NaN
//!   or infinite. What they refuse is counted by reason in `telemetry_dropped_total`. Sums of floats keep
//!   whole numbers and fractions apart, so that 1 is not lost above 2⁵³; durations are summed in nanoseconds.
//! - **Up-down counters** saturate at both ends.
//! - **Gauges** have one place for all threads, and keep what was set last. A call whose label would count as
//!   `other` is refused, and counted in `telemetry_dropped_total{reason="label_overflow"}`: a gauge that
//!   several values share would show one of them at random.
//! - **Histograms** refuse NaN, infinities and, unless they are `signed`, negative numbers. A reader sees
//!   buckets and sum of the same calls, unless the system stops a thread in the middle of a call for longer
//!   than 6 ms: of that one call either may show first.
//!
//! # Series
//!
//! Sums without labels, with closed ones or with ranges, up to 256 series of an instrument, exist from the
//! start, at 0: a query for a rate has a first value to begin from. So do a counter's series of the `known` texts of its open
//! labels, up to 256 of an instrument, if each of its open labels has such texts. All others exist from their first use,
//! gauges always: a lag of 0 that nobody measured would be a lie. No series ever goes away; a gauge with an
//! open label that nobody sets any more keeps its last value, so give a gauge labels whose values stay.
//!
//! What had another name before (`was = "..."`) is a family under each of the two names, for all that read a
//! snapshot, and one set of series in memory and in the budget.
//!
//! An open label keeps as many texts apart as its cap says. A label type has one cap for all methods and surfaces of the
//! registry that use it; a cap that stands on a parameter belongs to its method, and to those that feed an instrument in
//! common with it. A new text past the cap counts as `other` in that label alone, so that totals stay exact; a gauge
//! refuses it. `telemetry_label_overflow_total` counts such calls by label. [`Snapshot::usage`] says how many series each
//! surface has, of how many.
//!
//! # Memory
//!
//! A registered surface takes, per thread that records in it, 8 bytes per series of a counter or an up-down
//! counter (16 for counters of floats) and 8 · (buckets + 3) bytes per histogram, whether used or not, as
//! long as one instrument takes 4 KiB at the most. What would take more is allocated in blocks of some 100
//! bytes, for 8 counters or for one histogram of any size, those that the thread uses, under nodes of 256
//! bytes: some 20 bytes for a counter's series among others, and 800 for one far from all others, of two or
//! three open labels. An open label takes per text its length and 28 to 40 bytes, and 8 to 16 per thread that
//! uses it; and per thread 160 bytes for each text below its cap, 10 KiB at the most, where the first texts of
//! up to 32 bytes are found fastest. The registry itself has such words twice, for late sums and for how far sums of floats have come.
//! Threads that end leave their sums to the next: as many as there were at the same time, but not
//! more than 8 unused. From the start of a statsd exporter on, a thread that records in histograms also has a ring
//! of their samples, whose size is the exporter's to say.
//!
//! # Faults
//!
//! Recording never panics and never blocks. It works in destructors of thread-locals, after a panic, from an
//! allocator, and after a `fork` for series that the thread has used before. An allocator that records needs
//! a guard of its own against recursion: a series that is new to the thread allocates. It must not be called
//! from a signal handler: a signal in the middle of a call to the same series can lose that call.

#![allow(clippy::inline_always, reason = "a constant folds away only where it meets what it is constant for")]

mod cell;
mod cells;
mod clash;
mod domain;
mod error;
#[cfg_attr(telemetry_safe, path = "registry/hot/safe.rs")]
mod hot;
mod instruments;
#[cfg(feature = "prometheus")]
mod join;
mod layout;
mod local;
#[cfg(all(test, loom))]
mod models;
mod octaves;
mod own;
mod place;
mod registration;
#[cfg_attr(not(feature = "samples"), path = "registry/samples/off.rs")]
mod samples;
mod slow;
mod snapshot;
#[cfg(feature = "samples")]
#[cfg_attr(not(feature = "statsd"), allow(dead_code, reason = "read by back ends alone"))]
mod tap;
mod thread;
mod tree;
mod usage;

pub use error::{BuildError, Declared, RegisterError};
pub use instruments::Instruments;
#[doc(hidden)]
pub use instruments::{Call, Feeds, One};
#[cfg(feature = "prometheus")]
pub(crate) use join::Complaint;
#[doc(hidden)]
pub use layout::event_index;
#[cfg(feature = "prometheus")]
pub(crate) use own::Refusal;
#[cfg(feature = "prometheus")]
pub(crate) use snapshot::Run;
pub use snapshot::{Family, FamilyId, HistogramPoint, Point, Series, SeriesId, Snapshot};
#[cfg(feature = "statsd")]
pub(crate) use tap::{Sample, Tap};
pub use usage::Usage;

use crate::contain::contained;
use crate::label::Domain as DomainSpec;
use crate::surface::Surface;
use crate::sync::{Entered, Mutex, lock};
use clash::Names;
use domain::Domain;
use own::Own;
use registration::Registration;
use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::sync::{Arc, Weak};

/// Surfaces whose calls are added up, and what exporters read. Clones are the same registry.
///
/// ```
/// use telemetry::registry::Point;
/// use telemetry::{Registry, metrics};
///
/// #[metrics(namespace = "api")]
/// pub trait Metrics {
///     /// Requests served.
///     #[counter]
///     fn requests(&self, cached: bool);
/// }
///
/// let registry = Registry::new();
/// let metrics = registry.register::<dyn Metrics>()?;
/// metrics.requests(true);
///
/// let snapshot = registry.snapshot();
/// let requests = snapshot.families().find(|family| family.name() == "requests").unwrap();
/// let lines = requests.series().map(|series| {
///     let labels: Vec<_> = series.labels().map(|(key, value)| format!("{key}={value}")).collect();
///     format!("{} {:?}", labels.join(","), series.point())
/// });
/// assert_eq!(lines.collect::<Vec<_>>(), ["cached=false Sum(U64(0))", "cached=true Sum(U64(1))"]);
/// # Ok::<(), telemetry::registry::RegisterError>(())
/// ```
#[derive(Clone)]
pub struct Registry {
    inner: Arc<Inner>,
}

struct Inner {
    constant_labels: Arc<[(String, String)]>,
    state: Mutex<State>,
    own: Own,
    #[cfg(feature = "prometheus")]
    refused: join::Refused,
}

/// What registering changes. Lists are shared with readers, and copied when they grow.
#[derive(Default)]
struct State {
    registrations: Arc<Vec<Arc<Registration>>>,
    callbacks: Arc<Vec<Callback>>,
    #[cfg(feature = "prometheus")]
    sources: Arc<Vec<join::Source>>,
    domains: Vec<Arc<Domain>>,
    names: Names,
    #[cfg(feature = "samples")]
    tapped: tap::Tapped,
    /// Names that exporters have as long as they live.
    #[cfg(feature = "export")]
    claims: Vec<(&'static str, Weak<()>)>,
}

#[derive(Clone)]
struct Callback {
    call: Arc<dyn Fn() + Send + Sync>,
    /// It is called as long as this lives; for ever if there is nothing.
    owner: Option<Weak<dyn Any + Send + Sync>>,
}

impl Callback {
    fn is_wanted(&self) -> bool {
        self.owner.as_ref().is_none_or(|owner| owner.strong_count() > 0)
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let registrations = lock(&self.inner.state).registrations.clone();
        let surfaces = registrations.iter().map(|registration| registration.schema.name);
        f.debug_tuple("Registry").field(&surfaces.collect::<Vec<_>>()).finish()
    }
}

/// Makes a [`Registry`] with constant labels.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    constant_labels: Vec<(String, String)>,
}

impl Builder {
    /// A label that every sample of the registry has, such as `region` or `build`.
    #[must_use]
    pub fn constant_label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.constant_labels.push((key.into(), value.into()));
        self
    }

    /// The registry.
    ///
    /// # Errors
    ///
    /// If a key is no label name, is reserved (`job` and `instance`, which Prometheus sets, `le`, `quantile`
    /// and `__...`; `reason` and `label`, which the registry's own metrics have), or is given twice; if a
    /// value is longer than 256 bytes.
    pub fn build(self) -> Result<Registry, BuildError> {
        clash::constant_labels(&self.constant_labels)?;
        if let Err(RegisterError::ConstantLabel { key, .. }) =
            clash::surface(own::schema(), &self.constant_labels)
        {
            return Err(BuildError::Reserved(key));
        }
        Ok(Registry::with(self.constant_labels))
    }
}

impl Registry {
    /// An empty registry.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Vec::new())
    }

    /// For a registry with constant labels.
    ///
    /// ```
    /// use telemetry::Registry;
    ///
    /// let registry = Registry::builder().constant_label("region", "eu-1").build()?;
    /// assert!(Registry::builder().constant_label("job", "api").build().is_err());
    /// # Ok::<(), telemetry::registry::BuildError>(())
    /// ```
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn with(constant_labels: Vec<(String, String)>) -> Self {
        let mut state = State::default();
        let own = Own::new(&mut state);
        Registry {
            inner: Arc::new(Inner {
                constant_labels: constant_labels.into(),
                state: Mutex::new(state),
                own,
                #[cfg(feature = "prometheus")]
                refused: join::Refused::default(),
            }),
        }
    }

    /// An implementation of a surface whose calls are added up here.
    ///
    /// # Errors
    ///
    /// If the surface is registered already ([`register_or_get`](Self::register_or_get) is for that), if two instruments would be
    /// exported under one sample name, if a label has the key of a constant label, or if an instrument has
    /// more than 2⁶⁰ series.
    pub fn register<S: Surface + ?Sized>(&self) -> Result<Instruments<S>, RegisterError> {
        let mut state = lock(&self.inner.state);
        match state.find(S::SCHEMA) {
            Some(found) => Err(RegisterError::Twice(Declared::surface(found.schema))),
            None => state.add::<S>(&self.inner.constant_labels),
        }
    }

    /// The same, but a surface that is registered already is given again: both implementations record in the
    /// same series.
    ///
    /// # Errors
    ///
    /// As [`register`](Self::register).
    pub fn register_or_get<S: Surface + ?Sized>(&self) -> Result<Instruments<S>, RegisterError> {
        let mut state = lock(&self.inner.state);
        match state.find(S::SCHEMA) {
            Some(found) => Ok(Instruments::new(found)),
            None => state.add::<S>(&self.inner.constant_labels),
        }
    }

    /// Calls `f` at the beginning of each snapshot, to set what is cheaper to look up than to follow.
    ///
    /// It is called in the thread that takes the snapshot, and holds no lock of ours. Whoever asks for a
    /// snapshot waits for it, so it must be quick; a panic in it is caught and counted in
    /// `telemetry_collect_panics_total` (with `panic = "unwind"`), and the snapshot goes on. A snapshot that
    /// it takes itself runs no callback. It lives as long as the registry, so one that owns a clone of the
    /// registry keeps both for ever.
    ///
    /// ```
    /// use telemetry::{Registry, metrics};
    ///
    /// #[metrics]
    /// pub trait Metrics {
    ///     /// Jobs that wait.
    ///     #[gauge]
    ///     fn set_queue_depth(&self, jobs: u64);
    /// }
    ///
    /// let registry = Registry::new();
    /// let metrics = registry.register::<dyn Metrics>()?;
    /// registry.on_collect(&metrics, |metrics| metrics.set_queue_depth(3));
    /// # Ok::<(), telemetry::registry::RegisterError>(())
    /// ```
    pub fn on_collect<S: Surface + ?Sized + 'static>(
        &self,
        instruments: &Instruments<S>,
        f: impl Fn(&Instruments<S>) + Send + Sync + 'static,
    ) {
        let instruments = instruments.clone();
        self.call_back_with(Callback { call: Arc::new(move || f(&instruments)), owner: None });
    }

    /// Gives the first of these names that nobody holds, or else the last one. It is held as long as the claim lives.
    #[cfg(feature = "export")]
    pub(crate) fn claim(&self, names: &'static [&'static str]) -> (&'static str, Arc<()>) {
        let mut state = lock(&self.inner.state);
        state.claims.retain(|(_, claim)| claim.strong_count() > 0);
        let is_free = |name: &&&str| !state.claims.iter().any(|(held, _)| held == *name);
        let name = names.iter().find(is_free).or(names.last()).copied().unwrap_or_default();
        let claim = Arc::new(());
        state.claims.push((name, Arc::downgrade(&claim)));
        (name, claim)
    }

    /// The same, as long as `owner` lives: what starts and ends again and again leaves nothing behind.
    #[cfg(feature = "export")]
    pub(crate) fn on_collect_for<S: Surface + ?Sized + 'static>(
        &self,
        owner: &Arc<impl Any + Send + Sync>,
        instruments: &Instruments<S>,
        f: impl Fn(&Instruments<S>) + Send + Sync + 'static,
    ) {
        let instruments = instruments.clone();
        let owner: Weak<dyn Any + Send + Sync> = Arc::downgrade(owner) as _;
        self.call_back_with(Callback { call: Arc::new(move || f(&instruments)), owner: Some(owner) });
    }

    fn call_back_with(&self, callback: Callback) {
        let mut state = lock(&self.inner.state);
        let callbacks = Arc::make_mut(&mut state.callbacks);
        callbacks.retain(Callback::is_wanted);
        callbacks.push(callback);
    }

    /// What every series holds now.
    ///
    /// It has all that was recorded before this call, as far as the caller can know of it. Recording does not
    /// wait for it.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::default();
        self.collect(&mut snapshot);
        snapshot
    }

    /// The same into an old snapshot: reuses its memory, and allocates nothing if no series is new.
    pub fn collect(&self, snapshot: &mut Snapshot) {
        self.call_back();
        let registrations = lock(&self.inner.state).registrations.clone();
        self.inner.own.report(&registrations);
        snapshot.read(&self.inner.constant_labels, &registrations);
    }

    fn call_back(&self) {
        unless_nested(|| {
            let callbacks = lock(&self.inner.state).callbacks.clone();
            for callback in callbacks.iter().filter(|callback| callback.is_wanted()) {
                let _ = self.contained(&*callback.call);
            }
        });
    }

    /// What a function of the user's gives, unless it panics.
    fn contained<T>(&self, f: &dyn Fn() -> T) -> Option<T> {
        let given = contained(f);
        if given.is_none() {
            self.inner.own.panicked();
        }
        given
    }
}

/// Calls `f`, unless this thread is within such a call: what it calls may take a snapshot itself.
fn unless_nested(f: impl FnOnce()) {
    thread_local! {
        static CALLED_BACK: Cell<Option<()>> = const { Cell::new(None) };
    }
    if let Some(_entered) = Entered::enter(&CALLED_BACK, ()) {
        f();
    }
}

impl State {
    fn find(&self, schema: &'static crate::schema::Schema) -> Option<Arc<Registration>> {
        self.registrations.iter().find(|known| std::ptr::eq(known.schema, schema)).cloned()
    }

    fn add<S: Surface + ?Sized>(
        &mut self,
        constant_labels: &[(String, String)],
    ) -> Result<Instruments<S>, RegisterError> {
        clash::surface(S::SCHEMA, constant_labels)?;
        self.names.add(S::SCHEMA)?;
        let registration = Arc::new(Registration::new(S::SCHEMA, |spec| domain(&mut self.domains, spec)));
        #[cfg(feature = "samples")]
        self.tapped.add(&registration);
        Arc::make_mut(&mut self.registrations).push(registration.clone());
        Ok(Instruments::new(registration))
    }
}

/// The registry's own one of a declared domain, which is known by its address.
fn domain(domains: &mut Vec<Arc<Domain>>, spec: &'static DomainSpec) -> Arc<Domain> {
    if let Some(known) = domains.iter().find(|known| std::ptr::eq(known.spec, spec)) {
        return known.clone();
    }
    let domain = Arc::new(Domain::new(spec));
    domains.push(domain.clone());
    domain
}
