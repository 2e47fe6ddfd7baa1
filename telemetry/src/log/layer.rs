//! A layer that writes metric events as lines, and lets all others pass.

use super::write::{flush, write_all};
use super::{Format, is_metric};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;

/// A `tracing-subscriber` layer that writes the events of [`Log`](crate::Log) in one [`Format`], each with one call of
/// a writer's `write`. All other events pass it by.
///
/// A line is made in a buffer that its thread keeps, so that nothing is allocated after a thread's first (but for label
/// text that is too long, which `Log` must put together anew), and takes a fraction of the time that
/// `tracing_subscriber::fmt` needs for the same event; `tests/bench` measures both.
///
/// The writer is any [`MakeWriter`]: `std::io::stderr`, an `Arc<File>`, a `Mutex` of what you like. It is flushed after
/// each line, since otherwise nobody would know whether the line arrived, and what a buffer holds at the end of the
/// process would be lost. A call waits as long as the writer does; a [`Queue`](super::Queue) as the writer makes it wait
/// for nothing, and writes many lines at a time. A writer that fails or panics does the caller no harm: the line is
/// counted in [`failed`](Self::failed). What wrote a part of a line before it failed gets an end of line before the next,
/// so that no two lines run into one.
///
/// Clones are one layer: keep one to ask it how it fares.
///
/// # Filters
///
/// Give each layer a filter of its own: this one [`is_metric`], the others what the program's lines need, such as an
/// `EnvFilter`. Then metric lines appear whatever `RUST_LOG` says. An `EnvFilter` that is a layer itself, before all
/// others, filters for all of them: `RUST_LOG=service=info` would refuse each metric line, and so does no `RUST_LOG` at
/// all. [`check`](super::check) says whether lines appear. (A layer without a filter asks `tracing` for every event there
/// is, and then ignores most.)
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
pub struct Layer<W>(Arc<Shared<W>>);

#[derive(Debug)]
struct Shared<W> {
    format: Format,
    make_writer: W,
    failed: AtomicU64,
    /// Whether the last line was written in part.
    torn: AtomicBool,
    /// When a writer that panicked is tried again, in milliseconds since 1970; 0 if it did not.
    resume: AtomicU64,
}

/// How long a writer that panicked is left alone: the panic hook prints each panic.
const PAUSE: Duration = Duration::from_secs(1);

thread_local! {
    /// The buffer of this thread's lines: as large as its longest, which declarations bound.
    static LINE: Cell<String> = const { Cell::new(String::new()) };
}

impl<W> Clone for Layer<W> {
    fn clone(&self) -> Self {
        Layer(self.0.clone())
    }
}

impl<W> Layer<W> {
    /// Writes lines in this format to what this makes.
    #[must_use]
    pub fn new(format: Format, make_writer: W) -> Self {
        Layer(Arc::new(Shared {
            format,
            make_writer,
            failed: AtomicU64::new(0),
            torn: AtomicBool::new(false),
            resume: AtomicU64::new(0),
        }))
    }

    /// Counts the lines that the writer did not take whole, or did not flush, because it failed or panicked. After a panic
    /// it is left alone for a second, and the lines of that second are counted too.
    ///
    /// Each other line has gone through to what is behind the writer. With a [`Queue`](super::Queue) as the writer that is
    /// the queue, which counts what it loses itself.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.0.failed.load(Ordering::Relaxed)
    }
}

impl<S, W> tracing_subscriber::Layer<S> for Layer<W>
where
    S: Subscriber,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if !is_metric(event.metadata()) {
            return;
        }
        with_line(self.0.format, event, |line| {
            if !self.0.write(event, line) {
                self.0.failed.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
}

/// Makes a line in the thread's buffer.
pub(super) fn with_line<T>(format: Format, event: &Event<'_>, write: impl FnOnce(&mut String) -> T) -> T {
    // Taken out, so that nothing can meet it twice. In a thread that ends there may be none any more.
    let mut line = LINE.try_with(Cell::take).unwrap_or_default();
    line.clear();
    format.write(event, &mut line);
    let written = write(&mut line);
    let _ = LINE.try_with(|kept| kept.set(line));
    written
}

impl<W: for<'w> MakeWriter<'w>> Shared<W> {
    /// Whether the writer took all of the line.
    fn write(&self, event: &Event<'_>, line: &mut String) -> bool {
        if self.is_left_alone() {
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
        // A buffer that took all of it may have passed on a part.
        if written > 0 && !(is_flushed && written == line.len()) {
            self.torn.store(true, Ordering::Relaxed);
        }
        match result {
            // All that it lacks may be its end, which comes before the next line.
            Ok(_) => is_flushed && written + 1 >= line.len(),
            Err(payload) => {
                crate::contain::discard(payload);
                let resume = super::clock::now() + PAUSE;
                self.resume.store(u64::try_from(resume.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
                false
            }
        }
    }

    fn is_left_alone(&self) -> bool {
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
