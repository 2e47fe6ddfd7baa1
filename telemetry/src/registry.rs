//! Adds up what is recorded, for exporters that ask for totals: Prometheus, OTLP, statsd, or your own.
//!
//! A [`Registry`] holds surfaces. [`register`](Registry::register) returns the implementation of one, and
//! [`snapshot`](Registry::snapshot) reads them all. There is no global registry: two registries know nothing
//! of each other.
//!
//! # How it adds up
//!
//! Each thread adds to sums of its own, so that recording takes no locked instruction and shares no cache
//! line. A reader sums the threads. When a thread ends, its sums go to the next thread, or to the shared
//! sums. A call that has no thread to add to, because its thread's locals are gone already, adds to the
//! shared sums too. After a series' first use in a thread, recording allocates nothing, takes no lock, and
//! never waits for a reader.
//!
//! - **Counters** never fall, nor do the sums of histograms: they saturate, and reject numbers that are
//!   negative, NaN or infinite. `telemetry_dropped_total` counts rejected numbers by reason. Sums of floats
//!   keep whole numbers and fractions apart, so that 1 is not lost above 2⁵³; durations are summed in
//!   nanoseconds.
//! - **Up-down counters** saturate at both ends.
//! - **Gauges** are shared by all threads, and keep the last number. A call whose label would count as
//!   `other` is rejected, and counted in `telemetry_dropped_total{reason="label_overflow"}`: a gauge that
//!   several values share would show one of them at random.
//! - **Observed gauges** have no number between collections. Each collection has what its own
//!   [callbacks](Registry::on_collect) set; what is set elsewhere is rejected, and counted in
//!   `telemetry_dropped_total{reason="not_observed"}`.
//! - **Histograms** reject NaN, infinities and, unless they are `signed`, negative numbers. A reader sees
//!   buckets and sum of the same calls. The exception is a thread that the system stops in the middle of a
//!   call for longer than 6 ms: one part of that call may show before the other. Of a `native` histogram
//!   whose exponential buckets become coarser in that call, that reading may have any of their counts.
//!
//! # Series
//!
//! Series of counters and up-down counters without labels, with closed labels or with ranges exist from the
//! start, at 0, up to 256 for an instrument; those of histograms, up to 16: a query for a rate has a first
//! value to begin from. So do a counter's series of the `known` texts, if each of its open labels has such
//! texts, up to 256 for an instrument. All others exist from their first use, and gauges always do: a lag of
//! 0 that nobody measured would be a lie. A series stays as long as the registry, unless its label set
//! [ends](#label-sets-that-end), or a call [removes](#series-that-are-removed) it. So a gauge with an open
//! label that nobody sets any more keeps its last value.
//!
//! An instrument with a former name (`was = "..."`) is a family under each of the two names in a snapshot,
//! and one set of series in memory and in the budget. [`Family::names`] has the names of each in all back
//! ends, and [`Snapshot::dotted_families`] leaves a former family out whose name in OTLP and statsd is the
//! present one.
//!
//! An open label keeps as many texts apart as its cap says. A label type has one cap for all methods and
//! surfaces of the registry that use it; a cap on a parameter belongs to its method, and to the methods that
//! feed an instrument in common with it. A new text past the cap counts as `other` in that label alone, so
//! that totals stay exact; a gauge rejects it. `telemetry_label_overflow_total` counts such calls by label.
//! [`Snapshot::usage`] reports the number of series of each surface, and its limit.
//!
//! # Label sets that end
//!
//! A surface with `#[metrics(labels(..))]` is registered once for each label set, by
//! [`register_with`](Registry::register_with): for each pool, peer or shard. All sets are one family, and
//! recording costs the same as without labels. A set ends when the last clone of its instruments is dropped.
//! Guards hold a clone, and callbacks of [`on_collect`](Registry::on_collect) do not.
//!
//! | kind | when the set ends | if it is registered again |
//! |---|---|---|
//! | gauge, up-down counter | gone from the next reading on | from nothing |
//! | counter, histogram | the final value stays for its readers, then it is gone | goes on while it is there; later from 0, with a start time of its own |
//!
//! A final value stays until each [`Reader`] has [delivered](Reader::delivered) it, which the OTLP and statsd
//! exporters do with each push that arrives. If anybody reads without a `Reader`, as Prometheus does, it also
//! stays for [5 minutes](Builder::keep_removed), as far as Prometheus looks back. The end is found by the
//! next reading, so the final value is in one reading at the least. For each series that is gone, OTLP then
//! sends one point with the flag `NO_RECORDED_VALUE`. statsd has no word for it: a server keeps the last
//! gauge.
//!
//! The cap of a label at registration holds for each surface, and counts the sets that are registered. A set
//! that has ended counts until it is gone; if its place is needed, it goes at once, the one that ended first
//! before the others. Past the cap, the value counts as `other`: all such sets share one registration, so
//! that totals stay exact, and their gauges are refused and counted as `label_overflow`. Each such
//! registration counts in `telemetry_label_overflow_total`.
//!
//! # Series that are removed
//!
//! A method with `#[remove(..)]` ends the series of the instruments that it names, with the labels of the
//! call. Gauges are gone from the next reading on. Counters and histograms keep their final value for their
//! readers, like a label set that ends, and go on if they are used again before it is gone. Later they begin
//! from 0, with a start time of their own.
//!
//! A removal by one label alone, of all instruments that have a label of its type or its cap, also frees the
//! text's place under the cap. The cap of such a label holds for each surface. If texts have more than half
//! of the places, the final values that are kept for the longest time go at once.
//!
//! Sums are exact: a text has nothing of the one whose place it got, whatever other threads do. A call at the
//! very moment of an end counts before it. A removal waits for a reader of the surface that is at work;
//! recording does not.
//!
//! # Views
//!
//! A [`View`] changes what all readers see of an instrument: it is off, has fewer labels or fewer buckets.
//! [`Builder::view`] takes it, and a pipeline's configuration. A registry without views pays nothing for
//! them. A registry whose views merge series is read by one reader at a time.
//!
//! # Exemplars
//!
//! An exemplar is a number that one call added to a histogram or a counter, with the ids of the trace of that
//! call: the way from a spike on a graph to a trace behind it. A registry has them if its builder gets a
//! [function that knows the current trace](Builder::exemplars). No call site changes.
//!
//! A series keeps one for each bucket, a counter's one. A thread asks for the trace in its first call after a
//! collection that adds to a bucket, and keeps the exemplar if the trace is sampled. An exemplar stays until
//! another call replaces it, also when its thread ends; the newest of all threads is shown. So a bucket that
//! is rarely hit, such as that of the slowest requests, has nearly each of its calls asked, and a busy one is
//! asked once a scrape in each thread.
//!
//! These calls take none: one whose number is rejected, or adds 0 to a counter; one that has no thread to add
//! to; one of an allocator in our own allocation, or of the function itself. Gauges, up-down counters, and
//! totals that somebody else keeps have no exemplars. A panic of the function is contained and costs the
//! exemplar. The function may record; what it records in the middle of a call of the same registration counts
//! as well.
//!
//! With exemplars, a call is out of line, and one whose bucket has its exemplar takes some 50 instructions
//! more for a counter, and 100 for a histogram. A registry without exemplars has no instruction for them, and
//! allocates nothing.
//!
//! # Memory
//!
//! | for each | bytes |
//! |---|---|
//! | series of a counter or an up-down counter, and thread that records in the surface | 8 (16 for counters of floats) |
//! | histogram, and such a thread | 8 · (buckets + 3) |
//! | bucket or counter with an exemplar, and thread that took it | 48; and 8 for each bucket or counter of a registry with exemplars |
//! | series of a `native` histogram, and such a thread | 1,296 more |
//! | series that a view merges | 24, and its words if its surface removes series or has label sets |
//! | text of an open label | its length, and 28 to 40 |
//! | text of an open label, and thread that uses it | 8 to 16, and 160 below the label's cap, 10 KiB at the most |
//!
//! A thread has the words of an instrument whether it uses them or not, as long as that is 4 KiB at the most.
//! Larger instruments are allocated in pages of some 100 bytes when a thread first uses them, for 8 counters
//! or for one histogram of any size, under nodes of 256 bytes: some 20 bytes for a counter's series among
//! others, and 800 for one of two or three open labels that is far from all others. The 160 bytes of a text
//! are for its thread's cache, which finds the first texts of up to 32 bytes fastest. The registry itself has
//! the words of a thread twice, for shared sums and for the high-water marks of floats. Threads that end
//! leave their sums to the next thread: the registry keeps one set for each thread that ran at the same time,
//! and at most 8 unused. All of this is for each label set of a surface that is registered with labels, and
//! goes with the set. A thread keeps its own words of a set until it first records in another one. The rows
//! for texts are for each label and thread, however many sets there are. A thread that records in histograms
//! also has a ring while a `SampleStream` is open, of the size that its reader sets.
//!
//! A thread that stays idle keeps the words of sets that end in that time: at the most of those that it had
//! used and that lived when it began to use its last one. A thread may record in any number of sets in turn.
//! With 1,000 of them a call takes one or two nanoseconds more than with one, with 10,000 some 17.
//!
//! # Faults
//!
//! Recording never panics and never blocks. It works in destructors of thread-locals, after a panic, from an
//! allocator, and after a `fork` for series that the thread has used before. An allocator that records needs
//! a guard of its own against recursion: a series that is new to the thread allocates. Do not record in a
//! signal handler: a signal in the middle of a call to the same series can lose that call.
//!
//! # Exporters of your own
//!
//! The exporters of this crate use the public items of this module and nothing else, and so can yours.
//!
//! | purpose | item |
//! |---|---|
//! | read all series, without allocation | [`Registry::collect`], [`Snapshot::families`], [`Family::series`] |
//! | skip series that did not change | [`Family::groups`], [`SeriesGroup`], [`GroupId`] |
//! | show the traces behind numbers | [`Series::exemplars`], [`SeriesGroup::exemplars`] |
//! | send deltas with each sample of a histogram | `Registry::sample_stream`, `SampleStream` (feature `samples`) |
//! | append the text of other metrics crates | [`Registry::expositions`], [`Registry::report_rejected`] |
//! | say that a reading has arrived | [`Registry::reader`], [`Reader`] |
//! | report on the exporter itself | [`Registry::on_collect_for`], [`Registry::claim_name`] |

