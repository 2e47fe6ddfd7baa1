//! Checks that log lines appear, and reports why they do not.

use super::append_only::AppendOnlyList;
use crate::event::CALLSITE_NAME;
use crate::schema::{EventSchema, LogSchema};
use crate::surface::Surface;
use std::error::Error;
use std::sync::OnceLock;
use std::{fmt, iter, ptr, thread};
use tracing::callsite::{Callsite, DefaultCallsite, Identifier};
use tracing::dispatcher::get_default;
use tracing::field::FieldSet;
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
use tracing::metadata::Kind;
use tracing::subscriber::{Interest, NoSubscriber};
use tracing::{Dispatch, Level, Metadata};

/// The reason why the lines of a surface do not appear, as [`check`] found it.
///
/// Each variant names an event whose lines are muted. `Display` adds what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Muted {
    /// No subscriber is set, neither for the calling thread nor for the program.
    NoSubscriber {
        /// The name of the line: `mail.sent`.
        event: &'static str,
    },
    /// The program was built with a feature of `tracing`, such as `max_level_warn`, that removes lines of
    /// this level.
    Static {
        /// The name of the line: `mail.sent`.
        event: &'static str,
        /// The level at which it is written.
        level: Level,
        /// The least severe level that the build has.
        max: LevelFilter,
    },
    /// The subscriber's filters let no line of this level and target pass to any layer.
    Filtered {
        /// The name of the line: `mail.sent`.
        event: &'static str,
        /// The level at which it is written.
        level: Level,
        /// The target to which it is written.
        target: &'static str,
    },
}

impl fmt::Display for Muted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("metric lines do not appear: ")?;
        match self {
            Muted::NoSubscriber { event } => write!(
                f,
                "no `tracing` subscriber is set for `{event}`\n\
                 help: set one first: `tracing_subscriber::registry().with(..).init()`"
            ),
            Muted::Static { event, level, max } => write!(
                f,
                "`{event}` is written at {level}, and this build of `tracing` ends at {max}\n\
                 help: leave out the features `max_level_..` and `release_max_level_..` of `tracing`"
            ),
            Muted::Filtered { event, level, target } => write!(
                f,
                "the subscriber's filter rejects `{event}`, at {level} with the target `{target}`\n\
                 help: give `EnvFilter` to the other layers, not to all: \
                 `fmt::layer().with_filter(EnvFilter::from_default_env())`"
            ),
        }
    }
}

impl Error for Muted {}

/// Checks that the lines of a surface appear: the calling thread's subscriber passes them to at least one
/// layer.
///
/// Call it after the subscriber is set, and print the error where the program prints its own: a filter that
/// rejects metric lines may reject a warning about them too. The check covers lines at INFO and above, since
/// lines for debugging are often off. A [`Log`](crate::Log) whose line is rejected also writes one warning,
/// with the target `telemetry`, which some filters accept.
///
/// # Errors
///
/// Returns an error if no subscriber is set, if the program was built without the level, or if the
/// subscriber's filters reject an event.
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

/// Checks that the lines of these events appear, as [`check`] does.
pub(crate) fn check_events(events: impl Iterator<Item = &'static EventSchema>) -> Result<(), Muted> {
    find_muted(events).map_or(Ok(()), Err)
}

/// Returns whether the build and the subscribers take lines of this level at all.
pub(super) fn is_level_enabled(level: Level) -> bool {
    level <= STATIC_MAX_LEVEL && level <= LevelFilter::current()
}

/// A line of an event.
type Line = (&'static EventSchema, &'static LogSchema);

/// Returns the first line that should appear and does not.
fn find_muted(events: impl Iterator<Item = &'static EventSchema>) -> Option<Muted> {
    let lines = events.flat_map(|event| event.logs().map(move |log| (event, log)));
    let mut lines = lines.filter(|(_, log)| is_expected(log)).peekable();
    let dispatch = get_default(Dispatch::clone);
    let (_, first) = lines.peek()?;
    if dispatch.is::<NoSubscriber>() {
        return Some(Muted::NoSubscriber { event: first.name });
    }
    let mut enabled = Vec::new();
    for (event, log) in lines {
        if let Some(muted) = muted_by_build(log, STATIC_MAX_LEVEL) {
            return Some(muted);
        }
        if !is_level_enabled(log.level) {
            return Some(muted_by_filter(log));
        }
        enabled.push((event, log));
    }
    find_filtered(dispatch, enabled)
}

/// Returns whether a program that chose the log expects this line. Lines for debugging are often off.
pub(super) fn is_expected(log: &LogSchema) -> bool {
    log.enabled && log.level <= Level::INFO
}

fn muted_by_build(log: &LogSchema, max: LevelFilter) -> Option<Muted> {
    (log.level > max).then_some(Muted::Static { event: log.name, level: log.level, max })
}

fn muted_by_filter(log: &LogSchema) -> Muted {
    Muted::Filtered { event: log.name, level: log.level, target: log.target }
}

