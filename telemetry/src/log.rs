//! The back end that writes one `tracing` event per call, and the layer that makes lines of these events.
//!
//! | | |
//! |---|---|
//! | [`Log`] | the back end: an event per call, less what the declaration's policies silence, for any subscriber |
//! | [`Log::with_summary`] | adds up what is silenced, so that a log alone loses no numbers |
//! | `Layer` | writes the events as lines, in one `Format`: JSON, logfmt, with a prefix, or CloudWatch's |
//! | `Queue` | its writer, or another layer's, that never waits |
//! | `Lines` | the lines with a prefix, where `tracing_subscriber::fmt` writes already |
//! | `recipes` | how jq, Loki, Splunk, mtail and others count from the lines |
//!
//! All but `Log` and [`is_metric`] need the feature `log-lines`.

#[cfg(feature = "log-lines")]
mod clock;
mod current;
mod fields;
#[cfg(feature = "log-lines")]
mod format;
#[cfg(feature = "log-lines")]
mod layer;
#[cfg(feature = "log-lines")]
mod lines;
mod list;
mod policy;
#[cfg(feature = "log-lines")]
mod queue;
#[cfg(feature = "log-lines")]
pub mod recipes;
mod silent;
mod summary;
mod ticker;
#[cfg(feature = "log-lines")]
mod write;

#[cfg(feature = "log-lines")]
pub use format::{Format, UnknownFormat};
#[cfg(feature = "log-lines")]
pub use layer::Layer;
#[cfg(feature = "log-lines")]
pub use lines::Lines;
#[cfg(feature = "log-lines")]
pub use queue::{Queue, QueueGuard};

use crate::event::{CALLSITE_NAME, Site};
use crate::{Event, Sink};
use current::Guard;
use policy::Policies;
use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use ticker::Ticker;
use tracing::dispatcher::get_default;
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
use tracing::{Level, Metadata};

/// Writes one [`tracing`] event per call, to whatever subscriber the caller's thread has.
///
/// Fields are typed: labels are text (integers where they are integers), values are numbers, durations are
/// seconds in `f64`. Names are static, and text is recorded as `&str`, so that a subscriber escapes it: no
/// label can forge a line or a key. What is written when is the declaration's `#[log(...)]`; the counts of
/// `every` belong to this instance.
///
/// A call takes as long as the subscriber does, and blocks if that does: on a pipe that nobody reads it waits for ever,
/// unless the subscriber's writer is one that does not wait, such as `log::Queue`. It does not panic: a subscriber's
/// panic is contained (this needs `panic = "unwind"`), as is one in the destructor of a thread-local. A
/// subscriber that records metrics through a `Log` while it handles one does not recurse. Both are counted in
/// [`dropped`](Self::dropped); what `tracing` itself drops is not: a line without a subscriber, one below its
/// level, one while it handles another event of the same thread, one after its own thread-locals are gone. A call that a
/// policy silences does not allocate after its event's first; [`with_summary`](Self::with_summary) loses none of them.
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
/// metrics.set_publisher_lag(2.5); // silent: the 60th call will be written
/// metrics.set_publisher_lag(31.0); // INFO metrics: gauge="publisher.lag_seconds" value=31.0
/// ```
#[derive(Debug, Default)]
pub struct Log {
    core: Arc<Core>,
    ticker: Option<Ticker>,
}

/// What a `Log` shares with the thread of its summaries.
#[derive(Debug, Default)]
struct Core {
    policies: Policies,
    dropped: AtomicU64,
}

