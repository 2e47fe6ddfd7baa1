//! A layer that writes metric events as lines and ignores all others.

use super::format::Format;
use super::metadata::is_metric;
use super::write::{flush, write_all};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;

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
/// Clones share one layer and its counts: keep one to read them.
///
/// # Filters
///
/// Give each layer its own filter: this one [`is_metric`], the others what the program's lines need, such as
/// an `EnvFilter`. Metric lines then appear whatever `RUST_LOG` says. An `EnvFilter` that is a layer itself
/// filters for all layers: `RUST_LOG=service=info` rejects every metric line, and so does an unset
/// `RUST_LOG`. [`check`](super::check()) reports whether lines appear. (A layer without a filter makes
/// `tracing` pass it every event, most of which it ignores.)
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
pub struct Layer<W>(Arc<Shared<W>>);

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
        Layer(self.0.clone())
    }
}

impl<W> Layer<W> {
    /// Creates a layer that writes lines in this format to the writers of `make_writer`.
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

    /// Returns the number of lines that the writer did not take completely or did not flush, because it
    /// failed or panicked. After a panic the layer pauses for a second, and counts the lines of that second
    /// too.
    ///
    /// Every other line has reached the target behind the writer. A [`Queue`](super::Queue) as the writer
    /// counts its own losses.
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

/// Formats an event into the thread's buffer, and passes the line to `write`.
pub(super) fn with_line<T>(format: Format, event: &Event<'_>, write: impl FnOnce(&mut String) -> T) -> T {
    // Taken out, so that nested calls do not share it. A thread that ends may have no buffer any more.
    let mut line = LINE.try_with(Cell::take).unwrap_or_default();
    line.clear();
    format.write(event, &mut line);
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