/// Returns the first line that the subscriber's filters reject.
///
/// Asks in another thread: `tracing-subscriber` keeps its response in a thread-local for the event that it
/// expects next, and could leave that event out of a layer.
fn find_filtered(dispatch: Dispatch, lines: Vec<Line>) -> Option<Muted> {
    let is_rejected = move |(event, log): &Line| {
        let metadata = Probe::of(event, log).metadata();
        let interest = dispatch.register_callsite(metadata);
        interest.is_never() || !interest.is_always() && !dispatch.enabled(metadata)
    };
    let first = move || lines.into_iter().find(is_rejected);
    // Without a thread, and with a subscriber that panics, nothing is known.
    let found = thread::Builder::new().name("telemetry-check".to_owned()).spawn(first).ok()?;
    found.join().ok().flatten().map(|(_, log)| muted_by_filter(log))
}

/// A stand-in for a line's callsite, made from its declaration, to ask a subscriber about. The real callsite
/// belongs to the calls.
struct Probe {
    event: &'static EventSchema,
    log: &'static LogSchema,
    fields: Box<[&'static str]>,
    metadata: OnceLock<Metadata<'static>>,
}

/// The probes of all lines that were checked.
static PROBES: AppendOnlyList<Probe> = AppendOnlyList::new();

impl Probe {
    fn of(event: &'static EventSchema, log: &'static LogSchema) -> &'static Probe {
        PROBES.get_or_append(|probe| ptr::eq(probe.log, log), || Probe::new(event, log))
    }

    fn new(event: &'static EventSchema, log: &'static LogSchema) -> Self {
        let fields = iter::once(event.line_key())
            .chain(event.registration_labels.iter().chain(event.labels).map(|label| label.key))
            .chain((0..event.values.len()).map(|value| event.value_key(value)))
            .chain(event.context.iter().map(|context| context.param))
            .collect();
        Probe { event, log, fields, metadata: OnceLock::new() }
    }

    fn metadata(&'static self) -> &'static Metadata<'static> {
        let fields = || FieldSet::new(&self.fields, Identifier(self));
        self.metadata.get_or_init(|| metadata(self.event, self.log, fields()))
    }
}

fn metadata(event: &EventSchema, log: &LogSchema, fields: FieldSet) -> Metadata<'static> {
    let source = event.source;
    let file = Some(source.file);
    let line = Some(source.line);
    let module = Some(event.module);
    Metadata::new(CALLSITE_NAME, log.target, log.level, file, line, module, fields, Kind::EVENT)
}

/// Used for one question only; a subscriber does not keep it.
impl Callsite for Probe {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        /// The metadata before [`Probe::metadata`] made its own. No subscriber sees it.
        static UNMADE: DefaultCallsite = DefaultCallsite::new(&NONE);
        static NONE: Metadata<'static> = Metadata::new(
            CALLSITE_NAME,
            "metrics",
            Level::INFO,
            None,
            None,
            None,
            FieldSet::new(&[], Identifier(&UNMADE)),
            Kind::EVENT,
        );
        self.metadata.get().unwrap_or(&NONE)
    }
}

/// Writes a warning that a line is muted. A subscriber that rejects our lines may accept the warning.
pub(super) fn warn(log: &LogSchema) {
    let muted = muted_by_build(log, STATIC_MAX_LEVEL).unwrap_or_else(|| muted_by_filter(log));
    tracing::warn!(target: "telemetry", "{}", on_one_line(&muted));
}

/// Writes an error that the log, which an operator has chosen, is muted.
#[cfg(feature = "pipeline")]
pub(super) fn error(muted: &Muted) {
    tracing::error!(target: "telemetry", "{}", on_one_line(muted));
}

fn on_one_line(muted: &Muted) -> String {
    muted.to_string().replace("\nhelp: ", "; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics;

    #[metrics(mock(cfg(any())))]
    trait Metrics {
        /// Hits.
        #[counter]
        #[log("cache.hit")]
        fn hit(&self);

        /// Misses.
        #[counter]
        #[log("cache.miss", level = debug)]
        fn miss(&self);

        /// Evictions.
        #[counter]
        #[log(off)]
        fn evicted(&self);
    }

    const EVENTS: &[&EventSchema] = <dyn Metrics as Surface>::SCHEMA.events;

    #[test]
    fn lines_for_debugging_and_none_at_all_are_not_expected() {
        let expected: Vec<_> = EVENTS.iter().map(|event| is_expected(&event.log)).collect();
        assert_eq!(expected, [true, false, false]);
    }

    /// This build has all levels.
    #[test]
    fn a_level_that_the_build_left_out_is_not_reported_as_a_filter() {
        let muted = muted_by_build(&EVENTS[0].log, LevelFilter::WARN);
        let says = "metric lines do not appear: `cache.hit` is written at INFO, and this build of `tracing` ends at warn; \
                    leave out the features `max_level_..` and `release_max_level_..` of `tracing`";
        assert_eq!(muted.as_ref().map(on_one_line).as_deref(), Some(says));
        assert_eq!(muted_by_build(&EVENTS[0].log, LevelFilter::INFO), None);
    }
}
