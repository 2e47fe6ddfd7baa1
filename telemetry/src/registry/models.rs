//! Models of what threads do to each other here: `loom` runs each through every interleaving, up to a bound,
//! and every value that the memory model lets a relaxed load see.
//!
//! A model's thread does what a thread with locals does, without them: `enter`, add, `leave`. They are only
//! built with `--cfg loom`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

use super::cell::{Exclusive, Rejection, Shared, bucket, read_consistent};
use super::cells::{Shard, Target};
use super::interner::{Interner, InternerCache};
use super::layout::Layout;
use super::own::news;
use super::registration::Registration;
use super::samples::Keeper;
#[cfg(feature = "samples")]
use super::samples::{Entry, Ring, Settings};
use super::snapshot::{Point, Snapshot};
use crate::value::Number;
use crate::{Surface, label, metrics};
use loom::sync::Arc as ModelArc;
use loom::thread;
use std::sync::Arc;

#[metrics(mock(cfg(any())))]
trait Metrics {
    /// Calls.
    #[counter]
    #[log(off)]
    fn calls(&self);

    /// Sizes.
    #[histogram(buckets = [1.0])]
    #[log(off)]
    fn size(&self, n: f64);
}

const CALLS: usize = 0;
const SIZE: usize = 1;

fn registration() -> Arc<Registration> {
    Arc::new(Registration::new(<dyn Metrics as Surface>::SCHEMA, |spec| Arc::new(Interner::new(spec))))
}

/// One call, as the hot path does it.
fn call(registration: &Registration, cells: &Shard, event: usize, number: f64) {
    let gauges = &registration.gauges;
    let target = Target { slab: &cells.slab, trees: &cells.trees, gauges, keeper: Keeper::Nobody };
    target.feed::<Exclusive>(&registration.plans[event][0], bucket, &[], &[Some(Number::F64(number))]);
}

/// The same for a call that has no thread's sums to add to.
fn late_call(registration: &Registration, event: usize, number: f64) {
    let (late, gauges) = (&registration.late, &registration.gauges);
    let target = Target { slab: &late.slab, trees: &late.trees, gauges, keeper: Keeper::Nobody };
    target.feed::<Shared>(&registration.plans[event][0], bucket, &[], &[Some(Number::F64(number))]);
}

/// The histogram's two buckets and its sum in one row, and how many calls are in the middle of it.
fn read_row(registration: &Registration, cells: &Shard) -> Option<(u64, (u64, u64, f64))> {
    let super::layout::Storage::Dense { start, .. } = registration.plans[SIZE][0].place else { panic!() };
    let mut words = [0; 4];
    let under_way = read_consistent(&cells.slab[start..start + 4], &mut words)?;
    Some((under_way, (words[2], words[3], f64::from_bits(words[1]))))
}

/// The counter, and the histogram's count and sum.
fn read(registration: &Arc<Registration>) -> (u64, u64, f64) {
    let mut snapshot = Snapshot::default();
    snapshot.read(&Arc::default(), std::slice::from_ref(registration));
    let mut read = (0, 0, 0.0);
    for family in snapshot.families() {
        for series in family.series() {
            match series.point() {
                Point::Sum(Number::U64(n)) => read.0 = n,
                Point::Histogram(histogram) => (read.1, read.2) = (histogram.count(), histogram.sum),
                other => panic!("{other:?}"),
            }
        }
    }
    read
}

fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.max_branches = 20_000;
    builder.check(f);
}

/// What a reader takes for a histogram is of the same calls, or it knows that it is not.
#[test]
fn a_histogram_is_read_as_one_unit() {
    model(|| {
        let registration = registration();
        let cells = registration.enter().unwrap();
        let writer = {
            let (registration, cells) = (registration.clone(), cells.clone());
            thread::spawn(move || {
                call(&registration, &cells, SIZE, 0.5);
                call(&registration, &cells, SIZE, 2.0);
            })
        };
        if let Some((0, row)) = read_row(&registration, &cells) {
            assert!([(0, 0, 0.0), (1, 0, 0.5), (1, 1, 2.5)].contains(&row), "{row:?}");
        }
        writer.join().unwrap();
        assert_eq!(read_row(&registration, &cells), Some((0, (1, 1, 2.5))));
    });
}

