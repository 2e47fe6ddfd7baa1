//! The writer behind a queue. It may fail, panic or lie: every line of a batch arrives or is counted.

use crate::contain::contained;
use crate::log::write::{flush, write_all};
use std::io::Write;
use std::time::{Duration, Instant};

/// The pause after a panic of the writer, since the panic hook prints each one.
const PANIC_PAUSE: Duration = Duration::from_secs(1);

/// A writer and its state.
pub(super) struct Output<W> {
    /// `None` once it is closed.
    writer: Option<W>,
    /// True if the writer may have a part of a line.
    torn: bool,
    /// The time at which the writer is tried again after a panic.
    resume: Option<Instant>,
}

/// The progress of a writer with a batch.
#[derive(Default)]
struct Progress {
    /// The bytes that it took.
    taken: usize,
    /// True if a flush after these bytes succeeded. Without it, they may still be in a buffer.
    flushed: bool,
}

impl<W: Write + 'static> Output<W> {
    pub(super) fn new(writer: W) -> Self {
        Output { writer: Some(writer), torn: false, resume: None }
    }

    /// Writes lines. Returns the number of lines that may not have arrived.
    pub(super) fn write(&mut self, lines: &[u8]) -> u64 {
        if lines.is_empty() {
            return 0;
        }
        if self.resume.is_some_and(|resume| Instant::now() < resume) {
            return count(lines);
        }
        self.resume = None;
        let mut progress = Progress::default();
        if contained(|| self.attempt(lines, &mut progress)).is_none() {
            self.resume = Some(Instant::now() + PANIC_PAUSE);
        }
        let (taken, left) = lines.split_at_checked(progress.taken).unwrap_or((lines, &[]));
        if progress.flushed {
            self.torn = taken.last().is_some_and(|last| *last != b'\n');
            // A line that lacks only its newline has arrived: the next batch starts with one.
            count(left.strip_prefix(b"\n").filter(|_| self.torn).unwrap_or(left))
        } else {
            self.torn |= !taken.is_empty();
            count(lines)
        }
    }

    /// Writes and flushes the lines, and updates the progress on the way, since the writer may panic.
    fn attempt(&mut self, lines: &[u8], progress: &mut Progress) {
        let Some(writer) = &mut self.writer else {
            debug_assert!(false, "the writer is closed after the last batch");
            return;
        };
        let torn = self.torn;
        unbuffered(writer, |writer| {
            if torn && write_all(writer, b"\n", &mut 0).is_err() {
                return;
            }
            // The bytes before a failure have arrived too, if they can be flushed.
            let _ = write_all(writer, lines, &mut progress.taken);
            progress.flushed = flush(writer).is_ok();
        });
    }

    /// Drops the writer. Its destructor may panic.
    pub(super) fn close(&mut self) {
        contained(|| drop(self.writer.take()));
    }
}

/// Passes the writer to `write`, but the file descriptor in place of the standard output.
///
/// The buffer of the standard output keeps up to a kilobyte that the system did not take, and reports
/// success: nobody could tell which lines had arrived. It stays locked during `write` and is flushed first,
/// so that the order stays.
fn unbuffered<W: Write + 'static>(writer: &mut W, write: impl FnOnce(&mut dyn Write)) {
    #[cfg(unix)]
    if let Some(stdout) = (writer as &mut dyn std::any::Any).downcast_mut::<std::io::Stdout>() {
        use std::os::fd::AsFd;
        let mut locked = stdout.lock();
        // The program's own output is not counted, even if it fails to flush.
        let _ = locked.flush();
        // Cloned each time, since the program may redirect the descriptor.
        if let Ok(descriptor) = locked.as_fd().try_clone_to_owned() {
            return write(&mut std::fs::File::from(descriptor));
        }
    }
    write(writer);
}

/// Counts the lines of a text, with a last one that lacks its newline.
#[expect(clippy::naive_bytecount, reason = "only lost lines are counted")]
pub(super) fn count(lines: &[u8]) -> u64 {
    let ends = lines.iter().filter(|byte| **byte == b'\n').count();
    let is_open = lines.last().is_some_and(|last| *last != b'\n');
    ends as u64 + u64::from(is_open)
}

#[cfg(test)]
mod tests;
