//! Models of the threads that meet in a registry: `loom` runs each through every interleaving, up to a bound,
//! and every value that the memory model lets a relaxed load see.
//!
//! A model's thread enters, adds and leaves, as a thread with thread-locals does. The models are only built
//! with `--cfg loom`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

mod exemplars;
mod native;

use super::layout::cell::{BUCKETS, Rejection};
use super::layout::plan::{Layout, Storage};
use super::read::point::Point;
#[cfg(feature = "samples")]
use super::read::samples;
use super::read::snapshot::Snapshot;
use super::readers::Collection;
use super::record::call::{Call, Cons, Recorder};
use super::record::general::PlainCall;
use super::record::observed::Observations;
use super::record::registration::Registration;
use super::record::state::{ThreadState, Visit};
use super::self_metrics::delta;
use super::store::cell::{Exclusive, Shared, read_consistent};
use super::store::interner::{Interner, InternerCache};
#[cfg(feature = "samples")]
use super::store::samples::{Ring, Settings, StoredSample};
use super::store::shard::Shard;
use crate::label::{self, LabelValue, Text};
use crate::schema::{EventSchema, Removal, Schema, Source};
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

/// Returns the state of a thread that has this shard.
fn state_of(registration: &Arc<Registration>, shard: Arc<Shard>) -> ThreadState {
    ThreadState::new(registration, shard, |interner| Rc::new(InternerCache::new(interner)))
}