#![allow(clippy::inline_always, reason = "a constant folds away only where it meets what it is constant for")]

mod builder;
mod callbacks;
mod claims;
mod error;
mod exporting;
pub(crate) mod exposition;
mod external;
mod label_sets;
mod layout;
#[cfg(all(test, loom))]
mod models;
mod names;
mod read;
mod reader;
mod readers;
mod record;
mod self_metrics;
mod store;
#[cfg(feature = "samples")]
mod stream;
mod surfaces;
mod view;
mod views;

pub use builder::Builder;
pub use claims::NameClaim;
pub use error::{BuildError, Declared, RegisterError};
pub use exposition::metric::{
    ExternalExemplar, ExternalFamily, ExternalKind, ExternalMetrics, ExternalPoint, ExternalSeries,
};
pub use external::RejectedExposition;
#[doc(hidden)]
pub use layout::plan::event_index;
pub use read::exemplars::Exemplar;
pub use read::exponential::ExponentialBuckets;
pub use read::point::{HistogramPoint, Point};
pub use read::reading::Reading;
pub use read::series::{GroupId, Series, SeriesGroup, SeriesId};
pub use read::snapshot::{Family, FamilyId, Snapshot};
pub use read::usage::Usage;
pub use read::views::AppliedView;
pub use reader::Reader;
#[doc(hidden)]
pub use record::call::{Cons, InstrumentList};
use record::exemplars::Exemplars;
pub(crate) use record::instruments::Handle;
pub use record::instruments::Instruments;
use record::observed::Observations;
pub use self_metrics::ExpositionFault;
#[cfg(feature = "samples")]
pub use stream::{Sample, SampleStream};
pub use view::{View, ViewError};

