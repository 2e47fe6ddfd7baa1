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
//! All but `Log`, [`is_metric`] and [`check`] need the feature `log-lines`.

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
mod muted;
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
pub use muted::Muted;
#[cfg(feature = "log-lines")]
pub use queue::{Queue, QueueGuard};

use crate::contain::contained;
use crate::event::{CALLSITE_NAME, Site};
use crate::schema::EventSchema;
use crate::{Event, Sink, Surface};
use policy::Policies;
use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
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
/// [`dropped`](Self::dropped); what `tracing` itself drops is not: a line without a subscriber, one that its filters
/// refuse ([`check`] says so), one while it handles another event of the same thread, one after its own thread-locals are
/// gone. A call that a policy silences does not allocate after its event's first; [`with_summary`](Self::with_summary) loses none of them.
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
    /// Whether it was said that lines do not appear.
    told: AtomicBool,
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

    /// The same, with a thread that writes a summary this often, from 10 ms to a day, until the `Log` is dropped.
    ///
    /// Its lines go to the subscriber that the calling thread has now; if it has none yet, to the program's. A process that
    /// was forked has no such thread: there it is [`summarize`](Self::summarize) again.
    ///
    /// # Errors
    ///
    /// If the period is outside of that range (`InvalidInput`), or if the system has no more threads.
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

#[cfg(feature = "pipeline")]
impl Log {
    /// Says once that lines do not appear although the log was chosen, if there is a subscriber to say it to.
    pub(crate) fn report(&self, muted: &Muted) {
        if !matches!(muted, Muted::NoSubscriber { .. }) {
            self.core.tell(|| muted::error(muted));
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

impl Core {
    /// Runs what shows a metric event to the subscriber. What that throws ends here.
    fn contain(&self, show: impl FnOnce()) {
        if contained(show).is_none() {
            self.drop_line();
        }
    }

    fn drop_line(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Says once that lines do not appear.
    #[cold]
    fn mute(&self, event: &EventSchema) {
        self.tell(|| muted::warn(event));
    }

    fn tell(&self, say: impl FnOnce()) {
        if !self.told.load(Ordering::Relaxed) && !self.told.swap(true, Ordering::Relaxed) {
            self.contain(say);
        }
    }
}

impl Sink for Log {
    fn record(&self, event: &Event<'_>) {
        let log = &event.schema().log;
        if !log.enabled || !self.core.policies.admit(event) {
            return;
        }
        let (site, max) = (event.site(), LevelFilter::current());
        if log.level > STATIC_MAX_LEVEL || log.level > max {
            // A subscriber that takes no warnings cannot be told.
            if max >= LevelFilter::WARN && muted::is_expected(site.schema()) {
                self.core.mute(site.schema());
            }
            return;
        }
        let Some(_guard) = current::enter(site.schema(), site.metadata()) else {
            return self.core.drop_line();
        };
        self.core.contain(|| {
            if !emit(event, site) && muted::is_expected(site.schema()) {
                self.core.mute(site.schema());
            }
        });
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

/// Checks that the lines of a surface appear: that the calling thread's subscriber lets them pass to a layer now.
///
/// Call it where the subscriber is set, and show what it says where the program shows its errors: a filter that
/// refuses the lines of metrics may refuse a warning about it too. Only lines at INFO and above are looked at, since those
/// for debugging are often off. A [`Log`] of which a line is refused writes a warning once, with the target `telemetry`,
/// which some filters let pass.
///
/// # Errors
///
/// If there is no subscriber, if the program was built without the level, or if the subscriber's filters refuse an event.
///
/// # Examples
///
/// ```
/// use telemetry::log::{self, Muted};
/// use telemetry::metrics;
///
/// #[metrics]
/// pub trait Metrics {
///     /// Mails handed to the server.
///     #[counter]
///     #[log("mail.sent")]
///     fn sent(&self);
/// }
///
/// assert_eq!(log::check::<dyn Metrics>(), Err(Muted::NoSubscriber { event: "mail.sent" }));
/// tracing_subscriber::fmt().init();
/// assert_eq!(log::check::<dyn Metrics>(), Ok(()));
/// ```
pub fn check<S: Surface + ?Sized>() -> Result<(), Muted> {
    check_events(S::SCHEMA.events.iter().copied())
}

/// As [`check`], of these events.
pub(crate) fn check_events(events: impl Iterator<Item = &'static EventSchema>) -> Result<(), Muted> {
    muted::find(events).map_or(Ok(()), Err)
}

/// The first key of a summary's line.
const SUMMARY: &str = "summary";

/// Gives an event to the current subscriber, if it wants it, as `tracing::event!` does. Returns whether it does.
fn emit(event: &Event<'_>, site: &'static Site) -> bool {
    let interest = site.callsite().interest();
    if interest.is_never() {
        return false;
    }
    get_default(|dispatch| {
        let is_enabled = interest.is_always() || dispatch.enabled(site.metadata());
        if is_enabled {
            fields::of_call(event, |fields| {
                // `value_set_all` is hidden, but it is what tracing's own macros expand to in user crates.
                let fields = site.metadata().fields().value_set_all(fields);
                dispatch.event(&tracing::Event::new(site.metadata(), &fields));
            });
        }
        is_enabled
    })
}
