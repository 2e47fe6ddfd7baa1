//! The back end that writes one `tracing` event per call, and a layer that writes these events as lines.
//!
//! | | |
//! |---|---|
//! | [`Log`] | the back end: one event per call, for any subscriber; log policies suppress some of them |
//! | [`Log::with_summary`] | adds up the suppressed calls, so that a log alone loses no numbers |
//! | `Layer` | writes the events as lines in one `Format`: JSON, logfmt, with a prefix, or CloudWatch's |
//! | `Layer::with_span_fields` | adds fields of the spans around a call; `with_trace_context` adds the ids of its trace |
//! | `Queue` | a writer that never waits, for `Layer` or another layer |
//! | `Lines` | prints prefixed lines through `tracing_subscriber::fmt`, for programs that use it already |
//! | `recipes` | shows how jq, Loki, Splunk, mtail and others count from the lines |
//!
//! All but `Log`, [`is_metric`] and [`check`](check()) need the feature `log-lines`.

#[cfg(feature = "log-lines")]
mod added;
mod append_only;
#[cfg(feature = "log-lines")]
mod around;
mod check;
#[cfg(feature = "log-lines")]
mod clock;
mod core;
mod current;
mod fields;
#[cfg(feature = "log-lines")]
mod format;
#[cfg(feature = "log-lines")]
mod layer;
#[cfg(feature = "log-lines")]
mod lines;
mod metadata;
mod policy;
#[cfg(feature = "log-lines")]
mod queue;
#[cfg(feature = "log-lines")]
pub mod recipes;
mod series;
#[cfg(feature = "log-lines")]
mod span_fields;
mod summary;
mod suppressed;
mod ticker;
mod when;
#[cfg(feature = "log-lines")]
mod write;

#[cfg(feature = "pipeline")]
pub(crate) use check::check_events;
pub use check::{Muted, check};
#[cfg(feature = "log-lines")]
pub use format::{Format, UnknownFormat};
#[cfg(feature = "log-lines")]
pub use layer::Layer;
#[cfg(feature = "log-lines")]
pub use lines::Lines;
pub use metadata::is_metric;
#[cfg(feature = "log-lines")]
pub use queue::{Queue, QueueGuard};

use self::core::Core;
use self::fields::Decimals;
use crate::event::{Event, Site};
use crate::sink::{Labeled, Sink, SinkAdapter};
use crate::surface::RegistrationLabels;
use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;
use ticker::Ticker;
use tracing::dispatcher::get_default;
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};

/// Writes one [`tracing`] event per call, to the subscriber of the caller's thread.
///
/// Fields are typed: labels are text (integers stay integers), values are numbers, durations are seconds in
/// `f64`. Context follows with the types of its parameters, and with at most 1,024 bytes of each text. Names
/// are static, and text is recorded as `&str`, so the subscriber escapes it: no label and no context can
/// forge a line or a key. The declaration's `#[log(...)]` says which calls are written; the counts of `every`
/// belong to this instance.
///
/// # Cost and failure
///
/// A call takes as long as the subscriber does, and blocks if the subscriber blocks: on a pipe that nobody
/// reads it waits forever, unless the writer behind the subscriber does not wait, such as `log::Queue`. A
/// suppressed call allocates nothing after its event's first.
///
/// A call never panics: a panic of the subscriber is contained (this needs `panic = "unwind"`), and so is one
/// in the destructor of a thread-local. A subscriber that records metrics through a `Log` while it handles
/// one does not recurse. Lines lost in these two ways are counted in [`dropped`](Self::dropped).
///
/// Lines that `tracing` itself drops are not counted: a line without a subscriber, one that a filter rejects
/// ([`check`](check()) finds these), one written while the same thread handles another event, one written
/// after the thread-locals of `tracing` are gone. [`with_summary`](Self::with_summary) keeps the numbers of
/// all suppressed calls.
///
/// # Examples
///
/// ```
/// use telemetry::{Log, metrics};
///
/// #[metrics]
/// pub trait Metrics {
///     /// Age of the oldest pending row.
///     #[gauge(name = "publisher_lag", unit = seconds)]
///     #[log("publisher.lag_seconds", every = 60, or_above = 30.0)]
///     fn set_publisher_lag(&self, seconds: f64);
/// }
///
/// tracing_subscriber::fmt().init();
/// let metrics = Log::default();
/// metrics.set_publisher_lag(2.5); // suppressed: only the 60th call is written
/// metrics.set_publisher_lag(31.0); // INFO metrics: gauge="publisher.lag_seconds" value=31.0
/// ```
#[derive(Debug, Default)]
pub struct Log {
    core: Arc<Core>,
    ticker: Option<Ticker>,
}

impl Log {
    /// Creates a log for one registration of a surface: its lines have these labels, before all others.
    ///
    /// [`SinkAdapter::with`] gives one log to several registrations. The counts of `every` and the sums of
    /// summaries belong to the log, for all its registrations together; a summary has none of these labels.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use telemetry::{Log, SinkAdapter, metrics};
    ///
    /// #[metrics(namespace = "pool", labels(#[label(cap = 16)] pool: &str))]
    /// pub trait Metrics {
    ///     /// Checkouts.
    ///     #[counter]
    ///     fn checkouts(&self, reused: bool);
    /// }
    ///
    /// tracing_subscriber::fmt().init();
    /// let orders = Log::with(MetricsLabels { pool: "orders" });
    /// orders.checkouts(true); // INFO metrics: event="checkouts" pool="orders" reused="true"
    ///
    /// let log = Arc::new(Log::default());
    /// let users = SinkAdapter::with(log.clone(), MetricsLabels { pool: "users" });
    /// users.checkouts(false); // INFO metrics: event="checkouts" pool="users" reused="false"
    /// ```
    #[must_use]
    pub fn with(labels: impl RegistrationLabels) -> SinkAdapter<Labeled<Self>> {
        SinkAdapter::with(Self::default(), labels)
    }