use crate::label::LabelValue;
use crate::schema::Schema;
use crate::surface::{LabeledSurface, RegistrationLabels, Surface, UnlabeledSurface};
use crate::sync::{Mutex, lock};
use crate::trace::TraceContext;
use callbacks::{Callback, Callbacks, Owner};
use claims::Claims;
use external::Sources;
use readers::{Collection, Readers};
use self_metrics::SelfMetrics;
use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use surfaces::{Registered, Surfaces};
use view::set::Views;

/// A set of surfaces whose calls are added up, which exporters read. Clones are the same registry.
///
/// # Examples
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
    surfaces: Arc<Mutex<Surfaces>>,
    callbacks: Callbacks,
    sources: Sources,
    claims: Claims,
    readers: Readers,
    metrics: SelfMetrics,
    /// Held while the registry is read, if views merge series: a series that one reading has found gone must
    /// not be in a later one.
    merging: Option<Mutex<()>>,
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shapes = lock(&self.inner.surfaces).shapes.clone();
        let surfaces = shapes.iter().map(|shape| shape.schema.name);
        f.debug_tuple("Registry").field(&surfaces.collect::<Vec<_>>()).finish()
    }
}

/// Registering surfaces and reading them.
impl Registry {
    /// Creates an empty registry.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Vec::new(), readers::KEEP, Views::default(), None)
    }

    /// Returns a builder, for a registry with constant labels.
    ///
    /// # Examples
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

    fn with(
        constant_labels: Vec<(String, String)>,
        keep_removed: Duration,
        views: Views,
        exemplars: Option<fn() -> Option<TraceContext>>,
    ) -> Self {
        let merging = views.merges().then(Mutex::default);
        let mut surfaces = Surfaces::new(views);
        let metrics = SelfMetrics::new(&mut surfaces);
        // Not of the registry's own metrics, which are no call of the program.
        surfaces.exemplars = exemplars.map(|source| Arc::new(Exemplars::new(source)));
        Registry {
            inner: Arc::new(Inner {
                constant_labels: constant_labels.into(),
                surfaces: Arc::new(Mutex::new(surfaces)),
                callbacks: Callbacks::default(),
                sources: Sources::default(),
                claims: Claims::default(),
                readers: Readers::new(keep_removed),
                metrics,
                merging,
            }),
        }
    }

    /// Registers a surface, and returns an implementation of it whose calls are added up here.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::{Registry, metrics};
    ///
    /// #[metrics]
    /// pub trait Metrics {
    ///     /// Mails handed to the server.
    ///     #[counter]
    ///     fn sent(&self, urgent: bool);
    /// }
    ///
    /// let registry = Registry::new();
    /// let metrics = registry.register::<dyn Metrics>()?;
    /// metrics.sent(true);
    /// assert!(registry.register::<dyn Metrics>().is_err(), "it is registered already");
    /// # Ok::<(), telemetry::registry::RegisterError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the surface is registered already ([`register_or_get`](Self::register_or_get) is for that), if two
    /// instruments would be exported under one sample name, if a label has the key of a constant label, or if
    /// an instrument has more than 2⁶⁰ series.
    pub fn register<S: UnlabeledSurface + ?Sized>(&self) -> Result<Instruments<S>, RegisterError> {
        self.register_set(&[], false)
    }

    /// Returns the existing instruments if the surface is already registered, and registers it otherwise.
    /// Both implementations record in the same series.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::{Registry, metrics};
    ///
    /// #[metrics]
    /// pub trait Metrics {
    ///     /// Mails handed to the server.
    ///     #[counter]
    ///     fn sent(&self);
    /// }
    ///
    /// let registry = Registry::new();
    /// registry.register_or_get::<dyn Metrics>()?.sent();
    /// registry.register_or_get::<dyn Metrics>()?.sent();
    /// let snapshot = registry.snapshot();
    /// let sent = snapshot.families().last().unwrap().series().next().unwrap().point();
    /// assert_eq!(format!("{sent:?}"), "Sum(U64(2))");
    /// # Ok::<(), telemetry::registry::RegisterError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If [`register`](Self::register) would fail for another reason than the first.
    pub fn register_or_get<S: UnlabeledSurface + ?Sized>(&self) -> Result<Instruments<S>, RegisterError> {
        self.register_set(&[], true)
    }

    /// Registers a surface with labels that all of its series have, and returns an implementation whose calls
    /// are added up under them.
    ///
    /// Each label set is registered once, and has series of its own. All sets of a surface are one family for
    /// every exporter. Recording costs the same as without labels.
    ///
    /// The set ends with the last clone of what is returned, and so do its series; see
    /// [Series](crate::registry#series).
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::{Registry, metrics};
    ///
    /// #[metrics(namespace = "pool", labels(#[label(cap = 16)] pool: &str))]
    /// pub trait Metrics {
    ///     /// Checkouts.
    ///     #[counter]
    ///     fn checkouts(&self);
    /// }
    ///
    /// let registry = Registry::new();
    /// let orders = registry.register_with::<dyn Metrics>(MetricsLabels { pool: "orders" })?;
    /// let users = registry.register_with::<dyn Metrics>(MetricsLabels { pool: "users" })?;
    /// orders.checkouts();
    /// assert!(registry.register_with::<dyn Metrics>(MetricsLabels { pool: "users" }).is_err());
    ///
    /// let snapshot = registry.snapshot();
    /// let family = snapshot.families().last().unwrap();
    /// let series = family.series().map(|series| {
    ///     let (_, pool) = series.labels().next().unwrap();
    ///     format!("{pool} {:?}", series.point())
    /// });
    /// assert_eq!(series.collect::<Vec<_>>(), ["orders Sum(U64(1))", "users Sum(U64(0))"]);
    /// # Ok::<(), telemetry::registry::RegisterError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If these labels are registered already and in use
    /// ([`register_or_get_with`](Self::register_or_get_with) is for that), or if the surface cannot be
    /// registered, as for [`register`](Self::register).
    pub fn register_with<S: LabeledSurface + ?Sized>(
        &self,
        labels: S::Labels<'_>,
    ) -> Result<Instruments<S>, RegisterError> {
        labels.__with(|labels| self.register_set(labels, false))
    }

    /// Returns the existing instruments if the surface is already registered with these labels, and registers
    /// it otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::{Registry, metrics};
    ///
    /// #[metrics(namespace = "peer", labels(#[label(cap = 64)] peer: &str))]
    /// pub trait Metrics {
    ///     /// Messages received.
    ///     #[counter]
    ///     fn messages(&self);
    /// }
    ///
    /// let registry = Registry::new();
    /// let first = registry.register_or_get_with::<dyn Metrics>(MetricsLabels { peer: "a" })?;
    /// let second = registry.register_or_get_with::<dyn Metrics>(MetricsLabels { peer: "a" })?;
    /// first.messages();
    /// second.messages();
    /// let snapshot = registry.snapshot();
    /// let messages = snapshot.families().last().unwrap().series().next().unwrap().point();
    /// assert_eq!(format!("{messages:?}"), "Sum(U64(2))");
    /// # Ok::<(), telemetry::registry::RegisterError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If [`register_with`](Self::register_with) would fail for another reason than the first.
    pub fn register_or_get_with<S: LabeledSurface + ?Sized>(
        &self,
        labels: S::Labels<'_>,
    ) -> Result<Instruments<S>, RegisterError> {
        labels.__with(|labels| self.register_set(labels, true))
    }

    pub(crate) fn register_set<S: Surface + ?Sized>(
        &self,
        labels: &[LabelValue<'_>],
        or_get: bool,
    ) -> Result<Instruments<S>, RegisterError> {
        self.register_schema(S::SCHEMA, labels, or_get).map(Instruments::new)
    }

    /// Registers a surface that is known by its schema only, as the mock's is.
    pub(crate) fn register_schema(
        &self,
        schema: &'static Schema,
        labels: &[LabelValue<'_>],
        or_get: bool,
    ) -> Result<Arc<Handle>, RegisterError> {
        let registered = {
            let mut surfaces = lock(&self.inner.surfaces);
            surfaces.register(
                schema,
                &self.inner.constant_labels,
                labels,
                or_get,
                &self.inner.readers.next(),
            )?
        };
        let Registered { handle, overflowing, gone } = registered;
        for key in overflowing {
            self.inner.metrics.count_label_overflow(key);
        }
        // What they have counted of themselves stays.
        self.inner.metrics.report(&gone);
        Ok(handle)
    }

    /// Calls `f` at the beginning of each collection, to set numbers that are cheaper to look up than to
    /// follow.
    ///
    /// It runs on the thread that collects, and holds no lock of ours. The collection waits for it, so it
    /// must be quick. What it sets in a gauge stays, and in an [observed
    /// gauge](crate::metrics#observed-gauges) is for this collection alone. A panic in it is caught and
    /// counted in `telemetry_collect_panics_total` (with `panic = "unwind"`), and the collection goes on. A
    /// snapshot that it takes itself runs no callback. It lives as long as the registry: a callback that owns
    /// a clone of the registry keeps both alive until the process ends.
    /// [`on_collect_for`](Self::on_collect_for) ends a callback earlier. A callback for a surface with labels
    /// at registration ends with their set, which it does not keep from ending.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::{Registry, metrics};
    ///
    /// #[metrics]
    /// pub trait Metrics {
    ///     /// Jobs that wait.
    ///     #[gauge(observed)]
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
        self.call_at_collection(instruments, f, Vec::new());
    }

    /// Calls `f` at the beginning of each collection as long as `owner` lives: an object that starts and ends
    /// again and again leaves nothing behind. Otherwise like [`on_collect`](Self::on_collect).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use telemetry::{Registry, metrics};
    ///
    /// #[metrics]
    /// pub trait Metrics {
    ///     /// Times that the numbers were collected.
    ///     #[counter]
    ///     fn collections(&self);
    /// }
    ///
    /// let registry = Registry::new();
    /// let metrics = registry.register::<dyn Metrics>()?;
    /// let exporter = Arc::new(());
    /// registry.on_collect_for(&exporter, &metrics, |metrics| metrics.collections());
    /// let _ = registry.snapshot();
    /// drop(exporter);
    /// let snapshot = registry.snapshot();
    /// let collections = snapshot.families().last().unwrap().series().next().unwrap().point();
    /// assert_eq!(format!("{collections:?}"), "Sum(U64(1))");
    /// # Ok::<(), telemetry::registry::RegisterError>(())
    /// ```
    pub fn on_collect_for<S: Surface + ?Sized + 'static>(
        &self,
        owner: &Arc<impl Any + Send + Sync>,
        instruments: &Instruments<S>,
        f: impl Fn(&Instruments<S>) + Send + Sync + 'static,
    ) {
        self.call_at_collection(instruments, f, vec![Arc::downgrade(owner) as Owner]);
    }

    /// Adds a callback. It keeps no label set of a surface from ending.
    fn call_at_collection<S: Surface + ?Sized + 'static>(
        &self,
        instruments: &Instruments<S>,
        f: impl Fn(&Instruments<S>) + Send + Sync + 'static,
        mut owners: Vec<Owner>,
    ) {
        let callback = if S::SCHEMA.labels.is_empty() {
            let instruments = instruments.clone();
            Callback::new(move || f(&instruments), owners)
        } else {
            let handle = Arc::downgrade(instruments.handle());
            owners.push(handle.clone());
            let call = move || handle.upgrade().map(Instruments::new).iter().for_each(&f);
            Callback::new(call, owners)
        };
        self.inner.callbacks.add(callback);
    }

    /// Returns the state of every series.
    ///
    /// Includes every call that happened before this one. Never blocks recording.
    ///
    /// # Examples
    ///
    /// ```
    /// let registry = telemetry::Registry::new();
    /// let snapshot = registry.snapshot();
    /// assert!(snapshot.families().any(|family| family.name() == "collect_panics"), "the registry's own");
    /// ```
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::default();
        self.collect(&mut snapshot);
        snapshot
    }

    /// Reads the state of every series into an old snapshot: reuses its memory, and allocates nothing if no
    /// series is new. Otherwise like [`snapshot`](Self::snapshot).
    ///
    /// # Examples
    ///
    /// ```
    /// let registry = telemetry::Registry::new();
    /// let mut snapshot = registry.snapshot();
    /// registry.collect(&mut snapshot);
    /// ```
    pub fn collect(&self, snapshot: &mut Snapshot) {
        self.collect_for(snapshot, true);
    }

    fn collect_for(&self, snapshot: &mut Snapshot, is_anonymous: bool) -> Collection {
        let mut observed = self.inner.callbacks.call(&self.inner.metrics);
        let one = self.inner.merging.as_ref().map(lock);
        let (collection, gone, shapes, registrations, views) = {
            let mut surfaces = lock(&self.inner.surfaces);
            let collection = self.inner.readers.begin(is_anonymous);
            let gone = surfaces.sweep(&collection);
            let views = surfaces.views.report();
            if let Some(exemplars) = &surfaces.exemplars {
                exemplars.begin_collection();
            }
            (collection, gone, surfaces.shapes.clone(), surfaces.registrations.clone(), views)
        };
        self.inner.metrics.report(&gone);
        self.inner.metrics.report(&registrations);
        snapshot.read(&self.inner.constant_labels, &shapes, &registrations, &collection, &mut observed);
        drop(one);
        observed.refuse_rest();
        if let Some(error) = views {
            tracing::warn!(target: "telemetry", "a view has no effect: {error}");
        }
        collection
    }

    /// Returns a reader that says what has arrived, for exporters that push. The final value of a series that
    /// has ended stays until each reader has delivered it.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader::new(self, &self.inner.readers)
    }

    /// Reads the state of every series into an old snapshot, and runs no callback. The registry's own metrics
    /// are those of the last collection.
    ///
    /// # Examples
    ///
    /// ```
    /// let registry = telemetry::Registry::new();
    /// let mut snapshot = registry.snapshot();
    /// registry.peek(&mut snapshot);
    /// ```
    pub fn peek(&self, snapshot: &mut Snapshot) {
        let _one = self.inner.merging.as_ref().map(lock);
        let (shapes, registrations) = {
            let surfaces = lock(&self.inner.surfaces);
            (surfaces.shapes.clone(), surfaces.registrations.clone())
        };
        snapshot.read(
            &self.inner.constant_labels,
            &shapes,
            &registrations,
            &self.inner.readers.next(),
            &mut Observations::default(),
        );
    }

    /// Returns the labels that every series has in addition to its own.
    #[must_use]
    pub fn constant_labels(&self) -> &[(String, String)] {
        &self.inner.constant_labels
    }
}