/// The same for calls that have no thread's sums to add to: several at a time write to one row. What is there in
/// part is of as many calls at the most as the reader is told.
#[test]
fn a_late_histogram_is_read_as_one_unit() {
    model(|| {
        let registration = registration();
        let writers = [0.5, 2.0].map(|number| {
            let registration = registration.clone();
            thread::spawn(move || late_call(&registration, SIZE, number))
        });
        match read_row(&registration, &registration.late) {
            Some((0, row)) => {
                let whole = [(0, 0, 0.0), (1, 0, 0.5), (0, 1, 2.0), (1, 1, 2.5)];
                assert!(whole.contains(&row), "{row:?}");
            }
            Some((1, (low, high, sum))) => {
                let whole = f64::from(low as u32) * 0.5 + f64::from(high as u32) * 2.0;
                assert!([0.0, 0.5, 2.0].contains(&(whole - sum).abs()), "{low} and {high} of {sum}");
            }
            _ => {}
        }
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        assert_eq!(read_row(&registration, &registration.late), Some((0, (1, 1, 2.5))));
    });
}

/// A thread that ends gives its sums away, to a thread to come or to the late sums: no reading falls behind
/// an earlier one.
#[test]
fn totals_do_not_fall_when_threads_end() {
    model(|| {
        let registration = registration();
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let registration = registration.clone();
                thread::spawn(move || {
                    // None if the other comes in at the same time.
                    match registration.enter() {
                        Some(cells) => {
                            call(&registration, &cells, CALLS, 1.0);
                            registration.leave(&cells);
                        }
                        None => late_call(&registration, CALLS, 1.0),
                    }
                })
            })
            .collect();
        let first = read(&registration).0;
        let second = read(&registration).0;
        assert!(first <= second, "{second} after {first}");
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(read(&registration).0, 2);
    });
}

/// A thread that takes over an ended thread's sums goes on where that one stopped.
#[test]
fn sums_are_taken_over() {
    model(|| {
        let registration = registration();
        let one = {
            let registration = registration.clone();
            thread::spawn(move || {
                let cells = registration.enter().unwrap();
                call(&registration, &cells, CALLS, 1.0);
                call(&registration, &cells, SIZE, 0.5);
                registration.leave(&cells);
            })
        };
        one.join().unwrap();
        let other = {
            let registration = registration.clone();
            thread::spawn(move || {
                let Some(cells) = registration.enter() else { return 0 };
                call(&registration, &cells, CALLS, 1.0);
                registration.leave(&cells);
                1
            })
        };
        assert!(read(&registration).0 >= 1);
        let more = other.join().unwrap();
        assert_eq!(read(&registration), (1 + more, 1, 0.5));
    });
}

/// What is refused is reported once, also when the thread that counted it ends meanwhile.
#[test]
fn refusals_are_reported_once() {
    model(|| {
        let registration = registration();
        // Its sums are kept for later, so that those of the thread are added up when it ends.
        registration.leave(&registration.enter().unwrap());
        let (first, second) = (registration.enter().unwrap(), registration.enter().unwrap());
        registration.leave(&first);
        call(&registration, &second, SIZE, f64::NAN);
        let word = Layout::refused(Rejection::NotFinite);
        let mut counts = [0; Rejection::COUNT];
        assert_eq!(delta(&registration, word, &mut counts), 1);
        let thread = {
            let registration = registration.clone();
            thread::spawn(move || registration.leave(&second))
        };
        let meanwhile = delta(&registration, word, &mut counts);
        thread.join().unwrap();
        assert_eq!((meanwhile, delta(&registration, word, &mut counts)), (0, 0));
    });
}

/// Recording after a thread's first use needs nothing that a reader holds: here the reader holds it until the
/// thread is done, and a thread that waited would be a deadlock, which the checker finds.
#[test]
fn recording_does_not_wait_for_a_reader() {
    model(|| {
        let registration = registration();
        let cells = registration.enter().unwrap();
        let reader = registration.threads();
        let writer = {
            let registration = registration.clone();
            thread::spawn(move || {
                call(&registration, &cells, CALLS, 1.0);
                call(&registration, &cells, SIZE, 0.5);
                let cells = registration.enter().expect("a first use does not wait either");
                call(&registration, &cells, CALLS, 1.0);
                registration.leave(&cells);
            })
        };
        writer.join().unwrap();
        drop(reader);
        assert_eq!(read(&registration), (2, 1, 0.5));
    });
}

