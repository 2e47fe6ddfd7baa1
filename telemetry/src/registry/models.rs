//! Models of the threads that meet in a registry: `loom` runs each through every interleaving, up to a bound,
//! and every value that the memory model lets a relaxed load see.
//!
//! A model's thread enters, adds and leaves, as a thread with thread-locals does. The models are only built
//! with `--cfg loom`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

use super::layout::cell::{BUCKETS, Rejection};
use super::layout::plan::{Layout, Storage};
use super::read::point::Point;
#[cfg(feature = "samples")]
use super::read::samples;
use super::read::snapshot::Snapshot;
use super::readers::Collection;
use super::record::call::Recorder;
use super::record::registration::Registration;
use super::record::state::ThreadState;
use super::self_metrics::delta;
use super::store::cell::{Exclusive, Shared, read_consistent};
use super::store::interner::{Interner, InternerCache};
#[cfg(feature = "samples")]
use super::store::samples::{Ring, Settings, StoredSample};
use super::store::shard::Shard;
use crate::label;
use crate::surface::Surface;
use crate::sync::Ordering;
use crate::value::Number;
use loom::sync::Arc as ModelArc;
use loom::thread;
use std::rc::Rc;
use std::sync::Arc;
use telemetry_macros::metrics;

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

/// Records one call, as the fast path does it.
fn call(registration: &Arc<Registration>, shard: &Arc<Shard>, event: usize, number: f64) {
    let state =
        ThreadState::new(registration, shard.clone(), |interner| Rc::new(InternerCache::new(interner)));
    let gauges = &registration.gauges;
    let recorder = Recorder::<Exclusive>::new(registration, gauges, Some(&state), &shard.dense);
    recorder.record(&registration.plans[event][0], None, &[], &[Some(Number::F64(number))]);
}

/// Records one call that has no thread's shard to add to.
fn shared_call(registration: &Arc<Registration>, event: usize, number: f64) {
    let dense = &registration.shards.shared.dense;
    let recorder = Recorder::<Shared>::new(registration, &registration.gauges, None, dense);
    recorder.record(&registration.plans[event][0], None, &[], &[Some(Number::F64(number))]);
}

/// Reads the histogram's two buckets and its sum from one row, and the number of calls under way in it.
fn read_row(registration: &Registration, shard: &Shard) -> Option<(u64, (u64, u64, f64))> {
    let Storage::Dense { start, .. } = registration.plans[SIZE][0].storage else { panic!() };
    let mut words = [0; 4];
    let under_way = read_consistent(&shard.dense[start..start + 4], &mut words)?;
    Some((under_way, (words[2], words[3], f64::from_bits(words[1]))))
}

