//! Samples whose series end before they are sent: each is sent under its own labels, or counted.

use super::{Kernel, LONG, Wire, dropped, started};
use crate::metrics;
use crate::registry::Registry;
use crate::statsd::config::Config;
use crate::statsd::format::Dialect;

#[metrics(namespace = "ended", labels(#[label(cap = 2)] pool: &str), mock(cfg(any())))]
trait Pool {
    /// Sizes.
    #[histogram(buckets = [10])]
    #[log(off)]
    fn size(&self, n: u64);
}

#[metrics(namespace = "ended_rows", mock(cfg(any())))]
trait Queues {
    /// Sizes.
    #[histogram(buckets = [10])]
    #[log(off)]
    fn size(&self, #[label(cap = 4)] queue: &str, n: u64);

    /// A queue is gone.
    #[remove(size)]
    #[log(off)]
    fn queue_gone(&self, queue: &str);
}

/// Returns the number of samples on the lines, each of which must have the text that `is` its number.
fn sent(text: &str, name: &str, key: &str) -> u64 {
    let own: Vec<_> = text.lines().filter(|line| line.starts_with(name)).collect();
    for line in &own {
        let number = line.strip_prefix(name).unwrap().split('|').next().unwrap();
        assert!(line.ends_with(&format!("|#{key}:{number}")), "{line}");
    }
    own.len() as u64
}

/// Returns the kernel's behaviour in round `n`: it takes nothing for a while, again and again.
fn kernel(n: u64) -> Kernel {
    if n % 50 < 35 { Kernel::Rejects } else { Kernel::Takes }
}

#[test]
fn samples_of_sets_that_leave_their_places_are_sent_or_counted() {
    const SETS: u64 = 300;
    let registry = Registry::new();
    let wire = Wire::new();
    let guard = started(&Config::default().dialect(Dialect::DogStatsd), &registry, wire.fake());
    for n in 0..SETS {
        wire.becomes(kernel(n));
        let pool = registry.register_with::<dyn Pool>(PoolLabels { pool: &n.to_string() }).unwrap();
        pool.size(n);
        pool.size(n);
        drop(pool);
        if n % 3 == 0 {
            let _ = guard.flush(LONG);
        }
    }
    wire.becomes(Kernel::Takes);
    guard.flush(LONG).unwrap();
    guard.shutdown(LONG).unwrap();
    let (sent, lost) = (sent(&wire.text(), "ended.size:", "pool"), dropped(&registry, "overrun"));
    assert!(sent > 0 && lost > 0, "{sent} sent, {lost} lost");
    assert_eq!(sent + lost, 2 * SETS, "{sent} sent, {lost} lost");
}

#[test]
fn samples_of_rows_that_go_to_other_texts_are_sent_or_counted() {
    const QUEUES: u64 = 300;
    let registry = Registry::new();
    let queues = registry.register::<dyn Queues>().unwrap();
    let wire = Wire::new();
    let guard = started(&Config::default().dialect(Dialect::DogStatsd), &registry, wire.fake());
    for n in 0..QUEUES {
        wire.becomes(kernel(n));
        queues.size(&n.to_string(), n);
        queues.size(&n.to_string(), n);
        queues.queue_gone(&n.to_string());
        if n % 3 == 0 {
            let _ = guard.flush(LONG);
        }
    }
    wire.becomes(Kernel::Takes);
    guard.flush(LONG).unwrap();
    guard.shutdown(LONG).unwrap();
    let (sent, lost) = (sent(&wire.text(), "ended_rows.size:", "queue"), dropped(&registry, "overrun"));
    assert!(sent > 0 && lost > 0, "{sent} sent, {lost} lost");
    assert_eq!(sent + lost, 2 * QUEUES, "{sent} sent, {lost} lost");
}
