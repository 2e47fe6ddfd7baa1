//! `log::Queue`: it waits for nobody, counts each line that it loses, and stops on request.

use crate::capture::with_default;
use crate::surface::{Metrics, Stage};
use std::env;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, LineWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use telemetry::Log;
use telemetry::log::{Format, Layer, Queue};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

const LINE: &str = "[metrics] event=failures stage=lease\n";

/// More than anything here takes.
const LONG: Duration = Duration::from_mins(1);

/// A text that outlives its writer, and how often it was written to.
#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>, Arc<AtomicUsize>);

impl Text {
    fn get(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer that does what the closure says.
struct Does<F>(F);

impl<F: FnMut(&[u8]) -> io::Result<usize>> Write for Does<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.0)(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn log_to(queue: &Queue, calls: usize) {
    let log = Log::default();
    with_default(registry().with(Layer::new(Format::Prefixed, queue.clone())), || {
        (0..calls).for_each(|_| log.failures(Stage::Lease));
    });
    assert_eq!(log.dropped(), 0);
}

#[test]
fn queued_lines_are_written_at_shutdown() {
    let text = Text::default();
    let (queue, guard) = Queue::start(text.clone()).unwrap();
    log_to(&queue, 1_000);
    assert!(guard.shutdown(LONG));
    assert_eq!(text.get(), LINE.repeat(1_000));
    assert!(text.1.load(Ordering::Relaxed) < 1_000, "many lines are one call of `write`");
    assert_eq!((queue.dropped(), queue.failed()), (0, 0));
    log_to(&queue, 3);
    assert_eq!(queue.dropped(), 3, "what comes later is lost, and counted");
}

#[test]
fn the_drop_of_the_guard_writes_what_is_kept() {
    let text = Text::default();
    let (queue, guard) = Queue::start(text.clone()).unwrap();
    log_to(&queue, 10);
    drop(guard);
    assert_eq!(text.get(), LINE.repeat(10));
}

#[test]
fn a_flush_waits_until_all_is_written() {
    let text = Text::default();
    let (queue, _guard) = Queue::start(text.clone()).unwrap();
    assert!(queue.flush(LONG), "nothing is kept");
    for round in 1..=20 {
        log_to(&queue, 7);
        assert!(queue.flush(LONG));
        assert_eq!(text.get(), LINE.repeat(7 * round));
    }
}

#[test]
fn lines_come_without_anyone_asking() {
    let text = Text::default();
    let (queue, _guard) = Queue::start(text.clone()).unwrap();
    for round in 1..=3 {
        log_to(&queue, 1);
        while text.get() != LINE.repeat(round) {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Would hang if a call waited for the pipe, which holds 64 KiB.
#[test]
fn a_pipe_that_nobody_reads_stops_no_caller() {
    let (mut reader, writer) = io::pipe().unwrap();
    // More than the pipe has room for, so that a queue that was full once cannot be written, however slow its
    // thread is.
    let (queue, guard) = Queue::with_capacity(200_000, writer).unwrap();
    log_to(&queue, 40_000);
    assert!(
        queue.dropped() > 10_000,
        "the pipe and twice 200 kB hold some thousand lines: {}",
        queue.dropped()
    );
    assert!(!queue.flush(Duration::from_millis(20)));
    assert!(!guard.shutdown(Duration::from_millis(20)), "the writer is stuck");
    // Whoever reads it after all finds whole lines, all that were not counted as lost.
    let mut text = String::new();
    io::Read::read_to_string(&mut reader, &mut text).unwrap();
    let lines = usize::try_from(40_000 - queue.dropped()).unwrap();
    assert_eq!(text, LINE.repeat(lines));
}

#[test]
fn every_line_of_every_thread_is_written_or_counted() {
    const THREADS: usize = 4;
    const CALLS: usize = 5_000;
    for capacity in [500, 50_000, 10_000_000] {
        let text = Text::default();
        let (queue, guard) = Queue::with_capacity(capacity, text.clone()).unwrap();
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| log_to(&queue, CALLS));
            }
        });
        let all_arrived = guard.shutdown(LONG);
        let written = text.get().matches(LINE).count();
        assert_eq!(text.get().len(), written * LINE.len());
        assert_eq!(written + usize::try_from(queue.dropped()).unwrap(), THREADS * CALLS);
        // With less room it depends on the writer's speed.
        assert!(capacity < 10_000_000 || queue.dropped() == 0, "{}", queue.dropped());
        assert_eq!(all_arrived, queue.dropped() == 0);
    }
}

#[test]
fn a_line_that_is_longer_than_the_queue_is_dropped() {
    let text = Text::default();
    let (queue, guard) = Queue::with_capacity(LINE.len() - 1, text.clone()).unwrap();
    log_to(&queue, 2);
    assert!(!guard.shutdown(LONG), "not all arrived");
    assert_eq!((text.get().as_str(), queue.dropped()), ("", 2));
}

#[test]
fn a_writer_that_fails_is_counted_line_by_line() {
    let text = Text::default();
    let mut kept = text.clone();
    let mut calls = 0;
    let writer = Does(move |bytes: &[u8]| {
        calls += 1;
        match calls {
            // One line and a part of the next, and no more.
            1 => kept.write(&bytes[..LINE.len() + 9]),
            2 => Err(ErrorKind::Interrupted.into()),
            3 => Err(ErrorKind::StorageFull.into()),
            _ => kept.write(bytes),
        }
    });
    let (queue, guard) = Queue::start(writer).unwrap();
    log_to(&queue, 4);
    assert!(!queue.flush(LONG), "these lines did not arrive");
    assert_eq!(queue.failed(), 3);
    log_to(&queue, 1);
    assert!(queue.flush(LONG), "this one did");
    assert!(!guard.shutdown(LONG), "not all did");
    assert_eq!(text.get(), format!("{LINE}{}\n{LINE}", &LINE[..9]));
    assert_eq!((queue.dropped(), queue.failed()), (0, 3));
}

#[test]
fn a_writer_that_panics_ends_no_caller_and_is_not_used_again() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let writer = Does(move |_: &[u8]| {
        counted.fetch_add(1, Ordering::Relaxed);
        panic!("a writer's own")
    });
    let (queue, guard) = Queue::start(writer).unwrap();
    for _ in 0..5 {
        log_to(&queue, 2);
        assert!(!queue.flush(LONG));
    }
    assert!(!guard.shutdown(LONG));
    assert_eq!((queue.dropped(), queue.failed()), (0, 10));
    assert!(calls.load(Ordering::Relaxed) <= 2, "one panic a second is said, not each");
}