/// Whoever comes in while samples are asked for takes them too.
#[cfg(feature = "samples")]
#[test]
fn a_thread_that_comes_in_knows_that_samples_are_taken() {
    model(|| {
        let registration = registration();
        registration.leave(&registration.enter().unwrap());
        let threads = [(), ()].map(|()| {
            let registration = registration.clone();
            thread::spawn(move || registration.enter())
        });
        super::samples::switch(&registration, Some(Settings { capacity: 2, keep: u64::MAX }));
        for cells in threads.into_iter().filter_map(|thread| thread.join().unwrap()) {
            let word = &cells.slab[registration.samples_word()];
            assert_eq!(word.load(loom::sync::atomic::Ordering::Relaxed), 1);
        }
    });
}

/// A reader gets each sample whole, once and in order, and the writer knows which of them had no place.
#[cfg(feature = "samples")]
#[test]
fn a_ring_hands_out_each_sample_once() {
    model(|| {
        let ring = ModelArc::new(Ring::new(Settings { capacity: 2, keep: u64::MAX }));
        let writer = {
            let ring = ring.clone();
            thread::spawn(move || {
                let entries = (1..=4).map(|n| Entry { instrument: n, row: n * 10, bits: n * 100 });
                entries.filter(|entry| ring.push(*entry)).collect::<Vec<_>>()
            })
        };
        let mut read = Vec::new();
        ring.drain(1, |entry| read.push(entry));
        ring.drain(usize::MAX, |entry| read.push(entry));
        let kept = writer.join().unwrap();
        ring.drain(usize::MAX, |entry| read.push(entry));
        assert!(kept.len() >= 2);
        assert_eq!(read, kept);
    });
}

/// A sample that was read is in every snapshot from then on.
///
/// The checker knows nothing of who makes a ring, so there is one from the start.
#[cfg(feature = "samples")]
#[test]
fn a_sample_comes_after_its_count() {
    fn sample(registration: &Arc<Registration>, cells: &Arc<Shard>) {
        let local = super::local::ThreadState::new(registration, cells.clone());
        let target = local.target(&registration.gauges);
        target.feed::<Exclusive>(&registration.plans[SIZE][0], bucket, &[], &[Some(Number::F64(0.5))]);
    }
    model(|| {
        let registration = registration();
        super::samples::switch(&registration, Some(Settings { capacity: 2, keep: u64::MAX }));
        let cells = registration.enter().unwrap();
        sample(&registration, &cells);
        let writer = {
            let (registration, cells) = (registration.clone(), cells.clone());
            thread::spawn(move || sample(&registration, &cells))
        };
        let super::layout::Storage::Dense { start, .. } = registration.plans[SIZE][0].place else { panic!() };
        let count = || cells.slab[start + super::cell::BUCKETS].load(loom::sync::atomic::Ordering::Relaxed);
        let mut taken = 0;
        super::samples::drain(&registration, usize::MAX, |_| taken += 1);
        assert!(count() >= taken);
        writer.join().unwrap();
        super::samples::drain(&registration, usize::MAX, |_| taken += 1);
        assert_eq!((taken, count()), (2, 2));
    });
}

/// Two threads race for the last place under a cap: one text gets it, for both threads, and the other is past
/// it.
#[test]
fn a_cap_is_raced_for_by_threads() {
    static SPEC: label::Domain = label::Domain::new(1);
    model(|| {
        let domain = ModelArc::new(Interner::new(&SPEC));
        let number = |domain: &Interner, first: &[u8], second: &[u8]| {
            let cache = InternerCache::default();
            (cache.number(domain, first), cache.number(domain, second), cache.number(domain, first))
        };
        let other = {
            let domain = domain.clone();
            thread::spawn(move || number(&domain, b"b", b"a"))
        };
        let (a, b, again) = number(&domain, b"a", b"b");
        let (b_there, a_there, b_again) = other.join().unwrap();
        assert_eq!((a, b), (a_there, b_there), "both see the same");
        assert_eq!((a, b), (again, b_again), "and it stays");
        assert_eq!([a, b].iter().flatten().collect::<Vec<_>>(), [&0], "one of them");
    });
}
