//! Says why log lines do not appear, since what mutes them mutes most words about it too.

use super::list::List;
use super::wanted;
use crate::event::CALLSITE_NAME;
use crate::schema::EventSchema;
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

/// Why the lines of a surface do not appear: what [`check`](super::check) found.
///
/// Each names an event whose lines are muted. `Display` adds what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Muted {
    /// No subscriber is set, neither for the calling thread nor for the program.
    NoSubscriber {
        /// The name of the line: `mail.sent`.
        event: &'static str,
    },
    /// The program was built with a feature of `tracing`, such as `max_level_warn`, that removes lines of this level.
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
                "`{event}` has no `tracing` subscriber to go to\n\
                 help: set one first: `tracing_subscriber::registry().with(..).init()`"
            ),
            Muted::Static { event, level, max } => write!(
                f,
                "`{event}` is written at {level}, and this build of `tracing` ends at {max}\n\
                 help: leave out the features `max_level_..` and `release_max_level_..` of `tracing`"
            ),
            Muted::Filtered { event, level, target } => write!(
                f,
                "the subscriber's filter refuses `{event}`, at {level} with the target `{target}`\n\
                 help: give `EnvFilter` to the other layers, not to all: \
                 `fmt::layer().with_filter(EnvFilter::from_default_env())`"
            ),
        }
    }
}

impl Error for Muted {}

/// The first event whose lines should appear, and do not.
pub(super) fn find(events: impl Iterator<Item = &'static EventSchema>) -> Option<Muted> {
    let mut events = events.filter(|event| is_expected(event)).peekable();
    let dispatch = get_default(Dispatch::clone);
    let first = events.peek()?;
    if dispatch.is::<NoSubscriber>() {
        return Some(Muted::NoSubscriber { event: first.log.name });
    }
    let mut asked = Vec::new();
    for event in events {
        if let Some(muted) = statically(event, STATIC_MAX_LEVEL) {
            return Some(muted);
        }
        if !wanted(event.log.level) {
            return Some(filtered(event));
        }
        asked.push(event);
    }
    ask(dispatch, asked)
}

/// Whether a program that chose the log expects lines of this event: those for debugging are often off.
pub(super) fn is_expected(event: &EventSchema) -> bool {
    event.log.enabled && event.log.level <= Level::INFO
}

fn statically(event: &EventSchema, max: LevelFilter) -> Option<Muted> {
    let log = &event.log;
    (log.level > max).then_some(Muted::Static { event: log.name, level: log.level, max })
}

fn filtered(event: &EventSchema) -> Muted {
    let log = &event.log;
    Muted::Filtered { event: log.name, level: log.level, target: log.target }
}

/// Asks the subscriber itself, in another thread: `tracing-subscriber` keeps the answer in a thread-local for the event
/// that it expects next, and could leave that out of a layer.
fn ask(dispatch: Dispatch, events: Vec<&'static EventSchema>) -> Option<Muted> {
    let is_refused = move |event: &&'static EventSchema| {
        let metadata = Probe::of(event).metadata();
        let interest = dispatch.register_callsite(metadata);
        interest.is_never() || !interest.is_always() && !dispatch.enabled(metadata)
    };
    let first = move || events.into_iter().find(is_refused);
    // Without a thread, and from a subscriber that panics, there is no answer.
    let answer = thread::Builder::new().name("telemetry-check".to_owned()).spawn(first).ok()?;
    answer.join().ok().flatten().map(filtered)
}

/// What an event is to a subscriber, made from the declaration: the callsite itself is the business of who calls it.
struct Probe {
    event: &'static EventSchema,
    fields: Box<[&'static str]>,
    metadata: OnceLock<Metadata<'static>>,
}

/// Of all events that were asked for.
static PROBES: List<Probe> = List::new();

impl Probe {
    fn of(event: &'static EventSchema) -> &'static Probe {
        PROBES.get(|probe| ptr::eq(probe.event, event), || Probe::new(event))
    }

    fn new(event: &'static EventSchema) -> Self {
        let fields = iter::once(event.line_key())
            .chain(event.labels.iter().map(|label| label.key))
            .chain((0..event.values.len()).map(|value| event.value_key(value)))
            .collect();
        Probe { event, fields, metadata: OnceLock::new() }
    }

    fn metadata(&'static self) -> &'static Metadata<'static> {
        let fields = || FieldSet::new(&self.fields, Identifier(self));
        self.metadata.get_or_init(|| metadata(self.event, fields()))
    }
}

fn metadata(event: &EventSchema, fields: FieldSet) -> Metadata<'static> {
    let (log, source) = (&event.log, event.source);
    let (file, line, module) = (Some(source.file), Some(source.line), Some(event.module));
    Metadata::new(CALLSITE_NAME, log.target, log.level, file, line, module, fields, Kind::EVENT)
}

/// No subscriber keeps it: it is for one question.
impl Callsite for Probe {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        /// Stands in for what is not made yet, which nobody has seen.
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

/// Writes a warning that an event is muted: a subscriber that takes no line of ours may take that.
pub(super) fn warn(event: &EventSchema) {
    let muted = statically(event, STATIC_MAX_LEVEL).unwrap_or_else(|| filtered(event));
    tracing::warn!(target: "telemetry", "{}", in_a_line(&muted));
}

/// Writes an error that the log, which an operator has chosen, is muted.
#[cfg(feature = "pipeline")]
pub(super) fn error(muted: &Muted) {
    tracing::error!(target: "telemetry", "{}", in_a_line(muted));
}

fn in_a_line(muted: &Muted) -> String {
    muted.to_string().replace("\nhelp: ", "; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Surface, metrics};

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
        let expected: Vec<_> = EVENTS.iter().map(|event| is_expected(event)).collect();
        assert_eq!(expected, [true, false, false]);
    }

    /// This build has all levels.
    #[test]
    fn a_level_that_the_build_left_out_is_told_from_one_that_a_filter_refuses() {
        let muted = statically(EVENTS[0], LevelFilter::WARN);
        let says = "metric lines do not appear: `cache.hit` is written at INFO, and this build of `tracing` ends at warn; \
                    leave out the features `max_level_..` and `release_max_level_..` of `tracing`";
        assert_eq!(muted.as_ref().map(in_a_line).as_deref(), Some(says));
        assert_eq!(statically(EVENTS[0], LevelFilter::INFO), None);
    }
}