    /// Creates a log that adds up suppressed calls. [`summarize`](Self::summarize) and the drop of the log
    /// write the sums.
    ///
    /// A summary has one line for each series with suppressed calls, so that a log loses no numbers:
    ///
    /// ```text
    /// [metrics] summary=mail.sent server=mx1 silent=999 bytes=51200
    /// [metrics] gauge=publisher.lag_seconds silent=59 value=2.5
    /// ```
    ///
    /// `silent` is the number of calls suppressed since the last summary. Each value is the sum over these
    /// calls; a value that only gauges take is the last number of all calls, written or suppressed.
    /// Therefore:
    ///
    /// | instrument | its number |
    /// |---|---|
    /// | counter of calls | the number of the event's lines, and the sum of `silent` |
    /// | counter of a value | the sum of the value over both kinds of lines |
    /// | gauge | the value of its last line |
    ///
    /// Sums have the value's type; integers saturate, and numbers that a counter or a histogram rejects are
    /// not added. A summary loses the buckets of a histogram's suppressed samples, and the last number of a
    /// value that both a gauge and another instrument take.
    ///
    /// Sums are kept per combination of closed labels, up to 16,384 of them, and per event beyond that. Open
    /// labels are left out, so the declaration bounds the memory: 16 bytes a series, and 8 more for each
    /// value. An event with `#[log(off)]` has no summary either. Summing takes about three atomic additions a
    /// suppressed call.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::{Log, metrics};
    ///
    /// #[metrics]
    /// pub trait Metrics {
    ///     /// Ticks of the scheduler.
    ///     #[counter]
    ///     #[log(every = 1000)]
    ///     fn ticks(&self);
    /// }
    ///
    /// let log = Log::with_summary();
    /// log.ticks();
    /// log.summarize(); // INFO metrics: summary="ticks" silent=1
    /// ```
    #[must_use]
    pub fn with_summary() -> Self {
        Log { core: Arc::new(Core::with_summary()), ticker: None }
    }

    /// Creates a log as [`with_summary`](Self::with_summary) does, and starts a thread that writes a summary
    /// once per period until the log is dropped. The period is 10 ms to a day.
    ///
    /// The thread's lines go to the subscriber that the calling thread has now; if it has none yet, to the
    /// program's global one. A forked process has no such thread: call [`summarize`](Self::summarize) there.
    ///
    /// # Errors
    ///
    /// Returns `InvalidInput` if the period is out of range, and the system's error if no thread can be
    /// started.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use telemetry::Log;
    ///
    /// let log = Log::with_summary_every(Duration::from_secs(60))?;
    /// assert_eq!(log.dropped(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn with_summary_every(period: Duration) -> io::Result<Self> {
        let mut log = Self::with_summary();
        log.ticker = Some(Ticker::start(period, log.core.clone())?);
        Ok(log)
    }

    /// Writes a line for each series that had suppressed calls since the last summary, to the calling
    /// thread's subscriber. Does nothing without [`with_summary`](Self::with_summary).
    ///
    /// Dropping a `Log` writes its last summary. A log that is never dropped, in a `static` or in a thread
    /// that outlives `main`, needs this call at the end of `main`. Sums that the subscriber rejects stay for
    /// the next summary.
    pub fn summarize(&self) {
        summary::write(&self.core);
    }

    /// Returns the number of lines that were lost because the subscriber panicked, or because it recorded a
    /// metric while it was handling one.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.core.dropped()
    }
}

#[cfg(feature = "pipeline")]
impl Log {
    /// Reports once that lines do not appear although the log was chosen, if there is a subscriber to report
    /// it to.
    pub(crate) fn report(&self, muted: &Muted) {
        if !matches!(muted, Muted::NoSubscriber { .. }) {
            self.core.report_once(|| check::error(muted));
        }
    }
}

// Counts, and lists that only grow: a panic leaves nothing half done.
impl UnwindSafe for Log {}
impl RefUnwindSafe for Log {}

impl Drop for Log {
    fn drop(&mut self) {
        self.ticker = None;
        self.summarize();
    }
}

impl Sink for Log {
    fn record(&self, event: &Event<'_>) {
        if !event.schema().log.enabled {
            return;
        }
        let Some(site) = self.core.policies.admit(event) else { return };
        let level = site.log().level;
        let max = LevelFilter::current();
        if level > STATIC_MAX_LEVEL || level > max {
            // A subscriber that takes no warnings would not show this one.
            if max >= LevelFilter::WARN && check::is_expected(site.log()) {
                self.core.warn_muted(site.log());
            }
            return;
        }
        let Some(_guard) = current::enter(site.schema(), site.metadata()) else {
            return self.core.count_dropped();
        };
        self.core.contain(|| {
            if !emit(event, site) && check::is_expected(site.log()) {
                self.core.warn_muted(site.log());
            }
        });
    }
}

/// Passes an event to the current subscriber if it wants it, as `tracing::event!` does. Returns whether it
/// does.
fn emit(event: &Event<'_>, site: &'static Site) -> bool {
    let interest = site.callsite().interest();
    if interest.is_never() {
        return false;
    }
    get_default(|dispatch| {
        let is_enabled = interest.is_always() || dispatch.enabled(site.metadata());
        if is_enabled {
            fields::of_call(event, Decimals(site.log().decimals), |fields| {
                // `value_set_all` is hidden, but tracing's own macros expand to it in user crates.
                let fields = site.metadata().fields().value_set_all(fields);
                dispatch.event(&tracing::Event::new(site.metadata(), &fields));
            });
        }
        is_enabled
    })
}
