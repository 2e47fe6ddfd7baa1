//! The writer behind a queue, which may do what it likes: every line of a batch arrives, or is counted.

use crate::contain::contained;
use crate::log::write::{flush, write_all};
use std::io::Write;
use std::time::{Duration, Instant};

/// How long a writer that panicked is left alone: the panic hook prints each panic.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Output<W> {
    /// `None` once it is closed.
    writer: Option<W>,
    /// Whether it may have a part of a line.
    torn: bool,
    /// When it is tried again after a panic.
    resume: Option<Instant>,
}

/// How far a writer came with a batch.
#[derive(Default)]
struct Progress {
    /// Bytes that it took.
    taken: usize,
    /// Whether a flush after these has succeeded: without it, they may still be in a buffer.
    flushed: bool,
}

impl<W: Write + 'static> Output<W> {
    pub(super) fn new(writer: W) -> Self {
        Output { writer: Some(writer), torn: false, resume: None }
    }

    /// Writes lines, and returns how many of them are not known to have arrived.
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
            self.resume = Some(Instant::now() + PAUSE);
        }
        let (taken, left) = lines.split_at_checked(progress.taken).unwrap_or((lines, &[]));
        if progress.flushed {
            self.torn = taken.last().is_some_and(|last| *last != b'\n');
            // All that a line lacks may be its end, which comes before the next one.
            count(left.strip_prefix(b"\n").filter(|_| self.torn).unwrap_or(left))
        } else {
            self.torn |= !taken.is_empty();
            count(lines)
        }
    }

    fn attempt(&mut self, lines: &[u8], progress: &mut Progress) {
        let Some(writer) = &mut self.writer else { return };
        let torn = self.torn;
        unbuffered(writer, |writer| {
            if torn && write_all(writer, b"\n", &mut 0).is_err() {
                return;
            }
            // What it took before it failed has arrived too, if it can be flushed.
            let _ = write_all(writer, lines, &mut progress.taken);
            progress.flushed = flush(writer).is_ok();
        });
    }

    /// Drops the writer, which may panic too.
    pub(super) fn close(&mut self) {
        contained(|| drop(self.writer.take()));
    }
}

/// Gives the writer to `write`; in place of the standard output, what is behind its buffer.
///
/// That buffer takes up to a kilobyte of what the system did not take, and says that all is well: nobody could tell which
/// lines had arrived. It stays locked meanwhile, and what it held already goes first, so that nothing changes places.
fn unbuffered<W: Write + 'static>(writer: &mut W, write: impl FnOnce(&mut dyn Write)) {
    #[cfg(unix)]
    if let Some(stdout) = (writer as &mut dyn std::any::Any).downcast_mut::<std::io::Stdout>() {
        use std::os::fd::AsFd;
        let mut locked = stdout.lock();
        // What another had printed and failed to write is not ours to count.
        let _ = locked.flush();
        // Each time anew, since the program may put something else in its place.
        if let Ok(descriptor) = locked.as_fd().try_clone_to_owned() {
            return write(&mut std::fs::File::from(descriptor));
        }
    }
    write(writer);
}

/// Counts the lines of a text, one that has no end too.
#[expect(clippy::naive_bytecount, reason = "of lines that were lost")]
pub(super) fn count(lines: &[u8]) -> u64 {
    let ends = lines.iter().filter(|byte| **byte == b'\n').count();
    let is_open = lines.last().is_some_and(|last| *last != b'\n');
    ends as u64 + u64::from(is_open)
}

#[cfg(test)]
mod tests;