/// What the child of the tests below logs.
const LOGGED: usize = 1_000;

/// Lines that failed, lines that were dropped, and whether all arrived.
type Counts = [u64; 3];

/// Runs one test of this binary, as the child, in a process whose files must not grow past a few kilobytes,
/// with a file as its standard output. Returns the lines in the file, and what the child says of itself.
fn with_a_full_disk(test: &str, child: impl FnOnce() -> Counts) -> Option<(u64, Counts)> {
    const CHILD: &str = "TELEMETRY_TEST_FULL";
    if env::var_os(CHILD).is_some_and(|name| name == test) {
        let [failed, dropped, arrived] = child();
        eprintln!("\ncounts {failed} {dropped} {arrived}");
        return None;
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{}", std::process::id()));
    let mut shell = Command::new("sh");
    // The signal that a write past the limit raises is ignored, so that the write fails, as on a full disk.
    shell.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" --exact \"$1\" --nocapture"]);
    shell.arg(env::current_exe().unwrap()).arg(format!("queue::{test}")).env(CHILD, test);
    shell.stdin(Stdio::null()).stdout(File::create(&path).unwrap());
    let stderr = String::from_utf8(shell.output().unwrap().stderr).unwrap();
    let file = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let counts = stderr.lines().find_map(|line| line.strip_prefix("counts "));
    let counts = counts.unwrap_or_else(|| panic!("{stderr}")).split(' ').map(|n| n.parse().unwrap());
    // The last line may lack its end.
    let written = (file.clone() + "\n").matches(LINE).count();
    assert!((1..LOGGED).contains(&written), "{file}");
    assert!(file.contains(&format!("before {LINE}{LINE}")), "{file}");
    Some((written as u64, counts.collect::<Vec<_>>().try_into().unwrap()))
}

