//! A layer that writes metric events as lines and ignores all others.

use super::added::AddedFields;
use super::around::Around;
use super::format::Format;
use super::metadata::is_metric;
use super::span_fields::{self, Name};
use super::write::{flush, write_all};
use crate::trace::TraceContext;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// A `tracing-subscriber` layer that writes the events of [`Log`](crate::Log) in one [`Format`], each with
/// one call of the writer's `write`. It ignores all other events.
///
/// Each thread keeps a buffer for its lines, so only its first line allocates (and label text that is too
/// long, which `Log` cuts). A line takes a fraction of the time of `tracing_subscriber::fmt`; `tests/bench`
/// measures both.
///
/// # Writers
///
/// The writer is any [`MakeWriter`]: `std::io::stderr`, an `Arc<File>`, a `Mutex` of a writer. The layer
/// flushes it after each line; otherwise nobody would know whether the line arrived, and a buffer's lines
/// would be lost at the end of the process. A call waits as long as the writer does. With a
/// [`Queue`](super::Queue) as the writer it never waits, and many lines are written at a time.
///
/// A writer that fails or panics does not harm the caller: the line is counted in [`failed`](Self::failed).
/// After a partial write, the next line starts with a newline, so that two lines never join.
///
/// Clones share one writer and its counts: keep one to read them.
///
/// # Filters
///
/// Give each layer its own filter: this one [`is_metric`], or [`filter`](Self::filter) if it adds fields of
/// spans, the others what the program's lines need, such as an `EnvFilter`. Metric lines then appear whatever
/// `RUST_LOG` says. An `EnvFilter` that is a layer itself filters for all layers: `RUST_LOG=service=info`
/// rejects every metric line, and so does an unset `RUST_LOG`. [`check`](super::check()) reports whether
/// lines appear. (A layer without a filter makes `tracing` pass it every event, most of which it ignores.)
///
/// # Examples
///
/// ```
/// use telemetry::log::{Format, Layer, is_metric};
/// use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
/// use tracing_subscriber::fmt;
/// use tracing_subscriber::prelude::*;
///
/// let lines = Layer::new(Format::Json, std::io::stdout);
/// let metrics = lines.clone().with_filter(filter_fn(is_metric));
/// let others = EnvFilter::from_default_env().and(filter_fn(|metadata| !is_metric(metadata)));
/// let others = fmt::layer().with_writer(std::io::stderr).with_filter(others);
/// tracing_subscriber::registry().with(metrics).with(others).init();
///
/// assert_eq!(lines.failed(), 0);
/// ```
#[derive(Debug)]
pub struct Layer<W> {
    shared: Arc<Shared<W>>,
    around: Around,
}

#[derive(Debug)]
struct Shared<W> {
    format: Format,
    make_writer: W,
    failed: AtomicU64,
    /// True if the last line was written partially.
    torn: AtomicBool,
    /// The time at which a writer that panicked is tried again, in milliseconds since 1970; 0 if it did not
    /// panic.
    resume: AtomicU64,
}

/// The pause after a panic of the writer, since the panic hook prints each one.
const PANIC_PAUSE: Duration = Duration::from_secs(1);

thread_local! {
    /// The buffer of this thread's lines. Declarations bound its length.
    static LINE: Cell<String> = const { Cell::new(String::new()) };
}

impl<W> Clone for Layer<W> {
    fn clone(&self) -> Self {
        Layer { shared: self.shared.clone(), around: self.around.clone() }
    }
}

impl<W> Layer<W> {
    /// Creates a layer that writes lines in this format to the writers of `make_writer`.
    #[must_use]
    pub fn new(format: Format, make_writer: W) -> Self {
        let shared = Arc::new(Shared {
            format,
            make_writer,
            failed: AtomicU64::new(0),
            torn: AtomicBool::new(false),
            resume: AtomicU64::new(0),
        });
        Layer { shared, around: Around::default() }
    }

    /// Adds these fields of spans to each line: those of the spans in which the metric is recorded.
    ///
    /// The fields stand behind all others, in this order. If several spans have a field, the line has the
    /// value of the innermost. A value that is recorded later (`Span::record`) is on the lines that follow.
    /// Text is escaped like all text of the format, and cut to 1,024 bytes. A second call replaces the names.
    ///
    /// A key never stands on a line twice: what the event has goes first, then the ids of
    /// [`with_trace_context`](Self::with_trace_context). Fields with a key that lines use themselves, such as
    /// `time` and `level`, are never added. Characters of a name that are no letters, digits, `_`, `.` or `-`
    /// become `_`. A summary has no fields of spans, since it adds up the calls in all of them.
    ///
    /// # Filters
    ///
    /// A layer sees only the spans that its filter accepts, and `is_metric` accepts none. Use the layer's
    /// own [`filter`](Self::filter) in its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::log::{Format, Layer};
    /// use telemetry::{Log, metrics};
    /// use tracing::info_span;
    /// use tracing_subscriber::filter::filter_fn;
    /// use tracing_subscriber::prelude::*;
    ///
    /// #[metrics]
    /// pub trait Metrics {
    ///     /// Orders received.
    ///     #[counter]
    ///     fn orders(&self);
    /// }
    ///
    /// let lines = Layer::new(Format::Prefixed, std::io::stdout).with_span_fields(["request_id"]);
    /// let filter = filter_fn(lines.filter());
    /// tracing_subscriber::registry().with(lines.with_filter(filter)).init();
    ///
    /// let _request = info_span!("request", request_id = "7f3a").entered();
    /// Log::default().orders(); // [metrics] event=orders request_id=7f3a
    /// ```
    #[must_use]
    pub fn with_span_fields(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.around.names = Name::all(names);
        self
    }