/// Records one call, as the fast path does it.
fn call(registration: &Arc<Registration>, shard: &Arc<Shard>, event: usize, number: f64) {
    let state = state_of(registration, shard.clone());
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
    snapshot.read(&Arc::default(), &[shape], &[own], &Collection::look(), &mut Observations::default());
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
            let cache = InternerCache::new(domain);
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

#[metrics(mock(cfg(any())))]
trait Queues {
    /// Jobs.
    #[counter(name = "jobs", value = n)]
    #[log(off)]
    fn jobs(&self, #[label(cap = 1)] queue: &str, n: u64);
}

const SOURCE: Source = Source { file: file!(), line: line!() };

const GONE_REMOVES: &[Removal] = &[Removal::new(<dyn Queues as Surface>::SCHEMA.events[0], 0, 0, &[0])];
static GONE: EventSchema = EventSchema::new("gone", "Gone.", "", "", SOURCE)
    .labels(<dyn Queues as Surface>::SCHEMA.events[0].labels)
    .removes(GONE_REMOVES);

static EVENTS: [&EventSchema; 2] = [<dyn Queues as Surface>::SCHEMA.events[0], &GONE];

static QUEUES: Schema = Schema::new("Queues", SOURCE, &EVENTS);

#[metrics(mock(cfg(any())))]
trait Lengths {
    /// Lengths.
    #[gauge(name = "lengths")]
    #[log(off)]
    fn set_length(&self, #[label(cap = 1)] queue: &str, n: u64);
}

static LENGTH_EVENTS: [&EventSchema; 2] = [<dyn Lengths as Surface>::SCHEMA.events[0], &LENGTH_GONE];

const LENGTH_GONE_REMOVES: &[Removal] =
    &[Removal::new(<dyn Lengths as Surface>::SCHEMA.events[0], 0, 0, &[0])];
static LENGTH_GONE: EventSchema = EventSchema::new("gone", "Gone.", "", "", SOURCE)
    .labels(<dyn Lengths as Surface>::SCHEMA.events[0].labels)
    .removes(LENGTH_GONE_REMOVES);

static LENGTHS: Schema = Schema::new("Lengths", SOURCE, &LENGTH_EVENTS);

/// [`Lengths`], which a second event removes by their queue.
struct RemovingLengths;

impl Surface for RemovingLengths {
    const SCHEMA: &'static Schema = &LENGTHS;
}

fn lengths() -> Arc<Registration> {
    Arc::new(Registration::new(&LENGTHS, |spec| Arc::new(Interner::new(spec))))
}

/// Returns the length of each queue.
fn lengths_of(registration: &Arc<Registration>) -> Vec<(String, u64)> {
    let mut snapshot = Snapshot::default();
    let (shape, own) = (registration.shape().clone(), registration.clone());
    snapshot.read(&Arc::default(), &[shape], &[own], &Collection::look(), &mut Observations::default());
    let families = snapshot.families().flat_map(|family| family.series());
    let series = families.map(|series| {
        let Point::Gauge(Number::U64(n)) = series.point() else { panic!("a gauge") };
        (series.labels().next().unwrap().1.into_owned(), n)
    });
    series.collect()
}

/// [`Queues`], whose jobs a second event removes by their queue. The cap is 1, so that the next queue has the
/// number and the row of the one that is gone.
struct Removing;

impl Surface for Removing {
    const SCHEMA: &'static Schema = &QUEUES;
}

fn queues() -> Arc<Registration> {
    Arc::new(Registration::new(&QUEUES, |spec| Arc::new(Interner::new(spec))))
}

fn queue(text: &str) -> [LabelValue<'_>; 1] {
    [LabelValue::Text(Text::whole(text))]
}

fn remove(registration: &Registration, text: &str) {
    registration.remove(1, &queue(text));
    end_all(registration);
}

/// Ends what was removed, as a reader does when it is due.
fn end_all(registration: &Registration) {
    let mut listed = registration.shards.listed();
    registration.removals.as_ref().unwrap().sweep(registration.memory(), &mut listed, |_| true);
}

/// A thread that counts jobs.
struct Worker {
    registration: Arc<Registration>,
    state: ThreadState,
}

impl Worker {
    /// Returns `None` if another thread comes in at the same time.
    fn new(registration: &Arc<Registration>) -> Option<Self> {
        let shard = registration.shards.enter()?;
        Some(Worker { registration: registration.clone(), state: state_of(registration, shard) })
    }

    /// Counts by the fast path, or else by the general one.
    fn count(&self, text: &str, n: u64) {
        let (labels, numbers) = (queue(text), [Some(Number::U64(n))]);
        let registration = &self.registration;
        let call = Call::<Removing, Cons<0, ()>, Exclusive, 0, 1>::new(
            registration,
            &registration.gauges,
            &labels,
            &numbers,
        );
        if call.visit(Some(&self.state), &self.state.shard.dense).is_none() {
            let call = PlainCall { event: 0, labels: &labels, numbers: &numbers };
            assert!(call.record_in_thread(registration, &self.state), "nothing is under way");
        }
    }

    fn leave(self) {
        self.registration.leave(&self.state.shard);
    }

    /// Sets the queue's length.
    fn set(&self, text: &str, n: u64) {
        let (labels, numbers) = (queue(text), [Some(Number::U64(n))]);
        let registration = &self.registration;
        let call = Call::<RemovingLengths, Cons<0, ()>, Exclusive, 0, 1>::new(
            registration,
            &registration.gauges,
            &labels,
            &numbers,
        );
        if call.visit(Some(&self.state), &self.state.shard.dense).is_none() {
            let call = PlainCall { event: 0, labels: &labels, numbers: &numbers };
            assert!(call.record_in_thread(registration, &self.state), "nothing is under way");
        }
    }
}

/// Counts without a thread's state.
fn count_late(registration: &Arc<Registration>, text: &str, n: u64) {
    let (labels, numbers) = (queue(text), [Some(Number::U64(n))]);
    PlainCall { event: 0, labels: &labels, numbers: &numbers }.record_without_thread(registration);
}

/// Checks a reading of queues, of which "b" got the number that "a" had. Each call of "a" adds 1, and each of
/// "b" 16, so that a sum says of which calls it is.
fn check_queues(registration: &Arc<Registration>) {
    for (text, n) in jobs(registration) {
        let is_own = match text.as_str() {
            "a" => n < 16,
            "b" => n % 16 == 0,
            _ => true,
        };
        assert!(is_own, "{text} has {n}");
    }
}

/// Checks that so many calls of "b" are counted, those past the cap among them.
fn check_calls_of_b(registration: &Arc<Registration>, calls: u64) {
    check_queues(registration);
    let all = jobs(registration).iter().map(|(_, n)| n / 16).sum::<u64>();
    assert_eq!(all, calls, "{:?}", jobs(registration));
}

/// Returns the jobs of each queue.
fn jobs(registration: &Arc<Registration>) -> Vec<(String, u64)> {
    let mut snapshot = Snapshot::default();
    let (shape, own) = (registration.shape().clone(), registration.clone());
    snapshot.read(&Arc::default(), &[shape], &[own], &Collection::look(), &mut Observations::default());
    let families = snapshot.families().flat_map(|family| family.series());
    let series = families.map(|series| {
        let Point::Sum(Number::U64(n)) = series.point() else { panic!("a sum") };
        (series.labels().next().unwrap().1.into_owned(), n)
    });
    series.collect()
}

/// A queue has the jobs that were counted in it, and none of the one whose number it got, although another
/// thread counts there when that one goes.
#[test]
fn a_text_has_nothing_of_the_one_before_it() {
    model(|| {
        let registration = queues();
        let one = Worker::new(&registration).unwrap();
        one.count("a", 1);
        let other = Worker::new(&registration).unwrap();
        // It knows the number before.
        other.count("a", 1);
        let thread = thread::spawn(move || {
            other.count("a", 1);
            other.count("b", 16);
        });
        remove(&registration, "a");
        one.count("b", 16);
        check_queues(&registration);
        thread.join().unwrap();
        check_calls_of_b(&registration, 2);
    });
}

/// A thread that comes in when the queue goes, and leaves, counts in it or in none.
#[test]
fn a_thread_that_comes_in_counts_in_no_text_that_goes() {
    model(|| {
        let registration = queues();
        count_late(&registration, "a", 1);
        let thread = {
            let registration = registration.clone();
            thread::spawn(move || {
                let Some(worker) = Worker::new(&registration) else { return };
                worker.count("a", 1);
                worker.leave();
            })
        };
        remove(&registration, "a");
        count_late(&registration, "b", 16);
        check_queues(&registration);
        thread.join().unwrap();
        check_calls_of_b(&registration, 1);
    });
}

/// A thread whose shard is added up when it ends leaves nothing of a queue that is gone.
#[test]
fn a_thread_that_ends_leaves_nothing_of_a_text_that_is_gone() {
    model(|| {
        let registration = queues();
        let worker = Worker::new(&registration).unwrap();
        worker.count("a", 1);
        // This shard is kept for later, so that the thread's own is added up.
        registration.leave(&registration.shards.enter().unwrap());
        let thread = thread::spawn(move || worker.leave());
        remove(&registration, "a");
        count_late(&registration, "b", 16);
        check_queues(&registration);
        thread.join().unwrap();
        check_calls_of_b(&registration, 1);
    });
}

/// A call without a thread's state counts in no queue that goes.
#[test]
fn a_late_call_counts_in_no_text_that_goes() {
    model(|| {
        let registration = queues();
        count_late(&registration, "a", 1);
        let thread = {
            let registration = registration.clone();
            thread::spawn(move || count_late(&registration, "a", 1))
        };
        remove(&registration, "a");
        count_late(&registration, "b", 16);
        check_queues(&registration);
        thread.join().unwrap();
        check_calls_of_b(&registration, 1);
    });
}

/// A thread that takes over the shard of an ended one has nothing of a queue that is gone.
#[test]
fn a_shard_that_is_taken_over_has_nothing_of_a_text_that_is_gone() {
    model(|| {
        let registration = queues();
        let worker = Worker::new(&registration).unwrap();
        worker.count("a", 1);
        worker.leave();
        let thread = {
            let registration = registration.clone();
            thread::spawn(move || {
                let Some(worker) = Worker::new(&registration) else { return 0 };
                worker.count("b", 16);
                1
            })
        };
        remove(&registration, "a");
        check_queues(&registration);
        let calls = thread.join().unwrap();
        check_calls_of_b(&registration, calls);
    });
}

/// A gauge's number is another queue's when no thread can set it for the one before.
#[test]
fn a_gauge_is_not_set_for_the_text_before_it() {
    model(|| {
        let registration = lengths();
        let one = Worker::new(&registration).unwrap();
        one.set("a", 1);
        let other = Worker::new(&registration).unwrap();
        let thread = thread::spawn(move || {
            other.set("a", 1);
            other.set("c", 3);
        });
        remove(&registration, "a");
        one.set("b", 2);
        for (text, n) in lengths_of(&registration) {
            let own = match text.as_str() {
                "a" => 1,
                "b" => 2,
                _ => 3,
            };
            assert_eq!(n, own, "of {text}");
        }
        thread.join().unwrap();
    });
}