/// Logs more than the disk takes, in batches, after something that has no end of line yet.
fn fill(writer: impl Write + Send + 'static) -> Counts {
    print!("before ");
    let (queue, guard) = Queue::start(writer).unwrap();
    for _ in 0..10 {
        log_to(&queue, LOGGED / 10);
        let _ = queue.flush(LONG);
    }
    let arrived = guard.shutdown(LONG);
    [queue.failed(), queue.dropped(), u64::from(arrived)]
}

#[test]
fn standard_output_on_a_full_disk_is_counted_to_the_line() {
    let test = "standard_output_on_a_full_disk_is_counted_to_the_line";
    let Some((written, counts)) = with_a_full_disk(test, || fill(io::stdout())) else { return };
    assert_eq!(counts, [LOGGED as u64 - written, 0, 0]);
}

/// Which lines of a batch a buffer has passed on when it fails, nobody can tell: none of them counts as
/// written.
#[test]
fn a_buffer_before_a_full_disk_hides_no_loss() {
    let test = "a_buffer_before_a_full_disk_hides_no_loss";
    let child = || fill(BufWriter::new(io::stdout()));
    let Some((written, [failed, dropped, arrived])) = with_a_full_disk(test, child) else { return };
    assert_eq!((dropped, arrived), (0, 0));
    assert!((LOGGED as u64 - written..=LOGGED as u64).contains(&failed), "{written} {failed}");
    assert!(written + failed <= LOGGED as u64 + 100, "more than the batch that failed: {written} {failed}");
}

/// The layer without a queue writes each line, and looks whether it went through.
#[test]
fn a_layer_on_a_full_disk_counts_to_the_line() {
    let test = "a_layer_on_a_full_disk_counts_to_the_line";
    let child = || {
        print!("before ");
        let layer = Layer::new(Format::Prefixed, io::stdout);
        with_default(registry().with(layer.clone()), || {
            let log = Log::default();
            (0..LOGGED).for_each(|_| log.failures(Stage::Lease));
        });
        [layer.failed(), 0, 0]
    };
    let Some((written, [failed, ..])) = with_a_full_disk(test, child) else { return };
    assert_eq!(written + failed, LOGGED as u64);
}

#[test]
fn a_flush_and_a_shutdown_say_whether_lines_arrived() {
    fn fails(queue: &Queue, guard: telemetry::log::QueueGuard) -> [bool; 2] {
        log_to(queue, 3);
        let results = [queue.flush(LONG), guard.shutdown(LONG)];
        assert_eq!((queue.dropped(), queue.failed()), (0, 3));
        results
    }
    let full = || Does(|_: &[u8]| Err(ErrorKind::StorageFull.into()));
    let (queue, guard) = Queue::start(full()).unwrap();
    assert_eq!(fails(&queue, guard), [false, false]);
    let (queue, guard) = Queue::start(BufWriter::new(full())).unwrap();
    assert_eq!(fails(&queue, guard), [false, false]);
    let (queue, guard) = Queue::start(LineWriter::new(full())).unwrap();
    assert_eq!(fails(&queue, guard), [false, false]);
    let (queue, guard) = Queue::with_capacity(LINE.len(), Text::default()).unwrap();
    log_to(&queue, 1);
    assert!(queue.flush(LONG));
    log_to(&queue, 1);
    assert!(queue.flush(LONG) && guard.shutdown(LONG), "all arrived");
}
