//! Prints log lines that readers can count from, through `tracing-subscriber`.

use super::layer::with_line;
use super::{Format as Line, is_metric};
use std::fmt;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::time::SystemTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// A formatter for `tracing-subscriber`'s `fmt` layer that prints the lines of [`Log`](crate::Log) as
/// `[metrics] event=outbox.published type=email.received matched=3`, and leaves all other events to `F`.
///
/// A line is the prefix, `event=` or `gauge=` with the name, then labels, then values, in declaration order,
/// one space apart. Text is bare if it holds only letters, digits, other visible characters that no reader
/// of [logfmt](https://brandur.org/logfmt) takes for syntax, and no space; else it stands in double quotes,
/// where `"`, `\` and newline are written `\"`, `\\` and `\n`. Other control characters, line separators,
/// bidirectional controls and `U+FFFD` become `?`: readers disagree on how to escape them. An empty text is left out
/// with its key, since one reader drops the rest of the line after it. Numbers print in their shortest form. Level, target
/// and time are not printed: what is on the line is what was declared.
///
/// `fmt` counts no line that its writer fails to write, and flushes none; [`Layer`](super::Layer) does both.
///
/// A filter such as `EnvFilter` must let metrics pass, whatever `RUST_LOG` says of the program's own lines:
///
/// ```
/// use telemetry::log::{Lines, is_metric};
/// use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
/// use tracing_subscriber::fmt;
/// use tracing_subscriber::prelude::*;
///
/// let filter = EnvFilter::from_default_env().or(filter_fn(is_metric));
/// let lines = fmt::layer().event_format(Lines::default()).with_writer(std::io::stderr);
/// tracing_subscriber::registry().with(lines.with_filter(filter)).init();
/// ```
#[derive(Clone, Debug)]
pub struct Lines<F = Format<Full, SystemTime>> {
    others: F,
}

impl Default for Lines {
    fn default() -> Self {
        Lines { others: Format::default() }
    }
}

impl<F> Lines<F> {
    /// Prints metric lines, and all other events as `others` does.
    pub const fn with_others(others: F) -> Self {
        Lines { others }
    }
}

impl<S, N, F> FormatEvent<S, N> for Lines<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if is_metric(event.metadata()) {
            with_line(Line::Prefixed, event, |line| writer.write_str(line))
        } else {
            self.others.format_event(context, writer, event)
        }
    }
}
