//! A writer that never waits: a bounded queue, and a thread that writes its lines.

mod output;

use crate::sync::unpoisoned;
use output::{Output, count};
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;

/// A writer for [`Layer`](super::Layer) or any other layer. It takes lines without waiting for the writer
/// behind it.
///
/// A thread of the queue writes the lines, many with one call of `write`, about 10 ms after the first of
/// them. Until then the queue keeps them, up to its capacity in bytes. Lines beyond that are lost and counted
/// in [`dropped`](Self::dropped): a pipe that nobody reads costs lines, but never a caller's time. Lines that
/// the writer behind the queue loses are counted in [`failed`](Self::failed). Each call of `write` is taken
/// whole or not at all, so no line is torn.
///
/// # What is counted
///
/// Each line arrives or is counted. The queue flushes the writer after each batch, and a line counts as
/// written once that has succeeded. So pass it the file, the pipe or the socket itself: then the lines that
/// arrived, [`failed`](Self::failed) and [`dropped`](Self::dropped) add up to exactly the lines that were
/// logged. On Unix this is also true of `std::io::stdout()`, whose own buffer the queue bypasses.
///
/// With another buffer in between, such as a `BufWriter`, nobody can tell which lines of a failed batch it
/// had passed on. All of them count as failed, so the count may be too high by a batch, but never too low.
/// The queue is a buffer already; no other is needed.
///
/// # Cost
///
/// A call takes a lock that is held for no longer than a copy of a line, and allocates nothing: the memory,
/// twice the capacity, is allocated at the start. A line after a pause wakes the thread, which takes a few
/// microseconds.
///
/// A process that is killed loses the lines in its queue. A process that ends waits for them, see
/// [`QueueGuard`]. A forked process has no thread of the queue: start a queue there.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use telemetry::log::{Format, Layer, Queue, is_metric};
/// use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
/// use tracing_subscriber::fmt;
/// use tracing_subscriber::prelude::*;
///
/// # fn main() -> std::io::Result<()> {
/// let (queue, guard) = Queue::start(std::io::stdout())?;
/// let metrics = Layer::new(Format::Json, queue.clone()).with_filter(filter_fn(is_metric));
/// let others = EnvFilter::from_default_env().and(filter_fn(|metadata| !is_metric(metadata)));
/// let others = fmt::layer().with_writer(std::io::stderr).with_filter(others);
/// tracing_subscriber::registry().with(metrics).with(others).init();
///
/// // ... at the end of `main`:
/// assert!(guard.shutdown(Duration::from_secs(1)), "stdout took all of it");
/// assert_eq!((queue.dropped(), queue.failed()), (0, 0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Queue(Arc<Shared>);

/// The owner of a [`Queue`]'s thread. Dropping it writes the remaining lines, for at most a second, and stops
/// the thread.
#[derive(Debug)]
#[must_use = "the queue ends when its guard is dropped"]
pub struct QueueGuard {
    queue: Queue,
    /// The longest time that the drop waits.
    patience: Duration,
}

#[derive(Debug)]
struct Shared {
    capacity: usize,
    kept: Mutex<Kept>,
    /// Signals the thread that there is work.
    wake: Condvar,
    /// Signals waiting callers that the thread has made progress.
    done: Condvar,
    dropped: AtomicU64,
    failed: AtomicU64,
}

#[derive(Debug, Default)]
struct Kept {
    lines: Vec<u8>,
    /// The bytes that were ever kept.
    taken: u64,
    /// The bytes that the thread has written or lost.
    written: u64,
    /// True if the thread waits for a first line.
    asleep: bool,
    /// True if the thread should write at once.
    hurry: bool,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Running,
    Closing,
    Closed,
}

/// The default capacity in bytes, about ten thousand lines.
const CAPACITY: usize = 1 << 20;

/// The time that the thread waits for more lines after the first.
const LINGER: Duration = Duration::from_millis(10);

/// The longest time that the drop of a guard waits.
const SHUTDOWN: Duration = Duration::from_secs(1);

impl Queue {
    /// Starts a queue of up to 1 MiB, and a thread that writes its lines to this writer.
    ///
    /// # Errors
    ///
    /// Returns the system's error if it cannot start a thread.
    pub fn start(writer: impl Write + Send + 'static) -> io::Result<(Self, QueueGuard)> {
        Self::with_capacity(CAPACITY, writer)
    }

    /// Starts a queue with this capacity in bytes, as [`start`](Self::start) does.
    ///
    /// # Errors
    ///
    /// Returns the system's error if it cannot start a thread.
    pub fn with_capacity(
        bytes: usize,
        writer: impl Write + Send + 'static,
    ) -> io::Result<(Self, QueueGuard)> {
        let queue = Queue(Arc::new(Shared {
            capacity: bytes,
            kept: Mutex::new(Kept { lines: Vec::with_capacity(bytes), ..Kept::default() }),
            wake: Condvar::new(),
            done: Condvar::new(),
            dropped: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }));
        let shared = queue.0.clone();
        thread::Builder::new()
            .name("telemetry-queue".to_owned())
            .spawn(move || shared.run(&mut Output::new(writer)))?;
        Ok((queue.clone(), QueueGuard { queue, patience: SHUTDOWN }))
    }