impl Log {
    /// Adds up what the policies silence, for [`summarize`](Self::summarize) and the end to write.
    ///
    /// A summary is one line for each series of which calls were silenced, so that a log loses no numbers:
    ///
    /// ```text
    /// [metrics] summary=mail.sent server=mx1 silent=999 bytes=51200
    /// [metrics] gauge=publisher.lag_seconds silent=59 value=2.5
    /// ```
    ///
    /// `silent` is the number of silent calls since the last summary, and each value is the sum over these calls; a value
    /// that only gauges take is the last one of all calls, silent or not. So a counter of calls is the number of an
    /// event's lines and the sum of `silent`, a counter of a value is its sum over both kinds of lines, and a gauge is what
    /// its last line says. Sums are in the value's type; integers saturate, and what a counter or a histogram refuses is
    /// not added. What a summary cannot say is in which buckets a histogram's silent samples fell, nor the last number
    /// of a value that both a gauge and another instrument take.
    ///
    /// It is kept per combination of closed labels, up to 16,384 of them, and per event beyond. Open labels are left
    /// out, so that memory has a bound that the declaration states: with all else it takes 16 bytes a series, and 8 more
    /// for each value. An event with `#[log(off)]` is off here too. A silenced call takes three atomic additions or so more.
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
        let core = Core { policies: Policies::with_summary(), ..Core::default() };
        Log { core: Arc::new(core), ticker: None }
    }

    /// The same, with a thread that writes a summary this often, 10 ms at the least, until the `Log` is dropped.
    ///
    /// Its lines go to the subscriber that the calling thread has now; if it has none yet, to the program's. A process that
    /// was forked has no such thread: there it is [`summarize`](Self::summarize) again.
    ///
    /// # Errors
    ///
    /// If the system has no more threads.
    pub fn with_summary_every(period: Duration) -> io::Result<Self> {
        let mut log = Self::with_summary();
        log.ticker = Some(Ticker::start(period, log.core.clone())?);
        Ok(log)
    }

    /// Writes a line for each series of which calls were silenced since the last summary, to the calling thread's
    /// subscriber. Does nothing without [`with_summary`](Self::with_summary).
    ///
    /// A `Log` does it when it is dropped. One that is never dropped, in a `static` or in a thread that outlives `main`,
    /// needs this call at the end of `main`. What the subscriber does not want stays for the next time.
    pub fn summarize(&self) {
        summary::write(&self.core);
    }

    /// How many lines were lost because the subscriber panicked, or because it recorded a metric while it
    /// was handling one.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.core.dropped.load(Ordering::Relaxed)
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

impl Core {
    /// Runs what shows a metric event to the subscriber. What that throws ends here.
    fn contain(&self, show: impl FnOnce()) {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(show)) {
            self.drop_line();
            discard(payload);
        }
    }

    fn drop_line(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

impl Sink for Log {
    fn record(&self, event: &Event<'_>) {
        let log = &event.schema().log;
        if !log.enabled || !self.core.policies.admit(event) || !wanted(log.level) {
            return;
        }
        let site = event.site();
        let Some(_guard) = Guard::enter(site.schema(), site.metadata()) else {
            return self.core.drop_line();
        };
        self.core.contain(|| emit(event, site));
    }
}

/// Whether the binary and its subscribers take lines of this level at all.
fn wanted(level: Level) -> bool {
    level <= STATIC_MAX_LEVEL && level <= LevelFilter::current()
}

/// Whether a `tracing` event is one of [`Log`]'s, from whatever surface: for filters of layers.
#[must_use]
pub fn is_metric(metadata: &Metadata<'_>) -> bool {
    metadata.name() == CALLSITE_NAME
}

/// The first key of a summary's line.
const SUMMARY: &str = "summary";

/// Drops what was thrown, which may panic too; what that throws is not looked at.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
}

/// One event to the current subscriber, if it wants it: what `tracing::event!` does.
fn emit(event: &Event<'_>, site: &'static Site) {
    let interest = site.callsite().interest();
    if interest.is_never() {
        return;
    }
    get_default(|dispatch| {
        if interest.is_always() || dispatch.enabled(site.metadata()) {
            fields::of_call(event, |fields| {
                // `value_set_all` is hidden, but it is what tracing's own macros expand to in user crates.
                let fields = site.metadata().fields().value_set_all(fields);
                dispatch.event(&tracing::Event::new(site.metadata(), &fields));
            });
        }
    });
}
