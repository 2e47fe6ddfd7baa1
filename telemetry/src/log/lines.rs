//! Prints metric lines through the formatter of `tracing-subscriber`.

use super::added::AddedFields;
use super::around::Around;
use super::format::Format as Line;
use super::layer::with_line;
use super::metadata::is_metric;
use crate::trace::TraceContext;
use std::fmt;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::time::SystemTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// A formatter for `tracing-subscriber`'s `fmt` layer. Prints the lines of [`Log`](crate::Log) as
/// `[metrics] event=outbox.published type=email.received matched=3`, and leaves all other events to `F`.
///
/// A line is the prefix, `event=` or `gauge=` with the name, then labels, values and context, in declaration
/// order, separated by one space. Level, target and time are not printed.
///
/// | | is printed |
/// |---|---|
/// | numbers | in their shortest form |
/// | text of visible characters without [logfmt](https://brandur.org/logfmt) syntax | bare |
/// | other text | in double quotes, with `\"`, `\\` and `\n` for `"`, `\` and newline |
/// | other control characters, line separators, bidirectional controls, `U+FFFD` | as `?` |
/// | empty text | not at all, key included: one reader drops the rest of the line after it |
///
/// Only [`Layer`](super::Layer) adds fields of spans: a formatter does not see them.
///
/// `fmt` neither counts the lines that its writer fails to write nor flushes the writer;
/// [`Layer`](super::Layer) does both.
///
/// # Examples
///
/// A filter such as `EnvFilter` must accept metrics, whatever `RUST_LOG` says about the program's own lines:
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
    around: Around,
}

impl Default for Lines {
    fn default() -> Self {
        Lines::with_others(Format::default())
    }
}

impl<F> Lines<F> {
    /// Creates a formatter that prints metric lines, and leaves all other events to `others`.
    pub fn with_others(others: F) -> Self {
        Lines { others, around: Around::default() }
    }

    /// Adds the ids of the current trace and span to metric lines, as
    /// [`Layer::with_trace_context`](super::Layer::with_trace_context) does.
    #[must_use]
    pub fn with_trace_context(mut self, source: fn() -> Option<TraceContext>) -> Self {
        self.around.trace = Some(source);
        self
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
            let here = self.around.find(event, || context.lookup_current());
            let added = here.as_ref().map(|here| here as &dyn AddedFields);
            with_line(Line::Prefixed, event, added, |line| writer.write_str(line))
        } else {
            self.others.format_event(context, writer, event)
        }
    }
}