    /// Returns the number of lines that were lost because the queue was full, or was shut down.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Returns the number of lines that did not arrive because the writer failed or panicked. Includes lines
    /// that may have arrived before a buffer behind the queue failed: see [what is
    /// counted](Self#what-is-counted). After a panic the queue pauses for a second, and counts the lines of
    /// that second too.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.0.failed.load(Ordering::Relaxed)
    }

    /// Waits until the lines in the queue are written, for at most `timeout`. Returns whether all of them
    /// arrived.
    #[must_use = "`false` if lines were lost or are still in the queue"]
    pub fn flush(&self, timeout: Duration) -> bool {
        let mut kept = self.0.lock();
        let all = kept.taken;
        let failed = self.failed();
        kept.hurry = true;
        self.0.wake.notify_one();
        self.0.wait(kept, timeout, |kept| kept.written >= all) && self.failed() == failed
    }
}

impl QueueGuard {
    /// Closes the queue, and waits until its lines are written, for at most `timeout`.
    ///
    /// Returns whether every line that was ever passed to the queue has arrived: `false` after a timeout, and
    /// if [`dropped`](Queue::dropped) or [`failed`](Queue::failed) has counted a line. After a timeout the
    /// thread stays in the call that blocks it until the process ends.
    #[must_use = "`false` if lines were lost"]
    pub fn shutdown(mut self, timeout: Duration) -> bool {
        self.patience = Duration::ZERO;
        self.queue.0.close(timeout)
    }
}

impl Drop for QueueGuard {
    fn drop(&mut self) {
        self.queue.0.close(self.patience);
    }
}

impl<'a> MakeWriter<'a> for Queue {
    type Writer = &'a Queue;

    fn make_writer(&'a self) -> &'a Queue {
        self
    }
}

/// Never fails: lost lines are counted.
impl Write for &Queue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.keep(line);
        Ok(line.len())
    }

    /// Does nothing, and does not wait. [`Queue::flush`] waits.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        // No code of ours panics while it holds the lock.
        unpoisoned(self.kept.lock())
    }

    /// Keeps the lines of one call of `write`, or counts them as dropped.
    fn keep(&self, line: &[u8]) {
        let mut kept = self.lock();
        if kept.state != State::Running || line.len() > self.capacity - kept.lines.len() {
            self.dropped.fetch_add(count(line), Ordering::Relaxed);
            return;
        }
        let half = self.capacity / 2;
        let was_below = kept.lines.len() < half;
        kept.lines.extend_from_slice(line);
        kept.taken += line.len() as u64;
        let is_full = was_below && kept.lines.len() >= half;
        if std::mem::take(&mut kept.asleep) || is_full {
            drop(kept);
            self.wake.notify_one();
        }
    }

    /// Runs the thread: waits for lines, and writes them in batches.
    fn run<W: Write + 'static>(&self, output: &mut Output<W>) {
        let mut batch = Vec::with_capacity(self.capacity);
        loop {
            let state = self.take(&mut batch);
            let failed = output.write(&batch);
            let mut kept = self.lock();
            // Updated together, so that a caller that waits for these lines learns whether they arrived.
            self.failed.fetch_add(failed, Ordering::Relaxed);
            kept.written += batch.len() as u64;
            batch.clear();
            let is_over = state != State::Running && kept.lines.is_empty();
            if is_over {
                drop(kept);
                output.close();
                kept = self.lock();
                kept.state = State::Closed;
            }
            self.done.notify_all();
            if is_over {
                return;
            }
        }
    }

    /// Waits for lines, waits a little for more, and swaps them with the empty `batch`.
    fn take(&self, batch: &mut Vec<u8>) -> State {
        let mut kept = self.lock();
        while kept.lines.is_empty() && kept.state == State::Running {
            kept.hurry = false;
            kept.asleep = true;
            kept = unpoisoned(self.wake.wait(kept));
        }
        kept.asleep = false;
        let is_early = |kept: &mut Kept| {
            kept.lines.len() < self.capacity / 2 && !kept.hurry && kept.state == State::Running
        };
        let waited = self.wake.wait_timeout_while(kept, LINGER, is_early);
        let mut kept = unpoisoned(waited).0;
        std::mem::swap(&mut kept.lines, batch);
        kept.state
    }

    /// Stops the thread. Returns whether it stopped in time and no line was ever lost.
    fn close(&self, timeout: Duration) -> bool {
        let mut kept = self.lock();
        let dropped = self.dropped.load(Ordering::Relaxed);
        if kept.state == State::Running {
            kept.state = State::Closing;
        }
        self.wake.notify_one();
        let is_closed = self.wait(kept, timeout, |kept| kept.state == State::Closed);
        is_closed && dropped == 0 && self.failed.load(Ordering::Relaxed) == 0
    }

    /// Waits until `is_done`. Returns whether it is, or `false` after the timeout.
    fn wait(&self, kept: MutexGuard<'_, Kept>, timeout: Duration, is_done: impl Fn(&Kept) -> bool) -> bool {
        let waited = self.done.wait_timeout_while(kept, timeout, |kept| !is_done(kept));
        is_done(&unpoisoned(waited).0)
    }
}
