//! A writer that never waits: lines go through a bounded queue to a thread that writes them.

mod output;

use crate::sync::unpoisoned;
use output::{Output, count};
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;

/// A writer for [`Layer`](super::Layer), or for any other layer, that takes lines without waiting for the one behind it.
///
/// A thread of its own writes what has come, many lines with one call of `write`, about 10 ms after the first of them.
/// Until then lines are kept, up to a number of bytes. What does not fit any more is lost, and counted in
/// [`dropped`](Self::dropped): a pipe that nobody reads costs lines, and no caller any time. What the writer did not pass
/// on is counted in [`failed`](Self::failed). Each call of `write` is taken whole or not at all, so no line is torn.
///
/// # What is counted
///
/// Each line arrives or is counted. The queue flushes the writer after each batch, and a line counts as written once
/// that has succeeded. So give it the file, the pipe or the socket itself: then the lines that arrived, [`failed`](Self::failed)
/// and [`dropped`](Self::dropped) are together exactly the lines that were logged. On Unix the same is true of
/// `std::io::stdout()`, whose own buffer the queue steps around. With another buffer between, such as a `BufWriter`,
/// nobody can tell which lines of a batch it had passed on when it failed: all of them count as failed, so that the count
/// is too high at times, by a batch at the most, but never too low. The queue is a buffer already, so you need no other.
///
/// # Cost
///
/// A call takes a lock that nobody holds for longer than it takes to copy a line, and allocates nothing: the memory, twice
/// the capacity, is there from the start. A line after a pause wakes the thread, which takes a few microseconds.
///
/// A process that is killed loses what is kept. One that ends waits for it, as long as [`QueueGuard`] says. A process that
/// was forked has no thread: start a queue there.
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

/// Ends a [`Queue`]'s thread when it is dropped, after it wrote what was kept, or after a second.
#[derive(Debug)]
#[must_use = "the queue ends when its guard is dropped"]
pub struct QueueGuard {
    queue: Queue,
    /// How long the drop waits.
    patience: Duration,
}

#[derive(Debug)]
struct Shared {
    capacity: usize,
    kept: Mutex<Kept>,
    /// For the thread: there is something to do.
    wake: Condvar,
    /// For those who wait for the thread.
    done: Condvar,
    dropped: AtomicU64,
    failed: AtomicU64,
}

#[derive(Debug, Default)]
struct Kept {
    lines: Vec<u8>,
    /// Bytes that were ever kept, and those of them that the thread is done with.
    taken: u64,
    written: u64,
    /// Whether the thread waits for a first line.
    asleep: bool,
    /// Whether it is to write what there is at once.
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

/// What is kept unless said otherwise, in bytes: about ten thousand lines.
const CAPACITY: usize = 1 << 20;

/// How long the thread waits for more lines after the first.
const LINGER: Duration = Duration::from_millis(10);

/// How long the drop of a guard waits.
const SHUTDOWN: Duration = Duration::from_secs(1);

impl Queue {
    /// Starts a thread that writes to this writer, and keeps up to 1 MiB for it.
    ///
    /// # Errors
    ///
    /// If the system has no more threads.
    pub fn start(writer: impl Write + Send + 'static) -> io::Result<(Self, QueueGuard)> {
        Self::with_capacity(CAPACITY, writer)
    }

    /// The same with another bound, in bytes.
    ///
    /// # Errors
    ///
    /// If the system has no more threads.
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

    /// How many lines were lost because there was no room for them, or because the queue was shut down.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Counts the lines that did not arrive because the writer failed or panicked, or of which nobody knows whether they
    /// did, because a buffer behind the queue failed: see [what is counted](Self#what-is-counted). After a panic the
    /// writer is left alone for a second, and the lines of that second are counted too.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.0.failed.load(Ordering::Relaxed)
    }

    /// Waits until the writer has had all lines that are kept now, but no longer than this. Returns whether all of them
    /// arrived.
    #[must_use = "says whether lines were lost, or are still kept"]
    pub fn flush(&self, timeout: Duration) -> bool {
        let mut kept = self.0.lock();
        let (all, failed) = (kept.taken, self.failed());
        kept.hurry = true;
        self.0.wake.notify_one();
        self.0.wait(kept, timeout, |kept| kept.written >= all) && self.failed() == failed
    }
}

impl QueueGuard {
    /// Takes no more lines, and waits until the writer has had all that are kept, but no longer than this.
    ///
    /// Returns whether every line that the queue was ever given has arrived: `false` if the time was too short, and if
    /// [`dropped`](Queue::dropped) or [`failed`](Queue::failed) had counted any. If the time was too short, the thread stays
    /// behind, in the call that it is stuck in, until the process ends.
    #[must_use = "says whether lines were lost"]
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

/// Never fails: what is lost is counted.
impl Write for &Queue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.keep(line);
        Ok(line.len())
    }

    /// Waits for nothing: see [`Queue::flush`].
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Nothing of ours panics while it holds the lock.
        unpoisoned(self.kept.lock())
    }

    /// Keeps what one call of `write` brought, or counts its lines as dropped.
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

    /// The thread: waits, takes all that is kept, and writes it.
    fn run<W: Write + 'static>(&self, output: &mut Output<W>) {
        let mut batch = Vec::with_capacity(self.capacity);
        loop {
            let state = self.take(&mut batch);
            let failed = output.write(&batch);
            let mut kept = self.lock();
            // Together, so that who waits for these lines knows what became of them.
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

    /// Waits for lines, and for more of them for a while, and swaps them for the empty `batch`.
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

    fn wait(&self, kept: MutexGuard<'_, Kept>, timeout: Duration, is_done: impl Fn(&Kept) -> bool) -> bool {
        let waited = self.done.wait_timeout_while(kept, timeout, |kept| !is_done(kept));
        is_done(&unpoisoned(waited).0)
    }
}
