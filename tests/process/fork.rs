//! A child process that is forked and does not exec: series that its thread has used before go on.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(unsafe_code, reason = "`fork` is unsafe to call")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use telemetry::{Registry, metrics};

/// What the parent and the child count.
#[metrics(namespace = "fork")]
pub trait Metrics {
    /// Calls.
    #[counter]
    fn calls(&self, #[label(cap = 8)] route: &str);

    /// Sizes.
    #[histogram(buckets = [1.0])]
    fn size(&self, n: f64);
}

/// Another thread takes snapshots all the time, so that the fork may come while it holds every lock that it
/// ever holds.
fn main() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                assert!(registry.snapshot().families().count() > 0);
            }
        });
        for _ in 0..50 {
            metrics.calls("/known");
            metrics.size(0.5);
            // SAFETY: the child calls nothing but recording and `_exit`.
            match unsafe { libc::fork() } {
                0 => {
                    for _ in 0..1_000 {
                        metrics.calls("/known");
                        metrics.size(0.5);
                    }
                    // SAFETY: ends the child without running what the parent has registered.
                    unsafe { libc::_exit(7) }
                }
                child => assert_eq!(status(child), Some(7), "the child recorded and ended"),
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    println!("test a_forked_child_can_record ... ok");
    println!(
        "\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n"
    );
}

/// How the child ended; `None` if it does not within ten seconds.
fn status(child: i32) -> Option<i32> {
    let begun = Instant::now();
    let mut status = 0;
    while begun.elapsed() < Duration::from_secs(10) {
        // SAFETY: `status` is a place for it.
        if unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) } == child {
            return libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    // SAFETY: the child is ours.
    unsafe { libc::kill(child, libc::SIGKILL) };
    None
}