/// Reads the counter, and the histogram's count and sum.
fn read(registration: &Arc<Registration>) -> (u64, u64, f64) {
    let mut snapshot = Snapshot::default();
    let (shape, own) = (registration.shape().clone(), registration.clone());
    snapshot.read(&Arc::default(), &[shape], &[own], &Collection::look());
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

/// A row that a reader takes for whole is of the same calls.
#[test]
fn a_histogram_is_read_as_one_unit() {
    model(|| {
        let registration = registration();
        let shard = registration.shards.enter().unwrap();
        let writer = {
            let (registration, shard) = (registration.clone(), shard.clone());
            thread::spawn(move || {
                call(&registration, &shard, SIZE, 0.5);
                call(&registration, &shard, SIZE, 2.0);
            })
        };
        if let Some((0, row)) = read_row(&registration, &shard) {
            assert!([(0, 0, 0.0), (1, 0, 0.5), (1, 1, 2.5)].contains(&row), "{row:?}");
        }
        writer.join().unwrap();
        assert_eq!(read_row(&registration, &shard), Some((0, (1, 1, 2.5))));
    });
}

/// A row of the shared shard, which several threads write at a time, is whole too if no call is under way.
/// Otherwise at most as many calls are incomplete as the reader learns.
#[test]
fn a_late_histogram_is_read_as_one_unit() {
    model(|| {
        let registration = registration();
        let writers = [0.5, 2.0].map(|number| {
            let registration = registration.clone();
            thread::spawn(move || shared_call(&registration, SIZE, number))
        });
        match read_row(&registration, &registration.shards.shared) {
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
        assert_eq!(read_row(&registration, &registration.shards.shared), Some((0, (1, 1, 2.5))));
    });
}

/// A thread that ends leaves its sums to a later thread or to the shared shard: no reading falls behind an
/// earlier one.
#[test]
fn totals_do_not_fall_when_threads_end() {
    model(|| {
        let registration = registration();
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let registration = registration.clone();
                thread::spawn(move || {
                    // `None` if the other thread comes in at the same time.
                    match registration.shards.enter() {
                        Some(shard) => {
                            call(&registration, &shard, CALLS, 1.0);
                            registration.leave(&shard);
                        }
                        None => shared_call(&registration, CALLS, 1.0),
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

/// A thread that takes over the shard of an ended thread goes on from its sums.
#[test]
fn sums_are_taken_over() {
    model(|| {
        let registration = registration();
        let one = {
            let registration = registration.clone();
            thread::spawn(move || {
                let shard = registration.shards.enter().unwrap();
                call(&registration, &shard, CALLS, 1.0);
                call(&registration, &shard, SIZE, 0.5);
                registration.leave(&shard);
            })
        };
        one.join().unwrap();
        let other = {
            let registration = registration.clone();
            thread::spawn(move || {
                let Some(shard) = registration.shards.enter() else { return 0 };
                call(&registration, &shard, CALLS, 1.0);
                registration.leave(&shard);
                1
            })
        };
        assert!(read(&registration).0 >= 1);
        let more = other.join().unwrap();
        assert_eq!(read(&registration), (1 + more, 1, 0.5));
    });
}

/// A rejected number is reported once, also when the thread that counted it ends in between.
#[test]
fn rejections_are_reported_once() {
    model(|| {
        let registration = registration();
        // This shard is kept for later, so that the thread's own is added up when it ends.
        registration.leave(&registration.shards.enter().unwrap());
        let (first, second) = (registration.shards.enter().unwrap(), registration.shards.enter().unwrap());
        registration.leave(&first);
        call(&registration, &second, SIZE, f64::NAN);
        let word = Layout::rejection_word(Rejection::NotFinite);
        let mut counts = [0; Rejection::COUNT];
        assert_eq!(delta(&registration, word, &mut counts), 1);
        let thread = {
            let registration = registration.clone();
            thread::spawn(move || registration.leave(&second))
        };
        let in_between = delta(&registration, word, &mut counts);
        thread.join().unwrap();
        assert_eq!((in_between, delta(&registration, word, &mut counts)), (0, 0));
    });
}

/// Recording after a thread's first use needs nothing that a reader holds. Here the reader holds its lock
/// until the thread is done: a thread that waited would be a deadlock, which the checker finds.
#[test]
fn recording_does_not_wait_for_a_reader() {
    model(|| {
        let registration = registration();
        let shard = registration.shards.enter().unwrap();
        let reader = registration.shards.listed();
        let writer = {
            let registration = registration.clone();
            thread::spawn(move || {
                call(&registration, &shard, CALLS, 1.0);
                call(&registration, &shard, SIZE, 0.5);
                let shard = registration.shards.enter().expect("a first use does not wait either");
                call(&registration, &shard, CALLS, 1.0);
                registration.leave(&shard);
            })
        };
        writer.join().unwrap();
        drop(reader);
        assert_eq!(read(&registration), (2, 1, 0.5));
    });
}

/// A thread that comes in while a reader asks for samples takes them too.
#[cfg(feature = "samples")]
#[test]
fn a_thread_that_comes_in_knows_that_samples_are_taken() {
    model(|| {
        let registration = registration();
        registration.leave(&registration.shards.enter().unwrap());
        let threads = [(), ()].map(|()| {
            let registration = registration.clone();
            thread::spawn(move || registration.shards.enter())
        });
        samples::switch(&registration, Some(Settings { capacity: 2, keep: u64::MAX }));
        for shard in threads.into_iter().filter_map(|thread| thread.join().unwrap()) {
            let word = &shard.dense[registration.shards.samples_word()];
            assert_eq!(word.load(Ordering::Relaxed), 1);
        }
    });
}

/// A reader gets each sample whole, once and in order, and the writer knows which ones found no room.
#[cfg(feature = "samples")]
#[test]
fn a_ring_hands_out_each_sample_once() {
    model(|| {
        let ring = ModelArc::new(Ring::new(Settings { capacity: 2, keep: u64::MAX }));
        let writer = {
            let ring = ring.clone();
            thread::spawn(move || {
                let entries = (1..=4).map(|n| StoredSample { instrument: n, row: n * 10, bits: n * 100 });
                entries.filter(|sample| ring.push(*sample)).collect::<Vec<_>>()
            })
        };
        let mut read = Vec::new();
        ring.drain(1, |sample| read.push(sample));
        ring.drain(usize::MAX, |sample| read.push(sample));
        let kept = writer.join().unwrap();
        ring.drain(usize::MAX, |sample| read.push(sample));
        assert!(kept.len() >= 2);
        assert_eq!(read, kept);
    });
}

/// A sample that was read is in every snapshot from then on.
///
/// The checker cannot see who makes a ring, so there is one from the start.
#[cfg(feature = "samples")]
#[test]
fn a_sample_comes_after_its_count() {
    model(|| {
        let registration = registration();
        samples::switch(&registration, Some(Settings { capacity: 2, keep: u64::MAX }));
        let shard = registration.shards.enter().unwrap();
        call(&registration, &shard, SIZE, 0.5);
        let writer = {
            let (registration, shard) = (registration.clone(), shard.clone());
            thread::spawn(move || call(&registration, &shard, SIZE, 0.5))
        };
        let Storage::Dense { start, .. } = registration.plans[SIZE][0].storage else { panic!() };
        let count = || shard.dense[start + BUCKETS].load(Ordering::Relaxed);
        let mut taken = 0;
        samples::drain(&registration, usize::MAX, |_| taken += 1);
        assert!(count() >= taken);
        writer.join().unwrap();
        samples::drain(&registration, usize::MAX, |_| taken += 1);
        assert_eq!((taken, count()), (2, 2));
    });
}

/// Two threads race for the last number below a cap: one text gets it, for both threads, and the other is
/// past the cap.
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