    /// Adds the ids of the current trace and span to each line, as `trace_id` and `span_id`: 32 and 16
    /// lower-case hexadecimal digits, as in [OpenTelemetry's log lines].
    ///
    /// `source` returns the ids of the calling thread's span, sampled or not, and is called once a line, in
    /// that thread. The same function serves the [exemplars](crate::registry::Builder::exemplars) of a
    /// registry. It must not record metrics. A line that has one of the keys already keeps its own. A summary
    /// has no ids.
    ///
    /// # Examples
    ///
    /// With `tracing-opentelemetry`, whose layer makes the context of each span that is entered
    /// OpenTelemetry's current one, unless `with_context_activation(false)` turns that off.
    /// (`tracing::Span::current()` returns no span in here: `tracing` handles an event already.)
    ///
    /// ```ignore
    /// use opentelemetry::Context;
    /// use opentelemetry::trace::TraceContextExt;
    /// use telemetry::TraceContext;
    /// use telemetry::log::{Format, Layer};
    ///
    /// fn current() -> Option<TraceContext> {
    ///     Context::map_current(|context| {
    ///         let span = context.span();
    ///         let ids = span.span_context();
    ///         let trace = TraceContext::new(ids.trace_id().to_bytes(), ids.span_id().to_bytes())?;
    ///         Some(trace.with_sampled(ids.is_sampled()))
    ///     })
    /// }
    ///
    /// let lines = Layer::new(Format::Json, std::io::stdout).with_trace_context(current);
    /// ```
    ///
    /// Give the layer of `tracing-opentelemetry` a filter that rejects what [`is_metric`] accepts. Otherwise
    /// each metric line becomes an event of the span too.
    ///
    /// [OpenTelemetry's log lines]: https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/
    #[must_use]
    pub fn with_trace_context(mut self, source: fn() -> Option<TraceContext>) -> Self {
        self.around.trace = Some(source);
        self
    }

    /// Returns a filter for this layer: it accepts metric events, and spans that have one of the fields of
    /// [`with_span_fields`](Self::with_span_fields). Pass it to `filter_fn`.
    pub fn filter(&self) -> impl Fn(&Metadata<'_>) -> bool + Clone + Send + Sync + use<W> {
        let names = self.around.names.clone();
        move |metadata| {
            is_metric(metadata) || metadata.is_span() && names.iter().any(|name| name.is_in(metadata))
        }
    }

    /// Returns the number of lines that the writer did not take completely or did not flush, because it
    /// failed or panicked. After a panic the layer pauses for a second, and counts the lines of that second
    /// too.
    ///
    /// Every other line has reached the target behind the writer. A [`Queue`](super::Queue) as the writer
    /// counts its own losses.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.shared.failed.load(Ordering::Relaxed)
    }
}

impl<S, W> tracing_subscriber::Layer<S> for Layer<W>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !is_metric(event.metadata()) {
            return;
        }
        let here = self.around.find(event, || context.lookup_current());
        let added = here.as_ref().map(|here| here as &dyn AddedFields);
        with_line(self.shared.format, event, added, |line| {
            if !self.shared.write(event, line) {
                self.shared.failed.fetch_add(1, Ordering::Relaxed);
            }
        });
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if self.around.names.iter().any(|name| name.is_in(attributes.metadata())) {
            span_fields::keep(&self.around.names, context.span(id), |visitor| attributes.record(visitor));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if !self.around.names.is_empty() {
            span_fields::keep(&self.around.names, context.span(id), |visitor| values.record(visitor));
        }
    }
}

/// Formats an event into the thread's buffer, and passes the line to `write`.
pub(super) fn with_line<T>(
    format: Format,
    event: &Event<'_>,
    added: Option<&dyn AddedFields>,
    write: impl FnOnce(&mut String) -> T,
) -> T {
    // Taken out, so that nested calls do not share it. A thread that ends may have no buffer any more.
    let mut line = LINE.try_with(Cell::take).unwrap_or_default();
    line.clear();
    format.write(event, added, &mut line);
    let written = write(&mut line);
    let _ = LINE.try_with(|kept| kept.set(line));
    written
}

impl<W: for<'w> MakeWriter<'w>> Shared<W> {
    /// Writes a line. Returns whether the writer took all of it.
    fn write(&self, event: &Event<'_>, line: &mut String) -> bool {
        if self.is_paused() {
            return false;
        }
        if self.torn.load(Ordering::Relaxed) && self.torn.swap(false, Ordering::Relaxed) {
            line.insert(0, '\n');
        }
        let mut written = 0;
        let write = || {
            let mut writer = self.make_writer.make_writer_for(event.metadata());
            let _ = write_all(&mut writer, line.as_bytes(), &mut written);
            flush(&mut writer).is_ok()
        };
        let result = catch_unwind(AssertUnwindSafe(write));
        let is_flushed = matches!(result, Ok(true));
        // A buffer behind the writer may have taken all of it and passed on a part.
        if written > 0 && !(is_flushed && written == line.len()) {
            self.torn.store(true, Ordering::Relaxed);
        }
        match result {
            // A line that lacks only its newline counts: the next line starts with one.
            Ok(_) => is_flushed && written + 1 >= line.len(),
            Err(payload) => {
                crate::contain::discard(payload);
                let resume = super::clock::now() + PANIC_PAUSE;
                self.resume.store(u64::try_from(resume.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
                false
            }
        }
    }

    fn is_paused(&self) -> bool {
        let resume = self.resume.load(Ordering::Relaxed);
        if resume == 0 {
            return false;
        }
        if super::clock::now().as_millis() < u128::from(resume) {
            return true;
        }
        self.resume.store(0, Ordering::Relaxed);
        false
    }
}
