//! `log::Queue`: it waits for nobody, loses nothing that it does not count, and ends when it is told to.

use crate::surface::{Metrics, Stage};
use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use telemetry::Log;
use telemetry::log::{Format, Layer, Queue};
use tracing::subscriber::with_default;
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
fn what_is_kept_is_written_when_it_is_shut_down() {
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
    let (queue, guard) = Queue::with_capacity(10_000, writer).unwrap();
    log_to(&queue, 20_000);
    assert!(
        queue.dropped() > 10_000,
        "the pipe and twice 10 kB hold a few thousand lines: {}",
        queue.dropped()
    );
    assert!(!queue.flush(Duration::from_millis(20)));
    assert!(!guard.shutdown(Duration::from_millis(20)), "the writer is stuck");
    // Whoever reads it after all finds whole lines, all that were not counted as lost.
    let mut text = String::new();
    io::Read::read_to_string(&mut reader, &mut text).unwrap();
    let lines = usize::try_from(20_000 - queue.dropped()).unwrap();
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
        assert!(guard.shutdown(LONG));
        let written = text.get().matches(LINE).count();
        assert_eq!(text.get().len(), written * LINE.len());
        assert_eq!(written + usize::try_from(queue.dropped()).unwrap(), THREADS * CALLS);
        assert_eq!(queue.dropped() == 0, capacity == 10_000_000, "{capacity}: {}", queue.dropped());
    }
}

#[test]
fn a_line_that_is_longer_than_the_queue_is_dropped() {
    let text = Text::default();
    let (queue, guard) = Queue::with_capacity(LINE.len() - 1, text.clone()).unwrap();
    log_to(&queue, 2);
    assert!(guard.shutdown(LONG));
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
    assert!(queue.flush(LONG));
    assert_eq!(queue.failed(), 3);
    log_to(&queue, 1);
    assert!(guard.shutdown(LONG));
    assert_eq!(text.get(), format!("{LINE}{}\n{LINE}", &LINE[..9]));
    assert_eq!((queue.dropped(), queue.failed()), (0, 3));
}

#[test]
fn a_writer_that_panics_is_contained_and_left_alone() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let writer = Does(move |_: &[u8]| {
        counted.fetch_add(1, Ordering::Relaxed);
        panic!("a writer's own")
    });
    let (queue, guard) = Queue::start(writer).unwrap();
    for _ in 0..5 {
        log_to(&queue, 2);
        assert!(queue.flush(LONG));
    }
    assert!(guard.shutdown(LONG));
    assert_eq!((queue.dropped(), queue.failed()), (0, 10));
    assert!(calls.load(Ordering::Relaxed) <= 2, "one panic a second is said, not each");
}
